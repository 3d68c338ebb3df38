"""When each finding came and went: a recorded run judged at many moments, each as it would have been judged then.

Every moment is reached on the road of a replay, so what stands here is what a replay says when its head is there.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom, Verdict
from dltui.replay.recording import Recording, Ruler
from dltui.series.state import RunState

COARSE, FINE = 24, 96
"""So many moments are looked at first, and then, spread evenly over the steps of the run."""
HALVINGS = 5
"""Between two moments that say different things the middle is looked at, so often: a change is found to within a
three-thousandth of the run."""
MOST = 240
"""At most so many moments are looked at: a second of work or two, beside the interface."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What was said when ``rows`` rows had been written. ``found``: in the order in which it is told."""

    rows: int
    step: float
    epoch: float
    elapsed_s: float
    verdict: Verdict
    found: dict[Symptom, Severity]

    def says_as(self, other: "Moment") -> bool:
        """Whether the other one says the same."""
        return self.verdict is other.verdict and self.found == other.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From the moment ``start`` until before the moment ``stop`` it was said; ``stop`` None: until the end."""

    start: int
    stop: int | None
    severity: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """When one symptom was found, and how bad it was then."""

    symptom: Symptom
    spans: tuple[Span, ...]

    @property
    def worst(self) -> Severity:
        """The worst that it came to."""
        return min((span.severity for span in self.spans), key=lambda severity: severity.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The verdict from the moment ``start`` until before the moment ``stop``; ``stop`` None: until the end."""

    start: int
    stop: int | None
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """``moments`` in their order. Between two of them the earlier one counts."""

    moments: tuple[Moment, ...]

    def at(self, rows: int) -> Moment | None:
        """What was said at the moment ``rows``; None before the first one that was looked at."""
        index = bisect_right(self.moments, rows, key=lambda moment: moment.rows)
        return self.moments[index - 1] if index else None

    @cached_property
    def changes(self) -> tuple[Moment, ...]:
        """The first moment, and each one that says something else than the one before."""
        pairs = zip(self.moments, self.moments[1:], strict=False)
        return (*self.moments[:1], *(after for before, after in pairs if not after.says_as(before)))

    @cached_property
    def verdicts(self) -> tuple[Said, ...]:
        """The verdicts, one after the other."""
        said: list[Said] = []
        for moment in self.changes:
            if not said or moment.verdict is not said[-1].verdict:
                said = [*_closed(said, moment.rows), Said(start=moment.rows, stop=None, verdict=moment.verdict)]
        return tuple(said)

    @cached_property
    def courses(self) -> tuple[Course, ...]:
        """Each symptom that was ever found, the worst first, then the earliest."""
        symptoms = dict.fromkeys(symptom for moment in self.changes for symptom in moment.found)
        courses = [Course(symptom=symptom, spans=self._spans(symptom)) for symptom in symptoms]
        return tuple(sorted(courses, key=lambda course: course.worst.rank))

    def _spans(self, symptom: Symptom) -> tuple[Span, ...]:
        spans: list[Span] = []
        for moment in self.changes:
            severity = moment.found.get(symptom)
            is_open = bool(spans) and spans[-1].stop is None
            if is_open and severity is not spans[-1].severity:
                spans[-1] = Span(start=spans[-1].start, stop=moment.rows, severity=spans[-1].severity)
                is_open = False
            if severity is not None and not is_open:
                spans.append(Span(start=moment.rows, stop=None, severity=severity))
        return tuple(spans)


def survey(recording: Recording, is_over: Callable[[], bool] = lambda: False) -> Iterator[Timeline]:
    """Judge the run at ever more moments; each timeline that comes is finer than the one before.

    ``is_over`` is asked before each moment: if it says so, nothing more comes.
    """
    known: dict[int, Moment] = {}
    wanted = _spread(recording, COARSE)
    for _ in range(2 + HALVINGS):
        for moment in _judged(recording, sorted(wanted - known.keys())):
            known[moment.rows] = moment
            if is_over():
                return
        if not known:
            return
        timeline = Timeline(moments=tuple(known[rows] for rows in sorted(known)))
        yield timeline
        finer = _spread(recording, FINE) if len(known) <= COARSE + 1 else _between_changes(recording, timeline)
        wanted = finer if len(known) + len(finer - known.keys()) <= MOST else set()
        if not wanted - known.keys():
            return


def judge_all(recording: Recording) -> Timeline:
    """Return the finest timeline; one without moments where the log has no rows."""
    timeline = Timeline(moments=())
    for timeline in survey(recording):  # noqa: B007 - the last one is the finest
        pass
    return timeline


def _judged(recording: Recording, moments: list[int]) -> Iterator[Moment]:
    """Play the recording once from the beginning and judge it at ``moments``."""
    state = RunState()
    state.told_hparams = dict(recording.told_hparams)
    state.manifest = recording.manifest
    shown = 0
    for rows in moments:
        state.take(recording.update(shown, rows, recording.status_at(rows)))
        shown = rows
        diagnosis = examine(state)
        yield Moment(
            rows=rows,
            step=float(state.step),
            epoch=state.epoch,
            elapsed_s=recording.place_of(rows, Ruler.CLOCK),
            verdict=diagnosis.verdict,
            found={finding.symptom: finding.severity for finding in diagnosis.findings},
        )


def _spread(recording: Recording, count: int) -> set[int]:
    """Moments evenly over the steps, and the end; all of them where there are few."""
    if len(recording.cuts) <= count:
        return set(recording.cuts.tolist())
    first, last = recording.span(Ruler.STEPS)
    places = np.linspace(first, last, count)
    return {recording.cut_at(recording.rows_at(place, Ruler.STEPS)) for place in places.tolist()} | {recording.total}


def _between_changes(recording: Recording, timeline: Timeline) -> set[int]:
    """The middles of all pairs of moments that say different things."""
    pairs = zip(timeline.moments, timeline.moments[1:], strict=False)
    apart = [(before.rows, after.rows) for before, after in pairs if not after.says_as(before)]
    middles = {(before, recording.cut_at((before + after) // 2)) for before, after in apart}
    return {middle for before, middle in middles if middle > before}


def _closed(said: list[Said], rows: int) -> list[Said]:
    return [*said[:-1], Said(start=said[-1].start, stop=rows, verdict=said[-1].verdict)] if said else []
