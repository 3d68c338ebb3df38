"""The shell of a process that works on one folder: what it is asked for, how it ends, what signals do to it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dltui.errors import RunsFolderError, SearchError
from dltui.supervising import BAD_USAGE, DONE, FAILED, Work, put_to_work, work_on_folder

HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Leave the signals of this process as they are."""
    before = {number: signal.getsignal(number) for number in HEARD}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def refuse(*_: object) -> Work:
    raise SearchError("it is taken")


@pytest.mark.parametrize(("words", "lock"), [(["runs/a"], None), (["runs/a", "--lock-fd", "7"], 7)])
def test_it_works_on_the_folder_with_the_lock_that_was_taken_for_it(words: list[str], lock: int | None) -> None:
    asked: list[tuple[Path, int | None]] = []

    def take_up(folder: Path, lock: int | None) -> Work:
        asked.append((folder, lock))
        return Work(lambda: None, lambda: None)

    assert work_on_folder("dltui.search", "search", take_up, words) == DONE
    assert asked == [(Path("runs/a"), lock)]


def test_what_cannot_be_begun_and_what_fails_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)
    assert work_on_folder("dltui.search", "search", refuse, ["a"]) == BAD_USAGE
    assert capsys.readouterr().err == "it is taken\n" and signal.getsignal(signal.SIGTERM) is before
    assert work_on_folder("dltui.search", "search", lambda *_: Work(refuse, lambda: None), ["a"]) == FAILED
    assert capsys.readouterr().err == "it is taken\n"


def test_of_what_nobody_expects_the_traceback_is_wanted() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work_on_folder("dltui.search", "search", lambda *_: Work(fail, lambda: None), ["a"])


@pytest.mark.parametrize(("number", "times"), [(signal.SIGTERM, 1), (signal.SIGINT, 1), (signal.SIGHUP, 0)])
def test_a_signal_lets_it_end_and_a_closed_terminal_does_not(number: signal.Signals, times: int) -> None:
    stops: list[signal.Signals] = []

    def run() -> None:
        os.kill(os.getpid(), number)

    work = Work(run, lambda: stops.append(number))
    assert work_on_folder("dltui.search", "search", lambda *_: work, ["a"]) == DONE
    assert stops == [number] * times


def test_one_that_cannot_be_begun_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        RunsFolderError, match=r"^No engine can be put to work on .*/gone: No such file or directory\.$"
    ):
        put_to_work("dltui.guide", "engine", tmp_path / "gone", 0, "engine.log")
