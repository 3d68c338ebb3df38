"""What each column of a log was used as, for a person: why a curve is missing, or is not the one that was meant."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from dltui.formats.meaning.columns import ColumnRole
from dltui.log_options import ROLES, Role
from dltui.text import safe_text

LONGEST_NAME = 40
SHOWN_UNUSED = 20
"""So many names of columns that are not used are listed; the others are counted."""


def columns_text(columns: Sequence[ColumnRole], heading: str) -> str:
    """Return a line for each column that is used, and the names of the others. Several of one role are summed, or
    fill each other's gaps.
    """
    return "\n".join([heading, *_lines(columns)])


def _lines(columns: Sequence[ColumnRole]) -> Iterator[str]:
    used = [each for each in columns if each.role is not Role.UNUSED]
    unused = [_short(each.name) for each in columns if each.role is Role.UNUSED]
    width = max((len(role) for role in ROLES), default=0)
    for each in sorted(used, key=lambda it: ROLES.index(str(it.role))):
        yield f"  {each.role:<{width}}  {_short(each.name)}"
    if unused:
        more = f", and {len(unused) - SHOWN_UNUSED} more" if len(unused) > SHOWN_UNUSED else ""
        yield f"  {'not used':<{width}}  {', '.join(unused[:SHOWN_UNUSED])}{more}"
    if not columns:
        yield "  a run of dltui: its names are known"
    else:
        yield "  --map ROLE=COLUMN, such as --map val_loss=my_column, chooses another one"


def _short(name: str) -> str:
    safe = safe_text(name) or "(no name)"
    return safe if cell_len(safe) <= LONGEST_NAME else f"{safe[: LONGEST_NAME - 3]}..."
