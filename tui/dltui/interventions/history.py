"""What was done to a training while it ran, told by the events of its log: one entry for each command or incident."""

from dataclasses import dataclass, replace

from dltui.runs.update import is_undo
from dltui.series.state import RunState
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import EventRecord, Value

OF_LOG = "log"
"""The family of hyperparameters that change only what is written; they are set without a checkpoint, never undone."""
_BY_ITSELF = frozenset({"lr_drop"})
"""What the training changes of itself; it is part of its state, so going back takes it along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What went ``from_`` -> ``to``. Where no hyperparameter was set, ``hparam`` is empty.

    An undo went from one step to another, a checkpoint to the name of its file.
    """

    hparam: str
    from_: Value
    to: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervention:
    """One thing that was done, or refused (``done``), between two steps.

    ``step``: optimiser steps done then, after an undo those that are left. ``time_s``: since the first record of the
    run, NaN where that is not known. ``by``: ``user``, ``advice``, a script's name; empty for what the training did by
    itself. ``undone_at_step``: the step at which the training stood when this was undone.
    """

    id: int | None
    name: str
    step: int
    time_s: float
    settings: tuple[Setting, ...]
    by: str
    reason: str
    note: str
    done: bool
    undone_at_step: int | None = None

    @property
    def is_set(self) -> bool:
        """Whether hyperparameters of the training, and not only of its log, were set."""
        return self.name == "set" and self.done and any(not _is_of_log(each) for each in self.settings)


def history(state: RunState) -> tuple[Intervention, ...]:
    """Return what was done, in the order of the log. Checkpoints that nobody asked for are left out."""
    told: list[Intervention] = []
    for event in state.events:
        if event.name == "checkpoint" and event.id is None:
            continue
        if told and _same_command(told[-1], event):
            told[-1] = _joined(told[-1], event)
            continue
        if is_undo(event):
            _go_back(told, event)
        told.append(_intervention(event, state.start_s))
    return tuple(told)


def _intervention(event: EventRecord, start_s: float) -> Intervention:
    return Intervention(
        id=event.id,
        name=event.name,
        step=event.step,
        time_s=event.time - start_s,
        settings=_settings(event),
        by=event.by,
        reason=event.reason,
        note=event.note,
        done=event.done,
    )


def _settings(event: EventRecord) -> tuple[Setting, ...]:
    told = event.hparam or event.from_ is not None or event.to is not None
    return (Setting(hparam=event.hparam, from_=event.from_, to=event.to),) if told else ()


def _same_command(last: Intervention, event: EventRecord) -> bool:
    """Whether the event is one more answer to the command before: they are written one right after the other."""
    alike = (last.name, last.id, last.step, last.done) == (event.name, event.id, event.step, event.done)
    return alike and event.name == "set" and event.id is not None


def _joined(last: Intervention, event: EventRecord) -> Intervention:
    notes = [last.note] if event.note in ("", last.note) else [last.note, event.note]
    note = " ".join(filter(None, notes))
    return replace(last, settings=(*last.settings, *_settings(event)), note=note)


def _go_back(told: list[Intervention], event: EventRecord) -> None:
    """Mark what an undo takes back: the last set that stands, and what the training did by itself since then.

    A restart takes back all that came after its checkpoint.
    """
    stood_at = event.from_ if isinstance(event.from_, int) and event.from_ >= event.step else event.step
    for place in reversed(range(len(told))):
        each = told[place]
        if each.undone_at_step is not None or not each.done:
            continue
        is_meant = each.is_set and event.name == "undo"
        if is_meant or ((each.is_set or each.name in _BY_ITSELF) and each.step > event.step):
            told[place] = replace(each, undone_at_step=int(stood_at))
        if is_meant:
            return


def _is_of_log(setting: Setting) -> bool:
    known = CATALOGUE.get(setting.hparam)
    return known is not None and known.family == OF_LOG
