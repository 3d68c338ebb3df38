"""What a guide is doing, told from its state and from whether a process works on it."""

import math

from dltui.guide.state import Guide, GuideStatus
from dltui.runs.status import RunStatus

STARTING_S = 30.0
"""So long after its state was written a guide that no process has taken up yet is still being started."""
FIRST_OF_ALL_DATA = 3
"""The trials before this step are made to find faults: their losses are no results."""


def standing(guide: Guide, *, at_work: bool, age_s: float) -> RunStatus:
    """Return what has become of the guide. ``age_s``: since its state was written last."""
    if guide.status not in (GuideStatus.RUNNING, GuideStatus.PAUSED):
        return RunStatus(guide.status)
    if at_work:
        return RunStatus.RUNNING
    return RunStatus.STARTING if not guide.pid and age_s < STARTING_S else RunStatus.KILLED


def halted_at(guide: Guide) -> int | None:
    """Return the step whose fault keeps a guide that has ended from going on; None if there is none."""
    if guide.status not in (GuideStatus.STOPPED, GuideStatus.FAILED):
        return None
    return next((each.number for each in guide.steps if guide.is_halted_at(each.number)), None)


def best_loss(guide: Guide) -> float:
    """Return the validation loss that it has come to: of the final run, before that of the best trial; else NaN."""
    trials = [each for step in guide.steps[FIRST_OF_ALL_DATA:] for each in step.trials if each.val_loss is not None]
    final = [each for each in trials if each.name == guide.final] or trials
    losses = [float(each.val_loss) for each in final if each.val_loss is not None]
    return min((each for each in losses if math.isfinite(each)), default=math.nan)


def shown_trial(guide: Guide) -> str:
    """Return the name of the run that stands for the guide: the final one, else the latest trial; empty without one."""
    if guide.final:
        return guide.final
    return next((step.trials[-1].name for step in reversed(guide.steps) if step.trials), "")
