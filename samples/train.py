"""Trains a task of ``tasks/`` as the built-in ones are: ``python samples/train.py rare --name mine --set epochs=20``.

A task of your own needs no more than this: its description in the registry, and the worker.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from tasks import SAMPLE_TASKS

from dltui_trainers import worker
from dltui_trainers.registry import TASKS


def main(words: Sequence[str]) -> int:
    """Train in this process; return the worker's exit code."""
    parser = argparse.ArgumentParser(prog="python samples/train.py", description="Run one training.")
    parser.add_argument("task", choices=SAMPLE_TASKS)
    parser.add_argument("--name", help="the run's name (default: the task's); its folder is made in ./runs")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a hyperparameter")
    given = parser.parse_args(words)
    TASKS.update(SAMPLE_TASKS)
    settings = [word for pair in given.set for word in ("--set", pair)]
    command = json.dumps(["python", "samples/train.py", *words])
    return worker.main([str(Path("runs", given.name or given.task)), given.task, *settings, "--command-json", command])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
