"""What a run tells of itself when torchrun has begun its processes again: how far it came, and from where it goes on.

No torch is needed.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from dltui_trainers.attempts import newest_checkpoint
from dltui_trainers.configure import as_settings, configure, with_data
from dltui_trainers.errors import OriginError
from dltui_trainers.named_task import find_task
from dltui_trainers.origin import Origin
from dltui_trainers.plan import Plan, fixed_in, read_parent
from dltui_trainers.runlog import CONTROL, METRICS, AnyRecord, EndRecord, EventRecord, command_decoder, record_decoder

_FOREIGN = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What the log of a run tells that was cut short. ``step``: the last one that it tells of, None if it is empty.

    ``ended``: it was not cut short at all. ``answered``: ids of the commands that have their answer. ``torn``: its last
    line has no end.
    """

    step: int | None = None
    ended: bool = False
    paused: bool = False
    answered: frozenset[int] = frozenset()
    torn: bool = False


def traces_in(folder: Path) -> Traces:
    """Read the log in ``folder``; lines that are none of ours are passed over."""
    last: AnyRecord | None = None
    paused, answered, line = False, set[int](), b""
    with (folder / METRICS).open("rb") as log:
        for line in log:
            with suppress(*_FOREIGN):
                last = record_decoder.decode(line)
                if isinstance(last, EventRecord) and last.id is not None:
                    answered.add(last.id)
                if isinstance(last, EventRecord) and last.done and last.name in ("paused", "resumed"):
                    paused = last.name == "paused"
    return Traces(
        step=None if last is None else last.step,
        ended=isinstance(last, EndRecord),
        paused=paused,
        answered=frozenset(answered),
        torn=bool(line) and not line.endswith(b"\n"),
    )


def place_after(folder: Path, answered: frozenset[int]) -> int:
    """Return where in the control file the commands begin that have no answer yet."""
    place = end = 0
    with suppress(OSError), (folder / CONTROL).open("rb") as control:
        for line in control:
            end += len(line)
            with suppress(*_FOREIGN):
                if command_decoder.decode(line).id in answered:
                    place = end
    return place


def plan_again(folder: Path, task: str) -> Plan | None:
    """Return the plan of the training in ``folder`` as its newest checkpoint has it; None where it has none yet.

    Raises :class:`TrainerError`, as a plan does: the task may have changed meanwhile.
    """
    found = newest_checkpoint(folder)
    try:
        manifest = read_parent(Origin(folder=folder))
    except OriginError:  # it had not begun
        return None
    if found is None:
        return None
    kept = found[1]
    info = find_task(task)
    info = replace(info, fixed=fixed_in(info, manifest))
    told = manifest.hparams | kept.hparams
    info, _ = with_data(info, {}, as_settings(info, told)[0])
    hparams, _ = configure(info, {}, as_settings(info, told)[0])
    return Plan(task=info, hparams=hparams, parent=manifest.parent, kept=kept)
