"""What the jobs of a trial are called, and what each is to train."""

from collections.abc import Mapping, Sequence

from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialEntry
from dltui_trainers.configure import as_text
from dltui_trainers.job_spec import JobSpec
from dltui_trainers.runlog import Value


def seeds_of(study: Study) -> Sequence[int]:
    """Return the seeds with which each trial of the study is trained."""
    options = study.options
    count = options.seeds if isinstance(options, SearchOptions) else 1
    return range(options.seed, options.seed + count)


def jobs_of(number: int, seeds: Sequence[int]) -> list[tuple[str, int]]:
    """Return the jobs of trial ``number`` with their seeds: ``t0007``, of several ``t0007-s1`` and so on."""
    if len(seeds) == 1:
        return [(f"t{number:04d}", seeds[0])]
    return [(f"t{number:04d}-s{place}", seed) for place, seed in enumerate(seeds, 1)]


def spec_of(study: Study, trial: TrialEntry, seed: int) -> JobSpec:
    """Return what a trial trains with that seed; one that comes from another trial has the seed of that."""
    assert study.begun is not None
    options = study.options
    parent = study.trials[trial.parent] if trial.parent is not None else None
    changed = {name: after for name, (_, after) in trial.change.items()}
    settings = _written(changed) if parent is not None else {**options.settings, **_written(trial.settings)}
    return JobSpec(
        task=study.begun.task,
        settings=settings if parent is not None else {**settings, "seed": str(seed)},
        command=study.begun.command,
        origin=parent.newest_run if parent is not None else "",
        step=trial.at_step,
        attempts=options.attempts,
        processes=options.resources.processes,
    )


def _written(settings: Mapping[str, Value]) -> dict[str, str]:
    return {name: as_text(value) for name, value in settings.items()}
