"""A person who sits beside a training of some framework: reads its run, asks for something, waits for the answer."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from dltui.runs import control
from dltui_trainers.recorder import branch
from dltui_trainers.runlog import (
    CHECKPOINTS,
    MANIFEST,
    METRICS,
    AnyRecord,
    EndRecord,
    EvalRecord,
    EventRecord,
    Manifest,
    StepRecord,
    Value,
    manifest_decoder,
    record_decoder,
)

PATIENCE_S = 60.0
Found = TypeVar("Found")
ROOT = Path(__file__).parents[2]


def records(run: Path) -> list[AnyRecord]:
    """Return the whole lines of a run's log; of one that is being written, too."""
    path = run / METRICS
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [record_decoder.decode(line) for line in lines]


def steps(run: Path) -> list[StepRecord]:
    return [each for each in records(run) if isinstance(each, StepRecord)]


def evals(run: Path) -> list[EvalRecord]:
    return [each for each in records(run) if isinstance(each, EvalRecord)]


def end(run: Path) -> EndRecord:
    """Return the end of a run, which must have come, once and last."""
    ends = [each for each in records(run) if isinstance(each, EndRecord)]
    assert len(ends) == 1
    assert records(run)[-1] == ends[0]
    return ends[0]


def manifest(run: Path) -> Manifest:
    return manifest_decoder.decode((run / MANIFEST).read_bytes())


def only_run(runs: Path) -> Path:
    """Return the folder of the only run that there is."""
    [run] = all_runs(runs)
    return run


def all_runs(runs: Path) -> list[Path]:
    """Return the folders of the runs, in the order in which they were started."""
    folders = [each for each in runs.iterdir() if (each / MANIFEST).exists()] if runs.exists() else []
    return sorted(folders, key=lambda each: manifest(each).created)


def until(find: Callable[[], Found]) -> Found:
    """Wait until there is something to be found, and return it."""
    given_up = time.monotonic() + PATIENCE_S
    while not (found := find()):
        assert time.monotonic() < given_up, "what was waited for did not come"
        time.sleep(0.005)
    return found


class Person:
    """Who watches the first run in a folder."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs

    @property
    def run(self) -> Path:
        return until(lambda: all_runs(self._runs))[0]

    def sees(self, more: int = 1) -> int:
        """Wait until so many more steps are done; return the last."""
        before = len(steps(self.run))
        return until(lambda: steps(self.run)[before + more - 1 :])[-1].step

    def asks(self, command: str, **values: Value) -> EventRecord:
        """Ask, and return the answer. ``set`` takes a value by its name."""
        name, value = next(iter(values.items()), (None, None))
        id = control.ask(self.run, command, hparam=name, value=value)
        return until(lambda: self._answers(id))[0]

    def _answers(self, id: int) -> list[EventRecord]:
        return [each for each in records(self.run) if isinstance(each, EventRecord) and each.id == id]


@contextmanager
def beside(person: Person, work: Callable[[], object]) -> Iterator[None]:
    """Let a person work in a thread of their own; what goes wrong there stops the training, and goes wrong here."""
    wrong: list[BaseException] = []

    def careful() -> None:
        try:
            work()
        except BaseException as error:
            wrong.append(error)
            control.stop(person.run)

    thread = threading.Thread(target=careful, daemon=True)
    thread.start()
    yield
    thread.join(PATIENCE_S)
    if wrong:
        raise wrong[0]
    assert not thread.is_alive()


def script(code: str, folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` as a script of a user in a process of its own, after the ``words`` that start it."""
    path = folder / "script.py"
    path.write_text(code)
    command = [sys.executable, *words, str(path)]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=4 * PATIENCE_S,
    )


def kill_when_kept(code: str, folder: Path, runs: Path, **environment: str) -> None:
    """Start ``code`` as a script, and kill it when it has made further steps after the first state that it kept."""
    path = folder / "parent.py"
    path.write_text(code)
    training = subprocess.Popen(
        [sys.executable, str(path)], cwd=folder, env={**os.environ, **environment}, stdout=subprocess.DEVNULL
    )

    def is_kept() -> bool:
        assert training.poll() is None
        run = next(iter(all_runs(runs)), None)
        return bool(run and kept(run) and steps(run)[-1].step > kept(run)[0][0])

    try:
        until(is_kept)
    finally:
        training.send_signal(signal.SIGKILL)
        training.wait()


def kept(run: Path) -> list[tuple[int, Path]]:
    """Return the checkpoints that stay, with their steps, the oldest first."""
    return sorted((int(path.stem.split("-")[1]), path) for path in (run / CHECKPOINTS).glob("step-*.pt"))


def go_on_from(monkeypatch: pytest.MonkeyPatch, run: Path, step: int, path: Path, **changed: Value) -> None:
    """Let the next run of this process be a branch, as ``dltui`` says it to the command that it starts."""
    told = {"run": run.name, "step": step, "checkpoint": str(path), "changed": changed}
    monkeypatch.setenv("DLTUI_FROM", json.dumps(told))
    monkeypatch.setattr(branch, "_taken", False)
