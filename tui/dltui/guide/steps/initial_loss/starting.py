"""Where trainings began: the loss of the untrained network and that of the first step, over several starts."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from dltui.diagnosis.bad_initial_loss import HIGH, LOW, VERY_HIGH, height_of
from dltui.guide.outcome import Outcome
from dltui.guide.result import Check
from dltui.guide.steps.saying import doubtful, fault, sound
from dltui_trainers.looked import DataReport

PRIOR = 0.1
"""A loss so near that of the constant answer: the last bias was set to the shares of the classes, which is fine."""
APART = 2.5
"""Times that the loss of the first batch and that of the validation differ before they need an explanation: batches
vary, and a batch norm is none in a validation before the first step. Of 12 noisy points one set has 1.5 times the
other's."""
VERY_FAR_APART = 4.0
SQUARES_FAR_APART = 8.0
"""A single target far out can be most of the squares of a batch; a sum over a batch is farther off still."""
STEPS_OF_OWN = 10
FAR_FROM_LATER = 30.0
"""Times: what is gone after ten steps was no lack of knowledge, but the scale of what the network answers."""
ALIKE = 0.3
"""Relative distance within which a factor is said to be a number of samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """The losses before anything was learned, one for each start: on the validation, and in the first step.

    ``later``: on the validation, after the first steps.
    """

    val: Sequence[float]
    train: Sequence[float]
    later: Sequence[float] = ()

    @staticmethod
    def of(outcomes: Sequence[Outcome]) -> "Starts":
        """Return those of the trials that came so far."""
        firsts = [each.state.train_loss.raw.values[:1] for each in outcomes]
        return Starts(
            val=[each.initial_loss for each in outcomes if len(each.val_losses)],
            train=[float(first[0]) for first in firsts if len(first)],
            later=[each.last_loss for each in outcomes if len(each.val_losses) > 1],
        )

    @property
    def initial(self) -> float:
        """The loss of the untrained network: the one in the middle."""
        return statistics.median(self.val) if self.val else math.nan

    @property
    def ratios(self) -> list[float]:
        """The loss of the first step over that of the validation before it, for each start that has both."""
        return [train / val for train, val in zip(self.train, self.val, strict=False) if val > 0]


def check_start(starts: Starts, looked: DataReport, batch_size: int) -> Check:
    """Judge the loss of the untrained network by that of knowing nothing.

    What is far above is a fault, what is far below only a doubt: weights that were trained before do that, too.
    """
    if looked.own_loss:
        return _check_own(starts)
    initial, expected, constant = starts.initial, float(looked.expected_initial_loss), float(looked.constant_loss)
    if not all(map(math.isfinite, [*starts.val, *starts.train, expected])):
        return fault("initial_loss.not_finite")
    takes_squares = looked.takes_squares
    height = height_of(initial, expected, takes_squares, looked.classes if takes_squares else None)
    numbers = {"loss": initial, "expected": expected, "ratio": initial / expected}
    if height > HIGH:
        guessed = float(looked.uniform_loss) if looked.classes is None else expected
        multiple = _as_samples(initial / guessed, batch_size, looked) if guessed > 0 else ""
        if height > VERY_HIGH:
            return fault(f"initial_loss.summed_{multiple}" if multiple else "initial_loss.very_high", **numbers)
        return doubtful("initial_loss.high", **numbers)
    if looked.classes is None:
        return _check_low_number(initial, looked)
    if _is_prior(initial, constant) and not math.isclose(constant, expected, rel_tol=PRIOR):
        return sound("initial_loss.prior", **numbers)
    if initial / expected < LOW:
        return doubtful("initial_loss.low", **numbers)
    return sound("initial_loss.as_expected", **numbers)


def _check_own(starts: Starts) -> Check:
    """Judge a loss of the user's own, of which nobody knows where it should begin, by how it goes on."""
    if not all(map(math.isfinite, [*starts.val, *starts.train, *starts.later])):
        return fault("initial_loss.not_finite")
    initial, later = starts.initial, statistics.median(starts.later) if starts.later else math.nan
    numbers = {"loss": initial, "later": later, "steps": STEPS_OF_OWN}
    if not starts.later:
        return sound("initial_loss.own_loss", **numbers)
    if min(initial, later) > 0 and initial > FAR_FROM_LATER * later:
        return doubtful("initial_loss.own_high", **numbers)
    if later > initial + FAR_FROM_LATER * abs(initial):
        return doubtful("initial_loss.own_rises", **numbers)
    return sound("initial_loss.own_goes_on", **numbers)


def _check_low_number(initial: float, looked: DataReport) -> Check:
    """Of numbers the validation may be easier than the training set, from which the expected loss is: both count."""
    expected, uniform = float(looked.expected_initial_loss), float(looked.uniform_loss)
    numbers = {"loss": initial, "expected": expected, "uniform": uniform}
    lowest = min(expected, uniform) if uniform > 0 else expected
    if initial < LOW * lowest:
        return doubtful("initial_loss.low", **{**numbers, "expected": lowest, "ratio": initial / lowest})
    return sound("initial_loss.as_expected_number", **numbers)


def check_agreement(starts: Starts, looked: DataReport, batch_size: int) -> Check | None:
    """Judge the loss of the first step by that of the validation before it: a batch is a sample of the same.

    All starts must say so: a single batch may be odd. None where there is nothing to compare.
    """
    ratios = starts.ratios
    if not ratios or not all(math.isfinite(each) and each >= 0 for each in ratios):
        return None
    ratio = statistics.median(ratios)
    numbers = {"loss": statistics.median(starts.train), "val_loss": starts.initial, "ratio": ratio}
    far = SQUARES_FAR_APART if looked.takes_squares else VERY_FAR_APART
    if min(ratios) > far and _is_about(ratio, batch_size):
        return fault("initial_loss.train_summed", batch=batch_size, **numbers)
    if looked.takes_squares and looked.classes is not None:
        ratios = _as_heights(starts, looked)
    if min(ratios) > far:
        return fault("initial_loss.train_above", **numbers)
    if min(ratios) > APART or max(ratios) < 1 / APART:
        return doubtful("initial_loss.train_apart", **numbers)
    return sound("initial_loss.train_agrees", **numbers)


def _as_heights(starts: Starts, looked: DataReport) -> list[float]:
    """The ratios as another loss would have them: of squares of classes, outputs that vary are most from the start."""
    expected = float(looked.expected_initial_loss)
    train, val = (
        [height_of(loss, expected, True, looked.classes) for loss in losses] for losses in (starts.train, starts.val)
    )
    return [one / other for one, other in zip(train, val, strict=False) if other > 0] or [1.0]


def _as_samples(ratio: float, batch_size: int, looked: DataReport) -> str:
    """Which number of samples the ratio is: ``batch`` or ``validation``; empty if it is none of them."""
    if _is_about(ratio, batch_size):
        return "batch"
    return "validation" if _is_about(ratio, looked.n_val) else ""


def _is_prior(initial: float, constant: float) -> bool:
    return math.isclose(initial, constant, rel_tol=PRIOR)


def _is_about(ratio: float, count: int) -> bool:
    return count > VERY_FAR_APART and math.isclose(ratio, count, rel_tol=ALIKE)
