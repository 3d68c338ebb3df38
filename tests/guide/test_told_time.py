"""A time span as a person types it."""

import pytest

from dltui.errors import UsageError
from dltui.guide.told_time import seconds_in, time_text


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), (" 5 m ", 300), ("2min", 120), ("1.5H", 5400), ("1e2", 100)]
)
def test_what_is_a_time(text: str, seconds: float) -> None:
    assert seconds_in(text) == seconds
    assert seconds_in(time_text(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-5", "5d", "1.2.3", "1e999", "nan", "inf", "m", "9" * 400])
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        seconds_in(text)


@pytest.mark.parametrize("text", ["0", "0s", "0.0h"])
def test_no_time_at_all(text: str) -> None:
    with pytest.raises(UsageError, match="leaves no time"):
        seconds_in(text)


def test_a_budget_that_is_not_known_is_no_text() -> None:
    assert time_text(0) == "" and time_text(7200) == "2h" and time_text(61) == "61s"
