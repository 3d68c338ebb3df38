"""The driver's way to the cluster: connects, and looks whether its nodes can run a training. Ray is imported here."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dltui.errors import EngineError
from dltui.search.engines.ray import probe
from dltui.search.engines.ray.refusals import told_refusal
from dltui.search.engines.ray.share import Share, share_of
from dltui.search.study.options import Resources

PROBE_S = 90.0
"""A node that has not answered by then is busy, and is left to Ray."""
OWN = "local"
"""The address that asks for a cluster of this machine's own, for as long as the driver lives."""
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_CHDIR_TO_TRIAL_DIR": "0",  # a job says itself where it is run
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # what is measured is in the run's own log
}


def connect(address: str) -> None:
    """Join the cluster at ``address``, empty: the one of which this machine is a node. Raises :class:`EngineError`."""
    os.environ.update(_QUIET)
    import ray

    options: dict[str, Any] = {"include_dashboard": False} if address == OWN else {}
    try:
        ray.init(address=address or "auto", log_to_driver=False, logging_level="WARNING", **options)
    except Exception as error:  # Ray has no family of errors of its own here
        raise EngineError(told_refusal(error, address)) from error


def has_gpus() -> bool:
    """Whether there is a GPU in the cluster."""
    return any(resources.get("GPU", 0) >= 1 for _, _, resources in _nodes())


def room_for(resources: Resources, study: Path) -> int:
    """Return how many trials the cluster has room for at a time, all of it.

    Raises :class:`EngineError` where no node is large enough, or where one that is cannot run a training.
    """
    share = share_of(resources, has_gpus=has_gpus())
    nodes = [(node, name, share.fits_in(has)) for node, name, has in _nodes()]
    fitting = {node: name for node, name, room in nodes if room}
    if not fitting:
        raise EngineError(f"No node of the Ray cluster has {share}{_what_there_is(share)}; ask for less.")
    _look_at(fitting, study)
    return sum(room for _, _, room in nodes)


def _nodes() -> list[tuple[str, str, Mapping[str, float]]]:
    """The nodes that are up: their ids, names and resources."""
    import ray

    return [(each["NodeID"], each["NodeManagerHostname"], each["Resources"]) for each in ray.nodes() if each["Alive"]]


def _what_there_is(share: Share) -> str:
    most = [f"{max((has.get(name, 0.0) for _, _, has in _nodes()), default=0.0):g} {name}s" for name in ("CPU", "GPU")]
    return f" (the most that one has: {', '.join(most)})"


def _look_at(nodes: Mapping[str, str], study: Path) -> None:
    """Ask each node whether its Python has dltui and whether it sees the study."""
    import ray

    asked = {_ask(node, study): name for node, name in nodes.items()}
    answered, _ = ray.wait(list(asked), num_returns=len(asked), timeout=PROBE_S)
    for each in answered:
        try:
            lacks = ray.get(each)
        except ray.exceptions.RayError as error:  # it went away meanwhile, or Ray cannot run anything there
            print(f"{asked[each]} could not be asked: {error}", file=sys.stderr)
            continue
        if lacks:
            raise EngineError(f"The node {asked[each]} of the Ray cluster cannot run a trial: {lacks}.")


def _ask(node: str, study: Path) -> Any:
    import ray
    from ray import cloudpickle
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    cloudpickle.register_pickle_by_value(probe)  # the node may lack what it would be imported from
    there = NodeAffinitySchedulingStrategy(node_id=node, soft=False)
    return ray.remote(num_cpus=0, max_retries=0, scheduling_strategy=there)(probe.lacks).remote(str(study))
