"""What a person can do to the run that a screen shows: set, undo, pause, save, stop, branch, apply advice.

A wish is one line in the run's folder. When it took effect is read from the log, as everybody else reads it: so any
number of interfaces may watch and command one training.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.binding import Binding
from textual.widgets import Static

from dltui.errors import ControlError, DltuiError
from dltui.messages import RunStarted
from dltui.runs.answers import told
from dltui.runs.script_task import branched_task, takes
from dltui.runs.told_task import task_of
from dltui.runs.update import RunUpdate
from dltui.runs.wish import Asked, Wish
from dltui.screens.about_run import AboutRun
from dltui.screens.beside import Accepted
from dltui.screens.charted import ChartedScreen
from dltui.screens.confirm import OURS_STOPS, ConfirmStop, ConfirmUndo, StopChoice, UndoChoice
from dltui.series.live import LiveChange
from dltui.services import Services
from dltui.widgets.effects import verdict_of
from dltui.widgets.intervened import last_change, present, undo_question, wish_text
from dltui.widgets.tuning_line import tuning_line
from dltui_trainers.origin import At
from dltui_trainers.registry import TaskInfo

PATIENCE_S = 5.0
"""A training answers within 20 ms; after so long a person wants to know what it may be doing instead."""
TUNE_KEYS = (
    Binding("space", "pause", "Pause", tooltip="Pause the training"),
    Binding("space", "resume", "Resume", tooltip="Let the training go on"),
    Binding("l", "set_hparams", "Set", tooltip="Set hyperparameters of the running training"),
    Binding("a", "advise", "Advice", tooltip="What to change: apply it, or start it"),
    Binding("u", "undo", "Undo", tooltip="Undo the last change: go back to before it"),
    Binding("b", "branch", "Branch", tooltip="Branch from a checkpoint, with changes"),
    Binding("h", "show_history", "History", tooltip="What was done to the training, and what came of it"),
    Binding("ctrl+s", "save_checkpoint", "Save a checkpoint now", show=False, key_display="^s"),
    Binding("A", "toggle_auto", "Follow advice unasked, within limits, or not", show=False),
    Binding("k", "stop_run", "Stop", tooltip="Stop the training"),
)
"""What the screen of a run listens to beside the keys of its charts."""
COMMANDS = {"save_checkpoint": "checkpoint", "stop_run": "stop"}
"""Actions that ask for one thing: the command of each."""

COMMAND_STOPS = "It is interrupted as by Ctrl-C, and ended 10 seconds later if it goes on. What it saves is up to it."
SCRIPT_STOPS = "Its script is told so and ends where it asks. What it saves is up to it."
_STOPS = {"command": COMMAND_STOPS, "recorder": SCRIPT_STOPS}
"""What becomes of a training of another source than our own when it is stopped."""


class TunedScreen(ChartedScreen):
    """Shows the run in ``folder`` and tells it what to do. It expects a static with the id ``tuning``."""

    commands = True
    """Whether what is shown is a training that may be told what to do, and not a recording of one."""

    def __init__(self, services: Services, folder: Path) -> None:
        super().__init__()
        self._services = services
        self.folder = folder
        self._asked: list[Asked] = []
        self._dialog: AboutRun[Any] | None = None
        self._offered: tuple[bool | None, ...] = ()

    def draw_soon(self) -> None:
        """See to it that what is new is drawn."""

    @property
    def is_at_work(self) -> bool:
        """Whether the training goes on."""
        return self.followed is not None and self.followed.state.status.alive

    @property
    def is_ours(self) -> bool:
        """Whether it is a run of dltui, which can be told what to do."""
        return self.followed is not None and not self.followed.state.format

    @property
    def newest(self) -> At:
        """The newest step that is shown, from which a changed training can go on."""
        return "last"

    @property
    def known_task(self) -> TaskInfo | None:
        """The task that it trains, where that is one of ours or a script that lets something be set."""
        manifest = self.followed.state.manifest if self.followed is not None else None
        task = task_of(manifest) if manifest is not None else None
        lets_be_set = task is not None and any(task.hparam(name).live for name in task.reads)
        return task if lets_be_set else None

    @property
    def branchable_task(self) -> TaskInfo | None:
        """The task that can be started again from it; a script of a person's own with all that it tells."""
        manifest = self.followed.state.manifest if self.followed is not None else None
        if manifest is not None and manifest.source == "recorder":
            return branched_task(manifest)
        return self.known_task if self._takes("branch") else None

    def _takes(self, command: str) -> bool:
        """Whether the training listens to that; a script of a person's own may listen to some commands alone."""
        return takes(self.followed.state.manifest if self.followed is not None else None, command)

    def why_not(self) -> str:
        """Return why the training cannot be told what to do, as a sentence; nothing if it can."""
        if not self.commands:
            return "This is a recording: nothing can be asked of it."
        if not self.is_ours:
            return "Another program trains this: it cannot be asked for anything."
        return "" if self.is_at_work else "The training is over: nothing can be asked of it any more."

    @property
    def undoable(self) -> LiveChange | None:
        """The change that would be undone next."""
        return last_change(self.followed.state) if self.followed is not None else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is not offered; what may be possible soon is shown dim."""
        able = not self.why_not()
        if action in COMMANDS:
            return able and self._takes(COMMANDS[action])
        if action in ("pause", "resume"):
            return able and self._takes(action) and self.is_paused is (action == "resume")
        if action == "set_hparams":
            return able and self._takes("set") and self.known_task is not None
        if action == "undo":
            return (True if self.undoable else None) if able and self._takes("undo") else False
        if action == "branch":
            return self.commands and self.is_ours and self.branchable_task is not None
        if action == "show_history":
            known = self.followed is not None and bool(self.followed.state.events)
            return True if known else (None if able else False)
        return True

    def offer_what_can_be_done(self) -> None:
        """Make the footer anew if something else can be done than before; that costs as much as a drawing."""
        actions = (*(each.action for each in TUNE_KEYS), "replay")
        offered = tuple(self.check_action(action, ()) for action in actions)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()

    def take_answers(self, update: RunUpdate) -> None:
        """Look in the news for answers to what this screen has asked, and tell the dialog that is open."""
        for event in update.batch.events if update.batch is not None else ():
            for place, asked in enumerate(self._asked):
                if asked.id == event.id:
                    self._asked[place] = replace(asked, answers=(*asked.answers, event))
                    if event.name == "checkpoint" and event.done:
                        self.notify(told(event), markup=False)
        if self._dialog is not None and self._dialog.is_mounted and self._dialog.is_open:
            self._dialog.news()

    def show_tuning(self) -> None:
        """Write what was asked for last, when it took effect, and what came of it."""
        assert self.followed is not None
        line = self.query_one("#tuning", Static)
        change, effect = self.undoable, self.followed.effect
        is_of_it = effect is not None and change is not None and change.settings[0].id == effect[0]
        verdict = verdict_of(effect[1], self._services.texts()) if effect is not None and is_of_it else None
        can_undo = not self.why_not()
        said = tuning_line(self.followed.state, self._asked, verdict, is_late=self.is_late, can_undo=can_undo)
        line.display = said is not None
        if said is not None and line.visual != said:
            line.update(said)

    @property
    def is_late(self) -> bool:
        """Whether what was asked for last should have been answered by now."""
        return bool(self._asked) and time.time() - self._asked[-1].time_s >= PATIENCE_S

    @property
    def waits_for_answer(self) -> bool:
        """Whether the training has not answered yet what this screen has asked."""
        return any(not each.answers for each in self._asked)

    def ask(self, wish: Wish | None, by: str = "user") -> None:
        """Hand a wish to the training, and say that it was asked for; ``by`` is who wants it."""
        if wish is None or self.followed is None:
            return
        said = wish_text(wish, present(self.followed.state))
        hparam, value, also = wish.laid_out
        try:
            id = self._services.ask(
                self.folder, wish.command, hparam=hparam, value=value, also=also, by=by, reason=wish.reason
            )
        except ControlError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self._asked = [
            *(each for each in self._asked if not each.answers),
            Asked(id=id, wish=wish, said=said, time_s=time.time()),
        ]
        self.offer_what_can_be_done()
        self.set_timer(PATIENCE_S, self.draw_soon)
        self.draw_soon()

    def open_dialog(self, dialog: AboutRun[Any], answer: Callable[[Any], None]) -> None:
        """Open a dialog that hears the news of the run, unless a key that came twice has done so."""
        if self.app.screen is not self:
            return

        def closed(result: Any) -> None:
            self._dialog = None  # what it is made of goes before it does
            answer(result)

        self._dialog = dialog
        self.app.push_screen(dialog, closed)

    @property
    def is_paused(self) -> bool:
        """Whether the training stands still; what was asked for and not answered yet counts as done."""
        asked = [each.wish.command for each in self._asked if not each.answers]
        wanted = next((each for each in reversed(asked) if each in ("pause", "resume")), None)
        if wanted is not None:
            return wanted == "pause"
        return self.followed is not None and self.followed.state.paused

    def action_pause(self) -> None:
        """Let the training stand still."""
        self.ask(Wish(command="pause"))

    def action_resume(self) -> None:
        """Let it go on."""
        self.ask(Wish(command="resume"))

    def action_save_checkpoint(self) -> None:
        """Save one now."""
        self.ask(Wish(command="checkpoint"))

    def action_set_hparams(self) -> None:
        """Choose what to set."""
        from dltui.screens.set_hparams import SetScreen

        if self.followed is not None and self.known_task is not None:
            self.open_dialog(SetScreen(self.folder, self.followed.state, self.why_not, self.known_task), self.ask)

    def action_undo(self) -> None:
        """Ask, then go back to before the last change."""
        if self.followed is None or self.undoable is None:
            return
        change = self.undoable
        question = ConfirmUndo(*undo_question(change, self.followed.state))
        self.app.push_screen(question, lambda choice: self._undo(choice, change))

    def _undo(self, choice: UndoChoice | None, change: LiveChange) -> None:
        """Undo what was meant, and not what somebody else did since the question was asked."""
        if choice is not UndoChoice.UNDO:
            return
        trouble = self.why_not()
        if not trouble and (self.undoable is None or self.undoable.settings != change.settings):
            trouble = "Nothing was undone: it was undone already, or something else was changed meanwhile."
        if trouble:
            self.notify(trouble, severity="warning", markup=False)
        else:
            self.ask(Wish(command="undo", change=change.settings[0].id))

    def action_branch(self) -> None:
        """Choose from where to branch, and with what."""
        from dltui.screens.branch import BranchScreen

        task = self.branchable_task
        if self.followed is not None and task is not None:
            state = self.followed.state
            self.open_dialog(BranchScreen(self._services, self.folder, state, self.why_not, task), self.accept)

    def action_show_history(self) -> None:
        """What was done to the training."""
        from dltui.screens.history import HistoryScreen

        if self.followed is not None:
            texts = self._services.texts()
            screen = HistoryScreen(self.folder, self.followed.state, self.why_not, texts)
            self.open_dialog(screen, self._seen_history)

    def _seen_history(self, undo_wanted: bool | None) -> None:
        if undo_wanted:
            self.action_undo()

    def action_advise(self) -> None:
        """What to change; it can be applied or started from there."""
        from dltui.screens.advice import AdviceScreen

        if self.followed is None or self.followed.diagnosed is None:
            return
        screen = AdviceScreen(
            self._services,
            self.folder,
            self.followed.state,
            self.why_not,
            self.followed.diagnosed,
            self._services.texts(),
            at_work=lambda: self.is_at_work,
            newest=self.newest,
        )
        self.open_dialog(screen, self.accept)

    def accept(self, accepted: Accepted | Wish | None) -> None:
        """Do what was chosen: hand it to the training, or go to the one that was started."""
        if isinstance(accepted, Wish):
            self.ask(accepted)
        elif accepted is not None:
            if accepted.stop_other:
                self._stop(StopChoice.STOP)
            self.post_message(RunStarted(accepted.launched, self.folder))

    def action_stop_run(self) -> None:
        """Ask, then stop the training."""
        manifest = self.followed.state.manifest if self.followed is not None else None
        becomes = _STOPS.get(manifest.source, OURS_STOPS) if manifest is not None else OURS_STOPS
        self.app.push_screen(ConfirmStop(self.folder.name, becomes), self._stop)

    def _stop(self, choice: StopChoice | None) -> None:
        if choice is not StopChoice.STOP:
            return
        try:
            self._services.stop(self.folder)
        except DltuiError as error:
            self.notify(str(error), severity="error", markup=False)
