"""The line above the charts that tells what was asked of the training, when it took effect, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from dltui.formatting import count
from dltui.runs.answers import told
from dltui.runs.status import RunStatus
from dltui.runs.wish import Asked
from dltui.series.live import LiveChange
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.widgets.intervened import change_text, last_change, who
from dltui_trainers.job_spec import STOPPED_BY
from dltui_trainers.runlog import EventRecord

BY_ITSELF = frozenset({"oom", "lr_drop", "early_stop", "restarted"})
"""What a training does without being asked, and a person should see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of a change: the ``name`` of the verdict and its short form in words, the theme's colour (``tone``)."""

    sign: str
    name: str
    text: str
    tone: str
    is_worse: bool = False
    is_open: bool = False


def tuning_line(
    state: RunState, asked: Sequence[Asked], verdict: Verdict | None, *, is_late: bool, can_undo: bool
) -> Content | None:
    """Return at most two lines: what happened last, and the change that holds with its ``verdict``.

    ``asked``: what this screen has asked for, the last of it since longer than usual if ``is_late``. None while nothing
    was done to the training.
    """
    standing = last_change(state)
    lines = [_pending(asked[-1], state, is_late)] if asked and not asked[-1].answers else _news(state, standing)
    if standing is not None:
        lines.append(_standing(standing, asked, verdict, can_undo=can_undo))
        if verdict is None or verdict.is_open:  # later it is known what came of it, and the note is in the history
            lines += [note for note in (_note(standing),) if note]
    return Content("\n").join(lines) if lines else None


def _pending(asked: Asked, state: RunState, is_late: bool) -> Content:
    said = f"… {asked.said} asked for"
    if not state.status.alive:
        return Content.styled(
            f"! {asked.said} was asked for, and the training ended before it answered", "$text-warning"
        )
    if not is_late:
        return Content(f"{said} …")
    starting = state.status is RunStatus.STARTING
    why = "the training is still starting" if starting else "it answers between two steps, and may be validating"
    return Content.assemble((f"{said}, no answer yet", "$text-warning"), (f": {why}", "$chart-label"))


def _news(state: RunState, standing: LiveChange | None) -> list[Content]:
    """What happened after the change that holds: the last of it that a person should see."""
    last = standing.settings[-1] if standing is not None else None
    for event in reversed(state.events):
        if event is last:
            break
        if not event.done and event.id is not None and event.by != STOPPED_BY:  # a search learns of it by the end
            return [Content.styled(f"✗ {told(event)}", "$text-error")]
        if event.name == "undo" or event.name in BY_ITSELF or _is_of_log(event):
            return [Content.assemble(("↶ " if event.name == "undo" else "● ", "$text-accent"), told(event), _by(event))]
    return []


def _is_of_log(event: EventRecord) -> bool:
    return event.done and event.name == "set"


def _standing(change: LiveChange, asked: Sequence[Asked], verdict: Verdict | None, *, can_undo: bool) -> Content:
    event = change.settings[0]
    line = Content.styled(change_text(change.settings), "bold")
    line += Content.styled(f" since step {count(change.step + 1)}{_took(event, asked)}", "$chart-label") + _by(event)
    if verdict is not None:
        line = Content.styled(f"{verdict.sign} ", f"$text-{verdict.tone}") + line
        line += Content.styled(f"  {verdict.text}", f"$text-{verdict.tone}")
        if verdict.is_worse and can_undo:
            line += Content.assemble("  ", ("u", "bold $text-accent"), " undoes it")
    return line


def _note(change: LiveChange) -> Content:
    """What the training said of it, where there is something to say."""
    notes = dict.fromkeys(each.note for each in change.settings if each.note)
    return Content.styled(f"  {safe_text('; '.join(notes))}", "$chart-label") if notes else Content()


def _took(event: EventRecord, asked: Sequence[Asked]) -> str:
    """How long it took from the key to the training, if this screen has asked for it."""
    ours = next((each for each in asked if each.id == event.id and each.answers), None)
    return f" ({ours.latency_s:.2f} s)" if ours is not None else ""


def _by(event: EventRecord) -> Content:
    by = who(event.by)
    return Content.styled(f" by {by}", "$chart-label") if by and by != "you" else Content()
