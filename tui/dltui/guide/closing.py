"""What a guide has come to in the end: the final settings, as words that repeat the final run, and its loss beside that
of the settings which it began with."""

import shlex
from dataclasses import dataclass

from dltui.guide.state import Guide, TrialEntry
from dltui.guide.trial import BEFORE
from dltui_trainers.configure import as_text
from dltui_trainers.runlog import Number, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """``loss``: the best validation loss of the final run, ``before``: of the settings before; None: not known."""

    run: str
    settings: dict[str, Value]
    loss: Number | None
    before: Number | None


def closing(guide: Guide) -> Closing | None:
    """Return what it has come to; None while there is no final run."""
    trials = {each.name: each for each in guide.steps[-1].trials}
    final = trials.get(guide.final)
    if final is None:
        return None
    settings = {**guide.chosen, **guide.options.settings, **final.settings}
    return Closing(run=final.name, settings=settings, loss=final.val_loss, before=_before(guide.steps[-1].trials))


def command(task: str, settings: dict[str, Value]) -> str:
    """Return the command that trains with these settings, as a person would type it."""
    words = [word for name, value in settings.items() for word in ("--set", f"{name}={as_text(value)}")]
    return shlex.join(["dltui", "train", task, *words])


def _before(trials: list[TrialEntry]) -> Number | None:
    return next((each.val_loss for each in trials if each.name.endswith(f"-{BEFORE}")), None)
