"""The report of a guide in each format: all of its steps, and nothing that a name in it could do."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pytest
from guide.sample import HOSTILE, faulty_guide, guide_at, many_bars, plots, sample_guide

from dltui.guide.result import Plot
from dltui.guide.state import Guide
from dltui.report.guide.html import guide_as_html
from dltui.report.guide.plots import describe_plot, draw_plot, plot_height
from dltui.report.guide.report import GuideReport, make_guide_report
from dltui.report.guide.write import render_guide
from dltui.report.report import Tone
from dltui.report.write import FORMATS
from dltui.texts import Texts
from dltui.texts.guide import GuideTexts

TEXTS, GUIDE_TEXTS = Texts.load("en"), GuideTexts.load("en")
GUIDES = {
    "finished": sample_guide(),
    "hostile": sample_guide(hostile=True),
    "running": guide_at(4),
    "begun": guide_at(0),
    "fault": faulty_guide(),
}
TITLES = (
    "Know the data", "Initial loss", "Overfit a small sample", "Find the learning rate", "Coarse grid", "Refine",
    "Look at the curves",
)  # fmt: skip


def report_of(guide: Guide, no_final: str = "") -> GuideReport:
    return make_guide_report(guide, TEXTS, GUIDE_TEXTS, None, no_final)


class _Page(HTMLParser):
    """Checks that every tag is closed in order, and collects what is said."""

    VOID = frozenset({"meta", "rect", "path", "circle"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.said = ""
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("guide", GUIDES.values(), ids=GUIDES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_guide_in_every_format(guide: Guide, format: str, language: str) -> None:
    texts = Texts.load(language)
    report = make_guide_report(guide, texts, GuideTexts.load(language), None, "")
    text = render_guide(report, format)
    assert "\x1b" not in text and "\u202e" not in text
    if format == "html":
        _Page(text)
    if format == "svg":
        ElementTree.fromstring(text)


@pytest.mark.parametrize("format", ["html", "md", "txt"])
def test_the_steps_stand_in_order_with_verdict_checks_table_and_value(format: str) -> None:
    text = render_guide(report_of(sample_guide()), format)
    text = _Page(text).said if format == "html" else text.replace("\\", "")
    places = [text.index(f"Step {at}: {title}") for at, title in enumerate(TITLES)]
    assert places == sorted(places)
    text = " ".join(text.split())
    for part in ("lr from 3.2e-4 to 1e-2 trains", "3 validation samples are exactly", "17 226", "overfitting"):
        assert part in text
    assert re.search(r"hands on:\W+dropout → 0.1, epochs → 22", text)
    assert "is 0.0786 instead of 0.112 (-30 %)" in text  # the difference that it made
    assert "memory may have run out" in text


def test_the_card_tells_what_it_came_to_and_who_chose_what() -> None:
    report = report_of(sample_guide())
    assert (report.verdict.tone, report.verdict.word, report.verdict.sure) == (
        Tone.GOOD,
        "FINISHED",
        "validation loss 0.0786",
    )
    assert [(each.name, each.value, each.by) for each in report.chosen] == [
        ("model", "mlp", "step 0, Know the data"),
        ("lr", "3e-3", "step 4, Coarse grid"),
        ("weight_decay", "1e-4", "step 5, Refine"),
        ("epochs", "22", "step 6, Look at the curves"),
        ("dropout", "0.1", "step 6, Look at the curves"),
    ]


def test_a_fault_is_what_a_report_says_first() -> None:
    verdict = report_of(faulty_guide()).verdict
    assert verdict.tone is Tone.BAD and verdict.sign == "✖" and "cannot be learned by heart" in verdict.reason
    accepted = report_of(msgspec.structs.replace(guide_at(3), accepted=[2])).verdict
    assert accepted.tone is Tone.OPEN


def test_a_final_run_that_is_gone_is_said() -> None:
    for format in ("html", "md", "txt"):
        assert "The final run is not in the guide" in render_guide(report_of(sample_guide(), "no such run"), format)


@pytest.mark.parametrize("name", plots())
@pytest.mark.parametrize("width", [428.0, 912.0])
def test_plots_are_svg_of_finite_numbers_inside_their_height(name: str, width: float) -> None:
    plot = plots()[name]
    drawn = draw_plot(plot, width, "k", TEXTS, GUIDE_TEXTS)
    root = ElementTree.fromstring(f"<svg>{drawn}</svg>")
    assert not re.search(r'="[^"]*\b(nan|inf)\b', drawn)
    assert describe_plot(plot, TEXTS, GUIDE_TEXTS)
    height = plot_height(plot, width)
    assert all(0 <= float(each.get("y", 0)) <= height for each in root.iter() if each.get("y"))


def test_curves_have_level_band_spot_crosses_and_what_is_off_the_chart() -> None:
    drawn = draw_plot(plots()["sweep"], 912, "k", TEXTS, GUIDE_TEXTS)
    for shape in ('class="level"', 'class="band"', 'class="event mark"', 'class="cross found"', 'class="beyond"'):
        assert shape in drawn
    assert ">1e-5<" in drawn and ">learning rate<" in drawn and ">untrained<" in drawn


def test_a_heat_map_has_a_shaded_cell_with_number_and_sign_for_each_pair() -> None:
    drawn = draw_plot(plots()["coarse"], 912, "k", TEXTS, GUIDE_TEXTS)
    assert drawn.count('<rect class="cell') == 12 + 5  # and those of the legend
    assert 'class="cell h5 best"' in drawn and ">0.126 ★<" in drawn and ">inf ✕<" in drawn
    assert drawn.count('class="cell empty"') == 2


def test_very_many_bars_are_the_largest_and_the_smallest() -> None:
    plot: Plot = many_bars(500)
    drawn = draw_plot(plot, 912, "k", TEXTS, GUIDE_TEXTS)
    assert drawn.count("<rect") == 96 + 1 and "and 404 more" in drawn
    assert plot_height(plot, 912) < 800


def test_what_a_folder_says_is_text_and_nothing_else() -> None:
    page = guide_as_html(report_of(sample_guide(hostile=True)))
    parsed = _Page(page)
    assert "script" not in parsed.tags and HOSTILE[4:] not in page
    assert "<script>alert(1)</script>" in parsed.said  # it is read as it is
    assert "default-src 'none'" in page and "http" not in page.replace("http-equiv", "")


def test_markdown_holds_tables_and_no_markup_of_others() -> None:
    text = render_guide(report_of(sample_guide(hostile=True)), "md")
    row = next(line for line in text.split("\n") if line.startswith("| ") and "alert" in line)
    assert row.count(" | ") == 3 and r"\<script\>" in row and r"\|" in row and r"\`x\`" in row
