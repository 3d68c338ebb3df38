"""Which of the logs of a command is taken."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from dltui.formats.saved import SavedLog
from dltui.runs.update import Batch, Rows
from dltui.wrapped import choosing
from dltui.wrapped.choosing import Choice


def rows(name: str, count: int, factor: float) -> Rows | None:
    if not count:
        return None
    steps, nothing = np.arange(1.0, count + 1), np.full(count, math.nan)
    return Rows(step=steps, epoch=nothing, time=nothing, values={name: factor / steps})


@dataclass
class Fake:
    """A source of which a test says how many losses it has."""

    name: str
    is_structured: bool = True
    train: int = 0
    val: int = 0
    factor: float = 1.0
    is_behind: bool = False
    breaks: bool = False
    log: SavedLog | None = None

    @property
    def path(self) -> Path:
        return Path(self.name)

    def look(self, *, at_end: bool = False) -> bool:
        if self.breaks:
            raise RuntimeError(self.name)
        batch = Batch(steps=rows("train_loss", self.train, self.factor), evals=rows("val_loss", self.val, self.factor))
        self.log = SavedLog(path=self.path, format="csv", batch=batch)
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(choosing.time, "monotonic", lambda: now[0])
    return now


def choice_of(*sources: Fake) -> Choice:
    choice = Choice()
    for each in sources:
        choice.add(each)
    choice.look()
    return choice


def test_nothing_is_taken_that_tells_no_loss() -> None:
    assert choice_of(Fake("a"), Fake("b")).in_use is None


def test_what_is_printed_counts_until_a_log_grows_as_it_should(clock: list[float]) -> None:
    printed, log = Fake("printed", is_structured=False, train=5), Fake("log", train=2)
    choice = choice_of(printed, log)
    assert choice.in_use is printed
    for _ in range(choosing.LEAST_GAINS):
        clock[0] += 1.0
        log.train += 1
        choice.look()
    assert choice.in_use is log
    printed.train = 100  # it prints more often, rounded
    choice.look()
    assert choice.in_use is log


def test_a_log_that_is_written_seldom_waits_for_the_end(clock: list[float]) -> None:
    printed, log = Fake("printed", is_structured=False, train=5), Fake("log", train=5)
    choice = choice_of(printed, log)
    for _ in range(5):
        clock[0] += 300.0
        log.train = printed.train = log.train + 5
        choice.look()
    assert choice.in_use is printed
    choice.look(at_end=True)
    assert choice.in_use is log


def test_one_row_an_epoch_is_no_curve_beside_one_a_step() -> None:
    choice = choice_of(Fake("printed", is_structured=False, train=500), Fake("log", train=5))
    choice.look(at_end=True)
    assert choice.in_use is not None and choice.in_use.path == Path("printed")


def test_both_losses_are_better_than_one() -> None:
    log = Fake("log", train=100)
    choice = choice_of(log, both := Fake("printed", is_structured=False, train=2, val=1))
    assert choice.in_use is both
    log.val = 1
    choice.look(at_end=True)
    assert choice.in_use is log


def test_of_two_logs_the_longer_one_and_one_that_goes_on_with_the_other() -> None:
    first = Fake("checkpoint-1", train=10)
    assert choice_of(first, Fake("other", train=19, factor=2.0)).in_use is first
    assert choice_of(Fake("a", train=10), more := Fake("other", train=20, factor=2.0)).in_use is more
    assert choice_of(Fake("a", train=10), later := Fake("checkpoint-2", train=11)).in_use is later


def test_a_log_that_breaks_its_reader_is_no_log_any_more(capsys: pytest.CaptureFixture[str]) -> None:
    sound = Fake("sound", train=1)
    choice = choice_of(Fake("broken", breaks=True), sound)
    assert choice.in_use is sound and choice.sources == [sound]
    assert "RuntimeError: broken" in capsys.readouterr().err
