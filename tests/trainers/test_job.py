"""What a job of a search does before it trains: what it reads, whether there is anything to do, and from where."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from jobs import write_job
from runlogs import append, end, evaluation, step, whole_run, write_run

from dltui.runs import control
from dltui_trainers import attempts
from dltui_trainers.attempts import end_of, is_done, newest_checkpoint, wait_until_left
from dltui_trainers.checkpoint import LAST
from dltui_trainers.job import main, run
from dltui_trainers.job_spec import STOPPED_BY
from dltui_trainers.kept import kept_in
from dltui_trainers.runlog import CHECKPOINTS, METRICS
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED
from trainers.trainings import make_training

HOSTILE = [
    b"",
    b"{",
    b"[]",
    b'{"task":"moons"}',
    b'{"task":"moons","settings":{},"command":[],"attempts":0}',
    b'{"task":"moons","settings":{},"command":[],"step":3}',
    b'{"task":"moons","settings":{},"command":[],"origin":"../t0001"}',
    b'{"task":"moons","settings":{},"command":[],"origin":".."}',
    b'{"task":"moons","settings":{},"command":[],"origin":"a\\u0000"}',
    b"\xff\xfe",
    b"[" * 100_000,
]


def names(study: Path) -> set[str]:
    return {path.name for path in study.iterdir()}


@pytest.mark.parametrize("content", HOSTILE, ids=range(len(HOSTILE)))
def test_a_spec_that_is_none_is_a_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes) -> None:
    path = write_job(tmp_path)
    path.write_bytes(content)
    assert main([str(path)]) == BAD_USAGE
    told = capfd.readouterr().out
    assert str(path) in told and told.count("\n") == 1
    assert names(tmp_path) == {"jobs"}


def test_a_spec_that_is_not_there_or_a_pipe_or_elsewhere_is_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for path in (tmp_path / "jobs" / "none.json", tmp_path / "pipe.json", tmp_path / "a\0b"):
        assert run(path) == BAD_USAGE
    stray = tmp_path / "stray.json"
    write_job(tmp_path).rename(stray)
    assert run(stray) == BAD_USAGE
    assert capfd.readouterr().out.count("\n") == 4


@pytest.mark.parametrize("status", ["finished", "failed"])
def test_a_training_that_came_to_its_end_is_left_as_it_is(tmp_path: Path, status: str) -> None:
    write_run(tmp_path / "t0000", whole_run()[:20])
    write_run(tmp_path / "t0000.2", [*whole_run()[:30], end(status)])
    assert run(write_job(tmp_path)) == DONE
    assert names(tmp_path) == {"jobs", "t0000", "t0000.2"}


def test_one_that_the_search_has_stopped_is_left_as_it_is(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "t0000", [*whole_run()[:20], end("stopped")])
    control.stop(folder, by=STOPPED_BY)
    append(folder, b"torn")
    assert run(write_job(tmp_path)) == DONE
    assert names(tmp_path) == {"jobs", "t0000"}


def test_one_that_is_cut_short_too_often_is_given_up(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "t0000", [*whole_run()[:20], end("stopped")])  # but it has kept nothing
    write_run(tmp_path / "t0000.2", whole_run()[:20])
    assert run(write_job(tmp_path, attempts=2)) == FAILED
    assert "t0000 was cut short 2 times" in capfd.readouterr().out
    assert names(tmp_path) == {"jobs", "t0000", "t0000.2"}


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 2},
        {"epochs": 9, "max_steps": 3},
        {"epochs": 99, "early_stop_patience": 2, "lr": 1e-9, "noise": 3.0, "seed": 1},
    ],
)
def test_one_that_was_killed_after_its_last_step_is_told_as_finished(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    log = [step(1), evaluation(1, 0.4), evaluation(2, 0.2), evaluation(3, float("nan"))]
    folder = write_run(tmp_path / "t0000", [*log])
    append(folder, b'{"kind":"step","torn')
    training = make_training(folder, "moons", train_size=100, **settings)
    training.run()
    path = write_job(tmp_path)
    assert [run(path), run(path)] == [DONE, DONE]
    last = end_of(folder)
    assert last is not None and last.status == "finished" and last.step == training.step
    assert (last.best_step, last.best_val_loss) == (2, 0.2)
    assert names(tmp_path) == {"jobs", "t0000"}


def test_the_newest_checkpoint_that_is_whole_is_taken(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) is None
    training = make_training(tmp_path, "moons", train_size=100, epochs=9, checkpoint_every=1, early_stop_patience=50)
    training.run()
    found = newest_checkpoint(tmp_path)
    assert found is not None and found[0] == "last" and is_done(found[1])
    last = tmp_path / CHECKPOINTS / LAST
    for kept in kept_in(tmp_path):
        if kept.step == training.step and kept.path != last:
            kept.path.unlink()
    content = last.read_bytes()
    last.write_bytes(content[: len(content) // 2] + b"?" + content[len(content) // 2 + 1 :])
    for _ in range(2):
        found = newest_checkpoint(tmp_path)
        assert found is not None and 0 < found[1].step < training.step and not is_done(found[1])
        last.write_bytes(content[:1000])
    for path in (tmp_path / CHECKPOINTS).iterdir():
        path.write_bytes(content[:-1000])
    assert newest_checkpoint(tmp_path) is None


def test_a_training_on_another_machine_is_waited_for_until_its_log_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its lock may not be seen here."""
    folder = write_run(tmp_path / "t0000", whole_run()[:20], host="another")
    now, grown_at = [1000.0], [1007.0]
    os.utime(folder / METRICS, (990.0, 990.0))

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if grown_at and now[0] >= grown_at[0]:
            os.utime(folder / METRICS, (grown_at[0], grown_at.pop()))

    clock = SimpleNamespace(time=lambda: now[0], monotonic=lambda: now[0], sleep=sleep)
    monkeypatch.setattr(attempts, "time", clock)
    wait_until_left(folder)
    assert now[0] == pytest.approx(1007.0 + attempts.SILENT_AFTER_S, abs=1.0)
    assert capfd.readouterr().out.count("\n") == 1
    append(folder, end("stopped"))
    began = now[0]
    wait_until_left(folder)
    assert now[0] == began
