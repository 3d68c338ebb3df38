"""What a trial came to, from its trainings that have ended."""

import math
import time
from collections.abc import Sequence

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity
from dltui.search.study.options import Objective
from dltui.search.study.records import Told
from dltui.search.study.study import TrialEntry
from dltui.search.trials.fault import is_past_its_best
from dltui.search.trials.objective import Measured, best_of
from dltui.search.trials.training import Training
from dltui.search.trials.trials import Ended
from dltui.series.state import RunState

NOTHING_MEASURED = "No validation came to a finite {metric}."


def ended_trial(trial: TrialEntry, trainings: Sequence[Training], objective: Objective) -> Ended:
    """Return the trial with what its trainings came to."""
    bests = [best_of(each.following.measured, objective) for each in trainings]
    known = [each for each in bests if each is not None]
    standing = best_of(known, objective)
    complete = len(known) == len(bests)
    return Ended(
        trial=trial,
        states=[each.following.state for each in trainings],
        runs=[each.following.run for each in trainings],
        seconds=sum(each.following.seconds for each in trainings),
        value=math.fsum(each.value for each in known) / len(known) if complete else None,
        best=_place(bests, standing),
        step=standing.step if standing is not None else 0,
        pruned_by=_pruned_by(trainings),
        error=next((each.error for each in trainings if each.error), ""),
    )


def told_of(ended: Ended, objective: Objective, *, outcome: str = "", kept: bool = False) -> Told:
    """Return the record of what it came to. One whose best lay behind it is complete, and counts with that."""
    error = ended.error
    cut = bool(ended.pruned_by) and not is_past_its_best(ended.pruned_by)
    if ended.value is None and not error and not cut:
        error = NOTHING_MEASURED.format(metric=objective.metric)
    verdict, finding = _verdict(ended.states[ended.best])
    return Told(
        number=ended.trial.number,
        time=time.time(),
        state="failed" if error else "pruned" if cut else "complete",
        value=None if error else ended.value,
        step=ended.step,
        pruned_by="" if error else ended.pruned_by,
        verdict=verdict,
        finding=finding,
        run=ended.runs[ended.best],
        seconds=round(ended.seconds, 3),
        error=error,
        outcome=outcome,
        kept=kept,
    )


def _place(bests: Sequence[Measured | None], standing: Measured | None) -> int:
    return next((place for place, each in enumerate(bests) if each is standing), 0) if standing is not None else 0


def _pruned_by(trainings: Sequence[Training]) -> str:
    """Why it was stopped: that one of its trainings is hopeless says more than that another was past its best."""
    reasons = [each.pruned_by for each in trainings if each.pruned_by]
    return min(reasons, key=is_past_its_best, default="")


def _verdict(state: RunState) -> tuple[str, str]:
    if state.manifest is None and not len(state.train_loss) and not len(state.val_loss):
        return "", ""
    diagnosis = examine(state)
    worst = next((each.symptom for each in diagnosis.findings if each.severity is not Severity.INFO), None)
    return str(diagnosis.verdict), str(worst) if worst is not None else ""
