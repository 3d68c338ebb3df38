"""Real searches for tests: begun, watched, killed, and what a study must hold whatever happened to it."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
from runlogs import wait_until

from dltui import supervising
from dltui.runs.reader import read_manifest
from dltui.search.space.dimension import Dimension
from dltui.search.study.folder import SUPERVISOR_LOG, is_at_work, read_study
from dltui.search.study.options import SearchOptions
from dltui.search.study.records import STUDY, Asked, Told, study_decoder
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui_trainers.job_spec import attempts_in
from dltui_trainers.runlog import CHECKPOINTS, METRICS

PATIENCE_S = 240.0
OFTEN = {"checkpoint_every": "23"}
"""A training that is killed goes on from some step in the middle."""
RATES = (Dimension(name="lr", low=1e-3, high=0.1, log=True), Dimension(name="width", choices=(16, 32, 64)))


def asked_for(**changes: object) -> SearchOptions:
    """Return the options of a random search of digits in short trials, two at a time."""
    wanted = {
        "method": "random",
        "trials": 10,
        "workers": 2,
        "dimensions": RATES,
        "settings": {"epochs": "20", **OFTEN},
    }
    return SearchOptions(**{**wanted, **changes})  # type: ignore[arg-type]


def until(folder: Path, is_so: Callable[[Study], bool]) -> Study:
    """Return the study once it is so, or once nobody works on it; fail if it is not so then."""
    wait_until(lambda: is_so(read_study(folder)) or not is_at_work(folder), PATIENCE_S)
    study = read_study(folder)
    log = folder / SUPERVISOR_LOG
    assert is_so(study), (study.supervised, log.read_text() if log.exists() else "", study.trials[-3:])
    return study


def until_left(folder: Path) -> Study:
    """Return the study once nobody works on it."""
    wait_until(lambda: not is_at_work(folder), PATIENCE_S)
    return read_study(folder)


def ended(study: Study) -> int:
    """How many of its trials are told."""
    return sum(each.state.has_ended for each in study.trials)


def under_way(folder: Path, study: Study) -> list[TrialEntry]:
    """The trials at work that have written a checkpoint, and are not about to end."""
    running = [each for each in study.trials if each.state is TrialState.RUNNING and each.newest_run]
    return [each for each in running if _is_in_the_middle(folder / each.newest_run)]


def _is_in_the_middle(run: Path) -> bool:
    manifest, log = read_manifest(run), (run / METRICS).read_bytes()
    if manifest is None or not any((run / CHECKPOINTS).glob("step-*.pt")):
        return False
    return log.count(b'"kind":"eval"') < manifest.epochs / 2 and b'"kind":"end"' not in log


def kill_supervisor(folder: Path) -> None:
    """Kill the supervisor of the study, as the kernel does when the memory is full."""
    for each in psutil.process_iter():
        try:
            if str(folder) in each.cmdline() and "dltui.search" in each.cmdline():
                each.send_signal(signal.SIGKILL)
                psutil.wait_procs([each])
        except psutil.Error:
            continue
    for supervisor in supervising._begun:
        supervisor.poll()  # it is ours: nobody else hears that it has ended
    wait_until(lambda: not is_at_work(folder), PATIENCE_S)


def kill_worker(folder: Path, run: str) -> None:
    """Kill the training of a run."""
    manifest = read_manifest(folder / run)
    assert manifest is not None
    os.kill(manifest.pid, signal.SIGKILL)


def check_nothing_lost(folder: Path, trials: int) -> Study:
    """Check that each trial was asked for once and told once, and that its run stands for it; return the study."""
    records = [study_decoder.decode(line) for line in (folder / STUDY).read_bytes().splitlines()]
    assert Counter(each.number for each in records if isinstance(each, Asked)) == Counter(range(trials))
    assert Counter(each.number for each in records if isinstance(each, Told)) == Counter(range(trials))
    study = read_study(folder)
    assert study.supervised is not None and study.supervised.status == "finished"
    for trial in study.trials:
        assert trial.state is TrialState.COMPLETE, trial
        assert trial.run == attempts_in(folder, f"t{trial.number:04d}")[-1].name
        points = [x for job in trial.jobs.values() for x, _ in job.points]
        assert points == sorted(set(points)), points  # no validation is reported twice
    return study
