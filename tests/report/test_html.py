"""The page: one file that loads and runs nothing, complete, and of bounded size."""

import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from reports import HOSTILE, hostile, long_run, report_of, sample
from runlogs import step, whole_run

from dltui.report.html import as_html
from dltui.text import safe_text

VOID = {"meta", "br", "hr", "img", "link", "input"}
ALLOWED = re.findall(
    r"\w+",
    """html head meta title style body main article header footer section div span p h1 h2 h3 strong ol li dl dt dd
    table thead tbody tr th td figure svg desc text path circle rect g clippath""",
)


class Page(HTMLParser):
    """Reads a page strictly: every element is closed in its turn, and only what a report has may be there."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.ids: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        self.attributes += [(tag, name, value) for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    @property
    def words(self) -> str:
        """All the text of the page, blanks made one."""
        return " ".join(" ".join(self.text).split())


def test_everything_is_on_the_page() -> None:
    page = Page(as_html([sample("overfitting")]))
    for word in (
        "overfitting",
        "OVERFITTING",
        "dropout 0 → 0.3",
        "since epoch 27",
        "Srivastava",
        "label_noise",
        "1 840",
    ):
        assert word in page.words
    assert page.words.count("First advice") == 1
    assert page.words.index("OVERFITTING") < page.words.index("loss (log)") < page.words.index("Findings")


def test_nothing_is_loaded_and_nothing_runs() -> None:
    source = as_html([sample("overfitting")])
    page = Page(source)
    names = {name for _, name, _ in page.attributes}
    assert not any(name.startswith("on") for name in names) and not names & {"src", "href", "style"}
    assert "default-src 'none'" in source and "url(" not in re.sub(r"url\(#\w+\)", "", source)
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", source)


def test_it_can_be_read_without_eyes() -> None:
    page = Page(as_html([sample("overfitting"), sample("healthy")]))
    assert len(page.ids) == len(set(page.ids))
    labels = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-labelledby"]
    assert labels and all(set((each or "").split()) <= set(page.ids) for each in labels)
    assert "train, smoothed 0.9: from 2.083 to" in page.words
    assert {value for tag, name, value in page.attributes if tag == "th" and name == "scope"} == {"col", "row"}
    assert ("html", "lang", "en") in page.attributes


def test_it_speaks_the_language_of_its_texts() -> None:
    page = Page(as_html([sample("overfitting", "zh_CN")]))
    assert ("html", "lang", "zh-CN") in page.attributes
    assert "过拟合" in page.words and "首要建议" in page.words and "Findings" not in page.words


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_log_says_is_text_and_nothing_else(text: str) -> None:
    source = as_html([hostile(text)])
    page = Page(source)
    assert " ".join(safe_text(text[:100]).split()) in page.words
    assert not any(ord(each) < 0x20 and each != "\n" for each in source)
    for svg in re.findall(r"<svg.*?</svg>", source, re.DOTALL):
        ElementTree.fromstring(svg)


def test_the_size_does_not_know_how_long_the_run_was() -> None:
    assert len(as_html([long_run(30_000)]).encode()) < 150_000


def test_gaps_and_single_points_are_drawn() -> None:
    losses = [1.0, float("nan"), 0.5, float("nan"), 0.4, 0.3]
    source = as_html([report_of([step(number + 1, loss) for number, loss in enumerate(losses)])])
    path = re.search(r'class="line raw" d="(M[^"]*M[^"]*)"', source)
    assert path is not None and path[1].count("M") == 3 and path[1].count("h0") == 2
    assert "not finite: 2" in source


def test_a_page_without_a_value_says_so() -> None:
    page = Page(as_html([report_of([])]))
    assert "no value that could be drawn" in page.words and "I cannot tell yet" in page.words


def test_several_runs_stand_below_each_other() -> None:
    page = Page(as_html([report_of(whole_run(), name="first"), report_of(whole_run(), name="second")]))
    assert page.words.index("first") < page.words.index("second")
