"""The list of runs: each in a few numbers, kept up to date at the cost of what is new."""

import math
import shutil
from pathlib import Path

from runlogs import Lock, append, end, evaluation, step, whole_run, write_run

from dltui.runs.catalog import Catalog
from dltui.runs.status import RunStatus


def test_runs_are_listed_newest_first(tmp_path: Path) -> None:
    write_run(tmp_path / "old", whole_run(), created="2026-01-01T00:00:00+00:00")
    write_run(tmp_path / "new", whole_run(), created="2026-01-03T00:00:00+00:00")
    (tmp_path / "no-run").mkdir()
    (tmp_path / "file").touch()
    new, old = Catalog(tmp_path).refresh()
    assert (new.name, old.name) == ("new", "old")
    assert new.status is RunStatus.FINISHED and new.best_val_loss == 0.25 and new.step == 100
    assert new.task == "digits" and new.epoch == 10 and new.val_accuracy == 0.9


def test_a_running_run_is_kept_up_to_date(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1), evaluation(1, 2.0)])
    catalog = Catalog(tmp_path)
    with Lock(folder):
        (run,) = catalog.refresh()
        assert run.status is RunStatus.RUNNING and run.best_val_loss == 2.0
        append(folder, step(2), evaluation(2, 1.0), evaluation(3, 3.0), evaluation(4, float("nan")))
        (run,) = catalog.refresh()
        assert run.best_val_loss == 1.0 and run.step == 2 and math.isnan(run.val_accuracy)
    (run,) = catalog.refresh()
    assert run.status is RunStatus.KILLED
    append(folder, end("stopped", best_val_loss=0.5))
    (run,) = catalog.refresh()
    assert run.status is RunStatus.STOPPED and run.best_val_loss == 0.5


def test_a_run_without_manifest_is_listed_and_a_removed_one_is_not(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    (folder / "run.json").unlink()
    catalog = Catalog(tmp_path)
    (run,) = catalog.refresh()
    assert run.manifest is None and run.task == "run"
    shutil.rmtree(folder)
    assert catalog.refresh() == ()
    assert Catalog(tmp_path / "nowhere").refresh() == ()
