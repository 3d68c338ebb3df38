"""``dltui model``: the parameters of a model with their numbers and their health, as a table or for a script."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dltui.cli.document import print_json
from dltui.cli.options import a_step, add_log_options, given_in, log_options, make_parser
from dltui.formats.find import find_log
from dltui.log_options import LogOptions
from dltui.model.order import Order
from dltui.paths import runs_folder

if TYPE_CHECKING:
    from dltui.model.look import Look

DONE = 0
COLUMNS = 80

_DESCRIPTION = """\
List the parameters of a model: shape, count, norms, update-to-weight ratio, dead units, histogram, health.
LOG is the name or the folder of a run. Scripts of your own write all of it after run.watch(model, optimizer)."""
_EPILOG = """\
exit codes: 0 done; 2 a log cannot be read, or the words make no sense

  dltui model digits-20260101-120000-ab12
  dltui model RUN --sort health --filter conv --weights
  dltui model RUN --at 500 --json
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui model", _DESCRIPTION, _EPILOG)
    parser.add_argument("log", metavar="LOG", help="a run's name or folder")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument("--at", type=a_step, metavar="STEP", help="the model as it was measured last at that step")
    parser.add_argument(
        "--sort",
        choices=[str(each) for each in Order],
        default=str(Order.MODEL),
        help="what is on top",
    )
    parser.add_argument("--filter", metavar="WORDS", default="", help="only what has these in name, kind or health")
    parser.add_argument("--weights", action="store_true", help="without biases and norms")
    add_log_options(parser)
    given = given_in(parser, words)
    options = log_options(given)

    def call() -> int:
        return model(
            log=given.log,
            runs=given.runs,
            as_json=given.json,
            at_step=given.at,
            order=Order(given.sort),
            words=given.filter,
            weights_only=given.weights,
            options=options,
        )

    return call


def model(
    *,
    log: str,
    runs: str | None,
    as_json: bool,
    at_step: float | None,
    order: Order,
    words: str,
    weights_only: bool,
    options: LogOptions,
) -> int:
    """Print the model of the run and return the exit code. Raises :class:`~dltui.errors.DltuiError`."""
    # here, so that wrong words are refused without waiting for numpy
    from dltui.diagnosis.examine import examine
    from dltui.formats import open_log, state_of
    from dltui.model.document import model_json
    from dltui.model.look import Wanted, look, record_at

    state = state_of(open_log(find_log(runs_folder(runs), log), options))
    wanted = Wanted(order=order, words=words, weights_only=weights_only)
    seen = look(state, examine(state, at_step), wanted, record_at(state, at_step))
    if as_json:
        print_json(model_json(log, seen))
    else:
        _print_text(log, seen)
    return DONE


def _print_text(log: str, seen: "Look") -> None:
    from dltui.cli.judged_text import Paper
    from dltui.cli.model_text import model_text
    from dltui.texts.model import ModelTexts

    terminal = sys.stdout.isatty()
    columns = shutil.get_terminal_size((COLUMNS, 24)).columns if terminal else COLUMNS
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    paper = Paper(columns=columns, encoding=sys.stdout.encoding or "ascii", colour=colour)
    print(model_text(log, seen, ModelTexts.load(), paper), flush=True)
