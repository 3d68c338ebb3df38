"""The words that let advice be followed unasked: ``--auto`` and its limits."""

import argparse

from dltui.advice.limits import CAREFUL, EVERY_EPOCHS, Limits
from dltui.cli.options import Parser
from dltui.errors import UsageError
from dltui.text import safe_text
from dltui_trainers.errors import suggestion
from dltui_trainers.hparams import CATALOGUE


def add_auto_options(parser: Parser) -> None:
    """Add what a person may say of it."""
    parser.add_argument(
        "--auto", action="store_true", help="apply the advice that can be set live by itself, and undo what hurt"
    )
    parser.add_argument(
        "--auto-hparams",
        metavar="NAME,...",
        help=f"with --auto: which hyperparameters it may set (default: {','.join(CAREFUL)})",
    )
    parser.add_argument(
        "--auto-every",
        type=_epochs,
        metavar="EPOCHS",
        help=f"with --auto: at most one change in so many epochs (default: {EVERY_EPOCHS:g})",
    )


def limits_in(given: argparse.Namespace) -> Limits | None:
    """Return the limits that the words set, None without ``--auto``. Raises :class:`UsageError`."""
    if not given.auto:
        if given.auto_hparams is not None or given.auto_every is not None:
            raise UsageError("--auto-hparams and --auto-every set limits to --auto, which is missing.")
        return None
    names = CAREFUL if given.auto_hparams is None else _names(given.auto_hparams)
    return Limits(hparams=names, every_epochs=EVERY_EPOCHS if given.auto_every is None else given.auto_every)


def _names(text: str) -> tuple[str, ...]:
    live = [each.name for each in CATALOGUE.values() if each.live and each.family != "log"]
    names = tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))
    for name in names:
        if name not in live:
            meant = suggestion(name, live) or f" These can be: {', '.join(live)}."
            raise UsageError(f"--auto-hparams: '{safe_text(name)}' cannot be set while a training runs.{meant}")
    if not names:
        raise UsageError("--auto-hparams names nothing; for example --auto-hparams lr,weight_decay.")
    return names


def _epochs(text: str) -> float:
    try:
        epochs = float(text)
    except ValueError:
        epochs = float("nan")
    if not 1 <= epochs < float("inf"):
        raise argparse.ArgumentTypeError(f"'{text}' is no number of epochs, which is 1 or more")
    return epochs
