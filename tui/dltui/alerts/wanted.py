"""How somebody wants to be told of what happens to a training while they look elsewhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """``command``: a line for the shell that is run each time (``--notify``). ``bell``: the terminal rings.

    ``since_s``: only of runs that began at that moment (Unix seconds) or later.
    """

    command: str = ""
    bell: bool = False
    since_s: float = 0.0

    @property
    def wanted(self) -> bool:
        """Whether anything is to be told at all."""
        return bool(self.command) or self.bell


SILENT = Alerts()
"""Nothing is told."""
