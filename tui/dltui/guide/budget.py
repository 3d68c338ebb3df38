"""What of the time each step may have, and what the whole needs."""

from dltui.guide.state import Guide, StepState
from dltui_trainers.looked import DataReport

SHARES = (4.0, 2.0, 5.0, 11.0, 12.0, 14.0, 52.0)
"""Parts of the budget for the steps 0 to 6. What a step leaves over goes to those after it."""
LATITUDE = 1.5
"""So many times what is planned for it a step may take before its trials are stopped; the last one may not."""
KEPT = 0.98
"""Of the budget: the rest is for the start of the first process and the end of the last one."""
LEAST_S = 60.0
TRAININGS = 12
"""A budget that nobody set has room for so many trainings of the usual length by each worker."""
TRIALS = 60
"""About so many times a task file is run, and its data are loaded."""
MOST_S = 12 * 3600.0


def default_budget(looked: DataReport, workers: int, epochs: int) -> float:
    """Return the seconds for a guide on these data, where nobody says how many: whole minutes.

    ``epochs``: of a training as the task has it. The speed is that of the middle one of the networks that were tried.
    """
    speeds = sorted(each.epoch_s for each in looked.models if not each.error)
    needed_s = needed(speeds[len(speeds) // 2] if speeds else 0.0, epochs, workers)
    needed_s += TRIALS * looked.load_s / workers
    return min(MOST_S, max(LEAST_S, 60.0 * round(needed_s / 60)))


def needed(epoch_s: float, epochs: int, workers: int) -> float:
    """Return the seconds that a guide should have for a network whose epochs take so long."""
    return TRAININGS * epochs * epoch_s / workers


def planned(guide: Guide, step: int) -> float:
    """Return the seconds for ``step``: its share of what is left, beside the steps that are still to come."""
    left = KEPT * guide.budget_s - sum(each.seconds for each in guide.steps if each.number != step)
    return max(0.0, left) * SHARES[step] / sum(SHARES[number] for number in {step, *open_steps(guide)})


def foreseen(guide: Guide) -> dict[int, float]:
    """Return the seconds for each step that is at work or still to come, as far as they are known now."""
    open_ = open_steps(guide)
    at_work = [number for number in open_ if guide.steps[number].state is StepState.RUNNING]
    plan = {number: guide.steps[number].planned_s for number in at_work}
    rest = [number for number in open_ if number not in plan]
    left = (
        KEPT * guide.budget_s
        - sum(plan.values())
        - sum(each.seconds for each in guide.steps if each.number not in plan)
    )
    shares = sum(SHARES[number] for number in rest)
    return plan | {number: max(0.0, left) * SHARES[number] / shares for number in rest}


def open_steps(guide: Guide) -> list[int]:
    """Return the steps that are at work or still to come."""
    return [each.number for each in guide.steps if each.state in (StepState.WAITING, StepState.RUNNING)]
