"""``python -m dltui.search.engines.ray.driver STUDY --resources JSON``: keeps the jobs of a study at work on Ray.

A process of its own, begun by the engine: it outlives the supervisor, whose jobs go on meanwhile, and its output is a
file in the study's folder. Where it is killed, Ray ends its trials, and the next one begins them again.
"""

import argparse
import os
import signal
import sys
import traceback
from pathlib import Path

import msgspec

from dltui.errors import EngineError
from dltui.search.engines.ray.cluster import connect, has_gpus, room_for
from dltui.search.engines.ray.desk import Desk
from dltui.search.engines.ray.records import FOLDER, Order
from dltui.search.engines.ray.share import Share, share_of
from dltui.search.study.options import Resources


def main(words: list[str]) -> int:
    """Look after the jobs until there is nothing more to come; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dltui.search.engines.ray.driver")
    parser.add_argument("study", type=Path)
    parser.add_argument("--resources", required=True, help="what a trial is given, as JSON")
    parser.add_argument("--lock-fd", type=int, required=True, help="the lock that this process holds to its end")
    given = parser.parse_args(words)
    os.set_inheritable(given.lock_fd, False)  # it is to end with this process, not with one that Ray begins
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    desk = Desk(given.study / FOLDER)
    desk.driver("starting")
    try:
        _drive(given.study.absolute(), msgspec.json.decode(given.resources, type=Resources), desk)
    except EngineError as error:
        traceback.print_exc()
        desk.driver("failed", error=str(error))
        return 1
    desk.driver("ended")
    return 0


def _drive(study: Path, resources: Resources, desk: Desk) -> None:
    connect(resources.address)
    desk.driver("joined")
    slots = room_for(resources, study)
    # All of Ray Tune: slow to import, and of no use where there is no cluster.
    from dltui.search.engines.ray.experiment import run_experiment

    with_gpus = has_gpus()
    desk.driver("ready", slots=slots)
    run_experiment(study, desk, slots=slots, share=lambda order: _share(order, with_gpus))


def _share(order: Order, with_gpus: bool) -> Share:
    return share_of(order.resources, has_gpus=with_gpus)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
