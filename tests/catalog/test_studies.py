"""A search, or a tuning, is one row in the list, however many trials it has."""

import os
from pathlib import Path

import msgspec
from runlogs import whole_run, write_run
from search.studies import search_records, tune_records, write_study

from dltui.catalog.catalog import Catalog
from dltui.catalog.discover import Discovery
from dltui.catalog.filter import parse_filter
from dltui.catalog.places import Places
from dltui.catalog.summary import OWN, SEARCH, TUNE
from dltui.runs.status import RunStatus
from dltui.search.study.options import Objective
from dltui.search.study.records import STUDY, Supervised, Told, to_line


def make_search(folder: Path, trials: int = 2) -> Path:
    """Write a finished search with some of its trials' runs into ``folder``."""
    write_study(folder, search_records(ended=40, status="finished"))
    for at in range(trials):
        write_run(folder / f"t{at:04d}", whole_run())
    return folder


def test_one_row_stands_for_all_its_trials(tmp_path: Path) -> None:
    study = make_search(tmp_path / "runs" / "a-search")
    write_study(tmp_path / "runs" / "a-tune", tune_records("stopped"))
    write_run(tmp_path / "runs" / "mine", whole_run())
    catalog = Catalog(Places(runs=tmp_path / "runs", beneath=(tmp_path,)))
    catalog.explore()
    runs = {run.name: run for run in catalog.refresh()}
    assert set(runs) == {"a-search", "a-tune", "mine"}
    row = runs["a-search"]
    assert (row.format, row.task, row.status) == (SEARCH, "digits", RunStatus.FINISHED)
    assert row.study is not None and (row.study.ended, row.study.of_trials) == (40, 40)
    assert round(row.best_val_loss, 4) == 0.092 and row.curve == study / "t0024" and row.is_read
    assert runs["a-tune"].format == TUNE and runs["a-tune"].status is RunStatus.STOPPED
    assert runs["mine"].format == OWN
    for words in ("a-sea", "format:search", "task:digits state:finished a*"):
        assert [run.name for run in runs.values() if parse_filter(words).matches(run)] == ["a-search"]


def test_it_is_kept_up_to_date_and_told_dead(tmp_path: Path) -> None:
    host = os.uname().nodename
    records = [
        msgspec.structs.replace(each, host=host) if isinstance(each, Supervised) else each for each in search_records()
    ]
    folder = write_study(tmp_path / "a-search", records)
    catalog = Catalog(tmp_path)
    (row,) = catalog.refresh()
    assert row.study is not None and row.study.ended == 31 and row.status is RunStatus.KILLED
    with (folder / STUDY).open("ab") as file:
        file.write(to_line(Told(number=31, time=2.0, state="complete", value=0.01, run="../../etc")))
    (row,) = catalog.refresh()
    assert row.study is not None and row.study.ended == 32 and row.best_val_loss == 0.01
    assert row.curve is None  # a name that leads elsewhere
    (folder / STUDY).unlink()
    assert catalog.refresh() == ()


def test_an_accuracy_stands_among_the_scores(tmp_path: Path) -> None:
    objective = Objective(metric="val_accuracy", rises=True)
    write_study(tmp_path / "a-search", search_records(objective=objective))
    (row,) = Catalog(tmp_path).refresh()
    assert 0.5 < row.val_accuracy < 1 and row.best_val_loss != row.best_val_loss


def test_a_file_of_that_name_makes_no_search_and_within_one_the_walk_finds_it(tmp_path: Path) -> None:
    write_run(tmp_path / "other" / "run", whole_run())
    (tmp_path / "other" / STUDY).write_text('{"chapters": 7}\n')
    assert [(log.path.name, log.format) for log in Discovery(tmp_path).walk()] == [("run", OWN)]
    folder = make_search(tmp_path / "a-search")
    assert [(log.path, log.format) for log in Discovery(folder).walk()] == [(folder, SEARCH)]
