"""One of the processes that torchrun starts: ``python -m dltui_trainers.distributed.rank RUN_DIR TASK ...``.

torchrun closes all files but the first three, so the run's log, open and locked, comes as standard input, from which no
training reads. When a process was killed torchrun begins all of them again: they find the log as it was left, and go on
from the newest checkpoint. Once the log, or a note, tells of an end, there is nothing left to begin.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NoReturn

from dltui_trainers.control import Control
from dltui_trainers.distributed.count import refuse
from dltui_trainers.distributed.failure import Failure, PeerLostError, leave_note, read_note
from dltui_trainers.distributed.taken_up import place_after, plan_again, traces_in
from dltui_trainers.errors import TaskFileError, TrainerError
from dltui_trainers.origin import Origin
from dltui_trainers.output import by_lines, say
from dltui_trainers.plan import Plan, read_parent
from dltui_trainers.recorder.ranks import Ranks, find_ranks
from dltui_trainers.runlog import CHECKPOINTS, EventRecord
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED, Order, Worker, parse_order, show_sample
from dltui_trainers.writer import RunWriter

if TYPE_CHECKING:
    import torch

    from dltui_trainers.prepare import Workbench
    from dltui_trainers.resume import Snapshot

LOST = 75
"""The exit code of a process whose others are gone (EX_TEMPFAIL): nothing is wrong with it."""
_exit = os._exit
"""As it is before a task file is run, whose exits are told as failures of its own."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Be one process of a training; return the exit code."""
    by_lines()
    try:
        order = parse_order(arguments)
        writer = RunWriter.take_part(_log(), order.folder)
    except TrainerError as error:
        say(str(error))
        return BAD_USAGE
    return RankWorker(order, find_ranks(), writer).work()


class RankWorker(Worker):
    """The part of one process in a training, from the order to the last record, which the first of them writes."""

    def __init__(self, order: Order, ranks: Ranks, writer: RunWriter) -> None:
        self._ranks = ranks
        self._code = FAILED
        self._traces = traces_in(order.folder)
        self._again = False
        super().__init__(order, Control(order.folder, offset=place_after(order.folder, self._traces.answered)), writer)

    @property
    def step(self) -> int:
        """How many steps are done, also those of which the log tells alone."""
        return self._training.step if self._training else self._traces.step or 0

    def work(self) -> int:
        """Train, and return the exit code; at once where the log has its last record."""
        if self._traces.ended:
            return DONE
        if self._ranks.is_first:
            self._control.listen_to_signals()
            self._end_torn_line()
        else:  # what ends a training is for the first process to hear
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
        return super().work()

    def _train(self) -> Literal["finished", "stopped"]:
        try:
            self._refuse_failed()
            return self._train_together()
        except PeerLostError as lost:
            self._refuse_failed()
            self._leave_to_torchrun(lost)

    def _train_together(self) -> Literal["finished", "stopped"]:
        chosen, snapshot = self._chosen()
        # Only now, as in a training by one process.
        from dltui_trainers.distributed.asked import SharedCommands, SharedControl
        from dltui_trainers.distributed.checkpoints import SharedCheckpoints
        from dltui_trainers.distributed.group import Group
        from dltui_trainers.distributed.training import SharedTraining
        from dltui_trainers.log import NullLog
        from dltui_trainers.prepare import prepare
        from dltui_trainers.resume import resume, take_up

        device = self._device()
        group = Group(self._ranks, device)
        if chosen.task.file:
            self._import(chosen.task)
        bench = prepare(chosen.task, chosen.starting, device, planned=chosen.hparams, ranks=self._ranks)
        group.meet()  # who reads the data first may wait as long as it takes
        group.spread(bench.model)
        training = bench.training(
            self._order.folder,
            bench.run_log(self._writer) if group.is_first else NullLog(),
            SharedCommands(
                SharedControl(self._control if group.is_first else None, group), group, paused=self._traces.paused
            ),
            make=partial(SharedTraining, group=group, continued=self._again),
        )
        training.checkpoints = SharedCheckpoints(
            self._order.folder / CHECKPOINTS, chosen.hparams.checkpoint_every, group
        )
        note = ""
        if snapshot is not None and self._again:
            take_up(training, snapshot)
        elif snapshot is not None and chosen.parent is not None:
            resume(training, snapshot, chosen.parent.changed)
            note = training.turn(chosen.hparams, chosen.turned)
        if group.is_first:
            self._begin_log(replace(bench, hparams=chosen.hparams), chosen, training.step, note)
        self._training = training
        status = training.run()
        group.close()
        if group.is_first:
            show_sample(training)
        return status

    def _chosen(self) -> "tuple[Plan, Snapshot | None]":
        """Return the plan, and the checkpoint to go on from: this run's own newest one if it has any."""
        from dltui_trainers.resume import load_snapshot

        if self._traces.step is not None:
            again = plan_again(self._order.folder, self._order.task)
            if again is not None and again.kept is not None:
                self._again = True
                return again, load_snapshot(again.kept.path)
        return self._snapshot(self._planned())

    def _device(self) -> "torch.device":
        """Return the GPU of this process, or the processor. Raises :class:`ProcessesError` without one for each."""
        import torch

        from dltui_trainers.prepare import choose_device

        if not torch.cuda.is_available():
            return choose_device()
        refuse(self._ranks.world, torch.cuda.device_count())
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(device)
        return device

    def _begin_log(self, bench: "Workbench", chosen: Plan, step: int, note: str) -> None:
        from dltui_trainers.manifest import make_manifest, write_manifest

        folder = self._order.folder
        if self._again:
            manifest = read_parent(Origin(folder=folder))
            manifest.pid = os.getpid()
            write_manifest(folder, manifest)
        else:
            self._announce(make_manifest(folder, bench, self._order.command, chosen.parent), chosen, note)
        if self._traces.step is None:
            return
        reason = f"a process of the training was killed at step {self._traces.step}: all go on from step {step}"
        say(reason)
        self._writer.write(
            EventRecord(
                step=step,
                time=time.time(),
                name="restarted",
                from_=self._traces.step,
                to=step,
                reason=reason,
            )
        )

    def _refuse_failed(self) -> None:
        """Where another process has failed, its sentence is that of all of them."""
        failure = read_note(self._order.folder)
        if failure is not None:
            self._code = failure.code
            raise TrainerError(failure.sentence)

    def _leave_to_torchrun(self, lost: PeerLostError) -> NoReturn:
        """End without a last record."""
        say(f"process {self._ranks.rank + 1} of {self._ranks.world} has lost another one: {lost}")
        _exit(LOST)

    def _end_torn_line(self) -> None:
        if self._traces.torn:
            with suppress(OSError):
                os.write(self._writer.fileno(), b"\n")

    def _warn(self, warnings: Sequence[str]) -> None:
        if self._ranks.is_first:
            super()._warn(warnings)

    def _fail(self, error: TrainerError) -> int:
        self._code = FAILED if isinstance(error, TaskFileError) else BAD_USAGE
        return super()._fail(error)

    def _end(self, status: Literal["finished", "stopped", "failed"], error: str | None = None) -> None:
        if error is not None:
            ours = self._code == FAILED and not self._ranks.is_first
            where = f"process {self._ranks.rank + 1} of {self._ranks.world}: " if ours else ""
            leave_note(self._order.folder, Failure(where + error, self._code))
            told = read_note(self._order.folder)
            error = told.sentence if told else error
        if self._ranks.is_first:
            super()._end(status, error)


def _log() -> int:
    """Return the log, which is standard input, under another number; there is nothing to be read from now on."""
    log = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(nothing, 0)
    os.close(nothing)
    return log


if __name__ == "__main__":
    status = main()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    _exit(status)  # what torch would put in order takes seconds where other processes are gone
