"""A report as plain text, for a terminal, a mail or a log: ``dltui diagnose`` prints the first half of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from dltui.charts.chart import draw
from dltui.report.charts import without_findings
from dltui.report.report import AdviceWords, FindingWords, Intervention, Report, Tone
from dltui.wrap import wrap

COLUMNS = 80
CHART_ROWS = 12
_BOLD = "1"
_COLOURS = {Tone.GOOD: "32", Tone.WARN: "33", Tone.BAD: "31", Tone.OPEN: "36"}
_ASCII = str.maketrans(
    {"✔": "+", "▲": "!", "▼": "v", "✖": "x", "●": "-", "·": "-", "→": "->", "–": "-", "“": '"', "”": '"'}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is written on: how many cells wide, in which encoding, and whether colours show."""

    columns: int
    encoding: str = "utf-8"
    colour: bool = False

    def carries(self, text: str) -> bool:
        """Whether the encoding has every character of ``text``."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True

    def paint(self, text: str, *codes: str) -> str:
        """Return ``text`` in that colour (SGR), or as it is where colours do not show."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour else text

    def fitted(self, lines: Iterator[str]) -> str:
        """Return the lines as one text, its signs in ASCII where the encoding has no others."""
        text = "\n".join(lines)
        return text if self.carries(text) else text.translate(_ASCII)


def as_text(reports: Sequence[Report]) -> str:
    """Return the whole report of one run or of several, in 80 columns."""
    paper = Paper(columns=COLUMNS)
    between = f"\n\n{'═' * COLUMNS}\n\n"
    return between.join(paper.fitted(_Page(report, paper).whole()) for report in reports) + "\n"


def diagnosis_text(report: Report, paper: Paper) -> str:
    """Return what was found and what to change, with the chart of the losses; no newline at its end."""
    return paper.fitted(_Page(report, paper).diagnosis())


def brief_text(report: Report, paper: Paper) -> str:
    """Return the verdict, what weighs most, and the first advice: a few lines for the end of a training."""
    return paper.fitted(_Page(report, paper).brief())


class _Page:
    """The parts of a report, each an iterator of lines."""

    def __init__(self, report: Report, paper: Paper) -> None:
        self._report = report
        self._texts = report.texts
        self._paper = paper

    def whole(self) -> Iterator[str]:
        yield from self.diagnosis()
        yield from self._section("interventions", self._interventions())
        if self._report.settings:
            yield from self._section("hyperparameters", self._settings())
        if self._report.about:
            yield from self._section("about_run", self._rows(self._report.about, "  "))

    def diagnosis(self) -> Iterator[str]:
        yield from self._header()
        yield ""
        yield from self._verdict()
        yield ""
        yield from self._chart()
        yield from self._findings()
        yield ""
        yield from self._advice()

    def brief(self) -> Iterator[str]:
        yield from self._verdict()
        for finding in self._report.findings[:1]:
            yield from self._paragraph(finding.text, "  ")
        for change in self._report.advice[:1]:
            action = f"{change.action} · {change.made}"
            yield from self._paragraph(action, f"  {self._texts.ui('advice')}: ")

    def _header(self) -> Iterator[str]:
        name, facts = self._report.title, " · ".join(self._report.facts)
        if cell_len(name) + 2 + cell_len(facts) <= self._paper.columns:
            yield f"{self._paper.paint(name, _BOLD)}  {facts}"
        else:
            yield self._paper.paint(name, _BOLD)
            yield from wrap(facts, self._paper.columns, "  ")

    def _verdict(self) -> Iterator[str]:
        verdict = self._report.verdict
        sure = f"   {verdict.sure}" if verdict.sure else ""
        yield self._paper.paint(f"{verdict.sign} {verdict.word}", _BOLD, _COLOURS[verdict.tone]) + sure
        if verdict.reason:
            yield from self._paragraph(verdict.reason, "  ")

    def _chart(self) -> Iterator[str]:
        losses = self._report.charts[0]
        if not any(len(curve.trace) for curve in losses.curves):
            return
        spec = replace(without_findings(losses), width=self._paper.columns, height=CHART_ROWS)
        chart = draw(spec).text()
        yield chart if self._paper.carries(chart) else self._texts.ui("no_chart", encoding=self._paper.encoding)
        yield ""

    def _findings(self) -> Iterator[str]:
        yield self._paper.paint(self._texts.ui("findings"), _BOLD)
        if not self._report.findings:
            yield f"  {self._texts.ui('no_findings')}"
        for finding in self._report.findings:
            yield from self._finding(finding)

    def _finding(self, finding: FindingWords) -> Iterator[str]:
        name = f"{finding.sign} {finding.name}"
        line, *more = wrap(" · ".join(finding.facts), self._paper.columns, f"{name}  ", rest="  ")
        yield self._paper.paint(name, _COLOURS[finding.tone]) + line.removeprefix(name)
        yield from more
        yield from self._paragraph(finding.text, "  ")

    def _advice(self) -> Iterator[str]:
        yield self._paper.paint(self._texts.ui("advice"), _BOLD)
        if not self._report.advice:
            yield f"  {self._texts.ui('no_advice')}"
        for position, change in enumerate(self._report.advice, start=1):
            yield from self._change(f"{position}  ", change)
        if self._report.advice_note:
            yield from self._paragraph(self._report.advice_note, "")

    def _change(self, start: str, change: AdviceWords) -> Iterator[str]:
        indent = " " * cell_len(start)
        action, *more = wrap(change.action, self._paper.columns, start)
        yield self._paper.paint(action, _BOLD)
        yield from (self._paper.paint(line, _BOLD) for line in more)
        yield from self._paragraph(change.how, indent)
        yield from self._rows(change.rows, indent)

    def _interventions(self) -> Iterator[str]:
        if not self._report.interventions:
            yield f"  {self._texts.ui('no_interventions')}"
        for each in self._report.interventions:
            yield from self._intervention(each)
        if self._report.more_interventions:
            yield f"  {self._texts.ui('more_rows', count=self._report.more_interventions)}"

    def _intervention(self, each: Intervention) -> Iterator[str]:
        epoch = f"{self._texts.ui('epoch')} {each.epoch}" if each.epoch else ""
        where = " · ".join(part for part in (f"{self._texts.ui('step')} {each.step}", epoch, each.time) if part)
        what = " · ".join(part for part in (each.name, each.by, each.reason, each.verdict) if part)
        yield from self._paragraph(what, f"  {where}  ")

    def _settings(self) -> Iterator[str]:
        rows = []
        for setting in self._report.settings:
            usual = f"   ({self._texts.ui('default')} {setting.default})" if setting.default else ""
            rows.append((setting.name, f"{setting.value}{usual}"))
        yield from self._rows(rows, "  ")

    def _section(self, heading: str, lines: Iterator[str]) -> Iterator[str]:
        yield ""
        yield self._paper.paint(self._texts.ui(heading), _BOLD)
        yield from lines

    def _rows(self, rows: Sequence[tuple[str, str]], indent: str) -> Iterator[str]:
        """Labels and texts, the texts below each other; a label that is far too long begins a line of its own."""
        longest = self._paper.columns // 2
        width = max((cell_len(label) for label, _ in rows if cell_len(label) <= longest), default=0) + 2
        for label, text in rows:
            if cell_len(label) > longest:
                yield from self._paragraph(label, indent)
                yield from self._paragraph(text, indent + " " * width)
            else:
                yield from self._paragraph(text, f"{indent}{label}{' ' * (width - cell_len(label))}")

    def _paragraph(self, text: str, first: str) -> list[str]:
        return wrap(text, self._paper.columns, first)
