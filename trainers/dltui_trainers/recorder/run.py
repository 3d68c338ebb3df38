"""The run that a script holds in its hand: ``log`` appends, ``finish`` ends, all else is asked of ``live``."""

import operator
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dltui_trainers.manifest_file import write_manifest
from dltui_trainers.recorder.branch import Branch
from dltui_trainers.recorder.ending import end_by, sentence
from dltui_trainers.recorder.host import Listener, Status
from dltui_trainers.recorder.lines import Lines
from dltui_trainers.recorder.machine import Machine
from dltui_trainers.recorder.names import Names
from dltui_trainers.recorder.ranks import Ranks
from dltui_trainers.recorder.records import Records
from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import STDOUT, EndRecord, Manifest, Record, StepRecord, to_line

if TYPE_CHECKING:
    from dltui_trainers.recorder.live import Live
    from dltui_trainers.recorder.script_dials import Dials

LOOK_S = 1.0
"""Pause between two looks at the folder, the lock and the machine: they cost about 0.1 ms."""
STEP_LIMIT = 2**53
Answer = TypeVar("Answer")


class Run:
    """One training of a script. No method raises for a log that cannot be written.

    A process that is not to write (another rank, a forked child, a folder that could not be made) has a run as well:
    it keeps nothing, and ``folder`` is None.
    """

    def __init__(
        self,
        *,
        name: str,
        hparams: dict[str, object],
        warner: Warner,
        ranks: Ranks,
        folder: Path | None = None,
        manifest: Manifest | None = None,
        lines: Lines | None = None,
        branch: Branch | None = None,
        told: frozenset[str] = frozenset(),
        is_adopted: bool = False,
    ) -> None:
        self.name = name
        self._hparams = hparams
        self.has_read_hparams = False
        """Whether the script has looked at :attr:`hparams`: only then can a change to them have an effect."""
        self.warner = warner
        self.ranks = ranks
        self.folder = folder
        self.manifest = manifest
        self.branch = branch
        self.told = told
        """The names of the settings that the script has told itself."""
        self.step = 0
        self.supply: Callable[[int], Mapping[str, object]] | None = None
        """Asked at each loss that is logged for what the script does not say itself (``lr``, ``data_wait``)."""
        self._is_adopted = is_adopted
        self._steps_per_epoch = manifest.steps_per_epoch if manifest else 0
        self._lines = lines
        self._names = Names()
        self._plans = self._names.plans
        self._records = Records(warner, self._steps_per_epoch)
        self._machine = Machine(folder)
        self._listeners: tuple[Listener, ...] = ()
        self._live: Live | None = None
        self._turn = threading.RLock()
        self._since = time.time()
        self._due = self._next_look = self._since + LOOK_S
        """When a log call has more to do than to log, where no listener hears of each."""
        self._is_over = False
        self._is_child = False
        self._owes_manifest = False

    @property
    def hparams(self) -> dict[str, object]:
        """The settings that the script has told, with the changes if this run is a branch."""
        self.has_read_hparams = True
        return self._hparams

    @property
    def is_writing(self) -> bool:
        """Whether this process keeps the run's log."""
        return self._lines is not None

    def log(self, /, step: int | None = None, **values: object) -> None:
        """Append what was measured at ``step``, the number of optimiser steps done.

        ``train_loss`` (with ``lr``, ``grad_norm``, ``throughput``) and ``val_loss`` (with ``val_accuracy`` ...) become
        curves that are diagnosed; any other name is kept as a number of the script's own. Without a ``step`` the last
        one is meant, with a warning. A tensor on a GPU is waited for.
        """
        lines = self._lines
        if lines is None:
            if self._is_over:
                self.warner.once("over", f"the run '{self.name}' is finished: what is logged now is not kept.")
            return
        try:
            if self.supply is not None:
                values = self._supplied(step, values)
            now = time.time()
            names = tuple(values)
            plan = self._plans.get(names) or self._names.plan(names)
            if plan.fields and type(step) is int and -STEP_LIMIT <= step <= STEP_LIMIT:
                for value in values.values():
                    kind = type(value)
                    if (kind is not float and kind is not int) or value - value:  # type: ignore[operator]
                        break  # infinity or NaN minus itself is NaN, which is true: JSON has neither
                else:  # what a training does a million times
                    if plan.renamed:
                        values = dict(zip(plan.fields, values.values(), strict=True))
                    if self._steps_per_epoch and not plan.epoch:
                        values["epoch"] = step / self._steps_per_epoch
                    lines.write(to_line(StepRecord(step=step, time=now, **values)))  # type: ignore[arg-type]
                    self.step = step
                    if self._listeners or not self._since <= now < self._due:  # a clock may be set back
                        self._after(step, now)
                    return
            checked = self._checked(step)
            if checked is not None:
                lines.write(b"".join(map(to_line, self._records.make(checked, now, plan, values))))
                self.step = checked
                self._after(checked, now)
        except Exception as error:  # the border: whatever goes wrong here, the training goes on
            self.warner.once("log call", f"a log call of '{self.name}' failed ({sentence(error)}).")

    def write(self, record: Record) -> None:
        """Append a record of any kind."""
        if self._lines is not None:
            self._lines.write(to_line(record))

    def attach(self, listener: Listener) -> None:
        """Let ``listener`` hear of every log call, and of the end."""
        self._listeners += (listener,)

    def rewrite_manifest(self, **changes: object) -> None:
        """Write the manifest again with other values: a reader sees the old one or the new one."""
        with self._turn:
            if self.manifest is None or self.folder is None:
                return
            self.manifest = msgspec.structs.replace(self.manifest, **changes)
            try:
                write_manifest(self.folder, self.manifest)
                self._owes_manifest = False
            except OSError as error:
                self._owes_manifest = True
                self.warner.once("log", f"{self.folder} cannot be written ({error.strerror}); the training goes on.")

    def listen(self) -> None:
        """Do from now on what a person asks for, in each log call."""
        self._ask(lambda live: None, None)

    def rest(self) -> None:
        """No step is done for now: the folder and the machine are looked after all the same."""
        self._look_if_due(self.step, time.time())

    def watch(self, model: object, optimizer: object = None, every: int | None = None) -> None:
        """Measure the layers of ``model`` now and then, and let a person set what the optimiser uses, live."""
        self._ask(lambda live: live.watch(model, optimizer, every), None)

    def set_by(self, dials: "Dials") -> None:
        """Let a person set what ``dials`` turn: what :meth:`watch` is for torch, for another library."""
        self._ask(lambda live: live.set_by(dials), None)

    @property
    def should_stop(self) -> bool:
        """Whether a person wants the training to end; ask between two steps."""
        return self._ask(lambda live: live.should_stop, False)

    def pause_point(self) -> None:
        """Wait here as long as a person wants the training to pause."""
        self._ask(lambda live: live.pause_point(), None)

    def checkpoint(self, state: object) -> None:
        """Keep ``state``, or what it returns if it is a function, so that a branch can go on from this step."""
        self._ask(lambda live: live.checkpoint(state), None)

    def restore(self, map_location: object = "cpu") -> Any:
        """Return the state that this run is to go on from; None where it begins from nothing."""
        return self._ask(lambda live: live.restore(map_location), None)

    def finish(self, status: Status | None = None, error: str | None = None) -> None:
        """End the run: as stopped if a person asked for it, unless ``status`` says more. Nothing ends twice."""
        with self._turn:
            lines, was_over = self._lines, self._is_over
            self._is_over = True
            if was_over or self._is_child:
                return
            is_stopped = self._live is not None and self._live.is_stopping
            # Also in a process that does not write: they may hold what must be let go.
            for each in (*self._listeners, self._live):
                with suppress(Exception):
                    if each is not None:
                        each.close()
            if lines is None:
                return
            if self._owes_manifest:
                self.rewrite_manifest()
            lines.write(to_line(self._end(status or ("stopped" if is_stopped else "finished"), error)))
            lines.close()
            self._lines = None

    def keep_output(self, text: str) -> None:
        """Append ``text`` to the run's ``stdout.log``, unless a supervisor keeps there all that the script prints."""
        if self._lines is None or self.folder is None or self._is_adopted:
            return
        with suppress(OSError):
            fd = os.open(self.folder / STDOUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(fd, text.encode(errors="replace"))
            finally:
                os.close(fd)

    def let_go(self) -> None:
        """Be silent from now on: this is a forked child, and the run is its parent's."""
        lines, self._lines = self._lines, None
        self.folder = None
        self._is_over = False
        self._is_child = True
        if lines is not None:
            lines.let_go()

    def __enter__(self) -> "Run":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            end_by(self, error)

    def __del__(self) -> None:
        # A cell of a notebook that is run again leaves its first run behind: nobody can log to it any more.
        with suppress(Exception):
            self.finish()

    def __repr__(self) -> str:
        return f"<dltui run {self.name!r} in {self.folder}>"

    def _after(self, step: int, now: float) -> None:
        for listener in self._listeners:
            listener.on_log(step)
        if self._since <= now < self._due:
            return
        pause_s = LOOK_S if self._live is None else min(LOOK_S, self._live.look())
        self._look_if_due(step, now)
        self._since, self._due = now, now + pause_s

    def _look_if_due(self, step: int, now: float) -> None:
        if not self._next_look - LOOK_S <= now < self._next_look:
            self._next_look = now + LOOK_S
            self._look(step)

    def _look(self, step: int) -> None:
        """Look after the log and the machine."""
        if self._lines is None:
            return
        if not self._lines.look_after():
            self.warner.once("log", f"{self.folder} was removed: the training goes on, nothing of it is kept.")
            self._lines.let_go()
            self._lines = None
            return
        if self._owes_manifest:
            self.rewrite_manifest()
        if (record := self._machine.record(step)) is not None:
            self.write(record)

    def _supplied(self, step: int | None, values: dict[str, object]) -> dict[str, object]:
        if self.supply is None or not self._names.plan(tuple(values)).step:
            return values
        return {**self.supply(self.step if step is None else step), **values}

    def _checked(self, step: object) -> int | None:
        """Return the step as a whole number; None if it is none."""
        if step is None:
            self.warner.once("no step", f"log() was called without a step; the last one, {self.step}, is meant.")
            return self.step
        try:
            number = operator.index(step)  # type: ignore[arg-type]
        except Exception:  # the value's own code
            number = int(step) if isinstance(step, float) and step.is_integer() else STEP_LIMIT + 1
        if -STEP_LIMIT <= number <= STEP_LIMIT:
            return number
        self.warner.once("step", f"step {str(step)[:40]} is no whole number: such calls of log() are left out.")
        return None

    def _end(self, status: Status, error: str | None) -> EndRecord:
        return EndRecord(
            step=self.step,
            time=time.time(),
            status=status,
            error=error,
            best_step=self._records.best_step,
            best_val_loss=self._records.best_val_loss,
        )

    def _ask(self, question: "Callable[[Live], Answer]", otherwise: Answer) -> Answer:
        """Return what live control answers; ``otherwise`` if it cannot."""
        if self._is_over or self._is_child:
            return otherwise
        try:
            return question(self._control())
        except Exception as error:  # the border: whatever goes wrong here, the training goes on
            self.warner.once("live", f"live control of '{self.name}' failed ({sentence(error)}); the training goes on.")
            return otherwise

    def _control(self) -> "Live":
        with self._turn:
            if self._live is None:
                from dltui_trainers.recorder.live import Live

                self._live = Live(self)
                self._due = 0.0
            return self._live
