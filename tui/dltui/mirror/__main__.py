"""One mirror as a process: ``python -m dltui.mirror RUN_DIR tensorboard``. Exit code: 0 done, 1 it failed."""

import argparse
import sys
from pathlib import Path

from dltui.mirror.wanted import wanted
from dltui.mirror.work import Mirror


def main() -> int:
    """Mirror one run to its end; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m dltui.mirror", description="Mirror one run.")
    parser.add_argument("folder", type=Path, metavar="RUN_DIR", help="the folder of the run")
    parser.add_argument("mirror", metavar="MIRROR", help="tensorboard, wandb; with =FOLDER or =PROJECT")
    parser.add_argument("--lock-fd", type=int, metavar="N", help="what this process holds until its end")
    given = parser.parse_args()
    (chosen,) = wanted([given.mirror])
    Mirror(given.folder, chosen).work()
    return 0


if __name__ == "__main__":
    sys.exit(main())
