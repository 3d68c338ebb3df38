"""How far a training has come: what it explains, whether it still gets better, whether it ever did.

Not a rule: the numbers that several rules share, each computed once for a diagnosis.
"""

import math
from dataclasses import dataclass

import numpy as np

from dltui.diagnosis.observed import Observed, once
from dltui.diagnosis.reduction import Values
from dltui.diagnosis.rows import Series
from dltui.diagnosis.rule import LEAST_VALIDATIONS
from dltui.diagnosis.statistics import noise, running_median, smoothing_window, trend

DROP = 1.5
"""A learning rate that falls by more than this in one step is an event, not a schedule that glides."""
LITTLE_EXPLAINED = 0.5
"""Where the loss of knowing nothing is known: a model that takes away less than half of it has much left to learn,
unless the data hold no more."""
SUDDEN = 3.0
TAIL = 0.05
"""Below a twentieth of its highest a learning rate is at the end of its schedule, and may fall as it likes."""
MOST_DROPS = 8
WINDOW = 0.4
"""A trend is that of the last 40 % of the run: long enough to rise above the noise, short enough to be the present."""
SIGNIFICANT = 0.05
MOST_GAIN = 0.9
"""A straight line would soon promise a loss below 0; more than nine tenths nobody should be promised."""
MATTERS = 0.02
"""Half as many epochs again must promise 2 %: less is not worth the time."""
HARDLY = 0.05
"""What a curve of a handful of points may lose and still be called level."""
BUDGET_SHARE = 0.25
"""Some trainings wait for long before they begin to learn: no word of being stuck before a quarter of the plan."""
LEAST_STUCK = 12
"""Values of a training loss before it is said that it does not fall, where nothing tells what it should come to."""
DECAYED_SHARE = 0.1
"""A learning rate below a tenth of its highest: the schedule is at its end, and with it the training."""


@once
def reference_loss(run: Observed) -> float | None:
    """Return the loss of knowing nothing: as the manifest tells, or of the untrained network; None if unknown.

    ln C for C classes, the variance of the targets for a squared error (Karpathy 2019; CS231n, six steps, step 1). Not
    the first training loss of a log with a value each step: a log with one each epoch would be judged differently.
    Who takes classes as 0 and 1 begins at 0 for all, 1 / C, and knows no more when 1 / C is answered to all.
    """
    expected, classes = run.expected_initial_loss, run.squared_classes
    if expected is not None and expected > 0:
        return expected if classes is None else expected * (1 - 1 / classes)
    untrained = run.untrained_val_loss
    return untrained if untrained is not None and untrained > 0 else None


@once
def explained(run: Observed) -> float | None:
    """Return the share of the reference loss that the best training loss has taken away; None if that is unknown."""
    level = train_level(run)
    if level is None:
        return None
    if run.on_error:
        # the error of a first epoch is at most that of guessing
        error = run.train_between.value
        return 1 - float(running_median(error).min()) / float(error[0]) if len(error) and error[0] > 0 else None
    reference = reference_loss(run)
    return None if reference is None else 1 - float(level.min()) / reference


@once
def learns_little(run: Observed) -> bool:
    """Whether much is left to learn, as far as that is known: by what is explained, or by a loss that does not fall."""
    share = explained(run)
    if share is not None:
        return share <= LITTLE_EXPLAINED
    train = train_curve(run)
    return len(train) >= LEAST_STUCK and drop(train) <= HARDLY


@once
def train_curve(run: Observed) -> Series:
    """The training loss at the cadence that says most: between validations, or by blocks where those are few."""
    if run.on_error:
        return run.train_between
    return run.train_between if len(run.train_between) >= 20 or len(run.train) <= len(run.train_between) else run.train


@once
def train_level(run: Observed) -> Values | None:
    """The running median of the training loss, None where there is none."""
    train = train_curve(run)
    return running_median(train.value) if len(train) else None


def drop(series: Series) -> float:
    """Return how much of its first level the series lost at its best, beyond noise; 0 for less than 3 points.

    The very first value is passed over: as the mean of a first epoch it tells most of all what an untrained network is.
    """
    if len(series) < 3:
        return 0.0
    values = series.value[1:]
    level = running_median(values)
    # the lowest of many noisy medians lies some two of their deviations below the true level
    chance = 2 * 1.25 * noise(values) / math.sqrt(smoothing_window(len(values)))
    first = float(level[0])
    return max(0.0, first - float(level.min()) - chance) / abs(first) if first else 0.0


@dataclass(frozen=True, slots=True)
class Motion:
    """How a curve moves at the end of the run.

    ``gain``: what it loses in a quarter of the run, by the slope of the last 40 %; positive when it falls. ``before``:
    the same for the 40 % before. ``low``, ``high``: the 95 % interval of ``gain``. ``level``: where it is now.
    """

    gain: float
    before: float
    low: float
    high: float
    before_high: float
    p_falling: float
    level: float

    @property
    def falling(self) -> bool:
        """Whether it falls by more than noise."""
        return self.gain > 0 and self.p_falling < SIGNIFICANT

    @property
    def predicted_gain(self) -> float:
        """What half as many steps again would bring, as a share of the level.

        Each quarter is taken to bring as much less than the one before as it did until now; a curve that falls ever
        faster is taken to go on as it does.
        """
        if self.level == 0 or self.gain <= 0:
            return 0.0
        ratio = min(1.0, self.gain / self.before) ** (0.25 / WINDOW) if self.before > 0 else 1.0
        return min(MOST_GAIN, self.gain * (ratio + ratio**2) / abs(self.level))

    @property
    def accelerating(self) -> bool:
        """Whether it falls clearly faster than before, as it does under a learning rate that goes to 0."""
        return self.low > self.before_high and self.gain > 0


@once
def val_motion(run: Observed) -> Motion | None:
    """Return how validation moves; None for too few points."""
    return _motion(run, run.val)


@once
def train_motion(run: Observed) -> Motion | None:
    """Return how the training loss moves; None for too few points."""
    return _motion(run, train_curve(run))


def _motion(run: Observed, series: Series) -> Motion | None:
    """How ``series`` moves; None for too few points.

    Only what came after the last sudden drop of the learning rate counts: before it the training was another one.
    """
    if not len(series):
        return None
    # by the curve's own first and last point: the training loss stands half an interval before each validation
    start, end = max(float(series.step[0]), last_lr_drop(run)), float(series.step[-1])
    span = end - start
    late = _between(series, end - WINDOW * span, end)
    early = _between(series, end - 2 * WINDOW * span, end - WINDOW * span)
    now, then = trend(late.step, late.value), trend(early.step, early.value)
    if now is None:
        return None
    quarter = -span / 4
    if then is not None:
        before, before_high = then.slope * quarter, then.low * quarter
    else:  # too few points for a slope: from where the curve stood to where it stood then
        level = running_median(series.value)
        stood = np.interp(end - span * np.array([2 * WINDOW, WINDOW]), series.step, level)
        before, before_high = float(stood[0] - stood[1]) * 0.25 / WINDOW, math.inf
    return Motion(
        gain=now.slope * quarter,
        before=before,
        low=now.high * quarter,
        high=now.low * quarter,
        before_high=before_high,
        p_falling=now.p_falling,
        level=float(running_median(series.value)[-1]),
    )


def _between(series: Series, first: float, last: float) -> Series:
    chosen = (series.step >= first) & (series.step <= last)
    return Series(series.step[chosen], series.value[chosen])


@once
def lr_drops(run: Observed) -> list[float]:
    """Return the steps at which the learning rate fell suddenly.

    Sudden is a fall by half or more that is several times the one before it: towards its end a cosine falls by half
    from record to record, but not suddenly. A rate that falls at every tenth record glides.
    """
    lr = run.lr
    if len(lr) < 3:
        return []
    positive = lr.value > 0
    falls = -np.diff(np.log(np.where(positive, lr.value, 1.0))) * (positive[1:] & positive[:-1])
    before = np.concatenate(([0.0], falls[:-1]))
    at_work = lr.value[:-1] > TAIL * float(lr.value.max())
    sudden = np.flatnonzero(at_work & (falls > math.log(DROP)) & (falls > SUDDEN * before))
    return [] if len(sudden) > max(MOST_DROPS, len(lr) / 10) else [float(lr.step[index + 1]) for index in sudden]


def last_lr_drop(run: Observed) -> float:
    """Return the step of the last sudden fall of the learning rate, -inf if there was none."""
    return max(lr_drops(run), default=-math.inf)


def lr_decayed(run: Observed) -> bool:
    """Whether the learning rate has come down to the end of its schedule."""
    lr = run.lr
    return len(lr) > 2 and float(lr.value[-1]) <= DECAYED_SHARE * float(lr.value.max())


@once
def is_flat(run: Observed) -> bool:
    """Whether neither curve falls any more by what would matter, and there is enough to say so."""
    if run.validations < LEAST_VALIDATIONS or run.budget_share < BUDGET_SHARE:
        return False
    return _is_level(val_motion(run), run.val) and _is_level(train_motion(run), train_curve(run))


def _is_level(move: Motion | None, series: Series) -> bool:
    """Whether a curve falls no more; one of too few points for a trend must not have fallen at all."""
    if move is None:
        return len(series) >= 3 and drop(series) <= HARDLY
    return not (move.falling and move.predicted_gain > MATTERS)


@once
def is_warming_up(run: Observed) -> bool:
    """Whether the learning rate still rises from a small value: what is slow now is meant to be slow."""
    lr = run.lr
    if len(lr) < 3:
        return False
    highest = float(lr.value.max())
    return float(lr.value[0]) < 0.5 * highest and float(lr.value[-1]) > 0.9 * highest


@once
def is_constant(run: Observed) -> bool:
    """Whether the log shows that the learning rate stays as it is."""
    lr = run.lr
    return len(lr) > 2 and float(lr.value.min()) > 0.9 * float(lr.value.max())
