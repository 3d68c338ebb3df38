"""Text that comes from a log or a file, made harmless for the terminal and the layout."""

import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_TAB = 4
_STEERS = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]")
"""What JSON may have in its texts as it is, and a terminal may obey."""


def safe_text(text: str) -> str:
    """Return ``text`` with every character that could steer a terminal shown instead of sent.

    Control characters become the picture of themselves (ESC is ``␛``), tabs become spaces, direction marks and other
    invisible format characters, surrogates and private-use characters become U+FFFD. Printable text stays as it is.
    """
    text = text.expandtabs(_TAB)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe(character) for character in text)


def safe_json(document: str) -> str:
    """Return JSON that says the same, with every character that could steer a terminal written as ``\\uXXXX``."""
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def _safe(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    # Cc control, Cf format (bidirectional overrides, zero-width joiners), Cs surrogate, Co private, Cn unassigned
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return REPLACEMENT
    return character
