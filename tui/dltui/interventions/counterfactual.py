"""What a loss did after a change, beside what it would have done without: the statistics of a verdict.

A loss comes down by itself, so "lower than before" proves nothing. What would have been is not known; but the curve
before the change says between which bounds it lies, if it goes on as curves do:

- it stays at its last level (what it does when it has learned all),
- it goes on along its straight line (the best that a curve can do which flattens out),
- it goes on bending as it bent before (what a curve does that turns, or that has just begun to fall).

Only a loss that is below, or above, all of them for sure has been changed. For sure: by 95 % intervals in which
neighbouring points are as dependent (AR(1)) as the rest after the fit shows, with Student's t for few points. How much
the curve bends is a guess from noisy points; it is held to what the whole window moved (a normal prior on the square
term), and what that may hide widens the interval.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from dltui.diagnosis.reduction import Values
from dltui.interventions.blocks import Blocks
from dltui.interventions.verdict import Interval

LEAST = 0.01
"""A difference below 1 % of the loss is not worth a verdict, however sure it is."""
RECENT = 0.2
"""The share of the window before the change that is also left out. People act when a curve has just gone up, and what
went up by chance comes down by itself: what holds only with these points does not hold."""
STOPPED = 0.25
"""A rise has come to an end when less than a quarter of it is left."""
FEWEST_WITHOUT = 5
"""With more points than these, one can be left out."""
FEWEST_APART = 8
"""With so many points on either side it says something that all of one lie beyond all of the other."""
BEND_ERROR = 0.15
"""A curve is no parabola: of what its bend adds to the straight line so much, as a standard deviation, is a guess."""
MOST_DEPENDENT = 0.95
CAUTION = 0.5
"""Standard errors of the dependence that are added to it."""
UNKNOWN_DEPENDENCE = 0.3
"""What is assumed where too few points are left to see it."""
SQUARE = 2
"""The degree of the bent continuation, which takes five points; with four there is only the line."""

Direction = Literal["down", "up", "neither"]
_T95 = (math.nan, 12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """After a change against each continuation of before, as differences of (the logarithm of) the mean loss.

    ``level``: where the curve stood at the change; ``after``: the mean after it; ``trend``: where the line led to.
    ``bounds``: the mean after the change minus each continuation, first the one that stays level. ``ahead``: those of
    them that go on as before. ``turned``: slope after minus slope before, of the line and of the bent curve.
    ``steady``: the slope before, without the most recent points. Slopes are those of a step, but for ``turned``.
    ``step``: from where to where the points after lie from those before, if all of them lie apart.
    """

    level: float
    after: float
    trend: float
    bounds: tuple[Interval, ...]
    ahead: tuple[Interval, ...]
    turned: tuple[Interval, ...]
    slope_before: Interval
    slope_after: Interval
    steady: Interval
    step: Interval | None

    @property
    def change(self) -> Interval:
        """The mean after the change minus the level before; where only the step is sure, all that lies between."""
        if self.step is not None and self._by_bounds() == "neither" and self._by_step(self.step) != "neither":
            return self.step
        return self.bounds[0]

    @property
    def direction(self) -> Direction:
        """Which way the change moved the loss, as far as that is sure."""
        found = self._by_bounds()
        if found == "neither" and self.step is not None:
            found = self._by_step(self.step)
        return found if found != "neither" else self._turn()

    def _by_bounds(self) -> Direction:
        if all(each.below and each.value < -LEAST for each in self.bounds):
            return "down"
        if all(each.above and each.value > LEAST for each in self.bounds):
            return "up"
        return "neither"

    def _by_step(self, step: Interval) -> Direction:
        """A step that no line led to needs no guess at a bend."""
        ahead, slopes = self.ahead[0].value, (self.slope_before, self.steady)
        if step.below and ahead < -LEAST and not any(each.below for each in slopes):
            return "down"
        if step.above and ahead > LEAST and not any(each.above for each in slopes):
            return "up"
        return "neither"

    def _turn(self) -> Direction:
        """Where the level does not tell, the slopes may: what did not fall falls, what rose no longer does."""
        apart_down = all(each.below for each in (*self.turned, *self.ahead)) and self.ahead[0].value < -LEAST
        apart_up = all(each.above for each in (*self.turned, *self.ahead)) and self.ahead[0].value > LEAST
        if apart_down and not self.slope_before.below and not self.steady.below and self.slope_after.below:
            return "down"
        rose = self.slope_before.above and self.steady.above
        if apart_down and rose and self.slope_after.value < STOPPED * self.slope_before.value:
            return "down"
        if apart_up and self.slope_before.below and self.slope_after.above:
            return "up"
        return "neither"


def compare(before: Blocks, after: Blocks) -> Comparison:
    """Compare two sides of a change, of at least four blocks each."""
    return _Fit(before, after).comparison()


class _Fit:
    """The points of both sides and how noisy and dependent they are; every answer is a weighted sum of the points."""

    def __init__(self, before: Blocks, after: Blocks) -> None:
        self.n, self.m = len(before), len(after)
        origin = float(before.step[-1])
        self.length = max(origin - float(before.step[0]), 1e-9)
        self.u, self.v = (before.step - origin) / self.length, (after.step - origin) / self.length
        self.phases = (before.phase, after.phase)
        self.degree = SQUARE if self.n > SQUARE + 2 else 1
        self.y = np.concatenate([before.value, after.value])
        self.line_weights = _solution(self._design(self.u, before.phase, 1))
        self._measure_noise(before, after)
        self.bent_weights, self.hidden = self._bent()

    def _design(self, x: Values, phase: Values | None, degree: int) -> Values:
        columns = [x**power for power in range(degree + 1)]
        return np.stack(columns if phase is None else [*columns, phase], axis=1)

    def _measure_noise(self, before: Blocks, after: Blocks) -> None:
        design = self._design(self.u, before.phase, self.degree)
        rest = before.value - design @ (_solution(design) @ before.value)
        own = self._design(self.v, None, 1)
        rest_after = after.value - own @ (_solution(own) @ after.value)
        self.dependence = _dependence(rest, rest_after, design.shape[1])
        sigma = _deviation(rest, design, self.dependence)
        # four points after a change say little of their noise, and a noise that has become less is no matter
        later = max(sigma, math.sqrt(float(rest_after @ rest_after) / max(1, self.m - 2)))
        self.sigma = np.concatenate([np.full(self.n, sigma), np.full(self.m, later)])
        free = self.n * (1 - self.dependence) / (1 + self.dependence) - design.shape[1]
        self.t = _student(free)

    def _bent(self) -> tuple[Values, Values]:
        """The weights of the bent curve, and how far each of its terms may be off because its bend is held back."""
        design = self._design(self.u, self.phases[0], self.degree)
        free = _solution(design)
        if self.degree < SQUARE:
            return free, np.zeros(design.shape[1])
        moved = float(np.ptp(design[:, : SQUARE + 1] @ (free @ self.y[: self.n])[: SQUARE + 1]))
        prior = max(moved, 2 * self._error(self.line_weights[0], np.zeros(self.m)), 1e-9)
        white, noise = _whitened(design, self.dependence), max(float(self.sigma[0]), 1e-9)
        spread = math.sqrt(1 - self.dependence**2) * noise
        penalty = np.zeros((design.shape[1], design.shape[1]))
        penalty[SQUARE, SQUARE] = (spread / prior) ** 2
        weights: Values = np.linalg.pinv(white.T @ white + penalty) @ _whitened_again(white, self.dependence).T
        held: Values = (np.eye(design.shape[1]) - weights @ design)[:, SQUARE]
        return weights, prior * held

    def _error(self, before: Values, after: Values) -> float:
        """The standard error of the sum of the points with these weights."""
        weighted = np.concatenate([before, after]) * self.sigma
        products = np.correlate(weighted, weighted, "full")[len(weighted) - 1 :]
        factors = self.dependence ** np.arange(len(products))
        return math.sqrt(max(0.0, float(2 * products @ factors - products[0])))

    def _interval(self, before: Values, after: Values, hidden: float = 0.0) -> Interval:
        value = float(np.concatenate([before, after]) @ self.y)
        reach = self.t * math.hypot(self._error(before, after), hidden)
        return Interval(value, value - reach, value + reach)

    def comparison(self) -> Comparison:
        none_before, none_after, mean = np.zeros(self.n), np.zeros(self.m), np.full(self.m, 1 / self.m)
        line, bent = self.line_weights, self.bent_weights
        along = self._design(self.v, self.phases[1], 1).mean(axis=0)
        bending = self._design(self.v, self.phases[1], self.degree).mean(axis=0)
        at_change = along * np.array([1, 0, 1])[: len(along)]  # the level has the phases of after too
        level = at_change @ line
        own = _solution(self._design(self.v, None, 1))[1]
        slope_then = np.zeros(len(bending))
        slope_then[1 : self.degree + 1] = [
            power * float(self.v.mean()) ** (power - 1) for power in range(1, self.degree + 1)
        ]
        guessed = BEND_ERROR * float((bending @ bent - along @ line) @ self.y[: self.n])
        ahead = (
            self._interval(-along @ line, mean),
            self._interval(-bending @ bent, mean, math.hypot(float(bending @ self.hidden), guessed)),
        )
        steady, recent_bounds = self._without_recent(along, mean)
        kept = self._interval(none_before, mean)
        return Comparison(
            level=float(level @ self.y[: self.n]),
            after=kept.value,
            trend=float(along @ line @ self.y[: self.n]),
            bounds=(self._interval(-level, mean), *self._from_last(mean), *ahead, *recent_bounds),
            ahead=(*ahead, *recent_bounds[1:]),
            turned=(
                self._interval(-line[1], own),
                self._interval(-slope_then @ bent, own, float(slope_then @ self.hidden)),
            ),
            slope_before=self._per_step(self._interval(line[1], none_after)),
            slope_after=self._per_step(self._interval(none_before, own)),
            steady=steady,
            step=self._step(),
        )

    def _step(self) -> Interval | None:
        """From which difference to which all points after lie from the later half of those before; None without a gap.

        Of 8 and 8 points in any order one in 12 870 would lie apart; of dependent ones there must be more. Where that
        half was on its way there already, or the curve moves half as far after the change as at it, it is a curve that
        turns and no step.
        """
        independent = (1 - self.dependence) / (1 + self.dependence)
        if min(self.n, self.m) < FEWEST_APART or self.n * independent < FEWEST_APART / 2:
            return None
        recent = max(FEWEST_APART, self.n // 2)
        before, after = self.y[self.n - recent : self.n], self.y[self.n :]
        moved = float(after.mean() - before.mean())
        apart = Interval(moved, float(after.min() - before.max()), float(after.max() - before.min()))
        on_its_way = float(_solution(self._design(self.u[-recent:], None, 1))[1] @ before)
        few = FEWEST_APART // 2
        jump, later = after[:few].mean() - before[-few:].mean(), after[-few:].mean() - after[:few].mean()
        if not (apart.below or apart.above) or on_its_way * moved > 0 or 2 * abs(later) > abs(jump):
            return None
        return apart

    def _from_last(self, mean: Values) -> tuple[Interval, ...]:
        """Against the mean of the last fifth, which needs no line; with phases the last fifth has others than after."""
        if self.phases[0] is not None:
            return ()
        weights = np.zeros(self.n)
        count = max(2, int(self.n * RECENT))
        weights[-count:] = -1 / count
        return (self._interval(weights, mean),)

    def _without_recent(self, along: Values, mean: Values) -> tuple[Interval, tuple[Interval, ...]]:
        """The slope before, and after against level and line, without the most recent points before the change."""
        kept = self.n - max(1, int(self.n * RECENT)) if self.n > FEWEST_WITHOUT else self.n
        line = np.zeros((len(along), self.n))
        phase = None if self.phases[0] is None else self.phases[0][:kept]
        line[:, :kept] = _solution(self._design(self.u[:kept], phase, 1))
        slope = self._interval(line[1], np.zeros(self.m))
        if kept == self.n:
            return slope, ()
        then = along.copy()
        then[1] = self.u[kept - 1]
        return slope, (self._interval(-then @ line, mean), self._interval(-along @ line, mean))

    def _per_step(self, slope: Interval) -> Interval:
        return Interval(slope.value / self.length, slope.low / self.length, slope.high / self.length)


def _whitened(columns: Values, dependence: float) -> Values:
    """What of each row the one before does not tell (Prais-Winsten)."""
    first = math.sqrt(1 - dependence**2) * columns[:1]
    rows: Values = np.concatenate([first, columns[1:] - dependence * columns[:-1]])
    return rows


def _whitened_again(columns: Values, dependence: float) -> Values:
    """The transpose of that, so that both together weigh by the inverse of the covariance."""
    rows = columns.copy()
    rows[0] *= math.sqrt(1 - dependence**2)
    rows[:-1] -= dependence * columns[1:]
    return rows


def _solution(design: Values) -> Values:
    """The weights with which the points make the terms of the design, by least squares; it may have terms in vain."""
    weights: Values = np.linalg.pinv(design.T @ design) @ design.T
    return weights


def _dependence(before: Values, after: Values, terms: int) -> float:
    """How much of its neighbour there is in a point, 0 to 0.95.

    A fit takes some of the dependence away; what it takes from short series is added again (Kendall 1954). Too little
    makes a wandering curve look sure, too much only costs patience: hence some of its standard error on top.
    """
    products = squares = 0.0
    count = 0
    for rest, needed in ((before, terms + 2), (after, 4)):
        deviation = float(rest.std())
        if len(rest) < needed or deviation <= 0:
            continue
        scaled = rest / deviation
        products += float(scaled[1:] @ scaled[:-1])
        squares += float(scaled @ scaled)
        count += len(rest)
    if not count:
        return UNKNOWN_DEPENDENCE
    seen = products / squares
    seen = max(0.0, seen + (terms + (terms + 2) * max(seen, 0.0)) / count)
    error = math.sqrt(max(0.0, 1 - seen**2) / len(before))
    return min(MOST_DEPENDENT, seen + CAUTION * error)


def _deviation(rest: Values, design: Values, dependence: float) -> float:
    """The standard deviation of the noise, as far as the fit has not taken it away."""
    free = max(1, len(rest) - design.shape[1])
    white = _whitened(rest[:, None], dependence)[:, 0]
    innovation = float(white @ white) / free
    plain = float(rest @ rest) / free
    return math.sqrt(max(plain, innovation / (1 - dependence**2)))


def _student(degrees: float) -> float:
    """The 97.5 % quantile of Student's t; at least two degrees of freedom are assumed."""
    degrees = max(2.0, degrees)
    if degrees < len(_T95):
        return _T95[int(degrees)]
    return 1.96 + 2.372 / degrees + 2.82 / degrees**2
