"""The words that say how a guide is to go about it: each is one of its options, checked together with the others."""

import argparse
from typing import Any

from dltui.cli.options import Parser, settings_in
from dltui.guide.options import Options, checked
from dltui.guide.told_time import seconds_in

BUDGET = "for all of it: 60s, 10m, 2h (default: chosen once the data are known, at least 60s)"


def add_guide_options(parser: Parser) -> None:
    """Add them; without any of them the guide is that of the defaults."""
    add = parser.add_argument
    add(
        "--set",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        dest="settings",
        help="a hyperparameter that no step changes",
    )
    add("--budget", metavar="TIME", help=BUDGET)
    add("--lr-range", type=_range, metavar="LOW,HIGH", help="learning rates that step 3 sweeps (default: 1e-5,1)")
    add("--lr-points", type=_whole, metavar="N", help="so many of them (default: 11)")
    add("--sweep-steps", type=_whole, metavar="N", help="training steps for each of them (default: 100)")
    add("--lr-factors", type=_numbers, metavar="X,X,...", help="of the rate found, for the grid (default: 0.5,1,2)")
    add("--weight-decays", type=_numbers, metavar="X,X,...", help="for the grid (default: 0,1e-5,1e-4,1e-3)")
    add("--coarse-epochs", type=_whole, metavar="N", help="for each trial of the grid, at most (default: 5)")
    add("--refine-epochs", type=_whole, metavar="N", help="for the best of them, in step 5 (default: 20)")
    add("--rounds", type=_whole, metavar="N", help="of step 6, which looks and changes, at most (default: 30)")
    add("--per-class", type=_whole, metavar="N", help="samples a class that step 2 overfits (default: 8)")
    add("--workers", type=_whole, metavar="K", help="trials at a time (default: one a core; on a GPU one)")
    add("--skip", type=_steps, metavar="N,N,...", help="steps to leave out")


def changes_in(given: argparse.Namespace) -> dict[str, Any]:
    """Return the options that the words name, by the names of :class:`Options`. Raises :class:`UsageError`."""
    named = {name: getattr(given, name, None) for name in Options.__struct_fields__}
    if given.lr_range is not None:
        named["lr_low"], named["lr_high"] = given.lr_range
    if given.budget is not None:
        named["budget_s"] = seconds_in(given.budget)
    if given.settings:
        named["settings"] = settings_in(given.settings)
    return {name: value for name, value in named.items() if value not in (None, [])}


def options_in(given: argparse.Namespace) -> Options:
    """Return the options of a new guide. Raises :class:`UsageError` for what makes no sense."""
    return checked(Options(**changes_in(given)))


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number") from None


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(each) for each in text.split(",") if each.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not numbers joined by commas, such as 0.5,1,2") from None


def _range(text: str) -> tuple[float, float]:
    numbers = _numbers(text)
    if len(numbers) != 2:
        raise argparse.ArgumentTypeError(f"'{text}' is not two numbers, such as 1e-5,1")
    return numbers[0], numbers[1]


def _steps(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(each) for each in text.split(",") if each.strip()}))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not steps from 0 to 6, such as 1,2") from None
