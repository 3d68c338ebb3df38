"""A search or a tuning, live or finished: it is followed, and from a trial there is a way to its run, or a longer one.

Once trials have ended, how much each hyperparameter matters is found out beside.
"""

import math
from pathlib import Path

from textual import on, work
from textual.binding import Binding
from textual.worker import get_current_worker

from dltui.messages import ImportancesFound, StudyChanged, StudyLeft, TrainLongWanted
from dltui.screens.asked_search import SEARCH_KEYS
from dltui.screens.shown_search import TRIALS_KEYS, ShownSearchScreen
from dltui.search.study.follow import StudySeen
from dltui.search.study.study import Study, TrialEntry
from dltui.services import Services
from dltui.widgets.trials_order import is_tuning
from dltui.widgets.trials_table import TrialsTable
from dltui_trainers.runlog import Value

REDRAW_EVERY_S = 0.4
"""A supervisor writes what its trainings report several times a second."""
TICK_S = 1.0
LONGER = 3
"""A training out of a search is proposed so many times the epochs that its trials had."""


class SearchScreen(ShownSearchScreen):
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
        *TRIALS_KEYS,
    ]

    def __init__(self, services: Services, folder: Path) -> None:
        super().__init__(services, folder, REDRAW_EVERY_S)
        self._weighed = 0
        """So many trials had ended when it was asked last how much each hyperparameter matters."""
        self._is_weighing = False

    def on_mount(self) -> None:
        self.show_nothing_yet()
        self.follow(self._services.follow_study(self.folder, self._post))
        self.set_interval(TICK_S, self._tick)

    def _post(self, seen: StudySeen) -> None:
        self.post_message(StudyChanged(self.folder, seen))

    def _tick(self) -> None:
        """Time goes by for what is at work."""
        if self.is_at_work and self.is_current:
            self._drawing.soon()

    @on(StudyChanged)
    def _take(self, event: StudyChanged) -> None:
        self.take(event.seen)
        self._weigh()

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
        """What needs a trial is dim without one."""
        if self.study is not None:
            if action == "open":
                return bool(self.selected is not None and self.selected.newest_run) or self._is_typing or None
            if action == "train":
                return self._to_train is not None or None
        return super().check_action(action, parameters)

    @on(TrialsTable.Chosen)
    def _open_clicked(self, event: TrialsTable.Chosen) -> None:
        event.stop()
        self.action_open()

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

    def action_back(self) -> None:
        """From the charts to the table, then without the filter, then to the runs."""
        if self.has_class("-alone"):
            self.remove_class("-alone")
        elif self.query_one("#trials-filter").display:
            self._show_filter(False)
        else:
            self.post_message(StudyLeft())
