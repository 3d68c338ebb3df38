"""``dltui export``: a log in another program's format."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dltui.cli.options import add_log_options, given_in, log_options, make_parser
from dltui.errors import LogFormatError, OutputError, UsageError
from dltui.formats.find import find_log
from dltui.log_options import LogOptions
from dltui.paths import runs_folder
from dltui.saving import refuse_existing, save, shown
from dltui.text import safe_text

if TYPE_CHECKING:
    from dltui.runs.update import Batch

STDOUT = "-"
FORMATS = ("csv", "jsonl", "tensorboard")
_SUFFIXES = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_EVENT_FILES = "*.tfevents.*"

_DESCRIPTION = """\
Write the curves of a training in another program's format, or the trials of a search as a table with a row for each.
LOG is the name or the folder of a run, another program's log, or a search or a tuning."""
_EPILOG = """\
The name of the output says the format: .csv, .jsonl (records of dltui where the log has all that they need), or a
folder, which gets an event file of TensorBoard. What is there already is replaced only with --force.

  dltui export samples/overfitting -o overfitting.csv
  dltui export results.csv -o tb/yolo --to tensorboard
  dltui export RUN -o - --to jsonl | head
  dltui export SEARCH -o trials.csv
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui export", _DESCRIPTION, _EPILOG)
    parser.add_argument("log", metavar="LOG", help="name or folder of a run or a search, or a log file")
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE|DIR", help="where to; - is standard output (csv, jsonl)"
    )
    parser.add_argument("--to", choices=FORMATS, dest="format", help="the format, where the output's name does not say")
    parser.add_argument("--force", action="store_true", help="replace the file if it is there already")
    add_log_options(parser)
    given = given_in(parser, words)
    options = log_options(given)

    def call() -> int:
        return export(
            log=given.log,
            runs=given.runs,
            output=given.output,
            format=given.format,
            force=given.force,
            options=options,
        )

    return call


def export(*, log: str, runs: str | None, output: str, format: str | None, force: bool, options: LogOptions) -> int:
    """Read the log and write it in that format; return the exit code.

    Raises :class:`~dltui.errors.DltuiError` for words that make no sense (before the log is opened), a log that cannot
    be read, or a file that cannot be written.
    """
    path = None if output == STDOUT else Path(output).expanduser()
    format = _format(path, format)
    if path is not None and format != "tensorboard":
        refuse_existing(path, force=force)

    from dltui.cli.study_export import trials_pieces
    from dltui.cli.study_report import study_among

    study = study_among([log], runs_folder(runs))
    if study is not None:
        _write(trials_pieces(study, log, format), path, force=force)
        return 0

    from dltui.formats import open_log

    batch = open_log(find_log(runs_folder(runs), log), options).batch
    if batch.steps is None and batch.evals is None:
        raise LogFormatError(f"'{safe_text(log)}' has no curve yet: there is nothing to export.")
    if path is not None and format == "tensorboard":
        path = _event_file(path, batch, force=force)
    pieces = _pieces(batch, format)
    if path is not None:
        pieces = _counted(pieces, sum(len(rows) for rows in (batch.steps, batch.evals) if rows is not None))
    _write(pieces, path, force=force)
    return 0


def _write(pieces: "Iterator[bytes]", path: Path | None, *, force: bool) -> None:
    """To the file, or to standard output where there is none."""
    if path is None:
        _to_stdout(pieces)
        return
    save(path, pieces, force=force)
    print(f"Wrote {shown(path)}.")


def _format(path: Path | None, format: str | None) -> str:
    """The format that was asked for, refused early where it cannot be."""
    if path is None:
        if format is None or format == "tensorboard":
            raise UsageError("-o - writes text: add --to csv or --to jsonl.")
        return format
    if format is not None:
        return format
    found = _SUFFIXES.get(path.suffix.lower())
    if found is not None and not path.is_dir():
        return found
    if path.is_dir() or not path.suffix:
        return "tensorboard"
    raise UsageError(f"{shown(path)} ends neither in .csv nor in .jsonl, and is no folder; --to says the format.")


def _pieces(batch: "Batch", format: str) -> "Iterator[bytes]":
    # each format is loaded when it is asked for
    if format == "csv":
        from dltui.export.csv import csv_pieces

        return csv_pieces(batch)
    if format == "jsonl":
        from dltui.export.jsonl import jsonl_pieces

        return jsonl_pieces(batch)
    from dltui.export.tensorboard import tensorboard_pieces

    return tensorboard_pieces(batch)


def _event_file(folder: Path, batch: "Batch", *, force: bool) -> Path:
    """The file in a folder, which is made if it is missing.

    Beside other event files it would be drawn as one curve with theirs, so they are not joined.
    """
    from dltui.export.tensorboard import file_name

    path = folder / file_name(batch)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = [file for file in folder.glob(_EVENT_FILES) if file != path]
    except OSError as error:
        raise OutputError(f"{shown(folder)} cannot be written: {error.strerror or error}.") from None
    if others:
        raise UsageError(
            f"{shown(folder)} has event files of another log, and TensorBoard would join them: name another."
        )
    refuse_existing(path, force=force)
    return path


def _to_stdout(pieces: "Iterator[bytes]") -> None:
    sys.stdout.flush()
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _counted(pieces: "Iterator[bytes]", records: int) -> "Iterator[bytes]":
    """The pieces, with how far it is told to who watches; only where there is much to write."""
    from dltui.export.table import CHUNK_ROWS

    tells = sys.stderr.isatty() and records > 4 * CHUNK_ROWS
    for number, piece in enumerate(pieces):
        if tells:
            print(f"\r{min(100, 100 * number * CHUNK_ROWS // records)} %", end="", file=sys.stderr, flush=True)
        yield piece
    if tells:
        print("\r     \r", end="", file=sys.stderr, flush=True)
