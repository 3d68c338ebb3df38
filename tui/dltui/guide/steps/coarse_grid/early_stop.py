"""Which trials of a grid are not worth their time any more: told from all of them as they stand.

The median rule (Golovin et al. 2017, Google Vizier; Optuna's ``MedianPruner``) with a start-up, a warm-up and a margin:
alone it throws away half of all trials by design, Optuna's with its defaults 52 of 60.
"""

import math
import statistics
from collections.abc import Sequence

import numpy as np

from dltui.guide.levels import above
from dltui.guide.outcome import Outcome
from dltui.guide.steps.find_lr.sweep import SHOT_UP

START_UP = 4
"""Others that have come as far, before anything is compared."""
WARM_UP, LATE = 0.5, 0.9
"""Share of its steps that a trial has in any case, unless it diverges: a low learning rate is slow to begin with, and
may still end lower (Wu et al. 2018, arXiv:1803.02021). After the second share there is nothing left to save."""
MARGIN = 1.5
"""Times the best loss. Of moons one that was 1.7 times the best after a third of its steps came out second; after half
of them the best ones lay within 1.5 times."""
BEST_SHARE = 1 / 3
"""The best of this share are never stopped."""


def bad_ones(standing: Sequence[Outcome], steps: int) -> list[str]:
    """Return the names of the trials under way to stop, of those that have ``steps`` steps each."""
    running = [each for each in standing if each.status.alive]
    return [each.trial.name for each in running if has_blown_up(each) or _is_behind(each, standing, steps)]


def has_blown_up(outcome: Outcome) -> bool:
    """Whether its losses are no numbers, or both are far above where they began."""
    val, train = outcome.val_losses, outcome.state.train_loss.raw.values
    if not (np.isfinite(val).all() and np.isfinite(train[-1:]).all()):
        return True
    rose = len(val) > 1 and val[-1] > above(float(val[0]), SHOT_UP - 1)
    return bool(rose and len(train) > 0 and outcome.train_loss > train[0])


def _is_behind(outcome: Outcome, standing: Sequence[Outcome], steps: int) -> bool:
    """Whether it is worse than the median of the others at its step, and than the best by far."""
    val = outcome.state.val_loss
    if len(outcome.val_losses) < 2:
        return False
    step = float(val.track.axis("step").values[-1])
    own = _best_until(outcome, step)
    others = [_best_until(each, step) for each in standing if each is not outcome]
    others = sorted(each for each in others if math.isfinite(each))
    if not WARM_UP * steps <= step <= LATE * steps or len(others) < START_UP or not math.isfinite(own):
        return False
    better = sum(each < own for each in others)
    if better < math.ceil(BEST_SHARE * (len(others) + 1)):
        return False
    return own > statistics.median(others) and own > above(others[0], MARGIN - 1)


def _best_until(outcome: Outcome, step: float) -> float:
    """Its lowest validation loss until that step; NaN if it has not come so far."""
    steps = outcome.state.val_loss.track.axis("step").values
    losses = outcome.val_losses
    if not len(steps) or steps[-1] < step:
        return math.nan
    reached = losses[(steps > 0) & (steps <= step)]
    reached = reached[np.isfinite(reached)]
    return float(reached.min()) if len(reached) else math.nan
