"""What a person may say of a search or a tuning before it starts."""

from typing import Literal

import msgspec

from dltui.search.space.dimension import Dimension
from dltui_trainers.runlog import Value

MethodName = Literal["grid", "random", "bayes"]
SamplerName = Literal["tpe", "gp"]
PrunerName = Literal["none", "median", "hyperband"]
EngineName = Literal["local", "slurm", "ray"]


class Objective(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be made small, or large where it ``rises``: a metric of the validation, at its best in a run."""

    metric: str = "val_loss"
    rises: bool = False


class Resources(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one trial is given. ``gpus`` None: one each where there are any. ``processes``: of one trial (torchrun).

    ``time_limit``, ``memory``, ``partition``, ``account`` are written as Slurm wants them and given to it as they are,
    empty: its defaults; ``extra``: further options of sbatch. ``address``: of the Ray cluster, empty: the one here.
    """

    gpus: int | None = None
    cpus: int = 1
    processes: int = 1
    memory: str = ""
    time_limit: str = ""
    partition: str = ""
    account: str = ""
    extra: tuple[str, ...] = ()
    address: str = ""


class SearchOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a search goes about it. Build one with :func:`dltui.search.study.checked.checked`.

    ``settings``: hyperparameters that are given and that no trial changes. ``dimensions``: of the space. ``trials``: of
    the whole search, 0: no limit (a grid: all of it). ``budget_s``: seconds of it, 0: no limit. ``seeds``: trainings of
    each trial with seeds from ``seed`` on, whose mean counts. ``workers``: trainings at a time, 0: as many as the
    engine suggests. ``prune_by_diagnosis``: a training that has diverged or learns nothing is stopped. ``attempts``: so
    often a training is begun that something kills.
    """

    method: MethodName = "bayes"
    sampler: SamplerName = "tpe"
    settings: dict[str, str] = {}
    dimensions: tuple[Dimension, ...] = ()
    objective: Objective = Objective()
    trials: int = 40
    budget_s: float = 0.0
    seeds: int = 1
    seed: int = 0
    workers: int = 0
    pruner: PrunerName = "none"
    prune_by_diagnosis: bool = True
    attempts: int = 3
    engine: EngineName = "local"
    resources: Resources = Resources()


class TuneOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a tuning goes about it: ``trials`` trainings in all, and ``budget_s`` seconds, 0: no limit.

    ``settings``: where it starts. ``fixed``: hyperparameters that it leaves alone. ``thorough``: it goes on after the
    curves are healthy, until the budget is spent.
    """

    settings: dict[str, str] = {}
    fixed: tuple[str, ...] = ()
    objective: Objective = Objective()
    trials: int = 10
    budget_s: float = 0.0
    seed: int = 0
    thorough: bool = False
    attempts: int = 3
    engine: EngineName = "local"
    resources: Resources = Resources()


Change = dict[str, tuple[Value, Value]]
"""Hyperparameters with the value before and the value after."""
