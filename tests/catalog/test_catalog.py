"""The list of runs: each in a few numbers, kept up to date at the cost of what is new."""

import math
import os
import shutil
from pathlib import Path

import pytest
from runlogs import Lock, append, end, evaluation, event, step, wait_until, whole_run, write_run
from trees import EPOCHS, STATE, YOLO, write_tree

from dltui.catalog import own_run
from dltui.catalog.catalog import Catalog
from dltui.catalog.discover import FoundLog
from dltui.catalog.facts import read_facts
from dltui.catalog.labels import label_of
from dltui.catalog.listing import Listing
from dltui.catalog.order import Order, ordered
from dltui.catalog.places import Places
from dltui.catalog.summary import Facts, RunSummary
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


def test_a_run_is_known_by_what_its_task_is_measured_with(tmp_path: Path) -> None:
    write_run(tmp_path / "text", [step(1), evaluation(1, 1.5, val_perplexity=4.48, val_accuracy=0.4), end()])
    write_run(tmp_path / "table", [step(1), evaluation(1, 1.5, val_r2=-0.5), end()])
    write_run(tmp_path / "better", [step(1), evaluation(1, 0.5, val_r2=0.5), end()])
    write_run(tmp_path / "classes", [step(1), evaluation(1, 1.5, val_accuracy=0.9), end()])
    write_run(tmp_path / "none", [step(1), end()])
    runs = Catalog(tmp_path).refresh()
    told = {run.name: [score.brief(value) for score, value in run.scores] for run in runs}
    assert told == {
        "text": ["ppl 4.5", "40.0 %"],
        "table": ["R2 -.5"],
        "better": ["R2 .5"],
        "classes": ["90.0 %"],
        "none": [],
    }
    names = [run.name for run in ordered(runs, Order("score"))]
    assert names == ["text", "classes", "table", "better", "none"]
    assert [run.name for run in ordered(runs, Order("score", reverse=True))] == [*reversed(names[:4]), "none"]


def test_an_end_that_is_written_while_the_run_is_looked_at_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It came between the look at the log's time and the reading; the next look finds nothing new, and no process."""
    folder = write_run(tmp_path / "run", [step(1)])
    catalog = Catalog(tmp_path)
    with Lock(folder):
        catalog.refresh()
        stamp_of = own_run._stamp

        def then_it_ends(log: Path) -> tuple[int, int]:
            stamp = stamp_of(log)
            append(folder, end())
            return stamp

        monkeypatch.setattr(own_run, "_stamp", then_it_ends)
        assert catalog.refresh()[0].status is RunStatus.FINISHED
    monkeypatch.setattr(own_run, "_stamp", stamp_of)
    assert catalog.refresh()[0].status is RunStatus.FINISHED


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


def test_what_was_undone_is_no_best(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(10), evaluation(10, 2.0), step(20), evaluation(20, 0.1)])
    catalog = Catalog(tmp_path)
    with Lock(folder):
        (run,) = catalog.refresh()
        assert run.best_val_loss == 0.1
        append(folder, event("undo", 15, 3.0, from_=20, to=15))
        (run,) = catalog.refresh()
        assert (run.best_val_loss, run.step, run.epoch) == (2.0, 15, 1.5)
        append(folder, step(16), evaluation(16, 1.0), event("undo", 5, 4.0, from_=16, to=5), evaluation(6, 3.0))
        (run,) = catalog.refresh()
        assert run.best_val_loss == 3.0 and run.step == 5


def test_a_run_without_manifest_is_listed_and_a_removed_one_is_not(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [step(1)])
    (folder / "run.json").unlink()
    catalog = Catalog(tmp_path)
    (run,) = catalog.refresh()
    assert run.manifest is None and run.task == "run"
    shutil.rmtree(folder)
    assert catalog.refresh() == ()
    assert Catalog(tmp_path / "nowhere").refresh() == ()


def catalog_of(root: Path, **places: object) -> Catalog:
    """A catalogue that reads logs; what is beneath ``root`` unless other places are given."""
    given = Places(**places) if places else Places(runs=root / "runs", beneath=(root,))  # type: ignore[arg-type]
    return Catalog(given, read_facts)


def read_all(catalog: Catalog) -> dict[str, RunSummary]:
    """Look, find and read all there is; the runs by name."""
    catalog.refresh()
    catalog._explore_at = catalog._name_at = 0.0
    catalog._readings.clear()
    catalog.explore()
    catalog.refresh()
    while catalog.read_next():
        pass
    return {run.name: run for run in catalog.refresh()}


def test_our_runs_and_the_logs_of_others_are_one_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "runs" / "ours", whole_run())
    write_tree(
        tmp_path,
        {"exp/yolo/results.csv": YOLO, "exp/log.csv": EPOCHS, "exp/out/checkpoint-9/trainer_state.json": STATE},
    )
    runs = read_all(catalog_of(tmp_path))
    assert set(runs) == {"ours", "exp/yolo", "exp/log.csv", "exp/out"}
    assert runs["ours"].format == "dltui" and runs["ours"].folder == tmp_path / "runs" / "ours"
    log = runs["exp/log.csv"]
    assert (log.format, log.step, log.epoch, log.best_val_loss) == ("csv", 4, 4.0, pytest.approx(0.3))
    assert log.status is RunStatus.RUNNING and log.is_read and log.verdict
    assert runs["ours"].verdict == "good_fit"


def test_what_is_not_read_yet_is_said_to_be_so(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.csv": EPOCHS})
    catalog = catalog_of(tmp_path)
    assert catalog.refresh() == ()
    catalog.explore()
    (run,) = catalog.refresh()
    assert not run.is_read and not run.is_current and math.isnan(run.train_loss)
    assert catalog.read_next() and not catalog.read_next()
    (run,) = catalog.refresh()
    assert run.is_read and run.is_current and run.judged == 1


def test_a_log_that_grows_is_read_again_and_falls_silent(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.csv": EPOCHS})
    catalog = catalog_of(tmp_path)
    assert read_all(catalog)[str(tmp_path / "a.csv")].step == 4
    with (tmp_path / "a.csv").open("a") as file:
        file.write("5,0.1,0.05\n")
    (run,) = catalog.refresh()
    assert not run.is_current
    (run,) = read_all(catalog).values()
    assert run.step == 5 and run.best_val_loss == 0.05 and run.status is RunStatus.RUNNING
    os.utime(tmp_path / "a.csv", (0, 1e9))
    (run,) = catalog.refresh()
    assert run.status is RunStatus.QUIET


def test_a_log_that_was_cut_or_replaced_is_read_from_its_beginning(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.csv": EPOCHS})
    catalog = catalog_of(tmp_path)
    read_all(catalog)
    (tmp_path / "a.csv").write_text("epoch,loss,val_loss\n0,9.0,8.0\n")
    (run,) = read_all(catalog).values()
    assert (run.step, run.best_val_loss) == (0, 8.0)
    (tmp_path / "a.csv").rename(tmp_path / "a.1.csv")
    write_tree(tmp_path, {"a.csv": EPOCHS})
    assert {Path(name).name for name in read_all(catalog)} == {"a.csv", "a.1.csv"}


def test_a_log_that_cannot_be_read_stays_with_the_reason(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.csv": "hello\nworld\n"})
    (run,) = read_all(catalog_of(tmp_path, logs=(tmp_path / "a.csv",))).values()
    assert "a.csv" in run.problem and run.is_read
    write_tree(tmp_path, {"a.csv": EPOCHS})
    (run,) = read_all(catalog_of(tmp_path, logs=(tmp_path / "a.csv",))).values()
    assert run.problem == "" and run.step == 4


def test_a_long_log_waits_until_somebody_looks_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.catalog.catalog.MOST_READ_BYTES", 10)
    write_tree(tmp_path, {"a.csv": EPOCHS})
    os.utime(tmp_path / "a.csv", (0, 1e9))
    catalog = catalog_of(tmp_path)
    (run,) = read_all(catalog).values()
    assert not run.is_read and run.is_current
    catalog.know(run.folder, Facts(step=7, verdict="good_fit"))
    (run,) = catalog.refresh()
    assert run.is_read and run.step == 7 and run.verdict == "good_fit"


def test_a_glob_takes_in_what_matches_later(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, globs=(str(tmp_path / "*" / "log.csv"),))
    assert read_all(catalog) == {}
    write_tree(tmp_path, {"a/log.csv": EPOCHS, "b/other.csv": EPOCHS, "c/log.csv": "no,log\n1,2\n"})
    assert [run.folder for run in read_all(catalog).values()] == [tmp_path / "a" / "log.csv"]
    shutil.rmtree(tmp_path / "a")
    assert read_all(catalog) == {}


def test_a_listing_reads_in_a_thread_of_its_own_while_it_is_asked(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.csv": EPOCHS})
    listing = Listing(catalog_of(tmp_path))
    try:
        wait_until(lambda: [run.is_read for run in listing.refresh()] == [True])
    finally:
        listing.close()


def test_a_log_that_is_deleted_is_gone_at_once_unless_it_was_named(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.csv": EPOCHS, "b.csv": EPOCHS})
    walked, named = catalog_of(tmp_path), catalog_of(tmp_path, logs=(tmp_path / "a.csv",))
    assert len(read_all(walked)) == 2 and len(read_all(named)) == 1
    (tmp_path / "a.csv").unlink()
    assert [run.folder.name for run in walked.refresh()] == ["b.csv"]
    (run,) = named.refresh()
    assert run.problem == "it is not there" and run.step == 4
    write_tree(tmp_path, {"a.csv": EPOCHS})
    (run,) = read_all(named).values()
    assert run.problem == ""


@pytest.mark.parametrize(
    ("path", "format", "label"),
    [
        ("exp/log.csv", "csv", "exp/log.csv"),
        ("exp/yolo/results.csv", "csv", "exp/yolo"),
        ("results.csv", "csv", "results.csv"),
        ("hf/checkpoint-90/trainer_state.json", "json", "hf"),
        ("mlruns/1/abc", "mlflow", "mlruns/sunny-day"),
        ("mlruns/1/def", "mlflow", "mlruns/1/def"),
        ("/elsewhere/log.csv", "csv", "/elsewhere/log.csv"),
    ],
)
def test_a_log_is_called_by_what_tells_it_from_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, format: str, label: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write_tree(tmp_path, {"mlruns/1/abc/tags/mlflow.runName": "sunny-day"})
    assert label_of(FoundLog(Path(path), format)) == label


def test_what_matches_a_glob_is_a_log_where_a_person_says_how_to_read_it(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a.out": "it 1 L 0.5\nit 2 L 0.4\n"})
    glob = (str(tmp_path / "*.out"),)
    assert read_all(catalog_of(tmp_path, globs=glob)) == {}
    assert len(read_all(catalog_of(tmp_path, globs=glob, told=True))) == 1
