"""How a search or a tuning is laid out: its trials in a table, the best so far, and what each hyperparameter does.

Here is also how a person looks at them: the order, the filter, the trial under the cursor, the charts.
"""

import time
from pathlib import Path

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from dltui.screens.asked_search import AskedSearchScreen
from dltui.search.drawing.values import ranked
from dltui.search.study.study import Study, TrialEntry
from dltui.services import Services
from dltui.widgets.about_search_trial import about_trial
from dltui.widgets.run_footer import RunFooter
from dltui.widgets.search_header import SearchHeader, best_line, search_notice
from dltui.widgets.study_charts import StudyCharts
from dltui.widgets.trials_cells import Shown
from dltui.widgets.trials_order import Order, Row, arranged, columns_of, filtered, usual_order
from dltui.widgets.trials_table import TrialsTable
from dltui.widgets.trials_words import TrialWords

FILTER_HINT = "words  -not  pruned  overfitting  optimizer=adam"
LEFT_OUT_FIRST = ("open_alone", "filter", "go_to_best", "raise_limits", "prune", "sort(1)", "turn(1)")
TRIALS_KEYS = (
    Binding("s", "sort(1)", "Sort", tooltip="Sort by number, objective, time, and each hyperparameter"),
    Binding("S", "sort(-1)", "Sort the other way through these", show=False),
    Binding("r", "reverse", "Reverse the order", show=False),
    Binding("b", "go_to_best", "Best", tooltip="To the best trial"),
    Binding("left", "turn(-1)", "The chart before", show=False, priority=True),
    Binding("right", "turn(1)", "Charts", key_display="← →", tooltip="The next chart", priority=True),
    Binding("tab", "turn(1)", "The next chart", show=False, priority=True),
    Binding("shift+tab", "turn(-1)", "The chart before", show=False, priority=True),
    Binding("f", "open_alone", "Large", tooltip="The charts alone, or the table with them"),
    Binding("y", "toggle_log", "Log scale of the objective, or not", show=False),
    Binding(
        "slash",
        "filter",
        "Filter",
        key_display="/",
        tooltip="Filter: words, -not, state, verdict, optimizer=adam",
        priority=True,  # at once: what is typed right behind it is for the filter
    ),
    Binding("up", "move(-1)", "Up", show=False),
    Binding("down", "move(1)", "Down", show=False),
    Binding("pageup", "page(-1)", "A page up", show=False),
    Binding("pagedown", "page(1)", "A page down", show=False),
    Binding("home", "end(-1)", "To the first trial", show=False),
    Binding("end", "end(1)", "To the last trial", show=False),
)
"""How a person looks at the trials of a study, and at its charts."""


class ShownSearchScreen(AskedSearchScreen):
    """Draws the study in ``folder``."""

    def __init__(self, services: Services, folder: Path, redraw_every_s: float) -> None:
        super().__init__(services, folder, redraw_every_s)
        self._words = TrialWords(services.texts())
        self._order: Order | None = None
        """What a person sorts by; None for the usual order."""
        self._rows: list[Row] = []
        self._places: dict[int, int] = {}

    def compose(self) -> ComposeResult:
        yield SearchHeader(classes="first-line")
        yield Static(id="best-trial")
        yield Static(id="notice")
        yield Input(placeholder=FILTER_HINT, id="trials-filter", compact=True)
        with Container(id="study"):
            yield TrialsTable(id="trials-table")
            with Vertical(id="study-below"):
                yield Static(id="about-search-trial")
                yield StudyCharts(id="study-charts")
        yield RunFooter(left_out_first=LEFT_OUT_FIRST)

    def show_nothing_yet(self) -> None:
        """Show the name alone, until something was read."""
        self.query_one("#trials-filter").display = False
        self.query_one(SearchHeader).facts = (Content.styled(self.folder.name, "bold"),)
        self.query_one("#best-trial").display = self.query_one("#study").display = False

    @property
    def selected(self) -> TrialEntry | None:
        """The trial under the cursor."""
        return self._trial(self._table.selected)

    def _trial(self, number: int | None) -> TrialEntry | None:
        trials = self.study.trials if self.study is not None else []
        return trials[number] if number is not None and number < len(trials) else None

    @property
    def _table(self) -> TrialsTable:
        return self.query_one(TrialsTable)

    @property
    def _charts(self) -> StudyCharts:
        return self.query_one(StudyCharts)

    @property
    def order(self) -> Order:
        """What the trials are sorted by."""
        if self._order is None and self.study is not None:
            return usual_order(self.study, self.is_at_work)
        return self._order or Order()

    def draw(self) -> None:
        """Draw the study as it was seen last, and its trials."""
        seen = self.seen
        if seen is None or not self.is_mounted:
            return
        with self.app.batch_update():
            self.query_one(SearchHeader).show(self.folder.name, seen, now(), self.unanswered)
            self.tell("#notice", search_notice(seen))
            self.query_one("#study").display = seen.study is not None
            self.tell("#best-trial", best_line(seen.study) if seen.study is not None else None)
            if seen.study is not None:
                self._draw_trials(seen.study)

    def _draw_trials(self, study: Study) -> None:
        self._places = ranked(study)
        words = self.query_one("#trials-filter", Input).value
        told = {} if not words else {trial.number: self._words.why_ended(trial) for trial in study.trials}
        self._rows = filtered(arranged(study, self.order, now()), words, told)
        self._charts.take(study)
        shown = Shown(study=study, places=self._places, words=self._words, now_s=now())
        self._table.show(self._rows, shown, self.order, self._charts.names)
        self._charts.show(study, self._table.selected)
        self._draw_trial()

    def _draw_trial(self) -> None:
        """Tell of the selected trial. Its lines have their room anyhow: the charts stay where they are."""
        told = Content("No trial matches. Esc clears the filter." if self._words_typed else "")
        trial = self.selected
        if trial is not None and self.study is not None:
            told = about_trial(self.study, trial, self._places.get(trial.number, 0), self._words, now())
        about = self.query_one("#about-search-trial", Static)
        if about.visual != told:
            about.update(told, layout=False)

    @property
    def _words_typed(self) -> str:
        return self.query_one("#trials-filter", Input).value

    @property
    def _is_typing(self) -> bool:
        return self.focused is self.query_one("#trials-filter", Input)

    @on(TrialsTable.Moved)
    def _moved(self, event: TrialsTable.Moved) -> None:
        event.stop()
        self._draw_trial()
        self._charts.choose(self._table.selected)
        self.offer_what_can_be_done()

    @on(TrialsTable.ColumnChosen)
    def _sort_by(self, event: TrialsTable.ColumnChosen) -> None:
        event.stop()
        self._sort(Order(event.key, not self.order.reverse if event.key == self.order.column else False))

    @on(Input.Changed, "#trials-filter")
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        if self.study is not None:
            self._draw_trials(self.study)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed, its keys are its own."""
        if action in ("filter", "turn") and self._is_typing:
            return False
        if action == "go_to_best" and self.study is not None:
            return self.study.best is not None or None
        return super().check_action(action, parameters)

    def action_sort(self, by: int) -> None:
        """Sort by the next of what there is to sort by."""
        if self.study is not None:
            columns = columns_of(self.study)
            at = columns.index(self.order.column) if self.order.column in columns else 0
            self._sort(Order(columns[(at + by) % len(columns)]))

    def action_reverse(self) -> None:
        """Turn the order around."""
        self._sort(Order(self.order.column, not self.order.reverse))

    def _sort(self, order: Order) -> None:
        self._order = order
        if self.study is not None:
            self._draw_trials(self.study)

    def action_go_to_best(self) -> None:
        """To the best trial."""
        best = self.study.best if self.study is not None else None
        if best is not None and not self._table.go_to(best.number):
            self._show_filter(False)
            self._table.go_to(best.number)

    def action_turn(self, by: int) -> None:
        """To the chart beside the present one."""
        self._charts.turn(by)

    def action_toggle_log(self) -> None:
        """The objective on a log scale, or not."""
        self._charts.toggle_log()

    def action_open_alone(self) -> None:
        """The charts alone, or the table with them."""
        self.toggle_class("-alone")

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._show_filter(True)

    def _show_filter(self, is_shown: bool) -> None:
        field = self.query_one("#trials-filter", Input)
        field.display = is_shown
        if is_shown:
            field.focus()
        else:
            field.value = ""
            self._table.focus()
            if self.study is not None:
                self._draw_trials(self.study)

    def action_move(self, by: int) -> None:
        """To another trial."""
        self._table.move(by)

    def action_page(self, by: int) -> None:
        """A page of trials further."""
        self._table.move(by * self._table.page)

    def action_end(self, by: int) -> None:
        """To the first trial, or the last."""
        self._table.go(0 if by < 0 else len(self._rows) - 1)

    def on_resize(self, event: events.Resize) -> None:
        """Other charts have room."""
        self.call_after_refresh(self._charts.lay_out)


def now() -> float:
    """Unix seconds."""
    return time.time()
