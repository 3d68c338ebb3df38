"""``dltui tune``: train, diagnose, apply the first advice, see what it did, and again."""

from collections.abc import Callable, Sequence
from pathlib import Path

from dltui.cli.options import given_in, make_parser
from dltui.cli.search_options import OF_ENGINE
from dltui.cli.study_command import Lines, StudyCommand, add_common, refuse, run_study
from dltui.cli.tune_options import add_tune_options, split_budget, tune_options_in
from dltui.search.study.study import Study
from dltui_trainers.taskfile.names import absolute_task

EPILOG = """\
  dltui tune digits --set lr=0.3                    from there until the curves are healthy, in 10 trainings at most
  dltui tune digits --thorough --budget 10m         until the time is over, whatever the curves say
  dltui tune mine.py --fixed epochs,width --maximise val_accuracy
  dltui tune digits --engine slurm --gpus 1         each training is a job

Each training is a run in the tuning's folder. What hurt is taken back. A tuning that was stopped or killed goes on
where it was when it is asked for again, or with --resume; --resume --budget 20 lets one that is done go on. Exit
codes: 0 done, 1 its trainings failed, 2 something given is not right, 130 stopped."""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui tune", "Let the diagnosis tune a task: one change after the other.", EPILOG)
    parser.add_argument(
        "task", nargs="?", metavar="TASK", help="what to tune: one that 'dltui tasks' lists, or path/to/task.py"
    )
    add_tune_options(parser)
    add_common(parser, TUNE)
    given = given_in(parser, words)
    given.task = given.task and absolute_task(given.task)
    split_budget(given)
    refuse(given, TUNE)
    return lambda: run_study(given, TUNE)


def _lines(folder: Path) -> Lines:
    from dltui.cli.tune_lines import TuneLines

    return TuneLines(folder)


def _document(study: Study, folder: Path) -> object:
    from dltui.cli.tune_json import document

    return document(study, folder)


TUNE = StudyCommand(
    verb="tune",
    noun="tuning",
    units="trainings",
    other=("search", "search"),
    only_new=("fixed", "thorough", "minimise", "maximise", "seed", *OF_ENGINE, "name", "new"),
    options_in=tune_options_in,
    lines=_lines,
    document=_document,
)
