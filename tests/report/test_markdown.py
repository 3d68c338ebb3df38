"""The report in Markdown: read by a real parser, nothing of a log is markup."""

import re

import pytest
from markdown_it import MarkdownIt
from reports import HOSTILE, hostile, report_of, sample
from runlogs import whole_run

from dltui.report.markdown import as_markdown, escaped
from dltui.text import safe_text

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def test_everything_is_in_it() -> None:
    text = as_markdown([sample("overfitting")])
    html = PARSER.render(text)
    assert "<h1>overfitting</h1>" in html and "▲ OVERFITTING" in html
    assert "<strong>dropout 0 → 0.3</strong>" in html
    assert "<td>label_noise</td>" in html and html.count("<table>") == 2
    assert html.count('<pre><code class="language-text">') == 1 and "loss (log)" in html


def test_it_speaks_the_language_of_its_texts() -> None:
    text = as_markdown([sample("overfitting", "zh_CN")])
    assert "过拟合" in text and "## 建议" in text


@pytest.mark.parametrize("text", [*HOSTILE, "1. one", "- one", "+ one", "= one", "```", "    code", "#1", "www.x.com"])
def test_what_is_escaped_reads_as_it_is(text: str) -> None:
    text = " ".join(safe_text(text).split())
    for before, after in (("", ""), ("| ", " | x |\n|---|---|\n| a | b |"), ("> ", ""), ("- ", "")):
        tokens = PARSER.parse(f"{before}{escaped(text)}{after}")
        words = [child for token in tokens for child in token.children or []]
        allowed = {"text", "text_special", "html_inline", "softbreak"}
        assert {word.type for word in words} <= allowed
        assert {word.content for word in words if word.type == "html_inline"} <= {"<!-- -->"}
        read = "".join(word.content for word in words if word.type != "html_inline")
        assert text in read


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_log_changes_nothing_in_the_page(text: str) -> None:
    page = as_markdown([hostile(text)])
    usual = as_markdown([hostile("plain")])
    assert headings(page) == headings(usual)
    assert not re.search(r"<(?!br>|sub>|/sub>|!-- -->)", re.sub(r"\\<|```.*?```", "", page, flags=re.DOTALL))


def headings(page: str) -> list[str]:
    """The headings below the title, as a reader sees them."""
    return re.findall(r"<h2>(.*?)</h2>", PARSER.render(page))


def test_several_runs_stand_below_each_other() -> None:
    html = PARSER.render(as_markdown([report_of(whole_run(), name="first"), report_of(whole_run(), name="second")]))
    assert html.index("<h1>first</h1>") < html.index("<hr") < html.index("<h1>second</h1>")
