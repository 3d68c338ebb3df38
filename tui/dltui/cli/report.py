"""``dltui report``: one or several trainings as a file to keep or to send."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from dltui.cli.document import utf8_output
from dltui.cli.hparams_file import read_hparams
from dltui.cli.options import add_judging_options, add_log_options, given_in, log_options, make_parser
from dltui.errors import UsageError
from dltui.log_options import LogOptions
from dltui.paths import runs_folder
from dltui.report.write import FORMATS, format_for, render
from dltui.saving import refuse_existing, save, shown
from dltui_trainers.runlog import Value

STDOUT = "-"

_DESCRIPTION = """\
Write what there is to say of a training into one file: charts, verdict, evidence, advice, hyperparameters, and what
was done to it. LOG is the name or the folder of a run, another program's log, a guide: its steps one by one, or a
search or a tuning: what was tried, and what was best."""
_EPILOG = """\
The name of FILE says the format: .html (nothing is loaded from anywhere, it can be mailed), .md (for GitHub),
.svg (one poster), .txt. A file that is there already is replaced only with --force.

  dltui report samples/overfitting -o overfitting.html
  dltui report results.csv --hparams hparams.json -o - --format md
  dltui report runs/a runs/b -o both.html
  dltui report digits-guide-20261121-181500-3fa2 -o guide.html
  dltui report digits-search-20261122-181500-3fa2 -o search.html
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui report", _DESCRIPTION, _EPILOG)
    parser.add_argument(
        "logs", nargs="+", metavar="LOG", help="name or folder of a run, a guide or a search, or a log file"
    )
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="where to; - is standard output")
    parser.add_argument("--format", choices=FORMATS, help="the format, where FILE does not say it")
    parser.add_argument("--force", action="store_true", help="replace FILE if it is there already")
    add_judging_options(parser)
    add_log_options(parser)
    given = given_in(parser, words)
    options = log_options(given)

    def call() -> int:
        return report(
            logs=given.logs,
            runs=given.runs,
            output=given.output,
            format=given.format,
            force=given.force,
            at_step=given.at,
            hparams_file=given.hparams,
            options=options,
        )

    return call


def report(
    *,
    logs: Sequence[str],
    runs: str | None,
    output: str,
    format: str | None,
    force: bool,
    at_step: float | None,
    hparams_file: str | None,
    options: LogOptions,
) -> int:
    """Judge the logs and write the report; return the exit code.

    Raises :class:`~dltui.errors.DltuiError` for words that make no sense (before a log is opened), a log that cannot be
    read, or a file that cannot be written.
    """
    path = None if output == STDOUT else Path(output).expanduser()
    format = _format(path, format, len(logs))
    if path is not None:
        refuse_existing(path, force=force)
    told = read_hparams(Path(hparams_file)) if hparams_file else {}

    root = runs_folder(runs)
    text = _of_folder(logs, root, format, is_plain=at_step is None and not told)
    if text is None:
        text = _of_logs(logs, root, at_step, told, options, format)
    if path is None:
        _print(text)
    else:
        save(path, [text.encode("utf-8")], force=force)
        print(f"Wrote {shown(path)}.")
    return 0


def _of_folder(logs: Sequence[str], root: Path, format: str, *, is_plain: bool) -> str | None:
    """The report of a guide, a search or a tuning; None where runs and logs are meant.

    ``is_plain``: nothing was asked for that only the report of a run has.
    """
    from dltui.cli.guide_report import guide_among, guide_report
    from dltui.cli.study_report import study_among, study_report

    guide = guide_among(logs, root)
    folder = guide or study_among(logs, root)
    if folder is None:
        return None
    if not is_plain:
        kind = "a search or a tuning" if guide is None else "a guide"
        raise UsageError(f"--at and --hparams are for the report of a run; that of {kind} shows it as it is.")
    return study_report(folder, format) if guide is None else guide_report(folder, format)


def _of_logs(
    logs: Sequence[str],
    root: Path,
    at_step: float | None,
    told: dict[str, Value],
    options: LogOptions,
    format: str,
) -> str:
    from dltui.cli.diagnose import judge
    from dltui.cli.judged_text import report_of
    from dltui.texts import Texts

    texts = Texts.load()
    judged = [replace(judge(log, root, at_step, told, options=options), log=_title(log)) for log in logs]
    return render([report_of(each, texts) for each in judged], format)


def _title(log: str) -> str:
    """What the report calls the log: a report is sent around, and where it lay in whose home concerns nobody."""
    path = Path(log)
    return path.name or log if path.is_absolute() else log


def _format(path: Path | None, format: str | None, logs: int) -> str:
    """The format that was asked for, refused early where it cannot be."""
    if format is None:
        if path is None:
            raise UsageError(f"-o - has no name that says the format: add --format, one of {', '.join(FORMATS)}.")
        format = format_for(path)
    if format == "svg" and logs > 1:
        raise UsageError("An SVG shows one run: name one LOG, or take .html, .md or .txt for several.")
    return format


def _print(text: str) -> None:
    utf8_output()
    sys.stdout.write(text)
    sys.stdout.flush()
