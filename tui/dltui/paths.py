"""Where runs live: ``--runs DIR``, else ``$DLTUI_RUNS``, else ``runs/`` in the current folder."""

import os
from pathlib import Path

RUNS_VARIABLE = "DLTUI_RUNS"


def runs_folder(given: str | None = None) -> Path:
    """Return the folder of the runs. It need not exist yet."""
    return Path(given or os.environ.get(RUNS_VARIABLE) or "runs").expanduser()
