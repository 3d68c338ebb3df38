"""A guide, live or finished: its seven steps, and of one of them what it found, its plot, its table, its trials."""

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from dltui.guide.follow import GuideSeen
from dltui.guide.options import STEPS
from dltui.guide.standing import halted_at
from dltui.guide.state import Guide
from dltui.guide.telling.words import together
from dltui.messages import GuideChanged, GuideLeft
from dltui.screens.asked_guide import GUIDE_KEYS, AskedGuideScreen
from dltui.services import Services
from dltui.widgets.guide_header import GuideHeader, chosen_line, guide_notice
from dltui.widgets.guide_lists import StepsList, TrialsList, about_trial
from dltui.widgets.guide_panel import StepPanel
from dltui.widgets.run_footer import RunFooter

REDRAW_EVERY_S = 0.4
"""An engine writes its state up to five times a second."""
LEFT_OUT_FIRST = ("stop", "open_final", "edit", "repeat", "skip", "accept")


class GuideScreen(AskedGuideScreen):
    """Follows the guide in ``folder`` while the screen lives."""

    TITLE = "guide"
    AUTO_FOCUS = "#steps"
    BINDINGS = [
        Binding("escape", "back", "Runs", tooltip="From the trials to the steps, then to the runs"),
        Binding("enter", "open", "Open", tooltip="To the trials of the step; there: open the run", priority=True),
        *GUIDE_KEYS,
        *(Binding(str(step), f"choose({step})", f"Step {step}", show=False) for step in STEPS),
        Binding("left", "turn(-1)", "The step before", show=False, priority=True),
        Binding("right", "turn(1)", "The step after", show=False, priority=True),
        Binding("pagedown", "scroll(1)", "Scroll down what the step found", show=False, priority=True),
        Binding("pageup", "scroll(-1)", "Scroll up what the step found", show=False, priority=True),
    ]

    def __init__(self, services: Services, folder: Path) -> None:
        super().__init__(services, folder, REDRAW_EVERY_S)
        self._texts = services.guide_texts()
        self._chosen: int | None = None
        """The step that a person moved to; None while the one at work is shown."""
        self._shown: int | None = None

    def compose(self) -> ComposeResult:
        yield GuideHeader(classes="first-line")
        yield Static(id="chosen")
        yield Static(id="notice")
        with Horizontal(id="guide"):
            with Vertical(id="rail"):
                yield StepsList("steps")
                yield Static(id="trials-title")
                yield TrialsList("trials")
                yield Static(id="about-trial")
            yield StepPanel(self._texts, id="step")
        yield RunFooter(left_out_first=LEFT_OUT_FIRST)

    def on_mount(self) -> None:
        self._show_nothing_yet()
        self.follow(self._services.follow_guide(self.folder, self._post))

    def _post(self, seen: GuideSeen) -> None:
        self.post_message(GuideChanged(self.folder, seen))

    def _show_nothing_yet(self) -> None:
        self.query_one(GuideHeader).facts = (Content.styled(self.folder.name, "bold"),)
        self.query_one("#chosen").display = self.query_one("#guide").display = False

    @on(GuideChanged)
    def _take(self, event: GuideChanged) -> None:
        self.take(event.seen)

    @property
    def selected(self) -> int:
        """The step that a person chose, else the one at work; at the end the last one, or the one that halted it."""
        if self._chosen is not None:
            return self._chosen
        return 0 if self.guide is None else _present_step(self.guide)

    def draw(self) -> None:
        """Draw the guide as it was seen last, and of one step what is known."""
        seen = self.seen
        if seen is None or not self.is_mounted:
            return
        with self.app.batch_update():
            self.query_one(GuideHeader).show(self.folder.name, seen, self._texts, self.unanswered)
            self.tell("#notice", guide_notice(seen, self._texts))
            self.query_one("#guide").display = seen.guide is not None
            self.tell("#chosen", chosen_line(seen.guide, self._texts) if seen.guide is not None else None)
            if seen.guide is not None:
                self._draw_steps(seen.guide)

    def _draw_steps(self, guide: Guide) -> None:
        entry, trials = guide.steps[self.selected], self.query_one(TrialsList)
        self.query_one(StepsList).show(guide, self.is_at_work, self._texts, self.selected)
        if self._shown != entry.number:
            self._shown = entry.number
            trials.forget()
        trials.show(entry)
        title = self._texts.ui("trials") if entry.trials else self._texts.ui("no_trials")
        self.tell("#trials-title", Content(f"{title} {len(entry.trials) or ''}".rstrip()))
        self._draw_trial()
        self.query_one(StepPanel).show(entry, self.is_at_work)

    def _draw_trial(self) -> None:
        trial = self.query_one(TrialsList).selected
        told = about_trial(trial, self._texts, together(trial.settings)) if trial is not None else None
        self.tell("#about-trial", told)

    @on(StepsList.Pointed)
    def _point(self, event: StepsList.Pointed) -> None:
        event.stop()
        self.action_choose(event.step)

    @on(TrialsList.Moved)
    def _moved(self, event: TrialsList.Moved) -> None:
        event.stop()
        self._draw_trial()

    @on(OptionList.OptionSelected, "#trials")
    def _open_clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._open_trial()

    @on(OptionList.OptionSelected, "#steps")
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()

    def action_choose(self, step: int) -> None:
        """Show that step. The one at work is followed from now on."""
        if self.guide is None:
            return
        follows = step == _present_step(self.guide) and self.is_at_work
        self._chosen = None if follows else step
        self.offer_what_can_be_done()
        self.draw()

    def action_turn(self, by: int) -> None:
        """Show the step beside this one."""
        self.action_choose(min(max(self.selected + by, STEPS[0]), STEPS[-1]))

    def action_scroll(self, by: int) -> None:
        """Scroll what the step found."""
        panel = self.query_one(StepPanel)
        (panel.scroll_page_down if by > 0 else panel.scroll_page_up)(animate=False)

    def action_open(self) -> None:
        """Go to the trials of the step; on one of them: open its run."""
        trials = self.query_one(TrialsList)
        if self.focused is trials:
            self._open_trial()
        elif trials.option_count:
            self._chosen = self.selected  # what somebody looks at stays, also if the next step begins
            trials.begin()
            trials.focus()

    def _open_trial(self) -> None:
        trial = self.query_one(TrialsList).selected
        if trial is not None:
            self.open_run(trial.name)

    def action_back(self) -> None:
        """From the trials to the steps, then to the runs."""
        if self.focused is self.query_one(TrialsList):
            self.query_one(StepsList).focus()
        else:
            self.post_message(GuideLeft())


def _present_step(guide: Guide) -> int:
    halted = halted_at(guide)
    return halted if halted is not None else STEPS[-1] if guide.at is None else guide.at
