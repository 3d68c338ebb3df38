"""One training as a process: ``python -m dltui_trainers.worker RUN_DIR TASK --set lr=0.01``.

A description goes in, a run log comes out, and whatever happens in between, the log gets a last record (only a killed
process leaves none). Exit code: 0 finished or stopped, 1 failed, 2 asked for something that cannot be.
"""

import argparse
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import msgspec

from dltui_trainers.control import Control
from dltui_trainers.errors import InvalidHyperparameterError, OriginError, TaskFileError, TrainerError
from dltui_trainers.origin import Origin, parse_at
from dltui_trainers.output import say
from dltui_trainers.plan import Plan, plan
from dltui_trainers.runlog import EndRecord, EventRecord, Manifest
from dltui_trainers.taskfile.names import absolute_task, is_task_file, split_name
from dltui_trainers.taskfile.patience import noticing_exit
from dltui_trainers.taskfile.told import tell
from dltui_trainers.writer import RunWriter

if TYPE_CHECKING:
    from dltui_trainers.loop import Training
    from dltui_trainers.registry import TaskInfo
    from dltui_trainers.resume import Snapshot

DONE, FAILED, BAD_USAGE = 0, 1, 2
ERROR_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command line asks for. ``command`` is what a person typed, as the manifest keeps it.

    With an ``origin``, ``settings`` are the changes to the settings of that run. ``processes``: so many train together.
    """

    folder: Path
    task: str
    settings: dict[str, str] = field(default_factory=dict)
    origin: Origin | None = None
    log_fd: int | None = None
    command: list[str] = field(default_factory=list)
    processes: int = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one training; return the exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a task may print; its lines come at once, in order with ours
    try:
        order = parse_order(arguments)
        writer = _open_log(order)
    except TrainerError as error:
        say(str(error))
        return BAD_USAGE
    return work(order, writer)


def work(order: Order, writer: RunWriter) -> int:
    """Run the training of ``order`` into its open log, and return the exit code."""
    if order.processes > 1:
        from dltui_trainers.distributed.launcher import train_together

        return train_together(order, writer)
    control = Control(order.folder)
    # From here on a signal ends the training as a command would, also while torch is still being imported.
    control.listen_to_signals()
    return Worker(order, control, writer).work()


class Worker:
    """One training, from its order to its last record."""

    def __init__(self, order: Order, control: Control, writer: RunWriter) -> None:
        self._order = order
        self._control = control
        self._writer = writer
        self._training: Training | None = None

    def work(self) -> int:
        """Train, end the log, and return the exit code."""
        file = split_name(self._order.task)[0] if is_task_file(self._order.task) else ""
        try:
            with noticing_exit(file, self._give_up) if file else nullcontext():
                status = self._train()
        except TrainerError as error:
            return self._fail(error)
        except BaseException as error:  # the top of the process: a task's sys.exit() is a failure too
            told = tell(error, file) if file else None
            if told is not None:
                return self._fail(told)
            say(traceback.format_exc().rstrip())
            self._end("failed", sentence(error))
            return FAILED
        self._end(status)
        return DONE

    def _fail(self, error: TrainerError) -> int:
        """End with a sentence that says it all; what a task file did is no wrong order."""
        is_of_file = isinstance(error, TaskFileError)
        if isinstance(error, TaskFileError) and error.traceback:
            say(error.traceback)
        self._end("failed", str(error))
        return FAILED if is_of_file else BAD_USAGE

    def _give_up(self, reason: str) -> None:
        """End the log of a training whose task file will not let it go on, or is about to end this process."""
        self._end("failed", reason)

    @property
    def step(self) -> int:
        """How many steps are done."""
        return self._training.step if self._training else 0

    def _train(self) -> Literal["finished", "stopped"]:
        order, chosen = self._order, self._planned()
        # Only now: a wrong setting is refused in a tenth of a second, and importing torch takes more than one.
        from dltui_trainers.commands import Commands
        from dltui_trainers.manifest import make_manifest
        from dltui_trainers.prepare import prepare
        from dltui_trainers.resume import resume

        chosen, snapshot = self._snapshot(chosen)
        if chosen.task.file:
            self._import(chosen.task)
        bench = prepare(chosen.task, chosen.starting, planned=chosen.hparams)
        training = bench.training(order.folder, bench.run_log(self._writer), Commands(self._control))
        note = ""
        if snapshot is not None and chosen.parent is not None:
            resume(training, snapshot, chosen.parent.changed)
            note = training.turn(chosen.hparams, chosen.turned)
        bench = replace(bench, hparams=chosen.hparams)
        self._announce(make_manifest(order.folder, bench, order.command, chosen.parent), chosen, note)
        self._training = training
        status = training.run()
        show_sample(training)
        return status

    def _planned(self) -> Plan:
        order = self._order
        chosen = plan(order.task, order.settings, order.origin)
        self._warn(chosen.warnings)
        return chosen

    def _warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings:
            say(f"warning: {warning}")

    def _import(self, task: "TaskInfo") -> None:
        """Run the task file; one that cannot even be broken off ends with the process."""
        from dltui_trainers.taskfile.adapted import adapted

        def give_up(reason: str) -> None:
            self._give_up(reason)
            os.kill(os.getpid(), signal.SIGKILL)  # whatever it has put in the place of os._exit

        adapted(task, give_up)

    def _snapshot(self, chosen: Plan) -> "tuple[Plan, Snapshot | None]":
        """Read the checkpoint that the plan chose, and return it with the plan that holds for it."""
        from dltui_trainers.resume import load_snapshot

        while chosen.kept is not None:
            snapshot = load_snapshot(chosen.kept.path)
            if snapshot.step == chosen.kept.step:
                return chosen, snapshot
            # The run is still at work, and has replaced the checkpoint since: another may be the right one now.
            chosen = plan(self._order.task, self._order.settings, self._order.origin)
        return chosen, None

    def _announce(self, manifest: Manifest, chosen: Plan, note: str) -> None:
        from dltui_trainers.manifest import write_manifest

        write_manifest(self._order.folder, manifest)
        most = f", at most {chosen.hparams.max_steps} of them" if chosen.hparams.max_steps else ""
        say(
            f"{chosen.task.title} on {manifest.device}: {_sizes(manifest)}"
            f"{manifest.epochs} epochs of {manifest.steps_per_epoch} steps{most}"
        )
        if chosen.parent is None:
            return
        say(f"it {chosen.beginning}")
        if chosen.kept is not None:
            step, run, reason = chosen.kept.step, chosen.parent.run, chosen.beginning
            event = EventRecord(step=step, time=time.time(), name="branch", from_=run, reason=reason, note=note)
            self._writer.write(event)

    def _end(self, status: Literal["finished", "stopped", "failed"], error: str | None = None) -> None:
        training = self._training
        best_step = training.best.step if training else None
        best_val_loss = training.best.val_loss if training and best_step is not None else None
        if training and error:
            training.checkpoints.write_best()
            training.checkpoints.close()
        record = EndRecord(
            step=self.step,
            time=time.time(),
            status=status,
            error=error,
            best_step=best_step,
            best_val_loss=best_val_loss,
        )
        self._writer.write(record)
        self._writer.close()
        best = "" if best_val_loss is None else f", best validation loss {best_val_loss:.4g} at step {best_step}"
        say(f"{status} at step {self.step}{best}{': ' + error if error else ''}")


def parse_order(arguments: Sequence[str] | None) -> Order:
    """Return what the arguments ask for. Raises :class:`InvalidHyperparameterError` for a ``--set`` without value."""
    parser = argparse.ArgumentParser(prog="python -m dltui_trainers.worker", description="Run one training.")
    parser.add_argument("folder", type=Path, metavar="RUN_DIR", help="the folder of the run")
    parser.add_argument("task", metavar="TASK", help="the name of a built-in task, or a task file")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter")
    parser.add_argument("--from", type=Path, dest="origin", metavar="RUN_DIR", help="the run whose settings to take")
    parser.add_argument("--at", metavar="STEP", help="go on from its checkpoint there: a step, best, or last")
    parser.add_argument("--nproc", type=int, default=1, metavar="N", help="so many processes train together (torchrun)")
    parser.add_argument("--log-fd", type=int, metavar="N", help="the run log, open and locked")
    parser.add_argument(
        "--command-json", type=_command, metavar="JSON", help="the command that started this, for the manifest"
    )
    given = parser.parse_args(arguments)
    command = [sys.executable, "-m", "dltui_trainers.worker", *(sys.argv[1:] if arguments is None else arguments)]
    if given.command_json:
        command = given.command_json
    return Order(
        folder=given.folder.absolute(),
        task=absolute_task(given.task),
        settings=dict(_setting(text) for text in given.set),
        origin=_origin(given.origin, given.at),
        log_fd=given.log_fd,
        command=command,
        processes=given.nproc,
    )


def sentence(error: BaseException) -> str:
    """Return what went wrong in one line, with advice where the cause is plain."""
    if isinstance(error, ImportError) and error.name == "torch":
        python = sys.executable
        return f"PyTorch is not installed for {python}; install it with '{python} -m pip install torch'."
    text = " ".join(str(error).split())[:ERROR_LENGTH]
    name = type(error).__name__
    if isinstance(error, MemoryError) or name == "OutOfMemoryError":
        return f"{name}: {text or 'out of memory'}; try a smaller batch_size or a smaller network."
    return f"{name}: {text}" if text else name


def _command(text: str) -> list[str]:
    try:
        return msgspec.json.decode(text, type=list[str])
    except msgspec.DecodeError as error:
        raise argparse.ArgumentTypeError(f"{text} is not a JSON list of strings: {error}") from None


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidHyperparameterError(f"--set {text} has no value: write --set {text}=VALUE.")
    return name.strip(), value


def _origin(folder: Path | None, at: str | None) -> Origin | None:
    if folder is None:
        if at is not None:
            raise OriginError(f"--at {at} needs --from: which run's checkpoint?")
        return None
    return Origin(folder=folder, step=None if at is None else parse_at(at))


def _sizes(manifest: Manifest) -> str:
    """How large the network and the data are, as the beginning of a sentence."""
    model, data = manifest.model, manifest.data
    parts = [] if model is None else [f"{model.parameters} parameters"]
    parts += [] if data is None else [f"{data.n_train} training and {data.n_val} validation samples"]
    return "".join(f"{part}, " for part in parts)


def show_sample(training: "Training") -> None:
    """Print what a network that writes has learned to write."""
    from dltui_trainers.task_module import sample_of

    sample = sample_of(training.task, training.model, training.data)
    if sample:
        say(f"what the network writes after {training.step} steps:\n\n{sample}\n")


def _open_log(order: Order) -> RunWriter:
    if order.log_fd is None:
        return RunWriter.create(order.folder)
    return RunWriter.inherit(order.log_fd, order.folder)


def leave(code: int) -> NoReturn:
    """End the process, also where a task file has left threads that would keep it."""
    main_thread = threading.main_thread()
    if all(each.daemon or each is main_thread for each in threading.enumerate()):
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main())
