"""A judged log as a person reads it in a terminal or a file: verdict, curve, findings, advice."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len

from dltui.advice.change import Apply, Change
from dltui.charts.of_run import loss_chart_text
from dltui.cli.judged import Judged
from dltui.cli.wrap import wrap
from dltui.diagnosis.finding import Finding, Severity, Verdict
from dltui.formatting import count
from dltui.text import safe_text
from dltui.texts import Texts

CHART_ROWS = 12
_BOLD, _DIM = "1", "2"
_VERDICTS = {
    Verdict.GOOD_FIT: ("✔", "32"),
    Verdict.OVERFITTING: ("▲", "33"),
    Verdict.UNDERFITTING: ("▼", "33"),
    Verdict.DIVERGED: ("✖", "31"),
    Verdict.INCONCLUSIVE: ("?", "36"),
}
_SEVERITIES = {Severity.CRITICAL: ("✖", "31"), Severity.WARNING: ("▲", "33"), Severity.INFO: ("●", "36")}
"""Sign and colour (SGR): never the colour alone."""
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
        """Return ``text`` in that colour, or as it is where colours do not show."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour else text


def as_text(judged: Judged, texts: Texts, paper: Paper) -> str:
    """Return the whole report on one log, without a newline at its end."""
    text = "\n".join(_Report(judged, texts, paper).lines())
    return text if paper.carries(text) else text.translate(_ASCII)


def brief(judged: Judged, texts: Texts, paper: Paper) -> str:
    """Return the verdict, what weighs most, and the first advice: a few lines for the end of a training."""
    text = "\n".join(_Report(judged, texts, paper).brief())
    return text if paper.carries(text) else text.translate(_ASCII)


class _Report:
    """The parts of the report, each an iterator of lines."""

    def __init__(self, judged: Judged, texts: Texts, paper: Paper) -> None:
        self._judged = judged
        self._state = judged.state
        self._diagnosis = judged.diagnosis
        self._texts = texts
        self._paper = paper

    def lines(self) -> Iterator[str]:
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
        for finding in self._diagnosis.findings[:1]:
            yield from self._paragraph(self._texts.finding(finding), "  ")
        for change in self._judged.advice[:1]:
            action = f"{self._texts.change(change).action} · {self._how(change)}"
            yield from self._paragraph(action, f"  {self._texts.ui('advice')}: ")

    def _header(self) -> Iterator[str]:
        ui, state, judged = self._texts.ui, self._state, self._judged
        parts = [judged.format, str(state.status)]
        if math.isfinite(state.epoch):
            parts.append(ui("epochs", epochs=count(round(state.epoch, 2))))
        if state.step != state.epoch:
            parts.append(ui("steps", steps=count(state.step)))
        if judged.cut:
            parts.append(ui("at_step", step=self._diagnosis.at_step))
        if state.skipped:
            parts.append(ui("skipped", count=state.skipped))
        name, facts = safe_text(judged.log), " · ".join(parts)
        if cell_len(name) + 2 + cell_len(facts) <= self._paper.columns:
            yield f"{self._paper.paint(name, _BOLD)}  {facts}"
        else:
            yield self._paper.paint(name, _BOLD)
            yield from wrap(facts, self._paper.columns, "  ")

    def _verdict(self) -> Iterator[str]:
        diagnosis, texts = self._diagnosis, self._texts
        sign, colour = _VERDICTS[diagnosis.verdict]
        inconclusive = diagnosis.verdict is Verdict.INCONCLUSIVE
        word = texts.ui("cannot_tell") if inconclusive else texts.verdict(diagnosis.verdict).upper()
        sure = "" if inconclusive else "   " + texts.ui("confidence", confidence=f"{diagnosis.confidence:.2f}")
        yield self._paper.paint(f"{sign} {word}", _BOLD, colour) + sure
        if diagnosis.reason:
            yield from self._paragraph(texts.reason(diagnosis.reason), "  ")

    def _chart(self) -> Iterator[str]:
        if not (len(self._state.train_loss) or len(self._state.val_loss)):
            return
        chart = loss_chart_text(self._state, self._paper.columns, CHART_ROWS)
        if self._paper.carries(chart):
            yield chart
        else:
            yield self._texts.ui("no_chart", encoding=self._paper.encoding)
        yield ""

    def _findings(self) -> Iterator[str]:
        yield self._paper.paint(self._texts.ui("findings"), _BOLD)
        if not self._diagnosis.findings:
            yield f"  {self._texts.ui('no_findings')}"
        for finding in self._diagnosis.findings:
            yield from self._finding(finding)

    def _finding(self, finding: Finding) -> Iterator[str]:
        texts = self._texts
        sign, colour = _SEVERITIES[finding.severity]
        name = f"{sign} {texts.symptom(finding.symptom)}"
        facts = [
            self._since(finding.since_step),
            texts.ui("confidence", confidence=f"{finding.confidence:.2f}"),
            texts.ui("guide_step", number=finding.guide_step),
        ]
        line, *more = wrap(" · ".join(facts), self._paper.columns, f"{name}  ", rest="  ")
        yield self._paper.paint(name, colour) + line.removeprefix(name)
        yield from more
        yield from self._paragraph(texts.finding(finding), "  ")

    def _since(self, step: float) -> str:
        epoch, step = self._state.epoch_at(step), float(round(step))
        if math.isnan(epoch):
            return self._texts.ui("since_step", step=step)
        if epoch == step:
            return self._texts.ui("since_epoch", epoch=epoch)
        return self._texts.ui("since_epoch_step", epoch=round(epoch, 1), step=step)

    def _advice(self) -> Iterator[str]:
        yield self._paper.paint(self._texts.ui("advice"), _BOLD)
        if not self._judged.advice:
            yield f"  {self._texts.ui('no_advice')}"
        for position, change in enumerate(self._judged.advice, start=1):
            yield from self._change(f"{position}  ", change)
        if self._judged.advice and not self._state.hparams:
            yield from self._paragraph(self._texts.ui("hparams_unknown"), "")

    def _change(self, start: str, change: Change) -> Iterator[str]:
        texts, indent = self._texts, " " * cell_len(start)
        words = texts.change(change)
        action, *more = wrap(words.action, self._paper.columns, start)
        symptoms = texts.template("sentence.list").join(map(texts.symptom, (change.symptom, *change.also_for)))
        yield self._paper.paint(action, _BOLD)
        yield from (self._paper.paint(line, _BOLD) for line in more)
        yield from self._paragraph(f"{self._how(change)} · {texts.ui('for_symptom', symptom=symptoms)}", indent)
        rows = {"why": words.why, "expect": words.expect, "check": words.check, "source": words.source}
        width = max(cell_len(texts.ui(key)) for key in rows) + 2
        for key, text in rows.items():
            label = texts.ui(key)
            yield from self._paragraph(text, f"{indent}{label}{' ' * (width - cell_len(label))}")

    def _how(self, change: Change) -> str:
        """How the change is made: ``live``, ``branch from epoch 9``."""
        step = change.at_step
        if change.apply is not Apply.BRANCH or step is None:
            return self._texts.ui(f"apply_{change.apply}")
        return self._texts.branch_from(step, round(self._state.epoch_at(step), 1))

    def _paragraph(self, text: str, first: str) -> list[str]:
        return wrap(text, self._paper.columns, first)
