"""The line that tells from which run a run came, and what was changed."""

from collections.abc import Mapping

from textual.content import Content

from dltui.charts.of_parent import PARENT_SIGN
from dltui.formatting import UNKNOWN, count, format_value, short_path
from dltui.text import safe_text
from dltui_trainers.runlog import Parent, Value


def lineage(parent: Parent, before: Mapping[str, Value] | None, key: str = "", is_drawn: bool = False) -> Content:
    """``from digits-1 at step 700, changed lr 1e-3 → 3e-4``; ``before``: the parent's hyperparameters, where known.

    ``key``: the key that leads to the parent, where it can be opened. ``is_drawn``: its curves are on the chart.
    """
    at = f" at step {count(parent.step)}" if parent.step else ""
    changed = changes(parent, before)
    sign = (f"{PARENT_SIGN} " if is_drawn else "", "$chart-parent")
    line = Content.assemble(sign, ("from ", "$chart-label"), (safe_text(parent.run), "bold"), (at, "$chart-label"))
    if changed:
        line += Content.assemble((", changed ", "$chart-label"), (safe_text(changed), "bold $accent"))
    return line + Content.styled(f"   {key} opens it", "$chart-label") if key else line


def changes(parent: Parent, before: Mapping[str, Value] | None) -> str:
    """``lr 0.1 → 0.03, dropout → 0.2``; empty where nothing was changed."""
    return ", ".join(_change(name, value, before or {}) for name, value in parent.changed.items())


def _change(name: str, value: Value, before: Mapping[str, Value]) -> str:
    was = f"{_value(name, before[name])} " if name in before else ""
    return f"{name} {was}→ {_value(name, value)}"


def _value(name: str, value: Value) -> str:
    if name == "data" and isinstance(value, str):
        return short_path(value) or UNKNOWN
    return format_value(value) if isinstance(value, float) else str(value)
