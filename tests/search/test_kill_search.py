"""A real search whose supervisor and workers are killed, and that goes on: no trial is lost or counted twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from search.searches import (
    OFTEN,
    asked_for,
    check_nothing_lost,
    ended,
    kill_supervisor,
    kill_worker,
    under_way,
    until,
    until_left,
)

from dltui.runs.control import ask
from dltui.search.engines.choose import make_engine
from dltui.search.study.folder import read_study
from dltui.search.study.study import Study
from dltui.search.supervisor.launch import begin, go_on, launch_study


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for folder in tmp_path.glob("*-search-*"):
        kill_supervisor(folder)
        engine = make_engine("local", folder, read_study(folder).options.resources)
        for trial in read_study(folder).trials:
            for job in trial.jobs.values():
                engine.cancel(job.handle)
        engine.close()


def _settings(study: Study) -> list[dict[str, object]]:
    return [dict(each.settings) for each in study.trials]


def _kill_twice(folder: Path, first: int) -> None:
    """Kill the supervisor after ``first`` trials, and then a worker of the one that goes on."""
    go_on(folder)
    until(folder, lambda study: ended(study) >= first and bool(under_way(folder, study)))
    kill_supervisor(folder)
    assert ended(read_study(folder)) < len(read_study(folder).trials)
    go_on(folder)
    study = until(folder, lambda study: ended(study) >= first + 2 and bool(under_way(folder, study)))
    kill_worker(folder, under_way(folder, study)[-1].newest_run)


@pytest.mark.slow
def test_ten_trials_outlive_the_kill_of_the_supervisor_and_of_a_worker(root: Path) -> None:
    folder = begin(root, "digits", asked_for())
    _kill_twice(folder, 2)
    until_left(folder)
    study = check_nothing_lost(folder, 10)
    assert any(each.run.endswith(".2") for each in study.trials)  # the killed one went on in another attempt


@pytest.mark.slow
@pytest.mark.long
def test_forty_trials_that_are_killed_come_to_what_they_would_have_come_to(root: Path) -> None:
    options = asked_for(trials=40)
    undisturbed = launch_study(root, "digits", options)
    until_left(undisturbed)
    folder = begin(root, "digits", options)
    for first in (5, 15, 25):
        _kill_twice(folder, first)
        kill_supervisor(folder)
    go_on(folder)
    until_left(folder)
    expected, study = check_nothing_lost(undisturbed, 40), check_nothing_lost(folder, 40)
    assert _settings(study) == _settings(expected)
    assert [each.value for each in study.trials] == [each.value for each in expected.trials]
    assert study.best is not None and expected.best is not None and study.best.number == expected.best.number


@pytest.mark.slow
@pytest.mark.long
def test_a_search_that_is_stopped_goes_on_where_its_trials_were(root: Path) -> None:
    folder = begin(root, "digits", asked_for(trials=2, settings={"epochs": "40", **OFTEN}))
    go_on(folder)
    until(folder, lambda study: len(under_way(folder, study)) == 2)
    ask(folder, "stop")
    study = until_left(folder)
    assert study.supervised is not None and study.supervised.status == "stopped" and ended(study) == 0
    assert [each.command for each in study.answers] == ["stop"]
    go_on(folder)
    until_left(folder)
    study = check_nothing_lost(folder, 2)
    assert {each.run for each in study.trials} == {"t0000.2", "t0001.2"}
