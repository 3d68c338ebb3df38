"""The options ``--notify`` and ``--bell``, and what they do where there is no interface."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dltui.alerts.wanted import Alerts
from dltui.catalog.places import Places
from dltui.cli.options import Parser


def add_alert_options(parser: Parser) -> None:
    """Add how a person wants to be told of what happens."""
    parser.add_argument(
        "--notify",
        metavar="CMD",
        default="",
        help="run this shell command when a run ends, falls silent or is judged otherwise than before;"
        " $DLTUI_TEXT, $DLTUI_EVENT, $DLTUI_RUN and others tell it what happened",
    )
    parser.add_argument("--bell", action="store_true", help="ring the terminal's bell when that happens")


def alerts_in(given: argparse.Namespace, since_s: float = 0.0) -> Alerts:
    """Return what was asked for with :func:`add_alert_options`."""
    return Alerts(command=given.notify, bell=given.bell, since_s=since_s)


@contextmanager
def told_of(folder: Path, alerts: Alerts) -> Iterator[None]:
    """Tell of what happens to the run in ``folder`` meanwhile, and at the end how it ended."""
    if not alerts.wanted:
        yield
        return
    from dltui.services import Services

    services = Services(folder.parent, places=Places(logs=(folder,)))
    sentinel = services.sentinel(alerts, lambda _: ring(alerts), complain)
    services.settle()
    sentinel.look()  # what is so at the beginning is no news
    sentinel.start()
    try:
        yield
    finally:
        services.settle()
        sentinel.close()
        services.close()


def ring(alerts: Alerts) -> None:
    """Ring the bell of the terminal, if there is one and it is wanted."""
    if alerts.bell and sys.stderr.isatty():
        sys.stderr.write("\a")
        sys.stderr.flush()


def complain(sentence: str) -> None:
    """Say what went wrong beside the work."""
    print(f"dltui: {sentence}", file=sys.stderr, flush=True)
