"""Records a script as the recorder does, though without its pauses: a script of a second has a record every few steps.

state = recorded(script, folder)
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.optim import Optimizer

from dltui.runs.follow import FolderWatch
from dltui.series.state import RunState
from dltui_trainers.health.cadence import Cadence
from dltui_trainers.recorder import part
from dltui_trainers.recorder.run import Run
from dltui_trainers.recorder.start import start_run

SEED = 0


class Script:
    """The run that a script holds in its hand."""

    def __init__(self, run: Run) -> None:
        self.run = run

    def watch(self, model: nn.Module, optimizer: Optimizer) -> None:
        """Measure the layers from now on."""
        self.run.watch(model, optimizer, every=1)

    def log(self, step: int, **values: float) -> None:
        """Append a step."""
        self.run.log(step, **values)


def recorded(train: Callable[[Script], None], folder: Path) -> RunState:
    """Run the script and return what is read of its log, which ``folder`` then holds."""
    torch.manual_seed(SEED)
    torch.set_num_threads(1)  # of such small networks several only wait for each other
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(part, "Cadence", partial(Cadence, least_s=0.0))
        with start_run(folder.name, runs=folder.parent) as run:
            train(Script(run))
    state = RunState()
    state.take(FolderWatch(folder).look())
    assert state.parameters and not state.skipped
    return state
