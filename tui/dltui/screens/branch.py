"""The form for a branch: from which checkpoint of the run, with which hyperparameters, under which name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Select, Static
from textual.worker import get_current_worker

from dltui.errors import DltuiError
from dltui.formatting import count, setting
from dltui.screens.beside import Accepted, start_beside
from dltui.screens.form_about_run import FormAboutRun
from dltui.series.state import RunState
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.hparam_field import ChoiceSelect, HparamField
from dltui.widgets.hparam_form import HparamForm
from dltui.widgets.hparam_values import default_text
from dltui.wrapped.again import Again
from dltui_trainers.configure import as_settings
from dltui_trainers.errors import TrainerError
from dltui_trainers.kept import Kept
from dltui_trainers.origin import At, Origin, can_branch, parse_at
from dltui_trainers.plan import Plan
from dltui_trainers.registry import TaskInfo

START = "start"
SCRIPT_STATE = "The script goes on with the state that it handed over there."
KEYS = "↑↓ field   / * by 3   < > by 10   Enter chooses   ^s starts   Esc closes"


@dataclass
class CheckpointsFound(Message):
    """The checkpoints of the run were looked at, the newest first."""

    kept: list[Kept]
    bubble = False


@dataclass
class Planned(Message):
    """It was checked what a branch from ``at`` would be, or why there is none; a later check replaces it."""

    at: At | None
    settings: dict[str, str]
    plan: Plan | Again | None
    trouble: str = ""
    bubble = False


class BranchScreen(FormAboutRun[Accepted | None]):
    """Answers with the training that was started, a branch of the run in ``folder``."""

    BINDINGS = [Binding("ctrl+s,f5", "start", "Start")]
    rows_beside = 11
    explanations: ClassVar[Mapping[str, str]] = {
        "from": "The branch goes on exactly from there: weights, optimiser, schedule, random numbers, order of the"
        " data.",
        "name": "Left out, it gets the name of this run and a number.",
    }

    def __init__(
        self, services: Services, folder: Path, state: RunState, why_not: Callable[[], str], task: TaskInfo
    ) -> None:
        super().__init__(folder, state, why_not)
        self._services = services
        self._trained = task
        self._kept: dict[str, Kept] = {}
        self._ready: Planned | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog tuning"):
            yield Static(Content(f"Branch: {safe_text(self.folder.name)}"), classes="dialog--question")
            with Horizontal(classes="field"):
                yield Label("from", classes="field--name")
                yield Static("looking for checkpoints ...", id="looking")
            yield HparamForm(called="now", id="form")
            yield from self.compose_below("name", "of the new run (you may leave it out)", KEYS)

    def explained(self, id: str) -> str:
        """Of a script nobody but itself knows what its state has in it."""
        return SCRIPT_STATE if id == "from" and self._trained.is_script else super().explained(id)

    def on_mount(self) -> None:
        self._look()

    @work(thread=True, exclusive=True, group="checkpoints")
    def _look(self) -> None:
        """Look for checkpoints in a thread: the folder may be on a slow disk."""
        worker = get_current_worker()
        found = self._services.kept(self.folder)
        if not worker.is_cancelled:
            self.post_message(CheckpointsFound(found[::-1]))

    @on(CheckpointsFound)
    async def _take_checkpoints(self, event: CheckpointsFound) -> None:
        """Offer them, and propose one."""
        if not self.is_open:
            return
        found = one_a_step(event.kept)
        looking = self.query_one("#looking", Static)
        if not found and not self._trained.is_script:
            looking.update("none yet")
            self._refuse("The run has kept no checkpoint yet: there is nothing to branch from.")
            return
        names = {each.step: _names(each.step, event.kept) for each in found}
        self._kept = {_place(each, names): each for each in found}
        options = [(checkpoint_text(each, names[each.step], self.state), at) for at, each in self._kept.items()]
        if self._trained.is_script:
            self._kept[START] = self._start_itself()
            options.append(("the start: anew, with the settings of this run", START))
        first = self._proposed() or options[0][1]
        choose = ChoiceSelect(options, value=first, allow_blank=False, compact=True, id="from")
        await self.mount(choose, after=looking)
        looking.display = False
        choose.focus()

    def _start_itself(self) -> Kept:
        """Where a script begins anew: what it told then."""
        manifest = self.state.manifest
        told = manifest.hparams if manifest is not None else {}
        return Kept(path=self.folder, step=0, epoch=0, task=self._trained.name, hparams=told)

    def _proposed(self) -> str | None:
        """The newest one that has epochs before it; of a run that is over, the best one if it has."""
        able = [at for at, each in self._kept.items() if _goes_on(each)]
        if "best" in able and not self.state.status.alive:
            return "best"
        return able[0] if able else None

    @on(Select.Changed, "#from")
    async def _choose(self, event: Select.Changed) -> None:
        event.stop()
        await self._fill(self._kept[str(event.value)])
        self._check()

    @on(HparamForm.Changed)
    def _edit(self, event: HparamForm.Changed) -> None:
        event.stop()
        self._check()

    @property
    def _is_chosen(self) -> bool:
        return bool(self.query("#from"))

    @property
    def _at(self) -> At | None:
        """The step that is chosen; None for the start, and while there is nothing to choose from."""
        chosen = next(iter(self.query("#from").results(Select)), None)
        return parse_at(str(chosen.value)) if chosen is not None else None

    def _check(self) -> None:
        if self._is_chosen:
            self._plan(self._at, dict(self.query_one(HparamForm).settings))

    @work(thread=True, exclusive=True, group="plan")
    def _plan(self, at: At | None, settings: dict[str, str]) -> None:
        """Check in a thread what would be started: it reads the heads of the checkpoints."""
        worker = get_current_worker()
        try:
            origin = Origin(folder=self.folder, step=at)
            planned = Planned(at, settings, self._services.plan(self._trained.name, settings, origin))
        except TrainerError as error:
            planned = Planned(at, settings, None, str(error))
        if not worker.is_cancelled:
            self.post_message(planned)

    @on(Planned)
    def _take_plan(self, event: Planned) -> None:
        if not self.is_open or event.at != self._at:
            return
        self._ready = event if event.plan is not None else None
        if event.plan is None:
            self._refuse(event.trouble)
            return
        lines = [Content(safe_text(f"! {warning}")) for warning in event.plan.warnings]
        lines.append(self._summary(event.plan))
        self.say(
            self.query_one("#check", Static), Content("\n").join(lines), "-good" if len(lines) == 1 else "-warning"
        )

    async def _fill(self, kept: Kept) -> None:
        """Show the hyperparameters that hold at that checkpoint, as far as it can take others."""
        form, known = self.query_one(HparamForm), as_settings(self._trained, kept.hparams)[0]
        told = {name: known.get(name, default_text(self._trained, name)) for name in self._trained.reads}
        initial = {name: text for name, text in told.items() if can_branch(name, self._trained)}
        beside = {name: text for name, text in told.items() if name not in initial}
        if form.query(HparamField):
            form.renew(initial, beside)
        else:
            await form.show(self._trained, initial, beside)

    def _summary(self, planned: Plan | Again) -> Content:
        assert planned.parent is not None
        changed = ", ".join(f"{name} = {setting(value)}" for name, value in planned.parent.changed.items())
        how = "Starts anew" if planned.kept is None else f"Goes on from step {count(planned.parent.step)}"
        return Content.assemble(
            (f"✓ {how}", "bold"),
            safe_text(f" with {changed or 'nothing changed'}."),
            ("   ^s starts it", "bold $text-accent"),
        )

    def _refuse(self, sentence: str) -> None:
        self.say(self.query_one("#check", Static), f"✗ {sentence}", "-error")

    def action_start(self) -> None:
        """Start the branch; ask first what becomes of a training that still runs."""
        ready = self._ready
        if ready is None or ready.settings != self.query_one(HparamForm).settings or ready.at != self._at:
            return
        start_beside(self.app, self.folder, self.state.status.alive, lambda stop: self._start(ready, stop))

    def _start(self, ready: Planned, stop_other: bool) -> None:
        name = self.query_one("#name", Input).value.strip() or None
        origin = Origin(folder=self.folder, step=ready.at)
        try:
            launched = self._services.launch(self._trained.name, ready.settings, parent=origin, name=name)
        except (DltuiError, TrainerError) as error:
            self._refuse(str(error))
        else:
            self.dismiss(Accepted(launched, stop_other))

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)


def one_a_step(kept: Sequence[Kept]) -> list[Kept]:
    """Return one of those that are of the same step."""
    return list({each.step: each for each in reversed(kept)}.values())[::-1]


def _goes_on(kept: Kept) -> bool:
    """Whether there is training to come after it, as far as is known."""
    epochs, most = kept.hparams.get("epochs"), kept.hparams.get("max_steps")
    has_steps = not isinstance(most, int) or not 0 < most <= kept.step
    return has_steps and (not isinstance(epochs, int) or kept.epoch < epochs)


def _place(kept: Kept, names: Mapping[int, Sequence[str]]) -> str:
    """How to name a checkpoint: the last and the best may be written anew before the branch begins."""
    return next((name for name in ("last", "best") if name in names[kept.step]), str(kept.step))


def _names(step: int, kept: Sequence[Kept]) -> list[str]:
    return [each.path.stem for each in kept if each.step == step]


def checkpoint_text(kept: Kept, names: Sequence[str], state: RunState) -> str:
    """Return ``step 1 200 · epoch 12 · best, before lr 0.1 → 0.03``."""
    why = [name for name in ("best", "last") if name in names]
    for event in state.events:
        if event.done and event.name == "set" and event.step == kept.step:
            why.append(f"before {event.hparam} {setting(event.from_)} → {setting(event.to)}")
        elif event.done and event.name == "checkpoint" and event.to == kept.path.name:
            why.append(f"asked for by {'you' if event.by == 'user' else event.by}")
    facts = [f"step {count(kept.step)}", f"epoch {kept.epoch}", ", ".join(why)]
    return safe_text(" · ".join(filter(None, facts)))
