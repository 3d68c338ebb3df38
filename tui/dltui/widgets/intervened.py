"""What is done to a running training, in words: what was asked for, what an undo brings back, who did it."""

import math
from collections.abc import Mapping

from dltui.formatting import count
from dltui.runs.answers import value_text
from dltui.runs.wish import Wish
from dltui.series.live import LiveChange, is_of_log
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui_trainers.runlog import EventRecord, Value

_SAID = {
    "undo": "undo",
    "pause": "pause",
    "resume": "going on",
    "checkpoint": "a checkpoint",
}


def last_change(state: RunState) -> LiveChange | None:
    """Return the change that would be undone next: the last one that holds, and is about the training."""
    standing = (each for each in reversed(state.live.changes) if each.undone_by is None and each.can_be_undone)
    return next(standing, None)


def present(state: RunState) -> dict[str, Value]:
    """Return the present values of the hyperparameters; of the learning rate that of the last step."""
    rate = state.step_metrics["lr"].last
    return {**state.hparams, "lr": float(f"{rate:.4g}")} if math.isfinite(rate) else state.hparams


def wish_text(wish: Wish, present: Mapping[str, Value]) -> str:
    """Return what is asked for: ``lr 0.1 → 0.03``; ``present``: the values that it will replace."""
    if wish.command != "set":
        return _SAID[wish.command]
    return ", ".join(move(name, present.get(name), value) for name, value in wish.settings.items())


def change_text(settings: tuple[EventRecord, ...]) -> str:
    """Return what a command has set: ``lr 0.1 → 0.03, dropout 0 → 0.2``."""
    return ", ".join(move(each.hparam, each.from_, each.to) for each in settings)


def move(name: str, before: Value, after: Value) -> str:
    """Return ``lr 0.1 → 0.03``, harmless for a terminal."""
    return f"{safe_text(name)} {value_text(before)} → {value_text(after)}"


def who(by: str) -> str:
    """Return who did it: ``you`` for a person at an interface, which may be another one than this."""
    return "you" if by == "user" else safe_text(by)


def undo_question(change: LiveChange, state: RunState) -> tuple[str, str]:
    """Return the question whether to undo that change, and what comes of it."""
    back = ", ".join(move(each.hparam, each.to, each.from_) for each in change.settings if not is_of_log(each))
    epoch = state.epoch_at(change.step)
    where = f"step {count(change.step)}" + (f" (epoch {epoch:.1f})" if math.isfinite(epoch) else "")
    lost = _lost(state.step - change.step)
    return f"Undo {change_text(change.settings)}?", f"The training goes back to {where}: {back}.\n{lost}"


def _lost(steps: int) -> str:
    """What is thrown away."""
    if steps < 1:
        return "Nothing was trained since."
    if steps == 1:
        return "The step trained since is thrown away."
    return f"The {count(steps)} steps trained since are thrown away; they stay on the chart, dim."
