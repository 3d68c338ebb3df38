"""A log of another program that is being written: what each look at it says, and the state that comes of it."""

import os
import time
from pathlib import Path

import numpy as np
import pytest

from dltui.formats import open_log, state_of
from dltui.formats.following import growing_log
from dltui.formats.following.watch import LogWatch
from dltui.log_options import LogOptions
from dltui.runs.status import RunStatus
from dltui.series.state import RunState

HEADER = "epoch,step,train_loss,val_loss,lr\n"
MINUTE = 60.0


@pytest.fixture(autouse=True)
def _at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing_log, "CPU_SHARE", 1e9)


def rows(first: int, last: int) -> str:
    return "".join(
        f"{n // 10},{n},{1 / (n + 1)},{2 / (n + 1) if n % 10 == 9 else ''},0.1\n" for n in range(first, last)
    )


def follow(log: LogWatch, state: RunState) -> RunState:
    update = log.look()
    state.take(update)
    while update.loading:
        update = log.look()
        state.take(update)
    return state


def curves(state: RunState) -> dict[str, list[float]]:
    """All that the state has of the log, ready to be compared."""
    every = {"train_loss": state.train_loss, **state.step_metrics, **state.eval_metrics}
    return {
        f"{name} {what}": values.tolist()
        for name, curve in every.items()
        for what, values in {"": curve.raw.values, "at": curve.track.axis("step").values}.items()
    }


def test_each_look_brings_only_what_is_new(tmp_path: Path) -> None:
    log, state = tmp_path / "metrics.csv", RunState()
    log.write_text(HEADER + rows(0, 20))
    looks = LogWatch(log)
    follow(looks, state)
    assert len(state.train_loss) == 20 and len(state.val_loss) == 2
    with log.open("a") as file:
        file.write(rows(20, 30))
    update = looks.look()
    assert update.batch is not None and update.batch.steps is not None and not update.restarted
    assert update.batch.steps.step.tolist() == list(range(20, 30))
    state.take(update)
    assert curves(state) == curves(state_of(open_log(log)))
    assert not looks.look().is_news


@pytest.mark.parametrize("piece", [1, 3, 50])
def test_arriving_in_pieces_gives_the_same_run_as_the_whole(tmp_path: Path, piece: int) -> None:
    log, state, text = tmp_path / "log.csv", RunState(), HEADER + rows(0, 12)
    looks = LogWatch(log)
    log.touch()
    for end in range(0, len(text) + piece, piece):
        with log.open("a") as file:
            file.write(text[end : end + piece])
        follow(looks, state)
    assert curves(state) == curves(state_of(open_log(log)))
    assert state.trouble == "" and state.format == "csv"


def test_a_row_that_changes_what_came_before_begins_the_run_anew(tmp_path: Path) -> None:
    log, state = tmp_path / "log.txt", RunState()
    log.write_text("epoch 1 step 1 loss 3.0\nepoch 1 step 2 loss 2.0\n")
    looks = LogWatch(log)
    follow(looks, state)
    assert state.train_loss.track.axis("step").values.tolist() == [1, 2]
    with log.open("a") as file:
        file.write("epoch 2 step 1 loss 1.5\nepoch 2 step 2 loss 1.0\n")  # the step counts within the epoch
    follow(looks, state)
    assert state.train_loss.track.axis("step").values.tolist() == [1, 2, 3, 4]
    assert curves(state) == curves(state_of(open_log(log)))


def test_a_log_that_became_one_of_another_format_is_read_as_that(tmp_path: Path) -> None:
    log, state = tmp_path / "log", RunState()
    log.write_text(HEADER + rows(0, 20))
    looks = LogWatch(log)
    follow(looks, state)
    (tmp_path / "new").write_text("".join(f'{{"step": {n}, "loss": {1 / n}}}\n' for n in range(1, 90)))
    (tmp_path / "new").rename(log)
    follow(looks, state)
    assert state.trouble == "" and state.format == "jsonl"
    assert curves(state) == curves(state_of(open_log(log)))


def test_what_is_not_there_yet_is_told_until_it_is(tmp_path: Path) -> None:
    log, state = tmp_path / "log.csv", RunState()
    looks = LogWatch(log)
    follow(looks, state)
    assert "There is no file" in state.trouble
    log.touch()
    follow(looks, state)
    assert "is empty" in state.trouble
    log.write_text(HEADER + rows(0, 3))
    follow(looks, state)
    assert state.trouble == "" and len(state.train_loss) == 3


def test_what_began_otherwise_is_looked_at_again(tmp_path: Path) -> None:
    """The first lines of a program's output say nothing of its training."""
    log, state = tmp_path / "out", RunState()
    log.write_text("loading the data, please wait\n")
    looks = LogWatch(log)
    follow(looks, state)
    assert "No loss was found" in state.trouble
    log.write_text('{"step": 1, "loss": 2.0}\n{"step": 2, "loss": 1.0}\n')
    follow(looks, state)
    assert (state.trouble, state.format, len(state.train_loss)) == ("", "jsonl", 2)


def test_a_log_that_was_deleted_stays_on_the_screen(tmp_path: Path) -> None:
    log, state = tmp_path / "log.csv", RunState()
    log.write_text(HEADER + rows(0, 5))
    looks = LogWatch(log)
    follow(looks, state)
    log.unlink()
    follow(looks, state)
    assert len(state.train_loss) == 5 and "There is no file" in state.trouble
    assert state.status is RunStatus.QUIET
    log.write_text(HEADER + rows(0, 7))
    follow(looks, state)
    assert len(state.train_loss) == 7 and state.trouble == ""


def test_a_log_that_was_cut_begins_anew(tmp_path: Path) -> None:
    log, state = tmp_path / "log.csv", RunState()
    log.write_text(HEADER + rows(0, 9))
    looks = LogWatch(log)
    follow(looks, state)
    log.write_text(HEADER + rows(0, 2))
    follow(looks, state)
    assert len(state.train_loss) == 2


@pytest.mark.parametrize(
    ("age_s", "expected"), [(0, RunStatus.RUNNING), (4 * MINUTE, RunStatus.RUNNING), (6 * MINUTE, RunStatus.QUIET)]
)
def test_a_log_without_times_is_quiet_after_five_minutes(tmp_path: Path, age_s: float, expected: RunStatus) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEADER + rows(0, 9))
    _age(log, age_s)
    assert LogWatch(log).look().status is expected


@pytest.mark.parametrize(("age_s", "expected"), [(30 * MINUTE, RunStatus.RUNNING), (50 * MINUTE, RunStatus.QUIET)])
def test_a_log_of_an_epoch_each_ten_minutes_is_given_its_time(
    tmp_path: Path, age_s: float, expected: RunStatus
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("".join(f'{{"epoch": {n}, "loss": {1 / n}, "time": {1.7e9 + n * 600}}}\n' for n in range(1, 9)))
    _age(log, age_s)
    assert LogWatch(log).look().status is expected


def test_a_quiet_log_that_came_to_the_end_of_its_plan_is_finished(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("".join(f"Epoch {n}/5 loss: {1 / n}\n" for n in range(1, 6)))
    _age(log, 6 * MINUTE)
    assert LogWatch(log).look().status is RunStatus.FINISHED


def test_a_traceback_at_the_end_is_a_failure_at_once(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("step 1 loss 2.0\nstep 2 loss 1.0\nTraceback (most recent call last):\nValueError: no\n")
    assert LogWatch(log).look().status is RunStatus.FAILED


def test_a_long_log_is_shown_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing_log, "PIECE_BYTES", 1000)
    log, state = tmp_path / "log.csv", RunState()
    log.write_text(HEADER + rows(0, 2000))
    looks, lengths, shares = LogWatch(log), [], []
    loading = True
    while loading:
        update = looks.look()
        loading = update.loading
        state.take(update)
        lengths.append(len(state.train_loss))
        shares.append(update.share)
    assert len(set(lengths)) > 4 and lengths == sorted(lengths) and lengths[-1] == 2000
    assert shares[:-1] == sorted(shares[:-1]) and np.isnan(shares[-1])


def test_looks_that_bring_nothing_new_build_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What costs the more the longer a log is waits its turn; the last rows come all the same."""
    monkeypatch.setattr(growing_log, "CPU_SHARE", 1e-12)
    log = tmp_path / "log.csv"
    log.write_text(HEADER + rows(0, 9))
    looks = LogWatch(log)
    assert looks.look().batch is not None
    with log.open("a") as file:
        file.write(rows(9, 12))
    assert looks.look().batch is None
    looks._growing._next_s = 0.0
    batch = looks.look().batch
    assert batch is not None and batch.steps is not None and len(batch.steps) == 3


def _age(log: Path, age_s: float) -> None:
    os.utime(log, (time.time() - age_s, time.time() - age_s))


@pytest.fixture
def long_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log that is worth keeping, and a cache of its own."""
    monkeypatch.setenv("DLTUI_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr("dltui.cache.WORTH_KEEPING_BYTES", 1000)
    log = tmp_path / "log.csv"
    log.write_text(HEADER + rows(0, 500))
    _age(log, MINUTE)
    return log


def unreadable(*_: object) -> None:
    raise AssertionError("the log itself was read")


def test_a_long_log_is_kept_and_opens_without_being_read(long_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = open_log(long_log)
    monkeypatch.setattr("dltui.formats.known.find_format", unreadable)
    again = open_log(long_log)
    assert curves(state_of(again)) == curves(state_of(whole))
    assert (again.columns, again.hparams, again.format) == (whole.columns, whole.hparams, "csv")
    assert not list(long_log.parent.glob("*.columns"))


def test_a_kept_log_that_has_grown_is_shown_until_it_is_read_anew(
    long_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow(LogWatch(long_log), RunState())
    looks, state = LogWatch(long_log), RunState()
    with monkeypatch.context() as patch:
        patch.setattr("dltui.formats.following.growing_log.find_format", unreadable)
        follow(looks, state)
        follow(looks, state)
    assert len(state.train_loss) == 500
    with long_log.open("a") as file:
        file.write(rows(500, 510))
    monkeypatch.setattr(growing_log, "PIECE_BYTES", 1000)
    lengths = []
    update = looks.look()
    while update.loading:
        state.take(update)
        lengths.append(len(state.train_loss))
        update = looks.look()
    state.take(update)
    assert set(lengths) == {500} and len(state.train_loss) == 510 and not update.restarted


def test_other_options_are_another_log(long_log: Path) -> None:
    open_log(long_log)
    mapped = open_log(long_log, LogOptions(roles=(("train_loss", "val_loss"),)))
    assert len(state_of(mapped).train_loss) == 50


def test_a_kept_log_that_is_gone_is_told(long_log: Path) -> None:
    open_log(long_log)
    looks, state = LogWatch(long_log), RunState()
    follow(looks, state)
    long_log.unlink()
    for _ in range(3):
        follow(looks, state)
        assert "There is no file" in state.trouble and len(state.train_loss) == 500
