"""The looks of compared runs: distinct in every theme, with 16 colours, and without any."""

from itertools import combinations

import pytest
from rich.color import Color, ColorSystem
from textual.theme import Theme

from dltui.charts.run_colours import MARKERS, MOST_CURVES, run_look
from dltui.themes import DARK, LIGHT

LOOKS = [run_look(position) for position in range(MOST_CURVES)]


def luminance(colour: str) -> float:
    """How light a colour is, after WCAG 2."""
    parts = [part / 255 for part in Color.parse(colour).get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_colours_can_be_told_apart_with_16_of_them_and_read_on_the_background(theme: Theme) -> None:
    colours = [theme.variables[look.colour] for look in LOOKS]
    of_16 = [Color.parse(colour).downgrade(ColorSystem.STANDARD).number for colour in colours]
    assert len(set(of_16)) == MOST_CURVES
    background = luminance(str(theme.background))
    for colour in colours:
        lighter, darker = sorted((luminance(colour), background), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4  # WCAG asks 3 of what is drawn, 4.5 of small text


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_colours_are_those_of_the_256(theme: Theme) -> None:
    for look in LOOKS:
        parts = Color.parse(theme.variables[look.colour]).get_truecolor()
        assert set(parts) <= {0, 0x5F, 0x87, 0xAF, 0xD7, 0xFF} or len(set(parts)) == 1


def test_without_colour_markers_and_letters_tell_the_runs() -> None:
    assert len(set(MARKERS)) == MOST_CURVES
    assert all(one.marker != other.marker for one, other in combinations(LOOKS, 2))
    assert [look.sign for look in LOOKS[:3]] == ["●A", "■B", "◆C"]


def test_every_run_has_a_letter_of_its_own() -> None:
    letters = [run_look(position).letter for position in range(1000)]
    assert len(set(letters)) == 1000
    assert (letters[25], letters[26], letters[27], letters[52], letters[702]) == ("Z", "AA", "AB", "BA", "AAA")
    assert run_look(MOST_CURVES).style is run_look(0).style
