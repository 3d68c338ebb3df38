"""Tries a task out: a training of a few steps, in a process of its own as any other, in a folder that goes away."""

import math
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from dltui.runs.follow import FolderWatch
from dltui.runs.launch import Launched, launch
from dltui.runs.update import Batch, Rows
from dltui_trainers.runlog import STDOUT, Manifest

STEPS = 3
"""The first one warms up; the last one tells how long a step takes."""
NAME = "check"
LOOK_EVERY_S = 0.05
FAILED, BAD_SETTINGS = 1, 2
_NON_FINITE = "non_finite"
_OF_THE_LOOP = re.compile(
    r"(finished|stopped|failed) at step \d|epoch \S+  step \d|.* on \S+: .*\d+ epochs of \d+ steps|warning: "
)
"""Lines of the output that are our loop's; the others come from the task."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a training of :data:`STEPS` steps told.

    ``manifest`` is None where it broke before the first step. ``first_loss`` is that of the first step, and
    ``step_s`` how long a whole batch takes; NaN where there was none. ``measured`` are the metrics of the validation.
    ``error`` is a sentence, empty where all is well; ``code`` is then 0, else 1, or 2 where the settings were wrong.
    """

    manifest: Manifest | None
    first_loss: float
    val_loss: float
    step_s: float
    measured: tuple[str, ...]
    error: str
    code: int
    warnings: tuple[str, ...]


def check_task(task: str, settings: Mapping[str, str], tell: Tell) -> Checked:
    """Train ``task`` for a few steps; ``tell`` hears each line that it prints meanwhile, as it was written.

    Raises what :func:`dltui.runs.launch.launch` raises: a file that is none, or settings that cannot be.
    """
    few = {**settings, "max_steps": str(STEPS), "log_every": "1"}
    with TemporaryDirectory(prefix="dltui-check-", ignore_cleanup_errors=True) as root:
        launched = launch(Path(root), task, few, NAME)
        try:
            _follow(launched, tell)
        finally:
            _end(launched)
        return _judged(launched)


def _follow(launched: Launched, tell: Tell) -> None:
    with (launched.folder / STDOUT).open(errors="replace", newline="\n") as output:
        lines = _Lines(output, tell)
        while launched.process.poll() is None:
            lines.look()
            time.sleep(LOOK_EVERY_S)
        lines.look()


class _Lines:
    """Hands on what the task prints, line by line."""

    def __init__(self, output: TextIO, tell: Tell) -> None:
        self._output = output
        self._tell = tell
        self._begun = ""

    def look(self) -> None:
        """Hand on the lines that have come."""
        *lines, self._begun = (self._begun + self._output.read()).split("\n")
        for line in lines:
            # Of a progress bar, which writes over itself, the last state.
            line = line.rstrip("\r").rpartition("\r")[2]
            if not _OF_THE_LOOP.match(line):
                self._tell(line)


def _end(launched: Launched) -> None:
    """Leave no process behind where somebody no longer waits for it."""
    if launched.process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(launched.pid, signal.SIGKILL)
        launched.process.wait()


def _judged(launched: Launched) -> Checked:
    update = FolderWatch(launched.folder).look(check_status=False)
    batch = update.batch or Batch()
    code = launched.process.returncode
    error = _error(batch, code)
    return Checked(
        manifest=update.manifest,
        first_loss=_value(batch.steps, "train_loss", 0),
        val_loss=_value(batch.evals, "val_loss", -1),
        step_s=_step_s(update.manifest, _value(batch.steps, "throughput", -1)),
        measured=tuple(_measured(batch)),
        error=error,
        code=0 if not error else BAD_SETTINGS if code == BAD_SETTINGS else FAILED,
        warnings=launched.warnings,
    )


def _error(batch: Batch, code: int) -> str:
    """What went wrong, as a sentence."""
    if batch.end is None:
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"Its process {how} and told no reason" + (": was the memory full?" if code == -signal.SIGKILL else ".")
    if batch.end.error:
        return batch.end.error
    found = next((event for event in batch.events if event.name == _NON_FINITE), None)
    return f"A value is not finite at step {found.step}: {found.reason}" if found else ""


def _value(rows: Rows | None, name: str, at: int) -> float:
    column = rows.values.get(name) if rows is not None else None
    return math.nan if column is None or not len(column) else float(column[at])


def _step_s(manifest: Manifest | None, throughput: float) -> float:
    batch_size = manifest.hparams.get("batch_size") if manifest else None
    if manifest is None or manifest.data is None or not isinstance(batch_size, int) or not throughput > 0:
        return math.nan
    return min(batch_size, manifest.data.n_train) / throughput


def _measured(batch: Batch) -> Iterator[str]:
    """The names of what the validation told beside the loss."""
    for name, column in batch.evals.values.items() if batch.evals is not None else ():
        if name.startswith("val_") and name != "val_loss" and not math.isnan(column[-1]):
            yield name.removeprefix("val_")
    for name in batch.metrics.values if batch.metrics is not None else ():
        yield name.removeprefix("val_")
