"""Names and values out of a user's table, in a sentence for a terminal: escaped, short, and ready to be typed again."""

import shlex
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

LONGEST = 60
MOST_LISTED = 8


def printable(text: str) -> str:
    r"""Return ``text`` with everything escaped that could steer a terminal or break a line (ESC is ``\x1b``)."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def quoted(text: str) -> str:
    """Return ``text`` in quotes, printable and cut to a length that fits into a sentence."""
    return f"'{printable(text if len(text) <= LONGEST else text[: LONGEST - 1] + '…')}'"


def setting(name: str, *columns: str) -> str:
    """Return the words that set ``name`` to these columns, as a shell takes them; a comma in a name needs quotes."""
    written = ",".join(f'"{each}"' if "," in each else each for each in columns)
    return f"--set {shlex.quote(printable(f'{name}={written}'))}"


def listed(names: Sequence[str]) -> str:
    """Return the first of ``names``, and how many there are beside them."""
    more = len(names) - MOST_LISTED
    return ", ".join(map(quoted, names[:MOST_LISTED])) + (f" and {more} more" if more > 0 else "")


def closest(word: str, names: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the name most like ``word``, whatever the case of both, else nothing."""
    known = {name.casefold(): name for name in names}
    matches = get_close_matches(word.casefold(), known, n=1, cutoff=0.5)
    return f" Did you mean {quoted(known[matches[0]])}?" if matches else ""
