"""A search or a tuning, live or finished: its trials in a table, the best so far, and what each hyperparameter does."""

import math
import time
from pathlib import Path

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from dltui.messages import ImportancesFound, StudyChanged, StudyLeft, TrainLongWanted
from dltui.screens.asked_search import SEARCH_KEYS, AskedSearchScreen
from dltui.screens.paced import Paced
from dltui.search.drawing.values import ranked
from dltui.search.study.follow import StudySeen
from dltui.search.study.study import Study, TrialEntry
from dltui.services import Services, StudyFollower
from dltui.widgets.about_search_trial import about_trial
from dltui.widgets.run_footer import RunFooter
from dltui.widgets.search_header import SearchHeader, best_line, search_notice
from dltui.widgets.study_charts import StudyCharts
from dltui.widgets.trials_cells import Shown
from dltui.widgets.trials_order import Order, Row, arranged, columns_of, filtered, is_tuning, usual_order
from dltui.widgets.trials_table import TrialsTable
from dltui.widgets.trials_words import TrialWords
from dltui_trainers.runlog import Value

REDRAW_EVERY_S = 0.4
"""A supervisor writes what its trainings report several times a second."""
TICK_S = 1.0
LONGER = 3
"""A training out of a search is proposed so many times the epochs that its trials had."""
FILTER_HINT = "words  -not  pruned  overfitting  optimizer=adam"
LEFT_OUT_FIRST = ("open_alone", "filter", "go_to_best", "raise_limits", "prune", "sort(1)", "turn(1)")


class SearchScreen(AskedSearchScreen):
    """Follows the study in ``folder`` while the screen lives."""

    TITLE = "search"
    AUTO_FOCUS = "#trials-table"
    BINDINGS = [
        Binding("enter", "open", "Open", tooltip="Open the selected trial as a run", priority=True),
        Binding("escape", "back", "Runs", tooltip="Clear the filter, then to the runs; the search goes on"),
        *SEARCH_KEYS,
        Binding(
            "t", "train", "Train long", tooltip="Train the settings of the selected trial, or the best one, longer"
        ),
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
    ]

    def __init__(self, services: Services, folder: Path) -> None:
        super().__init__(services, folder)
        self._follower: StudyFollower | None = None
        self._words = TrialWords(services.texts())
        self._order: Order | None = None
        """What a person sorts by; None for the usual order."""
        self._rows: list[Row] = []
        self._places: dict[int, int] = {}
        self._weighed = 0
        """So many trials had ended when it was asked last how much each hyperparameter matters."""
        self._is_weighing = False
        self._drawing = Paced(self, REDRAW_EVERY_S, self._draw)

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

    def on_mount(self) -> None:
        self.query_one("#trials-filter").display = False
        self.query_one(SearchHeader).facts = (Content.styled(self.folder.name, "bold"),)
        self.query_one("#best-trial").display = self.query_one("#study").display = False
        self._follower = self._services.follow_study(self.folder, self._post)
        self._follower.start()
        self.set_interval(TICK_S, self._tick)

    def on_unmount(self) -> None:
        if self._follower is not None:
            self._follower.close()

    def _post(self, seen: StudySeen) -> None:
        self.post_message(StudyChanged(self.folder, seen))

    def _tick(self) -> None:
        """Time goes by for what is at work."""
        if self.is_at_work and self.is_current:
            self._drawing.soon()

    @on(StudyChanged)
    def _take(self, event: StudyChanged) -> None:
        was_at_work = self.is_at_work
        self.seen = event.seen
        self.take_answers()
        self.offer_what_can_be_done()
        if was_at_work and not self.is_at_work:
            self.forget_asked()
            self._drawing.now()
        else:
            self._drawing.soon()
        self._weigh()

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

    def draw_soon(self) -> None:
        """See to it that what is new is drawn."""
        self._drawing.soon()

    @property
    def order(self) -> Order:
        """What the trials are sorted by."""
        if self._order is None and self.study is not None:
            return usual_order(self.study, self.is_at_work)
        return self._order or Order()

    def _draw(self) -> None:
        seen = self.seen
        if seen is None or not self.is_mounted:
            return
        with self.app.batch_update():
            self.query_one(SearchHeader).show(self.folder.name, seen, now(), self.unanswered)
            self._tell("#notice", search_notice(seen))
            self.query_one("#study").display = seen.study is not None
            self._tell("#best-trial", best_line(seen.study) if seen.study is not None else None)
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

    def _tell(self, id: str, content: Content | None) -> None:
        line = self.query_one(id, Static)
        line.display = content is not None
        if content is not None and line.visual != content:
            line.update(content)

    @on(TrialsTable.Moved)
    def _moved(self, event: TrialsTable.Moved) -> None:
        event.stop()
        self._draw_trial()
        self._charts.choose(self._table.selected)
        self.offer_what_can_be_done()

    @on(TrialsTable.Chosen)
    def _open_clicked(self, event: TrialsTable.Chosen) -> None:
        event.stop()
        self.action_open()

    @on(TrialsTable.ColumnChosen)
    def _sort_by(self, event: TrialsTable.ColumnChosen) -> None:
        event.stop()
        self._sort(Order(event.key, not self.order.reverse if event.key == self.order.column else False))

    @on(Input.Changed, "#trials-filter")
    def _narrow(self, event: Input.Changed) -> None:
        event.stop()
        if self.study is not None:
            self._draw_trials(self.study)

    def _weigh(self) -> None:
        """Find out how much each hyperparameter matters, once more trials have ended, one look at a time."""
        study = self.study
        if study is None or is_tuning(study) or self._is_weighing:
            return
        ended = sum(each.state.has_ended for each in study.trials)
        if ended > self._weighed:
            self._is_weighing, self._weighed = True, ended
            self._find_importances(study, ended)

    @work(thread=True, exclusive=True, group="importances")
    def _find_importances(self, study: Study, ended: int) -> None:
        """In a thread: the program that does it takes a while to be loaded."""
        worker = get_current_worker()
        try:
            found = ImportancesFound(self._services.importances(study), ended)
        except Exception as error:  # what fails in there must not take the screen along
            found = ImportancesFound(None, ended, f"{type(error).__name__}: {error}")
        if not worker.is_cancelled:
            self.post_message(found)

    @on(ImportancesFound)
    def _take_importances(self, event: ImportancesFound) -> None:
        self._is_weighing = False
        if self.is_mounted:
            self._charts.weigh(event.shares, event.trials, event.trouble)
            self._drawing.soon()
            self._weigh()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a filter is typed, its keys are its own; what needs a trial is dim without one."""
        if action in ("filter", "turn") and self.focused is self.query_one("#trials-filter", Input):
            return False
        if self.study is not None:
            if action == "open":
                return bool(self.selected is not None and self.selected.newest_run) or self._is_typing or None
            if action == "train":
                return self._to_train is not None or None
            if action == "go_to_best":
                return self.study.best is not None or None
        return super().check_action(action, parameters)

    @property
    def _is_typing(self) -> bool:
        return self.focused is self.query_one("#trials-filter", Input)

    @property
    def _to_train(self) -> TrialEntry | None:
        """The trial that a person chose; before one did, the best."""
        if self.study is None or self._table.was_moved:
            return self.selected
        return self.study.best

    def action_open(self) -> None:
        """Open the run of the selected trial; while a filter is typed, go on to what it left."""
        if self._is_typing:
            self.query_one("#trials-filter").display = bool(self._words_typed)
            self._table.focus()
        elif self.selected is not None:
            self.open_run(self.selected.newest_run)

    def action_train(self) -> None:
        """Open the form for a training with the settings of a trial."""
        trial, study = self._to_train, self.study
        if trial is not None and study is not None and study.begun is not None:
            settings: dict[str, Value] = {**study.options.settings, **trial.settings}
            epochs = max((job.epochs for job in trial.jobs.values()), default=0.0)
            if epochs > 0:
                settings["epochs"] = LONGER * math.ceil(epochs)
            self.post_message(TrainLongWanted(study.begun.task, settings, f"#{trial.number} of {self.folder.name}"))

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

    def action_back(self) -> None:
        """From the charts to the table, then without the filter, then to the runs."""
        if self.has_class("-alone"):
            self.remove_class("-alone")
        elif self.query_one("#trials-filter").display:
            self._show_filter(False)
        else:
            self.post_message(StudyLeft())

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
