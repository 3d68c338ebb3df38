"""Follows a command from its first line to its last record."""

import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from dltui.formats.saved import SavedLog, told_by
from dltui.log_options import LogOptions
from dltui.runs.reader import read_tail
from dltui.wrapped.asked import Asked, Signals
from dltui.wrapped.before import Before
from dltui.wrapped.choosing import Choice, Source
from dltui.wrapped.copying import Copied, best_of, steps_per_epoch
from dltui.wrapped.ending import exit_code, kills_of_the_kernel, why_failed
from dltui.wrapped.finding import Finder
from dltui.wrapped.following import WrittenLog
from dltui.wrapped.machine import Machine
from dltui.wrapped.order import Order
from dltui.wrapped.printed import Printed
from dltui.wrapped.run_log import RunLog
from dltui.wrapped.tree import Tree
from dltui_trainers.atomic import write_whole
from dltui_trainers.runlog import MANIFEST, EndRecord, EventRecord, Manifest, Value

POLL_S = 0.05
READ_EVERY_S = 0.2
LEFT_BEHIND_S = 2.0
"""What a training leaves behind (a server, a worker that cleans up) is waited for so long."""
LAST_READING_S = 10.0
MOST_EPOCHS = 2.0**53
REWRITE_SHARE = 0.05
"""To write the log anew takes this share of the time at most."""


class Follower:
    """One command: what it prints and writes, what is asked of it, and how it ends."""

    def __init__(
        self, order: Order, tree: Tree, signals: Signals, manifest: Manifest, before: Mapping[Path, Before]
    ) -> None:
        folder = Path(order.folder)
        self._folder = folder
        self._tree = tree
        self._manifest = manifest
        self._log = RunLog(folder, order.log_fd)
        self._asked = Asked(folder, tree, signals, self._log.write, lambda: self._log.step)
        self._printed = Printed(folder, LogOptions(roles=tuple(order.roles), pattern=order.pattern))
        self._choice = Choice()
        self._choice.add(self._printed)
        self._copied = Copied(tree.began_s)
        self._told_source: Source | None = None
        self._cwd = Path(manifest.cwd or ".")  # as it was called when it began: the command may remove it
        self._finder = Finder(self._cwd, order.watch, folder, before, tree.began_s, tree.members)
        self._machine = Machine(folder)
        self._kills_before = kills_of_the_kernel()
        self._read_s = 0.0
        self._rewrite_s = 0.0
        self._ended_s = 0.0

    def follow(self) -> int:
        """Follow the command to its end, write the last record, and return its exit code."""
        self._finder.start()
        while not self._is_over():
            claimed = self._log.is_claimed
            self._asked.look(is_ours=not claimed)
            if time.monotonic() >= self._read_s or self._printed.is_behind:
                self._read_s = time.monotonic() + READ_EVERY_S
                self._read(claimed)
            time.sleep(POLL_S)
        return self._conclude()

    def _is_over(self) -> bool:
        """Whether it has ended. What it has started and left behind is the training, unless there was one before."""
        self._tree.reap()
        if self._tree.status is None:
            return False
        if self._tree.is_gone:
            return True
        self._ended_s = self._ended_s or time.monotonic()
        if self._asked.was_stopped or self._log.step > 0 or self._log.is_claimed or self._tree.status != 0:
            return time.monotonic() - self._ended_s >= LEFT_BEHIND_S
        return False

    def _read(self, claimed: bool) -> None:
        if self._machine.is_due and not claimed:
            self._log.write(self._machine.record(self._tree.members(), self._log.step))
        if claimed:  # its recorder tells all; what is printed is kept small all the same
            self._printed.look()
            return
        for found in self._finder.take():
            self._choice.add(WrittenLog(found.path, found.before, self._tree.began_s))
        if self._choice.look():
            self._copy()

    def _copy(self, *, at_end: bool = False) -> None:
        source = self._choice.in_use
        log = source.log if source is not None else None
        if source is None or log is None or (time.monotonic() < self._rewrite_s and not at_end):
            return
        if source is not self._told_source:
            self._tell_source(source)
        rows, anew = self._copied.news(log.batch, time.time())
        if not anew:
            self._log.extend(rows)
        else:
            begun_s = time.monotonic()
            if not self._log.replace(rows):
                self._copied.forget()
            self._rewrite_s = time.monotonic() + (time.monotonic() - begun_s) / REWRITE_SHARE
        self._tell_settings(log)

    def _tell_source(self, source: Source) -> None:
        """Say in the log where its rows come from."""
        before, self._told_source = self._told_source, source
        name = self._name_of(source)
        reason = f"what it tells is read from {name}" + (
            f", not any more from {self._name_of(before)}" if before else ""
        )
        self._log.write(
            EventRecord(step=self._log.step, time=time.time(), name="source", by="dltui", to=name, reason=reason)
        )

    def _name_of(self, source: Source) -> str:
        if not source.is_structured:
            return "what it prints"
        with suppress(ValueError):
            return str(source.path.relative_to(self._cwd))
        return str(source.path)

    def _tell_settings(self, log: SavedLog) -> None:
        """Let the manifest tell what the log does of its settings; what it does not tell, another one may."""
        logs = [log, *(each.log for each in self._choice.sources if each.log is not None)]
        hparams: dict[str, Value] = {}
        for each in reversed(logs):
            hparams.update(told_by(each))
        hparams.pop("epochs", None)
        epochs = next((round(each.planned_epochs) for each in logs if 0 < each.planned_epochs < MOST_EPOCHS), 0)
        manifest = replace(
            self._manifest, hparams=hparams, epochs=epochs, steps_per_epoch=steps_per_epoch(log.batch.steps)
        )
        if manifest == self._manifest:
            return
        self._manifest = manifest
        with suppress(OSError):
            write_whole(self._folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")

    def _conclude(self) -> int:
        if self._asked.was_stopped:  # what did not hear that it should end
            self._tree.signal_each(signal.SIGTERM)
        self._finder.close()
        claimed = self._log.is_claimed
        if not claimed:
            for found in self._finder.take():
                self._choice.add(WrittenLog(found.path, found.before, self._tree.began_s))
            self._read_to_end()
            if self._choice.look(at_end=True) or self._choice.in_use is not None:
                self._copy(at_end=True)
        if self._printed.skipped_bytes:
            reason = f"{self._printed.skipped_bytes} bytes of what it printed came too fast to be read"
            self._log.write(EventRecord(step=self._log.step, time=time.time(), name="output_skipped", reason=reason))
        tail = read_tail(self._folder) if claimed else None
        if tail is None or tail.end is None:
            self._log.write(self._end(tail.steps.step[-1] if tail is not None and tail.steps is not None else 0))
        self._log.close()
        return exit_code(self._status)

    def _read_to_end(self) -> None:
        """Read what was written; what goes on to write does not keep it from ending."""
        until_s = time.monotonic() + LAST_READING_S
        while time.monotonic() < until_s and (
            self._choice.look() or any(each.is_behind for each in self._choice.sources)
        ):
            pass

    @property
    def _status(self) -> int:
        """How it ended; where the command has only started what trained, how that did."""
        status = self._tree.status or 0
        return status if status or self._tree.last_status is None else self._tree.last_status

    def _end(self, last_step: float) -> EndRecord:
        step, status = max(self._log.step, int(last_step)), self._status
        source = self._choice.in_use
        best_step, best = best_of(source.log.batch if source is not None and source.log is not None else None)
        end = EndRecord(step=step, time=time.time(), status="finished", best_step=best_step, best_val_loss=best)
        if self._asked.was_stopped:
            end.status = "stopped"
        elif status:
            memory = kills_of_the_kernel() > self._kills_before
            end.status, end.error = "failed", why_failed(self._folder, status, memory)
        return end
