"""Who is on the GPUs: a line for each process of the person, with the run that it belongs to."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from dltui.formatting import size
from dltui.text import safe_text

if TYPE_CHECKING:
    from dltui.processes.belonging import GpuUser

MOST_LINES = 3


def gpu_users_text(users: "Sequence[GpuUser]") -> Content:
    """Return the lines; those that belong to no run come first, since nothing else here tells of them."""
    ordered = sorted(users, key=lambda user: (user.run is not None, user.gpus, user.pid))
    lines = [_line(user) for user in ordered[:MOST_LINES]]
    if len(ordered) > MOST_LINES:
        lines[-1] = Content.styled(
            f"and {len(ordered) - MOST_LINES + 1} more: 'dltui doctor' lists them", "$text-muted"
        )
    return Content("\n").join(lines)


def _line(user: "GpuUser") -> Content:
    """The command comes last: it is what can be cut where there is no room."""
    memory = "" if user.memory is None else f" {size(user.memory)}"
    belongs = (
        Content.styled(f"no run: dltui watch --pid {user.pid}", "$text-muted")
        if user.run is None
        else Content(f"run {safe_text(user.run.name)}")
    )
    return Content.assemble(
        (f"gpu {','.join(map(str, user.gpus))}", "$text-accent"), f"{memory}  ", belongs, f"  {safe_text(user.command)}"
    )
