"""What the bars of a replay show, as values: where the head is, and the findings laid along the axis of the chart."""

import math

import numpy as np

from dltui.charts.run_view import Span
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui.diagnosis.timeline import Course, Timeline
from dltui.formatting import count, time_of
from dltui.replay.player import Player
from dltui.replay.recording import Recording, Ruler
from dltui.series.live import is_of_log
from dltui.series.state import Best, RunState
from dltui.series.track import AxisName
from dltui.text import safe_text
from dltui.texts import Texts
from dltui.widgets.timeline_view import DONE, JUDGED, Bar, Line
from dltui.widgets.transport import AT_END, PAUSED, PLAYING, Stand
from dltui_trainers.runlog import EventRecord

SEVERITIES = {Severity.CRITICAL: ("█", "error"), Severity.WARNING: ("━", "warning"), Severity.INFO: ("─", "secondary")}
"""The bar of a finding: the worse, the more of its cell is filled."""
VERDICTS = {
    Verdict.GOOD_FIT: ("═", "success"),
    Verdict.OVERFITTING: ("▀", "warning"),
    Verdict.UNDERFITTING: ("▄", "warning"),
    Verdict.DIVERGED: ("█", "error"),
    Verdict.INCONCLUSIVE: ("·", ""),
}
"""Too much is above, too little below, a good fit in the middle."""
MADE = {
    "set": ("┆", "accent"),
    "undo": ("◂", "accent"),
    "restarted": ("◂", "error"),
    "paused": ("‖", ""),
    "oom": ("!", "error"),
}
"""What was done while it trained: changed, taken back, paused."""
WHOLE_EPOCH = 1e-6


class Beneath:
    """Lays a recording along the x axis of the chart. ``axis``: which one that is.

    Where a training was begun anew, its steps go back on the chart; the bars go on.
    """

    def __init__(self, recording: Recording) -> None:
        self.axis: AxisName = "step"
        self._recording = recording
        self._spans = {axis: _whole_span(recording, axis) for axis in ("step", "epoch", "time")}

    @property
    def ruler(self) -> Ruler:
        """Along what the bars are laid."""
        return Ruler.CLOCK if self.axis == "time" and self._recording.has_times else Ruler.STEPS

    def whole_span(self, axis: AxisName) -> Span:
        """The x axis of the whole run."""
        return self._spans[axis]

    def share_of(self, place: float, by: Ruler) -> float:
        """Where a place on the ruler ``by`` stands, as a share of the whole."""
        lo, hi = self._span
        return (self._recording.moved(place, by, self.ruler) - lo) / (hi - lo)

    def share_of_rows(self, rows: int) -> float:
        """Where a moment stands."""
        return self.share_of(self._recording.place_of(rows, self.ruler), self.ruler)

    def place_at(self, share: float, by: Ruler) -> float:
        """The place on the ruler ``by`` at a share of the whole."""
        lo, hi = self._span
        return self._recording.moved(lo + share * (hi - lo), self.ruler, by)

    @property
    def events(self) -> list[tuple[int, EventRecord]]:
        """The events of the log, each with its moment."""
        return self._recording.events()

    def epochs(self) -> float:
        """How many epochs the whole is, NaN where it tells none."""
        return self._spans["epoch"][1] if self._has_epochs() else math.nan

    def _has_epochs(self) -> bool:
        batch = self._recording.batch
        return any(rows is not None and bool(np.isfinite(rows.epoch).any()) for rows in (batch.steps, batch.evals))

    @property
    def _span(self) -> Span:
        if self.ruler is Ruler.CLOCK:
            return self._spans["time"]
        if not self._recording.restarts:
            return self._spans["step"]
        first, last = self._recording.span(Ruler.STEPS)
        return (first, last) if last > first else (first, first + 1.0)


def stand(player: Player, state: RunState, beneath: Beneath) -> Stand:
    """Return how the replay stands."""
    recording = player.recording
    sign = PLAYING if player.playing else AT_END if player.at_end else PAUSED
    best = state.best
    return Stand(
        sign=sign,
        pace=_pace(player),
        facts=tuple(_facts(player, state, beneath)),
        best=None if best is None else _where_best(best, recording, beneath),
    )


def _where_best(best: Best, recording: Recording, beneath: Beneath) -> float | None:
    """Where the best validation was; None where its step was done several times and nothing tells in which attempt."""
    if not recording.restarts:
        return beneath.share_of_rows(recording.at_step(best.step))
    return beneath.share_of(best.time, Ruler.CLOCK) if recording.has_times else None


def _pace(player: Player) -> str:
    speed = f"{player.speed:g}x"
    if player.by is not Ruler.STEPS:
        return f"{speed} recorded time"
    pace = player.speed * player.pace
    return f"{speed} by steps, {count(round(pace)) if pace >= 10 else f'{pace:.2g}'}/s"


def _facts(player: Player, state: RunState, beneath: Beneath) -> list[str]:
    recording = player.recording
    facts = []
    epochs = beneath.epochs()
    if math.isfinite(epochs) and math.isfinite(state.epoch):
        facts.append(f"epoch {_epoch(state.epoch)}/{_epoch(epochs)}")
    facts.append(f"step {count(state.step)}/{count(beneath.whole_span('step')[1])}")
    if recording.has_times:
        now, whole = recording.moved(player.head, player.by, Ruler.CLOCK), recording.span(Ruler.CLOCK)[1]
        facts.append(f"{time_of(now, whole)}/{time_of(whole, whole)}")
    if recording.pauses_cut and player.by is not Ruler.STEPS:
        facts.append("long pauses cut")
    return facts


def _epoch(epoch: float) -> str:
    return f"{math.floor(epoch + WHOLE_EPOCH)}" if epoch >= 1 or not epoch else f"{epoch:.2f}"


def timeline_lines(timeline: Timeline, beneath: Beneath, texts: Texts) -> tuple[Line, ...]:
    """Return the verdicts, then each symptom, the worst first; a good fit is told by the verdict already."""
    verdicts = tuple(
        Bar(
            beneath.share_of_rows(said.start),
            1.0 if said.stop is None else beneath.share_of_rows(said.stop),
            *VERDICTS[said.verdict],
            safe_text(texts.verdict(said.verdict)),
        )
        for said in timeline.verdicts
    )
    courses = [_line(course, beneath, texts) for course in timeline.courses if course.symptom is not Symptom.GOOD_FIT]
    return (Line(lead=JUDGED, tone="", bars=verdicts), *_made(beneath), *courses)


def _made(beneath: Beneath) -> tuple[Line, ...]:
    """What was done to the training while it ran, a sign each; no line where nothing was."""
    bars = []
    for rows, event in beneath.events:
        if event.done and event.name in MADE and not is_of_log(event):
            share = beneath.share_of_rows(rows)
            bars.append(Bar(share, share, *MADE[event.name]))
    return (Line(lead=DONE, tone="", bars=tuple(bars)),) if bars else ()


def _line(course: Course, beneath: Beneath, texts: Texts) -> Line:
    bars = tuple(
        Bar(
            beneath.share_of_rows(span.start),
            1.0 if span.stop is None else beneath.share_of_rows(span.stop),
            *SEVERITIES[span.severity],
        )
        for span in course.spans
    )
    lead = "●" if course.worst is Severity.INFO else "▲"
    return Line(lead=lead, tone=SEVERITIES[course.worst][1], name=safe_text(texts.symptom(course.symptom)), bars=bars)


def _whole_span(recording: Recording, axis: AxisName) -> Span:
    """As the chart of a run that is over has it: from 0, or where a branch began, to the last record."""
    if axis == "time":
        first, last = 0.0, recording.span(Ruler.CLOCK)[1]
    else:
        batch = recording.batch
        columns = [getattr(rows, axis) for rows in (batch.steps, batch.evals) if rows is not None]
        known = [column[np.isfinite(column)] for column in columns]
        last = max((float(column.max()) for column in known if len(column)), default=0.0)
        if axis == "step" and batch.end is not None:
            last = max(last, float(batch.end.step))
        first = _branch_start(recording, axis)
    return (first, last) if last > first else (first, first + 1.0)


def _branch_start(recording: Recording, axis: AxisName) -> float:
    parent = recording.manifest.parent if recording.manifest else None
    evals = recording.batch.evals
    if parent is None or parent.step <= 0 or evals is None:
        return 0.0
    first = float(getattr(evals, axis)[0])
    return first if math.isfinite(first) else 0.0
