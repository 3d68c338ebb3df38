"""``dltui diagnose``: what is wrong with trainings that were logged, and what to change, for a person or a script."""

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.cli.columns_text import columns_text
from dltui.cli.document import print_json
from dltui.cli.hparams_file import read_hparams
from dltui.cli.judged import Judged, Unreadable
from dltui.cli.options import add_judging_options, add_log_options, given_in, log_options, make_parser
from dltui.diagnosis.finding import Symptom, Verdict
from dltui.errors import DltuiError, UsageError
from dltui.formats.find import find_log
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.paths import runs_folder
from dltui.texts import Texts
from dltui_trainers.errors import suggestion
from dltui_trainers.runlog import Value

if TYPE_CHECKING:
    from dltui.series.state import RunState

DONE, MATCHED, UNREADABLE = 0, 1, 2
COLUMNS, MOST_COLUMNS = 80, 100
"""Lines longer than 100 characters are no pleasure to read, however wide the terminal."""

_DESCRIPTION = """\
Say what is wrong with a training that was logged, on which evidence, and what to change.
LOG is the name or the folder of a run, or another program's log: CSV, JSON, JSON lines, text,
or what TensorBoard, W&B, MLflow or trackio keep."""
_EPILOG = """\
exit codes: 0 done; 1 --fail-on matched; 2 a log cannot be read, or the words make no sense

  dltui diagnose samples/overfitting
  dltui diagnose results.csv --hparams hparams.json --json
  dltui diagnose runs/* --fail-on overfitting,diverged
  dltui diagnose log.csv --explain-columns --map val_loss=holdout
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui diagnose", _DESCRIPTION, _EPILOG)
    parser.add_argument("logs", nargs="+", metavar="LOG", help="a run's name or folder, or a log file")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    add_judging_options(parser)
    parser.add_argument(
        "--fail-on",
        metavar="SYMPTOM,...",
        action="append",
        default=[],
        help="exit with 1 if the verdict or a finding is among these",
    )
    parser.add_argument("--explain-columns", action="store_true", help="say what each column of the log was used as")
    add_log_options(parser)
    given = given_in(parser, words)
    options = log_options(given)

    def call() -> int:
        return diagnose(
            logs=given.logs,
            runs=given.runs,
            as_json=given.json,
            at_step=given.at,
            hparams_file=given.hparams,
            fail_on=given.fail_on,
            explain_columns=given.explain_columns,
            options=options,
        )

    return call


def diagnose(
    *,
    logs: Sequence[str],
    runs: str | None,
    as_json: bool,
    at_step: float | None,
    hparams_file: str | None,
    fail_on: Sequence[str],
    explain_columns: bool = False,
    options: LogOptions = AS_IT_IS,
) -> int:
    """Judge each log, print the findings, and return the exit code: 2 if one of them could not be read.

    Each log is laid beside the one before it, too: an option that changed nothing is seen only in two.

    Raises :class:`UsageError` for words or a file of hyperparameters that make no sense, before a log is opened.
    """
    wanted = _known_words(fail_on)
    told = read_hparams(Path(hparams_file)) if hparams_file else {}
    texts = Texts.load()
    root = runs_folder(runs)
    outcomes: list[Judged | Unreadable] = []
    before: RunState | None = None
    for log in logs:
        outcome = _outcome(log, root, at_step, told, before, options)
        outcomes.append(outcome)
        if isinstance(outcome, Judged):
            before = outcome.state
        if isinstance(outcome, Unreadable):
            print(f"dltui: {outcome.error}", file=sys.stderr)
        elif not as_json:
            _print_text(outcome, texts, first=len(outcomes) == 1)
            if explain_columns:
                print(f"\n{columns_text(outcome.columns, texts.ui('columns'))}", flush=True)
    if as_json:
        _print_json(outcomes, texts, explain_columns)
    return _exit_code(outcomes, wanted)


def judge(
    log: str,
    root: Path,
    at_step: float | None,
    told: dict[str, Value],
    before: "RunState | None" = None,
    options: LogOptions = AS_IT_IS,
) -> Judged:
    """Open the log that a person calls ``log``, look at it up to ``at_step``, and return what was found.

    ``before``: a run whose curve should differ where its hyperparameters do. ``options``: how the log is to be read.

    Raises :class:`RunNotFoundError` or :class:`~dltui.errors.LogFormatError`.
    """
    # here, so that wrong words are refused without waiting for numpy
    from dltui.advice.prescribe import prescribe
    from dltui.diagnosis.examine import examine
    from dltui.formats import open_log, state_of

    saved = open_log(find_log(root, log), options)
    state = state_of(saved)
    state.told_hparams = {**state.told_hparams, **told}
    diagnosis = examine(state, at_step, now_s=time.time(), other=before)
    return Judged(
        log=log,
        format=saved.format,
        state=state,
        diagnosis=diagnosis,
        advice=prescribe(state, diagnosis),
        cut=at_step is not None and at_step < state.step,
        columns=saved.columns,
    )


def _outcome(
    log: str, root: Path, at_step: float | None, told: dict[str, Value], before: "RunState | None", options: LogOptions
) -> Judged | Unreadable:
    try:
        return judge(log, root, at_step, told, before, options)
    except DltuiError as error:
        return Unreadable(log=log, error=str(error))


def _known_words(words: Sequence[str]) -> set[str]:
    """The verdicts and symptoms in ``words``, each of which may list several with commas between them."""
    known = sorted({*map(str, Verdict), *map(str, Symptom)})
    wanted = {word.strip() for each in words for word in each.split(",") if word.strip()}
    if words and not wanted:
        raise UsageError("--fail-on names nothing; for example --fail-on overfitting,diverged.")
    for word in sorted(wanted - set(known)):
        names = f"take one of {', '.join(known)}."
        raise UsageError(f"--fail-on knows no '{word}': {suggestion(word, known).strip() or names}")
    return wanted


def _exit_code(outcomes: Sequence[Judged | Unreadable], wanted: set[str]) -> int:
    if any(isinstance(outcome, Unreadable) for outcome in outcomes):
        return UNREADABLE
    matched = any(isinstance(outcome, Judged) and outcome.words & wanted for outcome in outcomes)
    return MATCHED if matched else DONE


def _print_text(judged: Judged, texts: Texts, first: bool) -> None:
    from dltui.cli.judged_text import Paper, as_text

    terminal = sys.stdout.isatty()
    columns = min(shutil.get_terminal_size((COLUMNS, 24)).columns, MOST_COLUMNS) if terminal else COLUMNS
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    paper = Paper(columns=columns, encoding=sys.stdout.encoding or "ascii", colour=colour)
    if not first:
        print("\n" + ("─" if paper.carries("─") else "-") * columns + "\n")
    print(as_text(judged, texts, paper), flush=True)


def _print_json(outcomes: Sequence[Judged | Unreadable], texts: Texts, explain_columns: bool) -> None:
    """One document: an object for one log, a list for several."""
    documents = [outcome.json(texts, explain_columns) for outcome in outcomes]
    print_json(documents[0] if len(documents) == 1 else documents)
