"""The first line of the runs screen: how many there are, where, and how they are narrowed."""

from collections.abc import Sequence

from textual.content import Content

from dltui.catalog.summary import RunSummary
from dltui.text import safe_text


def runs_line(runs: Sequence[RunSummary], shown: int, marked: int, where: str, limit: str) -> Content:
    """Return how many runs are shown and at work, where they are, and which limit ended the search for logs."""
    total = len(runs)
    of = f"{shown} of {total}" if shown != total else f"{total}"
    running = sum(run.status.alive for run in runs)
    parts = [
        f"  {of} {'run' if total == 1 else 'runs'}",
        f", {running} at work" if running else "",
        f", {marked} marked" if marked else "",
    ]
    return Content.assemble(
        ("dltui", "bold $primary"),
        "".join(parts),
        (f" ({limit})" if limit else "", "$text-warning"),
        " in ",
        (safe_text(where), "$text-muted"),
    )
