"""What the interface needs of a terminal, checked before anything is started."""

import os
import sys

from dltui.errors import TerminalError

LEAST_COLUMNS = 70
LEAST_ROWS = 20
"""Under this keys and charts have no room; 80x24 is what everything is laid out for."""


def require_terminal(otherwise: str) -> None:
    """Raise :class:`TerminalError` unless there is a large enough terminal. ``otherwise``: what to do without."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise TerminalError(f"There is no terminal here; {otherwise}.")
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    if columns < LEAST_COLUMNS or rows < LEAST_ROWS:
        raise TerminalError(
            f"The terminal is {columns}x{rows} and dltui needs at least {LEAST_COLUMNS}x{LEAST_ROWS};"
            f" enlarge it, or {otherwise}."
        )
