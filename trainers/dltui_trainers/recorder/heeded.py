"""What a branch asks of a script: what is to hold from its first step on, and what the script has made nothing of."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from dltui_trainers.configure import as_text
from dltui_trainers.recorder.branch import Branch
from dltui_trainers.runlog import EventRecord, Value


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to hold from the first step on. ``is_anew``: in a training that begins, and may have it already."""

    settings: Mapping[str, Value]
    is_anew: bool


def wanted_of(branch: Branch, *, has_restored: bool) -> Wanted:
    """Return what the branch changes; of what was other before, a state has all but the share that a layer drops."""
    if not has_restored:
        return Wanted(branch.settings, is_anew=True)
    dropped = {name: value for name, value in branch.inherited.items() if name == "dropout"}
    return Wanted({**dropped, **branch.changed}, is_anew=False)


def unheeded(
    branch: Branch, step: int, *, asks_state: bool, read: Collection[str], turned: Collection[str]
) -> Iterator[EventRecord]:
    """Yield what will have no effect, as it is known at the first step that is logged.

    ``asks_state``: whether the script has asked for the state to go on from; ``read``: the settings that it tells, if
    it reads them from the run; ``turned``: what can be set in it.
    """
    if branch.checkpoint is not None and not asks_state:
        reason = f"the script never asks run.restore(): it began from nothing, not from step {branch.step}"
        yield EventRecord(step=step, time=time.time(), name="restore", from_=branch.run, reason=reason, done=False)
    for name, value in branch.settings.items():
        if name not in turned and name not in read:
            reason = (
                f"the script neither reads {name} in run.hparams nor lets it be set (run.watch), so {name} ="
                f" {as_text(value)} has no effect"
            )
            now = time.time()
            yield EventRecord(step=step, time=now, name="set", hparam=name, to=value, reason=reason, done=False)
