"""Words and numbers: foreign text made harmless, and figures as a person reads them."""

import math
import unicodedata

import pytest

from dltui import formatting
from dltui.text import safe_text


@pytest.mark.parametrize(
    "code", [*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x202E, 0x2028, 0x2029, 0xFEFF, 0xD800, 0xE000]
)
def test_no_character_that_steers_a_terminal_gets_through(code: int) -> None:
    safe = safe_text(f"a{chr(code)}b")
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for character in safe)
    assert safe[0] == "a" and safe[-1] == "b"


def test_ordinary_text_stays_as_it_is() -> None:
    assert safe_text("loss 0.1 [bold] — 损失 é") == "loss 0.1 [bold] — 损失 é"
    assert safe_text("a\tb") == "a   b"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.08123, "0.08123"), (1e-5, "1e-5"), (123456.0, "1.235e5"), (0.0, "0"), (math.nan, "nan"), (-math.inf, "-inf")],
)
def test_numbers(value: float, text: str) -> None:
    assert formatting.format_value(value) == text
    assert formatting.known(value) == ("–" if math.isnan(value) else text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0:00"), (42, "0:42"), (3723, "1:02:03"), (90061, "1d 1:01:01"), (270000, "3d 3:00"), (math.nan, "–")],
)
def test_durations(seconds: float, text: str) -> None:
    assert formatting.duration(seconds) == text


def test_speeds_sizes_and_shares() -> None:
    assert formatting.rate(1843.2) == "1 843 it/s"
    assert formatting.rate(2.34) == "2.3 it/s"
    assert formatting.rate(0.25) == "4.0 s/it"
    assert formatting.rate(math.nan) == "– it/s"
    assert formatting.size(3.12e8) == "312 MB" and formatting.size(1.44e9) == "1.4 GB"
    assert formatting.percent(0.961) == "96.1 %" and formatting.percent(math.nan) == "–"
    assert formatting.ago(30) == "now" and formatting.ago(7200) == "2 h" and formatting.ago(200000) == "2 d"
    assert math.isnan(formatting.seconds_of("yesterday"))
