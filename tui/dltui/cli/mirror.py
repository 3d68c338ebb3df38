"""``dltui mirror RUN NAME``: a run in another dashboard, from its beginning, and on while it trains."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from dltui.cli.options import given_in, make_parser
from dltui.mirror.wanted import Wanted, wanted
from dltui.paths import runs_folder
from dltui.runs.find import find_run

_EPILOG = """\
  dltui mirror RUN tensorboard            event files in RUN/tensorboard: tensorboard --logdir runs
  dltui mirror RUN tensorboard=tb         in tb/RUN
  dltui mirror RUN wandb=PROJECT          as WANDB_MODE, WANDB_ENTITY, ... say
  dltui train digits --mirror wandb       the same, from the start
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser(
        "dltui mirror", "Show a run in another dashboard, too: what it has logged, and what it logs on.", _EPILOG
    )
    parser.add_argument("run", metavar="RUN", help="the name or the folder of a run")
    parser.add_argument("mirror", metavar="NAME", help="tensorboard (=FOLDER) or wandb (=PROJECT)")
    given = given_in(parser, words)
    (chosen,) = wanted([given.mirror])
    return lambda: mirror(find_run(runs_folder(given.runs), given.run), chosen)


def mirror(folder: Path, chosen: Wanted) -> int:
    """Mirror the run to its end; Ctrl-C ends it before, and the next time it goes on from there. Return the exit code.

    Raises :class:`~dltui.errors.MirrorError`.
    """
    from dltui.mirror.state import take_lock
    from dltui.mirror.work import Mirror

    lock = take_lock(folder, chosen)
    try:
        Mirror(folder, chosen).work()
    except KeyboardInterrupt:
        print(
            f"dltui: {folder.name} is mirrored as far as it went; the same command goes on from there", file=sys.stderr
        )
    finally:
        os.close(lock)
    return 0
