"""What a training answered to a command, or did by itself, as a sentence: the same one on every screen and in a shell.

A sentence begins small and has no full stop, so that it can stand after a name, or before another.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from dltui.formatting import UNKNOWN, count, setting
from dltui.text import safe_text
from dltui_trainers.runlog import EventRecord, Value

LONGEST_NAME = 60
LONGEST_TEXT = 400
"""A text in a log may be of any length; so much of it is read by a person."""
MOST_STEPS = 2**53
ASKED = {"paused": "pause", "resumed": "resume", "unknown_command": "a command"}
"""What was asked for, where the event is called otherwise."""


def told(event: EventRecord) -> str:
    """Return what the event tells: ``lr 0.1 → 0.03 from step 1 201 on``, with what the training had to say about it.

    Text of the log comes out harmless for a terminal.
    """
    if not event.done:
        return _refused(event)
    sentence = _SENTENCES.get(event.name, _anything)(event)
    note = _shown(event.note, LONGEST_TEXT)
    return f"{sentence}; {note}" if note else sentence


def told_of_all(events: Sequence[EventRecord]) -> tuple[str, ...]:
    """Return what each of the answers to one command tells; a note that is on all of them is told with the last."""
    notes = [event.note for event in events]
    return tuple(
        told(replace(event, note="") if event.note in notes[place + 1 :] else event)
        for place, event in enumerate(events)
    )


def value_text(value: Value) -> str:
    """Return a value of the log as a person types it, a dash where there is none."""
    return UNKNOWN if value is None or value == "" else _shown(setting(value), LONGEST_NAME)


def _refused(event: EventRecord) -> str:
    asked = ASKED.get(event.name, _name(event))
    what = f"{asked} {_shown(event.hparam, LONGEST_NAME)}" if event.hparam else asked
    reason = _shown(event.reason, LONGEST_TEXT) or "the training does not say why"
    return f"{what} was refused: {reason}"


def _set(event: EventRecord) -> str:
    return f"{_change(event)} from step {count(event.step + 1)} on"


def _paused(event: EventRecord) -> str:
    return f"paused after step {count(event.step)}"


def _resumed(event: EventRecord) -> str:
    return f"goes on with step {count(event.step + 1)}"


def _stopped(event: EventRecord) -> str:
    return f"stops after step {count(event.step)}"


def _checkpoint(event: EventRecord) -> str:
    name = "" if event.to is None else f" {value_text(event.to)}"
    return f"checkpoint{name} written at step {count(event.step)}"


def _undone(event: EventRecord) -> str:
    before = event.from_
    since = f" from step {count(before)}" if isinstance(before, int) and abs(before) <= MOST_STEPS else ""
    return f"undone:{since} back to step {count(event.step)}, step {count(event.step + 1)} is next"


def _restarted(event: EventRecord) -> str:
    return f"a process of it was killed, and it went on from step {count(event.step)}, its last checkpoint"


def _out_of_memory(event: EventRecord) -> str:
    return f"out of memory: {_set(event)}" if event.hparam else f"out of memory at step {count(event.step)}"


def _by_itself(event: EventRecord) -> str:
    """What nobody asked for has its reason in it."""
    sentence = _set(event) if event.hparam else f"{_name(event)} at step {count(event.step)}"
    reason = _shown(event.reason, LONGEST_TEXT)
    return f"{sentence}: {reason}" if reason else sentence


def _branch(event: EventRecord) -> str:
    return f"goes on from step {count(event.step)} of {value_text(event.from_)}"


def _source(event: EventRecord) -> str:
    return _shown(event.reason, LONGEST_TEXT) or _anything(event)


def _anything(event: EventRecord) -> str:
    """Of an event that this version does not know."""
    change = "" if event.from_ is None and event.to is None else f" {_change(event)}"
    return f"{_name(event)}{change} at step {count(event.step)}"


def _change(event: EventRecord) -> str:
    before, after = value_text(event.from_), value_text(event.to)
    if before == after and isinstance(event.from_, float):  # a schedule had moved it by a little
        before = f"{event.from_:.8g}"
    move = f"{before} → {after}"
    return f"{_shown(event.hparam, LONGEST_NAME)} {move}" if event.hparam else move


def _name(event: EventRecord) -> str:
    return _shown(event.name.replace("_", " "), LONGEST_NAME)


def _shown(text: str, longest: int) -> str:
    return safe_text(text if len(text) <= longest else f"{text[: longest - 1]}…").strip()


_SENTENCES: dict[str, Callable[[EventRecord], str]] = {
    "set": _set,
    "paused": _paused,
    "resumed": _resumed,
    "stop": _stopped,
    "checkpoint": _checkpoint,
    "undo": _undone,
    "oom": _out_of_memory,
    "lr_drop": _by_itself,
    "early_stop": _by_itself,
    "restarted": _restarted,
    "branch": _branch,
    "source": _source,
}
