"""The option that mirrors a run in another dashboard while it trains, shared by the commands that start one."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from dltui.errors import MirrorError
from dltui.mirror.wanted import Wanted, wanted


def add_mirror_option(parser: argparse.ArgumentParser) -> None:
    """Let the command take ``--mirror``."""
    parser.add_argument(
        "--mirror",
        action="append",
        default=[],
        metavar="NAME",
        help="show the run in tensorboard (=FOLDER) or wandb (=PROJECT; offline as WANDB_MODE says), too; repeatable",
    )


def mirrors_in(given: argparse.Namespace) -> tuple[Wanted, ...]:
    """Return the mirrors that were asked for. Raises :class:`~dltui.errors.UsageError`."""
    return wanted(given.mirror)


def mirror(folder: Path, mirrors: Iterable[Wanted]) -> None:
    """Start them for a run that has begun; one that cannot be is told, and ends nothing."""
    from dltui.mirror.launch import start_mirrors

    try:
        start_mirrors(folder, mirrors)
    except MirrorError as error:
        print(f"dltui: note: {error}", file=sys.stderr)
