"""What a search costs beside its trainings: the supervisor's own CPU for each trial, and how long a trial takes to
begin."""

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.result import Result
from dltui.search.space.dimension import Dimension
from dltui.search.study.options import MethodName, SearchOptions
from dltui.search.study.study import Study
from dltui.search.supervisor.launch import begin, take_up
from dltui.search.supervisor.supervisor import make_supervisor
from dltui_trainers.runlog import METRICS, StepRecord, record_decoder

TRIALS, WORKERS = 40, 2
FIRST = 3
"""Trials that pay for what is imported once."""
MOST_CPU_MS, MOST_START_MS = 30.0, 150.0
TASK, SETTINGS = "digits", {"epochs": "3"}
SPACE = (
    Dimension(name="lr", low=1e-4, high=0.1, log=True),
    Dimension(name="optimizer", choices=("adam", "adamw", "momentum")),
    Dimension(name="weight_decay", low=1e-5, high=0.1, log=True, also=(0.0,)),
    Dimension(name="width", choices=(16, 32, 64)),
)


def measure() -> list[Result]:
    """Return the CPU of a trial for two methods, and the time from the choice of a trial to its first step."""
    with tempfile.TemporaryDirectory() as name:
        found = {method: _search(Path(name), method) for method in _METHODS}
    starts = [each for _, ms in found.values() for each in ms]
    cpu = [
        Result(f"search of {TRIALS} trials, {method}: CPU of the supervisor a trial", ms, "ms", MOST_CPU_MS)
        for method, (ms, _) in found.items()
    ]
    start = statistics.median(starts)
    return [*cpu, Result("a trial of a search: chosen to first step, median", start, "ms", MOST_START_MS)]


_METHODS: tuple[MethodName, ...] = ("bayes", "random")


def _search(root: Path, method: MethodName) -> tuple[float, list[float]]:
    """Run one search in this process, which is then its supervisor; its trainings are others."""
    options = SearchOptions(method=method, trials=TRIALS, workers=WORKERS, settings=SETTINGS, dimensions=SPACE)
    folder, began = begin(root, TASK, options), [0.0, 0.0]

    def listen(study: Study) -> None:
        ended = sum(each.state.has_ended for each in study.trials)
        if ended >= FIRST and not began[1]:
            began[:] = time.process_time(), ended

    study = make_supervisor(folder, take_up(folder), listen).run()
    cpu_s = time.process_time() - began[0]
    starts = [1000 * (_first_step(folder / each.run) - each.asked) for each in study.trials[FIRST:]]
    return 1000 * cpu_s / (TRIALS - began[1]), starts


def _first_step(folder: Path) -> float:
    """When the first step was written to the log, by the clock that we read too."""
    records = map(record_decoder.decode, (folder / METRICS).read_bytes().splitlines())
    return next(record.time for record in records if isinstance(record, StepRecord))
