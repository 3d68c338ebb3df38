"""The dialog that starts a search or a tuning: the task, how the trials are chosen, what is tried, and how many."""

from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Select, Static

from dltui.screens.search_asked import METHODS, OBJECTIVE, PRUNERS, SPACES, TUNE, Typed, options_of
from dltui.screens.tuning_form import TuningForm
from dltui.search.study.options import SearchOptions, TuneOptions
from dltui.widgets.search_space import space_text

_FOR_SEARCH = ("space", "over", "pruner", "workers")
"""The fields that a tuning has no use for."""
_TEXTS = ("objective", "given", "over", "trials", "budget", "workers")
_CHOICES = ("method", "space", "pruner")
_ABOUT_TUNING = Content.styled(
    "Trains, looks at the curves, and changes what they ask for, one thing at a time; what hurts is backed out.",
    "$chart-label",
)


class NewSearchScreen(TuningForm[SearchOptions | TuneOptions]):
    """Answers with the folder of the study that was started, or None."""

    heading = "Search the hyperparameters of a task"
    keys_told = "↓↑ field   Enter opens a choice, or starts   ^s starts   Esc closes"
    for_command_line = ("--set ", "--over ", "--")

    def fields(self) -> ComposeResult:
        """How trials are chosen, what all of them are given, how many there are, and what is searched then."""
        yield self.choice_field("method", METHODS)
        yield self.text_field("objective", f"{OBJECTIVE}; or max val_accuracy, min val_perplexity")
        yield self.text_field("given", "name=value ...: what no trial shall change, such as model=cnn")
        yield self.choice_field("space", SPACES)
        yield self.text_field("over", "lr=1e-4..0.1 width=32,64: in the place of the usual; or beside")
        yield self.text_field("trials", "40 of a search, 10 of a tuning; 0: no limit")
        yield self.text_field("budget", "90, 5m, 1h; empty: no limit")
        yield self.choice_field("pruner", PRUNERS)
        yield self.text_field("workers", "trainings at a time; empty: as this machine has room for")
        yield Static(id="search-preview")

    @property
    def _typed(self) -> Typed:
        texts = {name: self.typed(name) for name in _TEXTS}
        choices = {name: self.chosen(name) for name in _CHOICES}
        return Typed(**texts, **choices)

    @on(Select.Changed, "#tuning-method")
    def _leave_out(self, event: Select.Changed) -> None:
        """Leave out the fields that have no use now."""
        for name in _FOR_SEARCH:
            self.query_one(f"#row-{name}").display = event.value != TUNE

    def options(self) -> SearchOptions | TuneOptions | None:
        """Return the options of what is typed, and show what is searched then; see the form."""
        typed = self._typed
        task = self.task_with(typed.settings)
        if task is None:
            return None
        options = options_of(task, typed)
        told = space_text(options) if isinstance(options, SearchOptions) else _ABOUT_TUNING
        self.query_one("#search-preview", Static).update(told)
        return options

    def refuse(self, sentence: str) -> None:
        """Say what stands in the way; then nothing is told of the space."""
        self.query_one("#search-preview", Static).update(Content())
        super().refuse(sentence)

    def called(self, options: SearchOptions | TuneOptions) -> str:
        """Return what would be started, in a few words."""
        return f"{_kind(options)} of {self.tuned.title}"

    def launch(self, task: str, options: SearchOptions | TuneOptions) -> Path:
        """Start the study and return its folder."""
        return self._services.launch_study(task, options)


def _kind(options: SearchOptions | TuneOptions) -> str:
    if isinstance(options, TuneOptions):
        return "a tuning"
    return f"a {options.method} search" + (f" ({options.sampler})" if options.method == "bayes" else "")
