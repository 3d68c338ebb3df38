"""Live control of a user's script: what a person asks of it is done between two of its steps, and answered.

The script has to do nothing for it but log, and call ``run.should_stop`` and ``run.pause_point()`` where it wants to be
stopped and held. torch is imported when the script shows a network, and not before.
"""

import os
import threading
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dltui_trainers.answers import refusal
from dltui_trainers.control import POLL_S, Control, Unusable
from dltui_trainers.errors import TrainerError
from dltui_trainers.recorder.heeded import unheeded, wanted_of
from dltui_trainers.recorder.host import Host
from dltui_trainers.recorder.order import Order
from dltui_trainers.recorder.script_commands import KINDS, ScriptCommands
from dltui_trainers.recorder.script_dials import Dials, checked, settable
from dltui_trainers.recorder.together import Together, distributed
from dltui_trainers.runlog import CHECKPOINTS, Command, EventRecord

if TYPE_CHECKING:
    from dltui_trainers.recorder.kept_state import Head, KeptState
    from dltui_trainers.recorder.watched import Watched

LOOK_S = 0.025
"""Pause between two looks for commands: each costs some 50 us of cold caches in the middle of a training."""
SIGN_OF_LIFE_S = 1.0
"""While a training is paused with others, these hear of it so often: a broadcast that waits too long gives up."""
MEETS_WITHIN_S = 5.0
"""Where several processes have logged for so long and not met, they may never do."""
CLOSING_S = 1.0
"""The end of a run waits so long for what another thread is doing for it."""
LATE_BLOCKS = 8
"""So many reads of the file at the end: whoever floods it must not keep the script from ending."""
APART = "the script's processes know nothing of each other (no torch.distributed): what one did, the others would not"
NOWHERE_TO_MEET = (
    "the script has several processes, and they take commands only where each of them calls run.should_stop or"
    " run.pause_point()"
)
OVER = "the training is over"


class Live:
    """The live control of one run; a log call now and then looks for what a person wants."""

    def __init__(self, run: Host) -> None:
        # not to keep a run alive that its script has let go of
        self._run: Host = weakref.proxy(run)
        self._commands = ScriptCommands(self._write)
        self._control = Control(run.folder, KINDS) if run.folder is not None else None
        self._together: Together | None = None
        self._watched: Watched | None = None
        self._kept: KeptState | None = None
        self._has_begun = self._asks_state = self._has_restored = False
        self._has_pause_point = False
        self._home: int | None = None
        """The thread that asks for commands by a method of their own."""
        self._turn = threading.Lock()
        self._next_look = 0.0
        self._first_look: float | None = None

    def look(self) -> float:
        """Do what was asked for: numbers were logged just now. Return in how many seconds to look again."""
        if not self._has_begun:
            self._has_begun = True
            self._tell_unheeded()
        if time.monotonic() >= self._next_look:
            self._look()
        return LOOK_S

    def close(self) -> None:
        """The run ends: keep its state, and refuse what was asked for too late.

        A thread that trains, and is paused, has the turn and keeps it: the process ends all the same.
        """
        has_turn = self._turn.acquire(timeout=CLOSING_S)
        try:
            if self._kept is not None:
                self._warn("checkpoint", self._kept.write_now())
                self._kept.close()
            self._refuse_late()
            self._together = None  # a group that lives on to the end of the interpreter aborts the process
        finally:
            if has_turn:
                self._turn.release()

    def _refuse_late(self) -> None:
        for _ in range(LATE_BLOCKS if self._control is not None else 0):
            for each in self._poll(at_once=True):
                reason = each.reason if isinstance(each, Unusable) else OVER
                self._write(refusal(self._run.step, each, reason))

    def watch(self, model: Any, optimizer: Any = None, every: int | None = None) -> None:
        """Measure ``model`` while it trains, and let be set what ``optimizer`` uses; each may be a list of several."""
        from dltui_trainers.recorder.watched import Watched

        self._home = threading.get_ident()
        if self._watched is None:
            self._watched = Watched(self._run, self._write)
            self._run.attach(self._watched)
        self._watched.add(model, optimizer, every)
        self._commands.dials = self._watched.dials
        if (branch := self._run.branch) is not None:
            self._watched.change_at_first_step(lambda: wanted_of(branch, has_restored=self._has_restored))

    def set_by(self, dials: Dials) -> None:
        """Let be set what ``dials`` turn, of a library whose optimisers are not torch's."""
        self._home = threading.get_ident()
        self._commands.dials = dials
        self._run.rewrite_manifest(commands=list(KINDS), settable=settable(dials))
        if (branch := self._run.branch) is not None:
            settings = dict(branch.settings)
            if self._has_restored and "lr" not in branch.changed:  # the state has the rate, as far as it had come down
                settings.pop("lr", None)
            texts = {name: str(value) for name, value in settings.items() if name in settable(dials)}
            with suppress(TrainerError):  # the script has set them itself
                dials.turn(checked(dials, texts))

    @property
    def should_stop(self) -> bool:
        """Whether a person wants the training to end."""
        self._commands.asks_stop = True
        self._meet(holds=not self._has_pause_point)
        return self._commands.stopping

    @property
    def is_stopping(self) -> bool:
        """Whether a person has asked for the end, and was told that it comes."""
        return self._commands.stopping

    def pause_point(self) -> None:
        """Wait here as long as a person wants the training to pause."""
        self._has_pause_point = True
        self._meet(holds=True)

    def checkpoint(self, state: Any) -> None:
        """Keep ``state`` at once, or the function that returns it for whenever one is wanted."""
        if self._run.folder is None:
            return
        from dltui_trainers.recorder.kept_state import KeptState

        if self._kept is None:
            self._kept = KeptState(self._run.folder / CHECKPOINTS, self._head)
            self._commands.before_change = self._kept.write_before_change
            self._commands.save_now = self._kept.write_asked
        self._warn("checkpoint", self._kept.take(state))

    def restore(self, map_location: Any = "cpu") -> Any:
        """Return the state that this run goes on from; None where it begins from nothing."""
        self._asks_state = True
        branch = self._run.branch
        if branch is None or branch.checkpoint is None:
            return None
        from dltui_trainers.recorder.kept_state import read_state

        try:
            state = read_state(Path(branch.checkpoint), map_location)
        except TrainerError as error:
            self._warn("restore", f"{error} The training begins from nothing.")
            return None
        changes = ", ".join(f"{name} = {value}" for name, value in branch.changed.items())
        reason = ", ".join(filter(None, (f"checkpoint {os.path.basename(branch.checkpoint)}", changes)))
        event = EventRecord(step=branch.step, time=time.time(), name="branch", from_=branch.run, reason=reason)
        self._write(event)
        self._has_restored = True
        self._run.step = max(self._run.step, branch.step)
        return state

    def _tell_unheeded(self) -> None:
        """The first step is done: what the script has made nothing of until now will have no effect."""
        branch = self._run.branch
        if branch is None:
            return
        for event in unheeded(
            branch,
            self._run.step,
            asks_state=self._asks_state,
            read=self._run.told if self._run.has_read_hparams else (),
            turned=settable(self._commands.dials) if self._commands.dials is not None else (),
        ):
            self._run.warner.once(event.hparam or event.name, f"{event.reason}.")
            self._write(event)

    def _look(self) -> None:
        """Look for commands in a log call: in the thread that trains, as far as that is known, and one at a time."""
        if self._home not in (None, threading.get_ident()) or not self._turn.acquire(blocking=False):
            return
        try:
            self._next_look = time.monotonic() + LOOK_S
            if distributed() is None and self._run.ranks.world == 1:
                self._attend(self._poll())
                if not self._has_pause_point:
                    self._hold()
            elif self._together is None:
                self._refuse_alone()
            self._save_if_due()
        finally:
            self._turn.release()

    def _meet(self, *, holds: bool) -> None:
        """The script is between two steps, with all its processes if there are several."""
        self._home = threading.get_ident()
        group = distributed()
        if group is not None:
            self._meet_others(group, holds=holds)
        elif time.monotonic() >= self._next_look or (holds and self._commands.paused):
            self._look()
            if holds and self._commands.paused and self._turn.acquire(blocking=False):
                try:
                    self._hold()
                finally:
                    self._turn.release()

    def _poll(self, *, at_once: bool = False) -> list[Command | Unusable]:
        return self._control.poll(at_once=at_once) if self._control is not None else []

    def _attend(self, found: Iterable[Command | Unusable]) -> None:
        for each in found:
            self._commands.carry_out(self._run.step, each, lambda order: order)

    def _hold(self) -> None:
        """Wait until the training is to go on; further commands are done meanwhile."""
        if not self._commands.paused or self._commands.stopping:
            return
        self._save_at_pause()
        while self._commands.paused and not self._commands.stopping:
            time.sleep(POLL_S)
            self._run.rest()
            self._attend(self._poll(at_once=True))
        self._forget_time()

    def _refuse_alone(self) -> None:
        """Several processes take commands where they meet; where they do not, that is said."""
        now = time.monotonic()
        if self._first_look is None:
            self._first_look = now
        if now < self._first_look + MEETS_WITHIN_S:
            return
        for each in self._poll():
            reason = APART if distributed() is None else NOWHERE_TO_MEET
            self._write(refusal(self._run.step, each, each.reason if isinstance(each, Unusable) else reason))

    def _meet_others(self, group: Any, *, holds: bool) -> None:
        with self._turn:
            if self._together is None:
                self._together = Together(group)
            if not self._together.meets():
                return
            self._do_together(self._poll(at_once=True))
            if not (holds and self._commands.paused) or self._commands.stopping:
                return
            self._save_at_pause()
            while self._commands.paused and not self._commands.stopping:
                self._do_together(self._wait_for_some())
            self._forget_time()

    def _do_together(self, found: list[Command | Unusable]) -> None:
        """What the first process is asked for is done by all: they hear whether there is something, and then what."""
        assert self._together is not None
        if not self._together.anything(bool(found)):
            return
        if self._together.is_first:
            for each in found:
                self._commands.carry_out(self._run.step, each, self._together.share)
            self._together.share(Order(end=True))
            return
        while not (order := self._together.share(Order())).end:
            self._commands.apply(order)

    def _wait_for_some(self) -> list[Command | Unusable]:
        """Return the commands that come, none after a second: the others wait for a word meanwhile."""
        assert self._together is not None
        until = time.monotonic() + SIGN_OF_LIFE_S
        found: list[Command | Unusable] = []
        while self._together.is_first and not found and time.monotonic() < until:
            time.sleep(POLL_S)
            self._run.rest()
            found = self._poll(at_once=True)
        return found

    def _save_if_due(self) -> None:
        if self._kept is not None:
            self._warn("checkpoint", self._kept.write_if_due())

    def _save_at_pause(self) -> None:
        """It may last, and who knows what happens meanwhile."""
        if self._kept is not None:
            self._warn("checkpoint", self._kept.write_now())

    def _forget_time(self) -> None:
        if self._watched is not None:
            self._watched.rest()

    def _head(self) -> "Head":
        """Where the script is, for the head of a checkpoint."""
        from dltui_trainers.recorder.kept_state import Head

        manifest, step = self._run.manifest, self._run.step
        assert manifest is not None  # who keeps checkpoints has a folder
        present = self._watched.present if self._watched is not None else {}
        epoch = step // manifest.steps_per_epoch if manifest.steps_per_epoch else 0
        return Head(step=step, epoch=epoch, task=manifest.task, hparams={**manifest.hparams, **present})

    def _write(self, record: Any) -> None:
        self._run.write(record)

    def _warn(self, kind: str, text: str | None) -> None:
        if text:
            self._run.warner.once(kind, text)
            failed = EventRecord(step=self._run.step, time=time.time(), name=kind, reason=text, done=False)
            self._write(failed)
