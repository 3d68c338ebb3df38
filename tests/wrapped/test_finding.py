"""Which logs are the command's own."""

import os
import time
from pathlib import Path

import pytest

from dltui.wrapped import finding
from dltui.wrapped.finding import Finder
from dltui.wrapped.others import Others, look_at_others

LOG = "epoch,train_loss,val_loss\n1,2,3\n2,1,2\n"


def finder(folder: Path, *watch: str) -> Finder:
    """Return one that has looked once, for a command that has no process any more."""
    made = Finder(folder, watch, folder / "runs", {}, time.time() - 1, list)
    made.look()
    return made


def found(seen: Finder) -> list[str]:
    seen.look()
    return [each.path.name for each in seen.take()]


@pytest.fixture
def others(monkeypatch: pytest.MonkeyPatch) -> list[Others]:
    """What is to be seen of other processes; a test replaces it."""
    seen = [Others()]
    monkeypatch.setattr(finding, "look_at_others", lambda ours, folders: seen[0])
    return seen


def test_what_comes_is_found_once(tmp_path: Path, others: list[Others]) -> None:
    seen = finder(tmp_path)
    (tmp_path / "log.csv").write_text(LOG)
    assert found(seen) == ["log.csv"]
    (tmp_path / "log.csv").write_text(LOG + "3,1,1\n")
    assert found(seen) == []


def test_old_logs_and_runs_of_ours_are_not(tmp_path: Path, others: list[Others]) -> None:
    (tmp_path / "old.csv").write_text(LOG)
    os.utime(tmp_path / "old.csv", (1e9, 1e9))
    (tmp_path / "runs" / "mine").mkdir(parents=True)
    (tmp_path / "runs" / "mine" / "metrics.jsonl").write_text('{"kind":"step","step":1,"time":1.0,"train_loss":1}\n')
    assert found(finder(tmp_path)) == []


def test_what_another_process_has_open_is_not(tmp_path: Path, others: list[Others]) -> None:
    others[0] = Others(files=frozenset({tmp_path / "log.csv"}))
    (tmp_path / "log.csv").write_text(LOG)
    assert found(finder(tmp_path)) == []


def test_beside_another_training_only_what_was_named_or_tells_its_writer(tmp_path: Path, others: list[Others]) -> None:
    others[0] = Others(trains_beside=True)
    seen = finder(tmp_path, str(tmp_path / "named.*"))
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "named.csv").write_text(LOG)
    assert found(seen) == ["named.csv"]
    others[0] = Others()
    assert found(seen) == ["log.csv"]  # the other one has ended


def test_this_machine_can_be_looked_at() -> None:
    with open(__file__):
        assert isinstance(look_at_others((), [Path("/nowhere")]).trains_beside, bool)
