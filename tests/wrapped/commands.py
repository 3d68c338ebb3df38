"""Commands that tests follow: small Python scripts without any library, each in a folder and with runs of its own."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dltui.runs.launch import Launched
from dltui.runs.reader import read_manifest
from dltui.wrapped.launch import launch_command
from dltui_trainers.runlog import (
    METRICS,
    STDOUT,
    AnyRecord,
    EndRecord,
    EvalRecord,
    EventRecord,
    Manifest,
    StepRecord,
    record_decoder,
)

ENDS_WITHIN_S = 60.0


class Followed:
    """A command that dltui follows, in ``folder``."""

    def __init__(self, folder: Path, launched: Launched) -> None:
        self.work = folder
        self.run = launched.folder
        self.process = launched.process

    def wait(self) -> int:
        """Return the exit code once the command has ended."""
        return self.process.wait(ENDS_WITHIN_S)

    @property
    def records(self) -> list[AnyRecord]:
        """Every whole line of the log."""
        lines = (self.run / METRICS).read_bytes().split(b"\n")
        return [record_decoder.decode(line) for line in lines[:-1]]

    @property
    def steps(self) -> list[tuple[int, Any]]:
        """Step and training loss of each step in the log."""
        return [(each.step, each.train_loss) for each in self.records if isinstance(each, StepRecord)]

    @property
    def evals(self) -> list[tuple[int, Any]]:
        """Step and validation loss of each validation in the log."""
        return [(each.step, each.val_loss) for each in self.records if isinstance(each, EvalRecord)]

    @property
    def sources(self) -> list[object]:
        """Where the rows were read from, one after the other."""
        return [each.to for each in self.events if each.name == "source"]

    @property
    def events(self) -> list[EventRecord]:
        return [each for each in self.records if isinstance(each, EventRecord)]

    @property
    def end(self) -> EndRecord:
        last = self.records[-1]
        assert isinstance(last, EndRecord)
        return last

    @property
    def manifest(self) -> Manifest:
        manifest = read_manifest(self.run)
        assert manifest is not None
        return manifest

    @property
    def output(self) -> str:
        return (self.run / STDOUT).read_text(errors="replace")


def follow(tmp_path: Path, words: Sequence[str] | str, **rest: Any) -> Followed:
    """Start a command; a text is the source of a Python script, which is called ``train.py``."""
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    if isinstance(words, str):
        (work / "train.py").write_text(words)
        words = [sys.executable, "train.py"]
    return Followed(work, launch_command(tmp_path / "runs", words, cwd=work, **{"name": "mine", **rest}))
