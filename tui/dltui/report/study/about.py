"""How a search or a tuning went about it, for the table at the end of its report."""

from collections.abc import Iterator

from dltui.formatting import count, duration
from dltui.guide.telling.words import LONGEST_VALUE, bounded
from dltui.search.study.options import Resources, SearchOptions, TuneOptions
from dltui.search.study.study import Study
from dltui.search.telling import method_of

Facts = Iterator[tuple[str, str]]


def about_study(study: Study) -> Facts:
    """Return what was asked for: the objective, the method and the limits, and where its trainings ran."""
    options = study.options
    goal = "as large as possible" if options.objective.rises else "as small as possible"
    yield "objective", f"{bounded(options.objective.metric, LONGEST_VALUE)}, {goal}"
    if isinstance(options, SearchOptions):
        yield from _of_search(options)
    else:
        yield from _of_tuning(options)
    unit = "trials" if isinstance(options, SearchOptions) else "trainings"
    if study.most_trials:
        yield "limit", f"{count(study.most_trials)} {unit}"
    if study.budget_s:
        yield "budget", duration(study.budget_s)
    yield "seed", str(options.seed)
    yield "where", _where(options.engine, options.resources)


def _of_search(options: SearchOptions) -> Facts:
    yield "method", method_of(options)
    if options.seeds > 1:
        yield "seeds", f"{options.seeds} trainings of each trial, whose mean counts"
    pruner = options.pruner if options.pruner != "none" else ""
    diagnosis = "diagnosis" if options.prune_by_diagnosis else ""
    yield "stopped early by", ", ".join(each for each in (diagnosis, pruner) if each) or "nothing"
    if options.workers:
        yield "at a time", f"{options.workers} trainings"


def _of_tuning(options: TuneOptions) -> Facts:
    yield "method", "the first advice of the diagnosis; kept if it helped, else backed out of"
    if options.thorough:
        yield "thorough", "goes on when the curves are healthy"
    if options.fixed:
        yield "left alone", bounded(", ".join(options.fixed), LONGEST_VALUE)


def _where(engine: str, resources: Resources) -> str:
    """The engine, and what each training is given beyond one core."""
    parts = [engine]
    if resources.gpus is not None:
        parts.append(f"{resources.gpus} GPU{'' if resources.gpus == 1 else 's'}")
    if resources.cpus > 1:
        parts.append(f"{resources.cpus} cores")
    if resources.processes > 1:
        parts.append(f"{resources.processes} processes")
    return ", ".join(parts)
