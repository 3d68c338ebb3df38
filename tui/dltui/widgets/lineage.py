"""The line that tells from which run a run came, and what was changed."""

from collections.abc import Mapping

from textual.content import Content

from dltui.formatting import count, format_value
from dltui.text import safe_text
from dltui_trainers.runlog import Parent, Value


def lineage(parent: Parent, before: Mapping[str, Value] | None, key: str = "") -> Content:
    """``from digits-1 at step 700, changed lr 1e-3 → 3e-4``; ``before``: the parent's hyperparameters, where known.

    ``key``: the key that leads to the parent, where it can be opened.
    """
    at = f" at step {count(parent.step)}" if parent.step else ""
    changed = ", ".join(_change(name, value, before or {}) for name, value in parent.changed.items())
    line = Content.assemble(("from ", "$chart-label"), (safe_text(parent.run), "bold"), (at, "$chart-label"))
    if changed:
        line += Content.assemble((", changed ", "$chart-label"), (safe_text(changed), "bold $accent"))
    return line + Content.styled(f"   {key} opens it", "$chart-label") if key else line


def _change(name: str, value: Value, before: Mapping[str, Value]) -> str:
    return f"{name} {_value(before[name])} → {_value(value)}" if name in before else f"{name} → {_value(value)}"


def _value(value: Value) -> str:
    return format_value(value) if isinstance(value, float) else str(value)
