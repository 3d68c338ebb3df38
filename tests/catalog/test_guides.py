"""A guide is one row in the list, however many trials it has."""

import os
from pathlib import Path

import msgspec
from guide.sample import guide_at, sample_guide
from runlogs import whole_run, write_run

from dltui.catalog.catalog import Catalog
from dltui.catalog.discover import Discovery
from dltui.catalog.filter import parse_filter
from dltui.catalog.places import Places
from dltui.catalog.summary import GUIDE, OWN
from dltui.guide.folder import STATE, write_guide
from dltui.runs.status import RunStatus


def make_guide(folder: Path, trials: int = 3) -> Path:
    """Write a guide with trials into ``folder``."""
    folder.mkdir(parents=True)
    write_guide(folder, msgspec.structs.replace(sample_guide(), name=folder.name, final="s6-final"))
    for at in range(trials):
        write_run(folder / f"s3-lr-{at}", whole_run())
    return folder


def test_one_row_stands_for_all_its_trials(tmp_path: Path) -> None:
    guide = make_guide(tmp_path / "runs" / "a-guide")
    write_run(tmp_path / "runs" / "mine", whole_run())
    catalog = Catalog(Places(runs=tmp_path / "runs", beneath=(tmp_path,)))
    catalog.explore()
    runs = {run.name: run for run in catalog.refresh()}
    assert set(runs) == {"a-guide", "mine"}
    row = runs["a-guide"]
    assert (row.format, row.task, row.status) == (GUIDE, "digits", RunStatus.FINISHED)
    assert row.best_val_loss == 0.0786 and row.curve == guide / "s6-final" and row.is_read
    assert runs["mine"].format == OWN and runs["mine"].curve == runs["mine"].folder
    assert not catalog.read_next() or catalog.refresh()


def test_it_is_kept_up_to_date_and_told_dead(tmp_path: Path) -> None:
    folder = make_guide(tmp_path / "a-guide")
    catalog = Catalog(tmp_path)
    write_guide(folder, guide_at(3))
    (row,) = catalog.refresh()
    assert row.guide is not None and row.guide.step == 3
    write_guide(folder, msgspec.structs.replace(guide_at(4), host=os.uname().nodename, pid=1))
    (row,) = catalog.refresh()
    assert row.guide is not None and row.guide.step == 4 and row.status is RunStatus.KILLED


def test_one_that_is_torn_stays_and_one_that_is_deleted_goes(tmp_path: Path) -> None:
    folder = make_guide(tmp_path / "a-guide", trials=0)
    catalog = Catalog(tmp_path)
    catalog.refresh()
    (folder / STATE).write_text('{"format": 1')
    (row,) = catalog.refresh()
    assert row.problem and row.best_val_loss == 0.0786
    (folder / STATE).unlink()
    assert catalog.refresh() == ()


def test_the_filter_knows_it_by_name_task_and_kind(tmp_path: Path) -> None:
    make_guide(tmp_path / "a-guide")
    write_run(tmp_path / "mine", whole_run())
    runs = Catalog(tmp_path).refresh()
    for words in ("a-gui", "format:guide", "task:digits a-", "state:finished a*"):
        assert [run.name for run in runs if parse_filter(words).matches(run)] == ["a-guide"]


def test_a_file_of_that_name_makes_no_guide(tmp_path: Path) -> None:
    write_run(tmp_path / "other" / "run", whole_run())
    (tmp_path / "other" / STATE).write_text('{"chapters": 7}')
    assert [(log.path.name, log.format) for log in Discovery(tmp_path).walk()] == [("run", OWN)]


def test_within_a_guide_the_walk_finds_the_guide(tmp_path: Path) -> None:
    folder = make_guide(tmp_path / "a-guide")
    assert [(log.path, log.format) for log in Discovery(folder).walk()] == [(folder, GUIDE)]
