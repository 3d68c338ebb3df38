"""A mirror for Weights & Biases, as its own environment says: WANDB_MODE=offline, WANDB_PROJECT, WANDB_ENTITY, ..."""

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from dltui.mirror.scalars import Scalars
from dltui_trainers.runlog import Manifest

PROJECT = "dltui"
_STEP, _TIME = "step", "time"


class WandbSink:
    """One run at W&B with the id ``run_id``: what is written later goes on in it.

    Its service keeps rows in memory for a while, and loses them when it is killed. So the rows are numbered from the
    beginning of the log: online W&B says how many it has, offline each of the run's files has all of them.
    """

    goes_on = False

    def __init__(self, folder: Path, run_id: str, project: str = "") -> None:
        self._folder, self._id = folder, run_id
        self._project = project or os.environ.get("WANDB_PROJECT") or PROJECT
        self._run: Any = None
        self._rows = self._known = 0

    def begin(self, name: str, manifest: Manifest | None) -> None:
        wandb: Any = import_module("wandb")
        config: dict[str, object] = dict(manifest.hparams) if manifest else {}
        config |= {"task": manifest.task, "seed": manifest.seed} if manifest else {}
        self._run = wandb.init(
            project=self._project,
            name=name,
            id=self._id,
            config=config,
            dir=str(self._folder),
            resume="allow",
            settings=wandb.Settings(console="off", disable_git=True, x_disable_stats=True),
        )
        self._known = self._run.step
        # Its own steps may not go back; ours do when a change is undone.
        self._run.define_metric("*", step_metric=_STEP)

    def write(self, scalars: Sequence[Scalars]) -> None:
        for each in scalars:
            if self._rows >= self._known:
                self._run.log({**each.values, _STEP: each.step, _TIME: each.time}, step=self._rows, commit=True)
            self._rows += 1

    def go_back(self, step: int, time: float) -> None:
        """W&B keeps what came after; its charts show both, over the same steps."""

    def end(self, failed: bool) -> None:
        self._run.finish(exit_code=int(failed))
