"""A run of MLflow as a table, wherever MLflow kept it."""

from collections.abc import Mapping

from dltui.formats.meaning.numbers import parse
from dltui.formats.reading.side_by_side import KeptCurve, side_by_side
from dltui.formats.reading.table import Table
from dltui_trainers.runlog import Value

_ENDED = frozenset({"3", "4", "5", "FINISHED", "FAILED", "KILLED"})
_FAILED = frozenset({"4", "FAILED"})
"""The file store writes the status as a number, the database as a word."""


def run_table(curves: list[KeptCurve], *, params: Mapping[str, str], status: str, skipped: int) -> Table:
    """Return the metrics as rows. A run that has logged nothing yet is a run all the same."""
    columns, length = side_by_side(curves)
    return Table(
        columns=columns,
        length=length,
        facts=_settings(params),
        skipped=skipped,
        ended=status in _ENDED,
        failed=status in _FAILED,
        known=not length,
    )


def _settings(params: Mapping[str, str]) -> dict[str, Value]:
    """The parameters as numbers where they are some; ``model/layers`` is also called ``layers``."""
    settings: dict[str, Value] = {}
    for name, text in params.items():
        number = parse(text.strip())
        settings[name] = text.strip() if number is None else number
    for name in params:
        settings.setdefault(name.rpartition("/")[2], settings[name])
    return settings
