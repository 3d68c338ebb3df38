"""Where the trainings are that all services speak of."""

from pathlib import Path

from dltui.catalog.places import Places
from dltui.log_options import AS_IT_IS, LogOptions


class Where:
    """The runs in ``root``. ``options``: what a person tells about logs of other programs.

    ``places``: what is listed, if that is other than the runs in ``root``.
    """

    def __init__(self, root: Path, options: LogOptions = AS_IT_IS, places: Places | None = None) -> None:
        self.root = root
        self.options = options
        self.places = places or Places(runs=root)
