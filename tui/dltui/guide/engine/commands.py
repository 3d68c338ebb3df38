"""What a person asks of a guide: lines in the ``control.jsonl`` of its folder, answered in its state."""

from pathlib import Path

import msgspec

from dltui.errors import UsageError
from dltui.guide.options import STEPS, changed
from dltui.guide.result import Judgement
from dltui.guide.state import Answer, Guide, StepEntry, StepState
from dltui.text import safe_text
from dltui_trainers.control import Control, Unusable
from dltui_trainers.runlog import Command, Value

KINDS = ("skip", "repeat", "edit", "accept", "pause", "resume", "stop")
"""``accept``: go on although a step found a fault. ``edit`` takes options by name in ``also``; ``skip``, ``repeat`` and
``accept`` a step in ``value``."""
KEPT_ANSWERS = 100
"""A command is not carried out again by an engine that is started anew: so many can come within the minute in which it
would still be listened to."""


class Inbox:
    """Reads the commands of one guide; each is carried out once, also if the guide is taken up anew meanwhile."""

    def __init__(self, folder: Path, guide: Guide) -> None:
        self._control = Control(folder, KINDS, [answer.id for answer in guide.answers])

    def take(self, guide: Guide, *, at_once: bool = False) -> tuple[Guide, list[str]]:
        """Return the guide as it is asked to be, with answers, and the commands that were obeyed, in order."""
        obeyed = []
        for each in self._control.poll(at_once=at_once):
            if isinstance(each, Unusable):
                guide = _answered(guide, each.id, each.name, each.reason)
                continue
            try:
                guide = _carried_out(guide, each)
            except UsageError as error:
                guide = _answered(guide, each.id, each.command, str(error))
                continue
            guide = _answered(guide, each.id, each.command)
            obeyed.append(each.command)
        return guide, obeyed


def _carried_out(guide: Guide, command: Command) -> Guide:
    """Return the guide as the command wants it; to pause, resume and stop is for the engine. Raises UsageError."""
    match command.command:
        case "edit":
            return _edited(guide, command)
        case "skip":
            return _skipped(guide, _step_of(command))
        case "repeat":
            return repeated(guide, _step_of(command))
        case "accept":
            return _accepted(guide, _step_of(command))
    return guide


def _edited(guide: Guide, command: Command) -> Guide:
    if not command.also:
        raise UsageError("Nothing is named that is to be changed.")
    options = changed(guide.options, {name: _listed(value) for name, value in command.also.items()})
    if "budget_s" not in command.also:
        return msgspec.structs.replace(guide, options=options)
    if not options.budget_s:
        raise UsageError("A budget is more than 0 seconds.")
    return msgspec.structs.replace(guide, options=options, budget_s=options.budget_s)


def _step_of(command: Command) -> int:
    step = command.value
    if not isinstance(step, int) or isinstance(step, bool) or step not in STEPS:
        raise UsageError(f"There is no step {safe_text(str(step))[:20]}: the steps are 0 to 6.")
    return step


def _skipped(guide: Guide, step: int) -> Guide:
    entry = guide.steps[step]
    if entry.state in (StepState.DONE, StepState.OUT_OF_TIME):
        raise UsageError(f"Step {step} is over; repeat does it again.")
    return guide.with_step(msgspec.structs.replace(entry, state=StepState.SKIPPED))


def _accepted(guide: Guide, step: int) -> Guide:
    result = guide.steps[step].result
    if result is None or result.judgement is not Judgement.FAULT:
        raise UsageError(f"Step {step} has found no fault that could be accepted.")
    return msgspec.structs.replace(guide, accepted=sorted({*guide.accepted, step}))


def repeated(guide: Guide, step: int) -> Guide:
    """Return the guide with that step, and all after it, to be done anew: they rest on what it hands on.

    They have their time again. Steps after it that were skipped stay so.
    """
    for entry in guide.steps[step:]:
        tried = entry.state not in (StepState.WAITING, StepState.SKIPPED) or bool(entry.trials)
        stays = entry.state is StepState.SKIPPED and entry.number != step
        fresh = StepEntry(
            number=entry.number,
            state=StepState.SKIPPED if stays else StepState.WAITING,
            attempt=entry.attempt + tried,
        )
        guide = guide.with_step(fresh)
    chosen: dict[str, Value] = {}
    for entry in guide.steps[:step]:
        chosen |= entry.result.handed.settings if entry.result and entry.state is StepState.DONE else {}
    accepted = [each for each in guide.accepted if each < step]
    return msgspec.structs.replace(guide, chosen=chosen, final="", accepted=accepted)


def _listed(value: Value) -> object:
    """Several numbers come as a text, joined by commas: a command holds plain values."""
    if not isinstance(value, str):
        return value
    try:
        return [float(each) for each in value.split(",") if each.strip()]
    except ValueError:
        raise UsageError(f"'{safe_text(value)[:40]}' is not numbers joined by commas.") from None


def _answered(guide: Guide, id: int | None, command: str, refused: str = "") -> Guide:
    if not id or any(each.id == id for each in guide.answers):
        return guide
    answers = [*guide.answers, Answer(id=id, command=command, refused=refused)][-KEPT_ANSWERS:]
    return msgspec.structs.replace(guide, answers=answers)
