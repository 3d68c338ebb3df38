"""What was done to a run while it trained, as marks and curves for its charts: settings, undos, pauses."""

from collections.abc import Iterator
from dataclasses import replace

from dltui.charts.canvas import StyleName
from dltui.charts.spec import Curve, Kind, Mark
from dltui.formatting import count, setting
from dltui.runs.update import is_undo
from dltui.series.live import LiveChange, is_of_log
from dltui.series.state import RunState
from dltui.series.track import AxisName
from dltui_trainers.runlog import EventRecord

UNMARKED = frozenset({"checkpoint", "stop", "set", "resumed", "source"})
"""What the training does by itself all the time, or what something else tells already."""
WORDS = {"paused": "pause", "oom": "out of memory"}
BY = {"user": "you"}
MOST_MARKS = 64
"""The newest ones: a script may have changed something a thousand times."""
MOST_UNDONE = 6
"""So many curves that were undone are drawn, the newest ones: more would hide what counts."""
_LONGEST_NAME, _LONGEST_VALUE = 24, 16


def intervention_marks(state: RunState, axis: AxisName) -> tuple[Mark, ...]:
    """What was done, one mark for each command, the last ones first: where room is short, they are told.

    What was refused or is only about the log gets none. What was undone is dim. Over steps and epochs a change and its
    undo lie in the same place and are told together, and what happened in between is gone; over time everything has its
    own place.
    """
    others = [event for event in state.events if event.done and event.name not in UNMARKED]
    marks = [mark for change in state.live.changes[-MOST_MARKS:] for mark in _of_change(change, state, axis)]
    marks += [mark for event in others[-MOST_MARKS:] for mark in _of_event(event, state, axis)]
    return tuple(sorted(marks, key=lambda mark: mark.x, reverse=True)[:MOST_MARKS])


def without_texts(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The same as lines alone, for a chart beside the one that tells what they are."""
    return tuple(replace(mark, text="") for mark in marks)


def undone_curves(state: RunState) -> tuple[Curve, ...]:
    """The losses that were undone, faint; they have one entry in the legend."""
    traces = [
        trace
        for undone in state.undone[-MOST_UNDONE:]
        for trace in (undone.train_loss.smooth, undone.val_loss.raw)
        if len(trace)
    ]
    labels = ("undone" if not number else "" for number in range(len(traces)))
    return tuple(
        Curve(label=label, trace=trace, style=StyleName.UNDONE, kind=Kind.UNDONE)
        for label, trace in zip(labels, traces, strict=True)
    )


def change_text(settings: tuple[EventRecord, ...]) -> str:
    """What was set in one breath, and by whom: ``lr 1e-3→3e-4, dropout 0→0.2 (you)``."""
    told = ", ".join(_setting(event) for event in settings)
    by = BY.get(settings[0].by, _short(settings[0].by, _LONGEST_NAME))
    return f"{told} ({by})" if by else told


def _setting(event: EventRecord) -> str:
    before = "" if event.from_ is None else _short(setting(event.from_), _LONGEST_VALUE)
    return f"{_short(event.hparam or event.name, _LONGEST_NAME)} {before}→{_short(setting(event.to), _LONGEST_VALUE)}"


def _of_change(change: LiveChange, state: RunState, axis: AxisName) -> Iterator[Mark]:
    settings = tuple(event for event in change.settings if not is_of_log(event))
    if not settings:
        return
    text, x = change_text(settings), _x_of(settings[0], state, axis)
    if change.undone_by is None:
        yield Mark(x=x, text=text, style=StyleName.MARK)
    else:
        yield Mark(x=x, text=f"{text}, undone", style=StyleName.UNDONE)


def _of_event(event: EventRecord, state: RunState, axis: AxisName) -> Iterator[Mark]:
    gone = _was_undone(event, state)
    if axis != "time" and (gone or (is_undo(event) and _is_told_with_change(event, state))):
        return
    quiet = gone or is_undo(event) or event.name == "paused"
    yield Mark(x=_x_of(event, state, axis), text=_told(event), style=StyleName.UNDONE if quiet else StyleName.MARK)


def _told(event: EventRecord) -> str:
    if is_undo(event):
        return f"{'undo' if event.name == 'undo' else 'restart'} → step {count(event.step)}"
    return WORDS.get(event.name, event.name.replace("_", " "))


def _was_undone(event: EventRecord, state: RunState) -> bool:
    """Whether the step at which it happened was taken back later."""
    moment = event.time - state.start_s
    return not is_undo(event) and any(
        undone.since_step < event.step and moment <= undone.time_s for undone in state.undone
    )


def _is_told_with_change(undo: EventRecord, state: RunState) -> bool:
    return any(
        change.undone_by is undo and change.step == undo.step and change.can_be_undone for change in state.live.changes
    )


def _x_of(event: EventRecord, state: RunState, axis: AxisName) -> float:
    if axis == "time":
        return event.time - state.start_s
    return float(event.step) if axis == "step" else state.epoch_at(event.step)


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
