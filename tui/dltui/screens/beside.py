"""A changed training is started beside another: what becomes of that one is asked first."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.app import App

from dltui.runs.launch import Launched
from dltui.screens.confirm import BesideChoice, ConfirmBeside


@dataclass(frozen=True, slots=True)
class Accepted:
    """A change that was accepted: the training that was started, and whether the one that it came from shall stop."""

    launched: Launched
    stop_other: bool


def start_beside(app: App[None], folder: Path, at_work: bool, start: Callable[[bool], None]) -> None:
    """Call ``start`` with whether the training in ``folder`` shall stop; ask that first while it is ``at_work``."""

    def answer(choice: BesideChoice | None) -> None:
        if choice in (BesideChoice.BESIDE, BesideChoice.STOP):
            start(choice is BesideChoice.STOP)

    if at_work:
        app.push_screen(ConfirmBeside(folder.name), answer)
    else:
        start(False)
