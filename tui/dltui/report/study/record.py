"""The record of a tuning in a report: each training, what it was against, what was changed, why, and what it did."""

from collections.abc import Iterator
from dataclasses import dataclass

from dltui.diagnosis.finding import Verdict
from dltui.guide.telling.words import LONGEST_VALUE, bounded
from dltui.interventions.verdict import Outcome
from dltui.report.report import Tone
from dltui.report.study.tables import state_of
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.texts import Texts
from dltui.tune.telling import began_as, ended_as, seen_in

LONGEST = 500
_SIGNS = {
    Outcome.HELPED: ("✔", Tone.GOOD),
    Outcome.HURT: ("✖", Tone.BAD),
    Outcome.NO_CLEAR_EFFECT: ("≈", Tone.OPEN),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """One entry. ``sign`` and ``tone``: of what its change did; ``came_to``: how it is, while it has not ended.

    ``seen``: by the diagnosis; ``error``: why it failed.
    """

    number: int
    tone: Tone
    sign: str
    began: str
    why: str
    came_to: str
    seen: str
    error: str
    is_best: bool


def record_of(study: Study, texts: Texts, *, is_over: bool) -> Iterator[Training]:
    """Return the trainings in their order. ``is_over``: what was at work has been cut short."""
    best = study.best
    for trial in study.trials:
        sign, tone = _sign(trial)
        now = state_of(trial.state, is_over=is_over)
        yield Training(
            number=trial.number,
            tone=tone,
            sign=sign,
            began=bounded(began_as(trial, texts), LONGEST),
            why=bounded(trial.why, LONGEST) if trial.parent is not None else "",
            came_to=bounded(ended_as(study, trial, texts), LONGEST) if trial.state.has_ended else now,
            seen=bounded(seen_in(trial, texts), LONGEST_VALUE),
            error=bounded(trial.error, LONGEST),
            is_best=trial is best,
        )


def _sign(trial: TrialEntry) -> tuple[str, Tone]:
    if trial.outcome in tuple(_SIGNS):
        return _SIGNS[Outcome(trial.outcome)]
    if trial.state is TrialState.FAILED or trial.verdict == Verdict.DIVERGED:
        return "✖", Tone.BAD
    return ("●" if trial.state.has_ended else "◌"), Tone.OPEN
