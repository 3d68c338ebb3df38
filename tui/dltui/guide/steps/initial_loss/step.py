"""Step 1: the initial loss. A network that knows nothing should start at the loss of knowing nothing.

Everything that regularises is off, so the loss is that of the data alone. A few trainings of one step each, from
different random weights, tell the loss of the untrained network on the validation, and that of the first batch.
Source: CS231n, six steps, step 1; Karpathy 2019 (verify the loss at init).
"""

import math
from collections.abc import Sequence

from dltui.guide.outcome import Outcome
from dltui.guide.result import Bars, Check, Level, StepResult, Table, known_number
from dltui.guide.steps.initial_loss.starting import STEPS_OF_OWN, Starts, check_agreement, check_start
from dltui.guide.steps.quiet import unregularised
from dltui.guide.steps.saying import doubtful, fault, said, worst_first
from dltui.guide.steps.usable import usable
from dltui.guide.trial import Trial, Work
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import Number, number

STARTS = 3
"""Different random weights: one start may be odd."""


def run(work: Work) -> StepResult:
    """Train one step from each start and judge where they began. Raises :class:`GuideError`."""
    looked = usable(work)
    outcomes = work.trials(_starts(work, STEPS_OF_OWN if looked.own_loss else 1))
    checks = worst_first(_checks(outcomes, looked, work.hparams().batch_size))
    return StepResult(
        judgement=checks[0].judgement,
        said=checks[0].said,
        checks=checks[1:],
        plot=_plot(outcomes, looked),
        table=_table(outcomes, looked),
    )


def _starts(work: Work, steps: int) -> list[Trial]:
    first = min(work.hparams().seed, int(CATALOGUE["seed"].high) - STARTS)
    quiet = {**unregularised(work), "max_steps": steps, "log_every": 1}
    if steps > 1:
        quiet["epochs"] = steps  # of few samples an epoch has few steps
    return [Trial(name=f"seed-{seed}", settings={**quiet, "seed": seed}) for seed in range(first, first + STARTS)]


def _checks(outcomes: Sequence[Outcome], looked: DataReport, batch_size: int) -> list[Check]:
    """What there is to say; one check at least."""
    begun = [each for each in outcomes if len(each.val_losses)]
    failed = [each for each in outcomes if each.failed]
    if not begun:
        return [fault("initial_loss.all_failed", error=failed[0].error) if failed else doubtful("initial_loss.no_time")]
    starts = Starts.of(begun)
    agreement = check_agreement(starts, looked, batch_size)
    found = [check_start(starts, looked, batch_size), *([agreement] if agreement else [])]
    if failed and len(failed) == len(outcomes):
        found.append(fault("initial_loss.all_failed", error=failed[0].error))
    elif failed:
        found.append(doubtful("initial_loss.some_failed", count=len(failed), error=failed[0].error))
    return found


def _plot(outcomes: Sequence[Outcome], looked: DataReport) -> Bars:
    expected = float(looked.expected_initial_loss)
    return Bars(
        title=said("initial_loss.plot"),
        labels=[_seed(each) for each in outcomes],
        groups=[said("initial_loss.validation"), said("initial_loss.first_step")],
        values=[[number(each.initial_loss) for each in outcomes], [_first_step(each) for each in outcomes]],
        level=Level(name=said("initial_loss.expected_level"), y=expected) if math.isfinite(expected) else None,
    )


def _table(outcomes: Sequence[Outcome], looked: DataReport) -> Table:
    expected = float(looked.expected_initial_loss)
    heads = ("seed", "validation", "first_step", "over_expected")
    return Table(
        columns=[said(f"initial_loss.{head}") for head in heads],
        rows=[[_seed(each), number(each.initial_loss), _first_step(each), _times(each, expected)] for each in outcomes],
    )


def _times(outcome: Outcome, expected: float) -> Number | None:
    return known_number(outcome.initial_loss / expected) if math.isfinite(expected) else None


def _seed(outcome: Outcome) -> str:
    return str(outcome.trial.settings["seed"])


def _first_step(outcome: Outcome) -> Number:
    losses = outcome.state.train_loss.raw.values
    return number(float(losses[0]) if len(losses) else float("nan"))
