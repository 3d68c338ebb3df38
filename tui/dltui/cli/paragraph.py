"""Text that is read in a terminal and searched in a pipe."""

import shutil
import sys

from dltui.wrap import wrap

_WIDEST, _UNLIMITED = 120, 10_000


def paragraph(text: str, first: str = "", rest: str | None = None) -> list[str]:
    """Return ``text`` in lines as wide as the terminal; in a pipe in one line, so that it can be searched.

    ``first`` and ``rest`` are what the lines begin with; see :func:`dltui.wrap.wrap`.
    """
    wide = min(shutil.get_terminal_size().columns, _WIDEST) if sys.stdout.isatty() else _UNLIMITED
    return wrap(text, wide, first, rest)
