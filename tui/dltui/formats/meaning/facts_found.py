"""Gathers the settings that lie beside the curves in a JSON log."""

from dltui.formats.reading.table import TableBuilder

_DEEPEST = 4
_MOST = 500
"""Settings beyond this many are no settings."""


def take_facts(found: object, table: TableBuilder, depth: int = 0) -> None:
    """Keep each plain value of an object, and of the objects in it, under its name. The first of a name counts."""
    if not isinstance(found, dict) or depth > _DEEPEST:
        return
    for name, value in found.items():
        if isinstance(value, bool | int | float | str) and len(table.facts) < _MOST:
            table.facts.setdefault(str(name), value)
    for value in found.values():
        if isinstance(value, dict):
            take_facts(value, table, depth + 1)
