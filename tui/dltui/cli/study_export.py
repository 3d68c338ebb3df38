"""The trials of a search or a tuning for ``dltui export``: a table with a row for each."""

from collections.abc import Iterator
from pathlib import Path

from dltui.errors import LogFormatError, UsageError
from dltui.search.study.folder import read_study
from dltui.text import safe_text


def trials_pieces(folder: Path, name: str, format: str) -> Iterator[bytes]:
    """Return the table piece by piece in that format, ``csv`` or ``jsonl``.

    Raises :class:`UsageError` for TensorBoard, :class:`LogFormatError` where there is no trial yet, and
    :class:`SearchError` for a study that cannot be read. ``name``: as it was typed.
    """
    if format == "tensorboard":
        raise UsageError(
            f"TensorBoard shows curves, and '{safe_text(name)}' is a table of trials: export one of them, as in 'dltui"
            f" export {safe_text(name)}/t0007', or take .csv or .jsonl."
        )

    from dltui.export.rows import csv_rows, jsonl_rows
    from dltui.search.study.rows import trial_rows

    names, rows = trial_rows(read_study(folder))
    if not rows:
        raise LogFormatError(f"'{safe_text(name)}' has no trial yet: there is nothing to export.")
    return csv_rows(names, rows) if format == "csv" else jsonl_rows(rows)
