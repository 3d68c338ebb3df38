"""What is worth telling, and the command that is run for it."""

import math
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from runlogs import wait_until

from dltui.alerts.happening import MOST_WAITS, Happening, HappeningKind, Happenings
from dltui.alerts.notify import EVERY_S, LONGEST_S, Notifier, facts
from dltui.alerts.sentinel import Sentinel
from dltui.catalog.summary import RunSummary
from dltui.runs.status import RunStatus

RUN = RunSummary(
    folder=Path("runs/a"),
    status=RunStatus.RUNNING,
    step=100,
    epoch=2.0,
    train_loss=0.5,
    best_val_loss=0.6,
    verdict="inconclusive",
    judged=1,
)
OVER = {"verdict": "overfitting"}


def told(*states: dict[str, object]) -> list[str]:
    """What is told of a run that goes through those states, beginning with RUN."""
    happenings = Happenings()
    assert happenings.look([RUN]) == ()
    seen, run = [], RUN
    for state in states:
        run = replace(run, **state)  # type: ignore[arg-type]
        seen += [f"{each.kind} {each.verdict_before}>{each.run.verdict}" for each in happenings.look([run])]
    return seen


SAME = "inconclusive>inconclusive"


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([{}], []),
        ([{"status": RunStatus.FINISHED}], [f"ended {SAME}"]),
        ([{"status": RunStatus.FAILED}, {}], [f"ended {SAME}"]),
        ([{"status": RunStatus.QUIET}, {}], [f"stalled {SAME}"]),
        (
            [{"status": RunStatus.QUIET}, {"status": RunStatus.RUNNING}, {"status": RunStatus.QUIET}],
            [f"stalled {SAME}"] * 2,
        ),
        ([{"status": RunStatus.QUIET}, {"status": RunStatus.FINISHED}], [f"stalled {SAME}", f"ended {SAME}"]),
        ([{**OVER, "judged": 2}], []),
        ([{**OVER, "judged": 2}, {}, {}], []),
        ([{**OVER, "judged": 2}, {"judged": 3}, {"judged": 4}], ["verdict inconclusive>overfitting"]),
        ([{**OVER, "judged": 2}, {"verdict": "inconclusive", "judged": 3}, {**OVER, "judged": 4}], []),
        ([{**OVER, "judged": 2}, {"verdict": "diverged", "judged": 3}], []),
        (
            [{**OVER, "judged": 2, "status": RunStatus.FINISHED}],
            ["ended inconclusive>overfitting", "verdict inconclusive>overfitting"],
        ),
        ([{"status": RunStatus.FINISHED, "is_current": False}, {"is_current": True}], [f"ended {SAME}"]),
        ([{"status": RunStatus.FINISHED, "is_current": False}] + [{}] * MOST_WAITS, [f"ended {SAME}"]),
    ],
)
def test_what_is_told_of_a_run(states: list[dict[str, object]], expected: list[str]) -> None:
    assert told(*states) == expected


def test_a_run_that_was_over_when_it_was_first_seen_is_no_news() -> None:
    happenings = Happenings()
    over = replace(RUN, status=RunStatus.FINISHED)
    assert happenings.look([over]) == () and happenings.look([over]) == ()
    unknown = replace(RUN, folder=Path("b"), verdict="")
    assert happenings.look([unknown]) == ()
    assert happenings.look([replace(unknown, verdict="good_fit", judged=1)]) == ()


def test_a_run_of_ours_that_was_over_before_anybody_looked_is_news() -> None:
    over = replace(RUN, status=RunStatus.FINISHED, changed=100.0)
    assert [each.kind for each in Happenings(since_s=99.0).look([over])] == [HappeningKind.ENDED]
    assert Happenings(since_s=101.0).look([over]) == ()
    assert Happenings(since_s=99.0).look([replace(over, format="csv")]) == ()


def happening(kind: HappeningKind = HappeningKind.ENDED, **changes: object) -> Happening:
    """Something that happened to RUN."""
    return Happening(kind=kind, run=replace(RUN, **changes), verdict_before="good_fit")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", HappeningKind)
@pytest.mark.parametrize("status", RunStatus)
def test_there_is_a_sentence_for_everything(kind: HappeningKind, status: RunStatus) -> None:
    for epoch, error in ((2.0, None), (math.nan, "out of memory")):
        sentence = happening(kind, status=status, epoch=epoch, error=error).sentence
        assert sentence.startswith("a ") and "nan" not in sentence


def test_the_facts_are_plain_and_what_is_not_known_is_empty() -> None:
    run = {"label": "x\0\n\x1b[31m$(reboot)`id`\u202e", "epoch": math.nan, "val_loss": math.inf, "step": 1_500_000}
    variables = facts(happening(**run))
    assert variables["DLTUI_RUN"] == "x[31m$(reboot)`id`"
    assert variables["DLTUI_EPOCH"] == "" and variables["DLTUI_VAL_LOSS"] == "inf"
    assert variables["DLTUI_STEP"] == "1500000" and variables["DLTUI_EVENT"] == "ended"
    assert variables["DLTUI_VERDICT"] == "inconclusive" and variables["DLTUI_VERDICT_BEFORE"] == "good_fit"
    assert all("\n" not in value and "\0" not in value for value in variables.values())


class Clock:
    """Seconds that go by when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


Process: TypeAlias = "subprocess.Popen[bytes]"


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The processes of the commands that are run."""
    started: list[Process] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **how: Any) -> None:
            super().__init__(*words, **how)
            started.append(self)

    monkeypatch.setattr("dltui.alerts.notify.subprocess.Popen", Recorded)
    return started


def finish(notifier: Notifier, processes: list[Process]) -> None:
    """Wait until the commands have ended and the notifier has seen it."""

    def is_done() -> bool:
        notifier.work()
        return all(process.returncode is not None for process in processes)

    wait_until(is_done)


def never(sentence: str) -> None:
    raise AssertionError(sentence)


def test_the_command_gets_the_facts_and_no_shell_reads_them(tmp_path: Path, processes: list[Process]) -> None:
    out = tmp_path / "out"
    notifier = Notifier(f'printf "%s\\n" "$DLTUI_RUN" "$DLTUI_EVENT" "$DLTUI_TRAIN_LOSS" > {out}', never)
    notifier.tell(happening(label=f"$(touch {tmp_path}/harm); touch {tmp_path}/harm"))
    finish(notifier, processes)
    assert out.read_text().splitlines() == [f"$(touch {tmp_path}/harm); touch {tmp_path}/harm", "ended", "0.5"]
    assert not (tmp_path / "harm").exists()


def test_one_kind_of_one_run_is_told_seldom_and_the_newest_counts(tmp_path: Path, processes: list[Process]) -> None:
    out, clock = tmp_path / "out", Clock()
    notifier = Notifier(f'echo "$DLTUI_EVENT $DLTUI_STEP" >> {out}', never, clock)
    for step in (1, 2, 3):
        notifier.tell(happening(step=step))
    finish(notifier, processes)
    assert out.read_text() == "ended 1\n"
    notifier.tell(happening(HappeningKind.STALLED, step=4))
    finish(notifier, processes)
    clock.now += EVERY_S
    finish(notifier, processes)
    assert out.read_text() == "ended 1\nstalled 4\nended 3\n"


@pytest.mark.parametrize("command", ["echo no such door >&2; exit 3", "no-such-program-at-all"])
def test_a_command_that_fails_is_told_once(command: str, processes: list[Process]) -> None:
    said: list[str] = []
    clock = Clock()
    notifier = Notifier(command, said.append, clock)
    for _ in range(3):
        notifier.tell(happening())
        finish(notifier, processes)
        clock.now += EVERY_S
    (sentence,) = said
    assert "--notify failed: exit code" in sentence and ("no such door" in sentence or "127" in sentence)


def test_a_command_that_does_not_end_is_ended(processes: list[Process]) -> None:
    said: list[str] = []
    clock = Clock()
    notifier = Notifier("sleep 1000", said.append, clock)
    notifier.tell(happening())
    (process,) = processes
    assert process.poll() is None
    clock.now += LONGEST_S
    notifier.work()
    assert process.returncode == -signal.SIGKILL and "took longer" in said[0]


class Listed:
    """A list that a test writes."""

    def __init__(self) -> None:
        self.runs: tuple[RunSummary, ...] = (RUN,)

    def refresh(self) -> tuple[RunSummary, ...]:
        return self.runs


def watching(listed: Listed, tell: Callable[[Happening], None], since_s: float = 0.0) -> Sentinel:
    return Sentinel(listed, tell, None, since_s)


def test_a_sentinel_tells_what_happens_up_to_the_moment_that_it_is_closed() -> None:
    listed, seen = Listed(), list[Happening]()
    sentinel = watching(listed, seen.append)
    sentinel.look()
    sentinel.start()
    listed.runs = (replace(RUN, status=RunStatus.QUIET),)
    sentinel.close()
    assert [each.kind for each in seen] == [HappeningKind.STALLED]


def test_older_runs_do_not_count_where_only_new_ones_do() -> None:
    listed, seen = Listed(), list[Happening]()
    sentinel = watching(listed, seen.append, since_s=time.time())
    sentinel.look()
    listed.runs = (replace(RUN, status=RunStatus.FINISHED),)
    sentinel.look()
    assert seen == []
