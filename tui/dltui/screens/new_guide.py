"""The dialog that starts a guide: the task, what is given, the time for it, and what it will do with that time."""

from pathlib import Path

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from dltui.guide.budget import SHARES
from dltui.guide.options import STEPS, Options, checked
from dltui.guide.told_time import seconds_in
from dltui.screens.tuning_form import TuningForm
from dltui.screens.typed_settings import settings_in
from dltui.services import Services
from dltui.widgets.guide_words import step_title
from dltui_trainers.configure import configure

TOLD_BUDGET = "The budget is chosen once the data are known; each step has its share, and what it leaves goes on."
GIVEN_BUDGET = "What a step leaves over goes to those after it; the whole budget is kept."


class NewGuideScreen(TuningForm[Options]):
    """Answers with the folder of the guide that was started, or None."""

    heading = "Let the guide tune a task"
    keys_told = "↓↑ field   Enter starts   Esc closes"

    def __init__(self, services: Services, task: str = "digits") -> None:
        super().__init__(services, task)
        self._texts = services.guide_texts()

    def fields(self) -> ComposeResult:
        """What is given, the budget, and how it is shared among the steps."""
        yield self.text_field("given", "name=value ...: what no step shall change, such as model=cnn")
        yield self.text_field("budget", "90, 5m, 1h; empty: as the data need it")
        yield Static(id="plan")

    def options(self) -> Options | None:
        """Return the options of the guide, and show what they make of its steps; see the form."""
        budget, settings = self.typed("budget"), settings_in(self.typed("given"))
        options = checked(Options(settings=settings, budget_s=seconds_in(budget) if budget else 0.0))
        self._show_plan(options.budget_s)
        configure(self.tuned, options.settings)
        return options if self.task_with(options.settings) is not None else None

    def _show_plan(self, budget_s: float) -> None:
        lines = [Content.styled(GIVEN_BUDGET if budget_s else TOLD_BUDGET, "$chart-label")]
        for step in STEPS:
            share = SHARES[step] / sum(SHARES)
            time = f"{share * budget_s:.0f} s" if budget_s else f"{100 * share:.0f} %"
            lines.append(Content(f"{step}  {step_title(self._texts, step):<16} {time:>8}"))
        self.query_one("#plan", Static).update(Content("\n").join(lines))

    def called(self, options: Options) -> str:
        """Return what would be started, in a few words."""
        return f"a guide for {self.tuned.title}"

    def launch(self, task: str, options: Options) -> Path:
        """Start the guide and return its folder."""
        return self._services.launch_guide(task, options)
