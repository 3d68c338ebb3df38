"""``dltui search``: many trainings of one task, with settings that a method chooses, on an engine that runs them."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from dltui.cli.options import given_in, make_parser
from dltui.cli.search_options import OF_ENGINE, add_search_options
from dltui.cli.study_command import Lines, Options, StudyCommand, add_common, refuse, run_study
from dltui.search.study.study import Study
from dltui_trainers.taskfile.names import absolute_task

EPILOG = """\
  dltui search digits                                        40 trials of the task's own space
  dltui search digits --over lr=1e-4..0.1 --over width=32,64 --method grid
  dltui search digits --maximise val_accuracy --budget 10m --pruner median
  dltui search mine.py --space space.toml --engine slurm --gpus 1 --time-limit 2:00:00

All trials are runs in the search's folder. A search that was stopped or killed goes on where it was when it is asked
for again, or with --resume; --resume --trials 80 lets one that is done go on. Exit codes: 0 done, 1 its trials failed,
2 something given is not right, 130 stopped."""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui search", "Search for good hyperparameters of a task.", EPILOG)
    parser.add_argument(
        "task", nargs="?", metavar="TASK", help="what to search: one that 'dltui tasks' lists, or path/to/task.py"
    )
    add_search_options(parser)
    add_common(parser, SEARCH)
    given = given_in(parser, words)
    given.task = given.task and absolute_task(given.task)
    refuse(given, SEARCH)
    return lambda: run_study(given, SEARCH)


def _options(given: argparse.Namespace) -> Options:
    from dltui.cli.search_options import search_options_in

    return search_options_in(given)


def _lines(folder: Path) -> Lines:
    from dltui.cli.search_lines import SearchLines

    return SearchLines(folder)


def _document(study: Study, folder: Path) -> object:
    from dltui.cli.search_json import document

    return document(study, folder)


SEARCH = StudyCommand(
    verb="search",
    noun="search",
    units="trials",
    other=("tune", "tuning"),
    only_new=(
        *("method", "sampler", "space", "architecture", "seeds", "seed", "workers", "pruner", "no_diagnosis", "over"),
        *("minimise", "maximise", *OF_ENGINE, "name", "new"),
    ),
    options_in=_options,
    lines=_lines,
    document=_document,
)
