"""Random sequences of commands, kills and continuations on real training processes: ``python -m trainers.sequences``.

The processes are forked from this one, which has trained before, in one thread, so that a start costs milliseconds.
What must hold of a run's folder, whatever was done to it, is checked after each: see :func:`check`.
"""

import argparse
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import torch

from dltui.runs.control import ask
from dltui_trainers import checkpoint, manifest
from dltui_trainers.commands import Commands
from dltui_trainers.control import EARLY_S, Control
from dltui_trainers.errors import OriginError
from dltui_trainers.hparams import Hparams
from dltui_trainers.kept import choose
from dltui_trainers.log import NullLog
from dltui_trainers.origin import Origin
from dltui_trainers.prepare import prepare
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import (
    CHECKPOINTS,
    CONTROL,
    MANIFEST,
    Command,
    EndRecord,
    EvalRecord,
    EventRecord,
    StepRecord,
    Value,
    command_decoder,
    to_line,
)
from dltui_trainers.worker import DONE, main
from trainers.scripts import state_of
from trainers.trainings import read_log

DEADLINE_S = 60.0
"""A training that has not ended by then hangs; on an idle machine it takes a hundredth of it."""
ENDLESS = 10**6
TWICE = "a command with this id has been answered already"
NAMES = re.compile(r"(last|best|step-\d{8}(-\d+)?)\.pt")
HIDDEN = re.compile(r"\.(last|best|step-\d{8}(-\d+)?)\.pt\.tmp|\.best-step-\d{8}(-\d+)?\.pt(\.tmp)?")
"""What a kill may leave: a file half written, and the best one of before a change."""

CHANGES: dict[str, tuple[Value, ...]] = {
    "lr": (1e-5, 0.003, 0.1, 5, "nan", -1, 1e9),
    "batch_size": (1, 2, 30, 64, 200, 201, 0, 2.5),
    "epochs": (1, 2, 10**6, ENDLESS - 1, "many"),
    "momentum": (0, 0.5, 0.9, 1),
    "schedule": ("constant", "cosine", "one_cycle", "plateau", "step", "exponential", "range_test", "none"),
    "weight_decay": (0, 0.01, -1),
    "dropout": (0, 0.5, 0.95, 1),
    "label_smoothing": (0, 0.3),
    "grad_clip": (0, 0.1),
    "l1": (0, 0.001),
    "augment": ("none", "flip", "crop,mixup", "jitter+erase", "bend"),
    "augment_strength": (0, 0.3, 1),
    "early_stop_patience": (0, 10**6),
    "eval_every": (0, 3, 10**6),
    "layer_dropout": ("none", "0.1,0.5", "0.2"),
    "input_dropout": (0, 0.2),
    "watch_every": (0, 7),
    "checkpoint_every": (0, 3, 50),
    "max_steps": (0, 10),
    "width": (32,),
    "nonsense": (1, None, True),
}
SETTINGS = {
    "optimizer": ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "adagrad"),
    "schedule": ("constant", "cosine", "one_cycle", "plateau", "step", "exponential"),
    "norm": ("none", "batch", "layer"),
    "dropout": (0, 0.3),
    "augment": ("none", "crop,mixup"),
    "warmup_steps": (0, 10, 1000),
    "checkpoint_every": (0, 5),
}


@dataclass
class Run:
    """A training process, and what was written to its control file: the whole commands in order."""

    folder: Path
    pid: int
    asked: list[Command] = field(default_factory=list)

    def ended(self) -> int | None:
        """Return the exit code, negative for a signal; ``None`` while it runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return os.waitstatus_to_exitcode(status) if pid else None

    def wait(self) -> int:
        """Wait for the end. Raises if it hangs."""
        deadline = time.monotonic() + DEADLINE_S
        while (code := self.ended()) is None:
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError(f"the training in {self.folder.name} hangs")
            time.sleep(0.002)
        return code


def fork(folder: Path, *words: str) -> Run:
    """Start a worker."""
    pid = os.fork()
    if pid:
        return Run(folder, pid)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os._exit(main([str(folder), "digits", *words]))
    finally:
        os._exit(70)


def sequence(folder: Path, dice: random.Random) -> None:
    """One training to which much is done, and one that goes on from it."""
    chosen = {name: dice.choice(values) for name, values in SETTINGS.items()}
    words = [word for name, value in chosen.items() for word in ("--set", f"{name}={value}")]
    small = ["--set", "train_size=200", "--set", "width=8", "--set", "log_every=1"]
    epochs = dice.choice((3, 60, ENDLESS, ENDLESS, ENDLESS))
    first = fork(folder / "first", *small, *words, "--set", f"epochs={epochs}")
    disturb(first, dice, dice.randint(0, 12))
    check(first, finish(first, dice))
    second = fork(folder / "second", *go_on(first.folder))
    disturb(second, dice, dice.randint(0, 4))
    time.sleep(dice.choice((0, 0.02, 0.05)))
    ask(second.folder, "stop")  # it may have come to its end before
    second.asked.append(last_asked(second))
    code = second.wait()
    assert code == DONE, f"the continuation ended with {code}"
    check(second, code)


def go_on(origin: Path) -> list[str]:
    """Return what continues a run, as a person would: from its last checkpoint, from its settings, or not at all."""
    if not (origin / MANIFEST).exists():
        return ["--set", "train_size=200", "--set", "epochs=3", "--set", "log_every=1"]
    try:
        epochs = choose(Origin(folder=origin), "last").epoch + 2
    except OriginError:
        return ["--from", str(origin), "--set", "epochs=2"]
    # A change, so that early stopping waits anew.
    return ["--from", str(origin), "--at", "last", "--set", f"epochs={epochs}", "--set", "l1=0.0001"]


def disturb(run: Run, dice: random.Random, count: int) -> None:
    """Write that many lines to the control file, at random moments."""
    time.sleep(dice.choice((0, 0.02, 0.06)))
    run.folder.mkdir(mode=0o700, exist_ok=True)
    for _ in range(count):
        time.sleep(dice.choice((0, 0, 0.001, 0.01, 0.02)))
        dice.choices((give, hostile), (4, 1))[0](run, dice)


def give(run: Run, dice: random.Random) -> None:
    """Ask for something that a person could ask for."""
    name = dice.choices(("set", "undo", "pause", "resume", "checkpoint", "fly"), (8, 4, 1, 2, 1, 0.3))[0]
    values: dict[str, Value] = {}
    if name == "set":
        names = dice.sample([*CHANGES], dice.choice((1, 1, 1, 2, 4)))
        values = {each: dice.choice(CHANGES[each]) for each in names}
    (hparam, value), also = next(iter(values.items()), (None, None)), dict([*values.items()][1:])
    ask(run.folder, name, hparam=hparam, value=value, also=also, by=dice.choice(("user", "advice", "signal", "me")))
    run.asked.append(last_asked(run))


def hostile(run: Run, dice: random.Random) -> None:
    """Write what nobody should write."""
    now, id = time.time(), dice.randrange(2**62)
    twin = run.asked[-1] if run.asked else None
    stale = Command(id=id, time=now - 2 * EARLY_S, command="stop")
    lines = [b"\n", b"hello\n", b"\xff\xfe\0\n", b"[" * 5000 + b"\n", b'{"id": 1, "com', to_line(stale)]
    if twin is not None:
        lines += [to_line(twin)] * 2
    line = dice.choice(lines)
    with (run.folder / CONTROL).open("ab") as file:
        if file.tell() and line in (to_line(stale), twin and to_line(twin)):
            line = b"\n" + line  # something torn may stand before it
        file.write(line)
    if line.lstrip() == to_line(stale):
        run.asked.append(stale)
    elif twin is not None and line.lstrip() == to_line(twin):
        run.asked.append(twin)


def last_asked(run: Run) -> Command:
    """Return the command that was just written."""
    return command_decoder.decode((run.folder / CONTROL).read_bytes().splitlines()[-1])


def finish(run: Run, dice: random.Random) -> int:
    """Let it end in one way or another; return the exit code."""
    time.sleep(dice.choice((0, 0.01, 0.05)))
    how = dice.choice(("kill", "kill", "signal", "stop", "stop"))
    if how == "stop":
        ask(run.folder, "stop")
        run.asked.append(last_asked(run))
    else:
        # Not before it listens: until then a signal is Python's own, and ends it without a word.
        started = time.monotonic()
        while how == "signal" and not (run.folder / MANIFEST).exists() and time.monotonic() < started + 5:
            time.sleep(0.002)
        os.kill(run.pid, signal.SIGKILL if how == "kill" else signal.SIGTERM)
    return run.wait()


def check(run: Run, code: int) -> None:
    """Check what must hold of every run's folder."""
    assert code in (DONE, -signal.SIGKILL), f"{run.folder.name} ended with {code}"
    killed = code != DONE
    if killed and not (run.folder / "metrics.jsonl").exists():
        return
    records = read_log(run.folder)
    ends = [record for record in records if isinstance(record, EndRecord)]
    # A kill may come after the end.
    assert killed or (len(ends) == 1 and ends[0] is records[-1] and ends[0].status != "failed")
    check_steps(run.folder)
    check_answers(run, whole=not killed)
    check_files(run.folder, killed=killed)


def check_steps(folder: Path) -> None:
    """No step is lost or told twice, but for those that were undone."""
    step: int | None = None
    for record in read_log(folder):
        if step is None:
            step = record.step
        if isinstance(record, StepRecord):
            assert record.step == step + 1, f"step {record.step} follows {step}"
            step = record.step
        elif isinstance(record, EventRecord) and record.name == "undo" and record.done:
            assert record.from_ == step and record.to == record.step <= step, record
            step = record.step
        elif isinstance(record, (EvalRecord, EventRecord, EndRecord)):
            assert record.step == step, record


def check_answers(run: Run, *, whole: bool) -> None:
    """Each command that was read is answered, in order and once; in a whole run that was stopped, all were read."""
    events = [each for each in read_log(run.folder) if isinstance(each, EventRecord) and each.id is not None]
    groups: list[list[EventRecord]] = []
    for event in events:
        last = groups[-1][0] if groups else None
        one = last is not None and event.done and last.done and (last.id, last.time) == (event.id, event.time)
        if one and event.name == "set":
            groups[-1].append(event)
        else:
            groups.append([event])
    assert [group[0].id for group in groups] == [command.id for command in run.asked][: len(groups)], "order"
    stopped = any(event.name == "stop" and event.done for event in events) or any(
        isinstance(each, EventRecord) and each.by == "signal" and each.name == "stop" and each.id is None
        for each in read_log(run.folder)
    )
    assert not (whole and stopped) or len(groups) == len(run.asked), "a command was not answered"
    counted = Counter(group[0].id for group in groups)
    twice = Counter(group[0].id for group in groups if group[0].reason == TWICE)
    assert all(twice[id] == count - 1 for id, count in counted.items()), "a command was carried out twice"
    for group in groups:
        assert all(event.reason for event in group if not event.done), "a refusal has no reason"
        assert len({event.hparam for event in group}) == len(group)


def check_files(folder: Path, *, killed: bool) -> None:
    """Every checkpoint is whole, and nothing else lies there."""
    for path in (folder / CHECKPOINTS).glob("*"):
        assert path.stat().st_mode & 0o777 == 0o600, path
        if NAMES.fullmatch(path.name):
            state = state_of(folder, path.name)
            assert state.keys() >= {"step", "epoch", "model", "optimizer", "schedule", "batches", "random"}
        else:
            assert killed and HIDDEN.fullmatch(path.name), f"{path.name} was left behind"


def warm_up() -> None:
    """Import and compute here what every child would otherwise import and compute for the first time."""
    with tempfile.TemporaryDirectory() as name:
        bench = prepare(TASKS["digits"], Hparams(epochs=1), torch.device("cpu"))
        bench.training(Path(name), NullLog(), Commands(Control(Path(name)))).run()


def run_all(seed: int, first: int, count: int) -> int:
    """Run the sequences ``first`` to ``first + count`` of a seed; return the exit code."""
    torch.set_num_threads(1)
    manifest._git_commit = lambda: None
    checkpoint.WRITE_EVERY_S, checkpoint.COST_LIMIT = 0.02, 1e9
    warm_up()
    for number in range(first, first + count):
        folder = Path(tempfile.mkdtemp(prefix=f"sequence-{number}-"))
        try:
            sequence(folder, random.Random(f"{seed} {number}"))
        except Exception:
            traceback.print_exc()
            print(f"sequence {number} of seed {seed} failed; its runs are in {folder}")
            return 1
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    given = parser.parse_args()
    sys.exit(run_all(given.seed, given.first, given.count))
