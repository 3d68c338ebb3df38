"""What the machine does while a script trains, measured now and then in the script's own log calls."""

from pathlib import Path
from typing import TYPE_CHECKING

from dltui_trainers.runlog import SystemRecord

if TYPE_CHECKING:
    from dltui_trainers.system import SystemGauge


class Machine:
    """The gauge of our own loop, begun when it is first asked: a script that ends at once does not pay for it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._gauge: SystemGauge | None = None
        self._is_mute = folder is None

    def record(self, step: int) -> SystemRecord | None:
        """Return what is used now if a record is due; None where nothing can be measured."""
        if self._is_mute:
            return None
        try:
            if self._gauge is None:
                from dltui_trainers.system import SystemGauge

                self._gauge = SystemGauge(self._folder)
            return self._gauge.record(step) if self._gauge.due() else None
        except Exception:  # the packages' and the driver's own code: a training does not end by a missing sensor
            self._is_mute = True
            return None
