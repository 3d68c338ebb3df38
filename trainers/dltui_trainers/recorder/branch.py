"""From where a script is to go on: what ``dltui`` tells the command that it starts for a branch."""

import os

import msgspec

from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import Count, Parent, Value

FROM = "DLTUI_FROM"


class Branch(msgspec.Struct, kw_only=True, frozen=True):
    """The run and the step that this one goes on from, what is to be different, and the state that was kept there.

    ``inherited``: what was different in that run from what the script itself has.
    """

    run: str
    step: Count = 0
    checkpoint: str | None = None
    changed: dict[str, Value] = {}
    inherited: dict[str, Value] = {}

    @property
    def settings(self) -> dict[str, Value]:
        """All that is to be other than the script has it."""
        return {**self.inherited, **self.changed}

    def parent(self) -> Parent:
        """Return it as the manifest has it."""
        return Parent(run=self.run, step=self.step, changed=self.changed, inherited=self.inherited)


_taken = False


def take_branch(warner: Warner) -> Branch | None:
    """Return what the first run of this process goes on from; None for a later one, and without a wish."""
    global _taken
    told = os.environ.get(FROM)
    if not told or _taken:
        return None
    _taken = True
    try:
        return msgspec.json.decode(told, type=Branch)
    except (msgspec.DecodeError, UnicodeError) as error:
        warner.once("from", f"${FROM} is not understood ({error}); the training begins from nothing.")
        return None
