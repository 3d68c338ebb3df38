"""The poster: XML that any program shows, whatever the log says."""

import re
from xml.etree import ElementTree

import pytest
from reports import HOSTILE, hostile, long_run, report_of, sample

from dltui.report.lanes import MOST_LANES, Lanes
from dltui.report.poster import WIDTH
from dltui.report.svg import as_svg
from dltui.text import safe_text

NAMESPACE = "{http://www.w3.org/2000/svg}"


def words_of(svg: str) -> str:
    """All the text of a poster."""
    return " ".join("".join(ElementTree.fromstring(svg).itertext()).split())


def test_verdict_advice_and_charts_are_on_it() -> None:
    svg = as_svg(sample("overfitting"))
    words = words_of(svg)
    for word in (
        "▲ OVERFITTING",
        "confidence 0.99",
        "First advice: dropout 0 → 0.3",
        "loss (log)",
        "gradient norm (log)",
    ):
        assert word in words
    assert words.index("OVERFITTING") < words.index("loss (log)")


def test_it_needs_nothing_from_outside() -> None:
    svg = as_svg(sample("overfitting"))
    tags = {element.tag.removeprefix(NAMESPACE) for element in ElementTree.fromstring(svg).iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "text", "tspan", "path", "circle", "g", "clipPath"}
    assert svg.count("http") == 1  # the name space
    assert "var(" not in svg and "@import" not in svg and "@font-face" not in svg
    assert "prefers-color-scheme:dark" in svg


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_log_says_is_text_and_nothing_else(text: str) -> None:
    svg = as_svg(hostile(text))
    root = ElementTree.fromstring(svg)
    assert all(element.tag.startswith(NAMESPACE) for element in root.iter())
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    assert " ".join(safe_text(text[:30]).split()) in words_of(svg)


def test_all_that_is_drawn_lies_on_the_poster() -> None:
    svg = as_svg(sample("overfitting"))
    root = ElementTree.fromstring(svg)
    height = float(root.attrib["height"])
    for text in root.iter(f"{NAMESPACE}text"):
        assert 0 <= float(text.attrib["x"]) <= WIDTH and 0 < float(text.attrib["y"]) < height


def test_a_run_without_a_value_has_one_too() -> None:
    assert "no value that could be drawn" in words_of(as_svg(report_of([])))


def test_the_size_does_not_know_how_long_the_run_was() -> None:
    assert len(as_svg(long_run(30_000)).encode()) < 150_000


def test_paths_hold_nothing_but_finite_numbers() -> None:
    for path in re.findall(r' d="([^"]*)"', as_svg(long_run(3000))):
        assert re.fullmatch(r"[MLVHhv0-9. -]+", path)


def test_texts_of_marks_never_lie_on_each_other() -> None:
    lanes = Lanes(0.0, 400.0, 6.0)
    taken: dict[int, list[tuple[float, float]]] = {}
    for x in range(0, 400, 13):
        place = lanes.place(float(x), 8)
        if place is not None:
            lane, leftward = place
            begin = x - 48 if leftward else x
            assert all(begin + 48 <= other or begin >= end for other, end in taken.get(lane, []))
            taken.setdefault(lane, []).append((begin, begin + 48))
    assert lanes.used == MOST_LANES and sum(map(len, taken.values())) >= 15
    assert lanes.place(200.0, 0) is None
