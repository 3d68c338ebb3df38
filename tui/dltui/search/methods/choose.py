"""From the options of a search to its method and its pruner."""

from importlib.util import find_spec

from dltui.errors import SearchError
from dltui.search.methods.method import Method, Pruner
from dltui.search.space.dimension import Space
from dltui.search.space.rules import Rules
from dltui.search.study.options import SamplerName, SearchOptions
from dltui_trainers.registry import TaskInfo

_NEEDED_BY: dict[SamplerName, tuple[str, ...]] = {"tpe": (), "gp": ("scipy", "torch")}


def make_method(task: TaskInfo, options: SearchOptions) -> Method:
    """Return the method that ``options`` name. Imports Optuna where it is needed, in 0.25 s.

    Raises what :func:`refuse_impossible` raises.
    """
    refuse_impossible(options)
    space = Space(options.dimensions)
    rules = Rules(task, options.settings, space.names)
    if options.method == "grid":
        from dltui.search.methods.grid import GridSearch

        return GridSearch(space, options.seed, rules)
    if options.method == "random":
        from dltui.search.methods.random import RandomSearch

        return RandomSearch(space, options.seed, rules)
    from dltui.search.methods.bayes import BayesSearch

    return BayesSearch(
        space,
        options.objective,
        seed=options.seed,
        sampler=options.sampler,
        trials=options.trials,
        rules=rules,
    )


def refuse_impossible(options: SearchOptions) -> None:
    """Refuse what no task makes possible, before a study is made.

    Raises :class:`dltui.errors.SpaceError` for a grid that is too large, :class:`SearchError` for a missing library.
    """
    if options.method == "grid":
        from dltui.search.methods.grid import refuse_large

        refuse_large(Space(options.dimensions))
    missing = [name for name in _NEEDED_BY[options.sampler] if find_spec(name) is None]
    if missing:
        raise SearchError(
            f"--sampler {options.sampler} needs {' and '.join(missing)}, not installed here: pip install"
            f" 'dltui[{options.sampler}]', or take --sampler tpe."
        )


def make_pruner(options: SearchOptions) -> Pruner:
    """Return the pruner that ``options`` name; of ``none`` one that prunes nothing."""
    from dltui.search.methods.pruning import HyperbandPruner, MedianPruner, NoPruner

    match options.pruner:
        case "median":
            return MedianPruner(options.objective)
        case "hyperband":
            return HyperbandPruner(options.objective)
        case "none":
            return NoPruner()
