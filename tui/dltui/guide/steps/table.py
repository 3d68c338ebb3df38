"""The seven steps by their numbers."""

from collections.abc import Callable, Mapping

from dltui.guide.result import StepResult
from dltui.guide.steps import refine
from dltui.guide.steps.coarse_grid import step as coarse_grid
from dltui.guide.steps.find_lr import step as find_lr
from dltui.guide.steps.initial_loss import step as initial_loss
from dltui.guide.steps.know_data import step as know_data
from dltui.guide.steps.look_at_curves import step as look_at_curves
from dltui.guide.steps.overfit_sample import step as overfit_sample
from dltui.guide.trial import Work

Step = Callable[[Work], StepResult]

STEP_FUNCTIONS: Mapping[int, Step] = {
    0: know_data.run,
    1: initial_loss.run,
    2: overfit_sample.run,
    3: find_lr.run,
    4: coarse_grid.run,
    5: refine.run,
    6: look_at_curves.run,
}
