"""A report in GitHub's Markdown: for an issue, a pull request or a wiki. The losses stand in it as text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from dltui.charts.chart import draw
from dltui.report.charts import without_findings
from dltui.report.report import AdviceWords, Report
from dltui_trainers import __version__

CHART_COLUMNS, CHART_ROWS = 90, 16
_SPECIAL = re.compile(r"""[\\`*_{}\[\]<>|~$&#]|:(?=//)|(?<=www)\.|^[-+=]|^\d{1,9}[.)](?=\s|$)""")
"""What begins or ends any markup of Markdown, HTML, a table, a formula or an address; some of it only in front."""


def as_markdown(reports: Sequence[Report]) -> str:
    """Return the report of one run, or of several, one below the other."""
    pages = ["\n".join(page(report)) for report in reports]
    made_by = reports[0].texts.ui("made_by", version=__version__)
    return "\n\n---\n\n".join(pages) + f"\n\n<sub>{made_by}</sub>\n"


def escaped(text: str) -> str:
    """Return ``text`` so that it reads as it is: nothing in it is markup, and it stays in its line and its cell."""
    marked = _SPECIAL.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", " ".join(text.split()))
    return marked.replace("@", "@<!-- -->")  # a backslash would not keep GitHub from calling somebody of that name


def page(report: Report) -> Iterator[str]:
    """Return the lines on one run."""
    yield f"# {escaped(report.title)}"
    yield ""
    yield escaped(" · ".join(report.facts))
    yield ""
    yield from _verdict(report)
    yield from _chart(report)
    yield from _findings(report)
    yield from _advice(report)
    yield from _interventions(report)
    yield from _settings(report)
    yield from _about(report)


def _verdict(report: Report) -> Iterator[str]:
    verdict, texts = report.verdict, report.texts
    sure = f" — {escaped(verdict.sure)}" if verdict.sure else ""
    yield f"> ## {verdict.sign} {escaped(verdict.word)}"
    yield ">"
    told = f"{escaped(verdict.reason or report.first_finding)}{sure}".removeprefix(" — ")
    yield f"> {told}"
    for change in report.advice[:1]:
        yield ">"
        yield f"> {escaped(texts.ui('first_advice'))}: **{escaped(change.action)}**"
    if report.error:
        yield ""
        yield f"**{escaped(texts.ui('went_wrong'))}**: {escaped(report.error)}"


def _chart(report: Report) -> Iterator[str]:
    losses = report.charts[0]
    if not any(len(curve.trace) for curve in losses.curves):
        return
    yield ""
    yield from fenced(draw(replace(without_findings(losses), width=CHART_COLUMNS, height=CHART_ROWS)).text())


def fenced(text: str) -> Iterator[str]:
    """Return a text that stands as it is, as code."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)  # a fence ends at a row of as many backticks
    yield f"{fence}text"
    yield text
    yield fence


def _findings(report: Report) -> Iterator[str]:
    yield from _heading(report, "findings")
    if not report.findings:
        yield escaped(report.texts.ui("no_findings"))
    for finding in report.findings:
        yield f"- {finding.sign} **{escaped(finding.name)}** — {escaped(' · '.join(finding.facts))}<br>"
        yield f"  {escaped(finding.text)}"


def _advice(report: Report) -> Iterator[str]:
    yield from _heading(report, "advice")
    if not report.advice:
        yield escaped(report.texts.ui("no_advice"))
    for position, change in enumerate(report.advice, start=1):
        yield from _change(position, change)
    if report.advice_note:
        yield ""
        yield escaped(report.advice_note)


def _change(position: int, change: AdviceWords) -> Iterator[str]:
    start = f"{position}. "
    yield f"{start}**{escaped(change.action)}** — {escaped(change.how)}"
    for label, text in change.rows:
        yield f"{' ' * len(start)}- *{escaped(label)}*: {escaped(text)}"


def _interventions(report: Report) -> Iterator[str]:
    texts = report.texts
    yield from _heading(report, "interventions")
    if not report.interventions:
        yield escaped(texts.ui("no_interventions"))
        return
    names = ("step", "epoch", "time", "event", "event_by", "event_reason", "event_verdict")
    rows = [(e.step, e.epoch, e.time, e.name, e.by, e.reason, e.verdict) for e in report.interventions]
    yield from table([texts.ui(name) for name in names], rows)
    if report.more_interventions:
        yield ""
        yield escaped(texts.ui("more_rows", count=report.more_interventions))


def _settings(report: Report) -> Iterator[str]:
    if not report.settings:
        return
    texts, defaults = report.texts, any(setting.default for setting in report.settings)
    yield from _heading(report, "hyperparameters")
    names = [texts.ui(name) for name in ("name", "value", "default")[: 3 if defaults else 2]]
    yield from table(names, [(each.name, each.value, each.default)[: len(names)] for each in report.settings])


def _about(report: Report) -> Iterator[str]:
    if report.about:
        yield from _heading(report, "about_run")
        yield from table([report.texts.ui("name"), report.texts.ui("value")], report.about)


def _heading(report: Report, key: str) -> Iterator[str]:
    yield ""
    yield f"## {escaped(report.texts.ui(key))}"
    yield ""


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the lines of a table."""
    yield f"| {' | '.join(map(escaped, names))} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(map(escaped, row))} |"
