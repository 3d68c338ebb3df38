"""What is asked of each node of the cluster. It is sent there as it is, so it needs Python and nothing else.

What it has imported by name would be sent along as it is here: of ``sys`` only the module means that of the node.
"""

import sys
from importlib.util import find_spec
from pathlib import Path


def lacks(study: str) -> str:
    """Return what this machine lacks to train something for the study in that folder; empty if nothing."""
    missing = [name for name in ("dltui", "dltui_trainers", "torch") if find_spec(name) is None]
    if missing:
        return f"its Python ({sys.executable}) has no {missing[0]}: install dltui there, in the environment of Ray"
    if not Path(study).is_dir():
        return f"it does not see {study}; all nodes need the runs folder on a disk that they share (--runs DIR)"
    return ""
