"""The charts of a study side by side, as many as there is room for, and which of them are shown."""

from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Container

from dltui.search.drawing.bars import BarChart
from dltui.search.drawing.charts import hparam_chart, progress_chart
from dltui.search.drawing.points import PointChart, is_log_chart
from dltui.search.drawing.values import count_of, searched
from dltui.search.importances import METHOD, NEEDED
from dltui.search.study.study import Study, TrialState
from dltui.text import safe_text
from dltui.widgets.points_view import PointsView
from dltui.widgets.trials_order import is_tuning

PROGRESS, IMPORTANCES = "progress", "importances"
_TWO_COLUMNS, _THREE_ROWS = 96, 33


class StudyCharts(Container):
    """Shows of a study the objective over its trials, over one of its hyperparameters, and how much each matters.

    With room for one or two, the others are turned to. ``names``: the hyperparameters, those that matter most first.
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.names: list[str] = []
        self._study: Study | None = None
        self._chosen: int | None = None
        self._at = PROGRESS
        """What a person turned to: one of the two words above, or a hyperparameter with a colon before it."""
        self._y_log: bool | None = None
        self._shares: dict[str, float] | None = None
        self._weighed = 0
        self._trouble = ""
        self._known: tuple[int, int] = (-1, -1)
        self._built: dict[tuple[str, bool], PointChart] = {}

    def compose(self) -> ComposeResult:
        yield PointsView(id="study-progress")
        yield PointsView(id="study-hparam")
        yield PointsView(id="study-importances")

    def show(self, study: Study, chosen: int | None) -> None:
        """Show the study as it stands. ``chosen``: the trial that is looked at."""
        self.take(study)
        self._chosen = chosen
        self._draw()

    def take(self, study: Study) -> None:
        """Take the study as it stands, which is not shown yet: the table asks for the names first."""
        if study is not self._study:
            self._study, self._built = study, {}
        begun = (len(study.trials), sum(each.state.has_ended for each in study.trials))
        if begun != self._known:
            self._known = begun
            self._name_hparams()

    def choose(self, number: int | None) -> None:
        """Show where that trial is."""
        self._chosen = number
        self._draw()

    def weigh(self, shares: dict[str, float] | None, trials: int, trouble: str) -> None:
        """Take how much each hyperparameter matters, by so many trials; None: they are too few."""
        self._shares, self._weighed, self._trouble = shares, trials, trouble
        self._name_hparams()

    def turn(self, by: int) -> None:
        """To the chart beside the present one."""
        places = self._places()
        if places:
            at = places.index(self._at) if self._at in places else (-1 if by > 0 else 0)
            self._at = places[(at + by) % len(places)]
            self._draw()

    def toggle_log(self) -> None:
        """The objective on a log scale, or not; at first that is chosen by its values."""
        if self._study is not None:
            self._built = {}
            self._y_log = not is_log_chart(progress_chart(self._study, y_log=self._y_log))
            self._draw()

    def lay_out(self) -> None:
        """There is another size to fill."""
        self._draw()

    def _name_hparams(self) -> None:
        """The hyperparameters in the order in which they matter, as far as that is known."""
        if self._study is None:
            return
        names = searched(self._study)
        shares = self._shares or {}
        self.names = sorted(names, key=lambda name: -shares.get(name, 0.0))

    def _room(self) -> int:
        """How many charts stand side by side, or below each other."""
        return 3 if self.size.height >= _THREE_ROWS else 2 if self.size.width >= _TWO_COLUMNS else 1

    def _places(self) -> list[str]:
        """What can be turned to, where some charts are always shown."""
        names = [f":{name}" for name in self.names]
        has_bars = self._study is not None and not is_tuning(self._study)
        bars = [IMPORTANCES] if has_bars else []
        match self._room():
            case 3:
                return names
            case 2:
                return [*names, *bars]
        return [PROGRESS, *names, *bars]

    def _draw(self) -> None:
        study = self._study
        if study is None or not self.is_mounted or not self.size.width:
            return
        places, room = self._places(), self._room()
        at = self._at if self._at in places else (places[0] if places else PROGRESS)
        name = at[1:] if at.startswith(":") else ""
        with_progress = room > 1 or at == PROGRESS
        with_bars = at == IMPORTANCES or (room == 3 and not is_tuning(study))
        self._show("study-progress", self._points(study, "", True) if with_progress else None)
        self._show("study-hparam", self._points(study, name, not with_progress) if name else None)
        self._show("study-importances", self._bars(study, name) if with_bars else None)

    def _show(self, id: str, chart: PointChart | BarChart | None) -> None:
        view = self.query_one(f"#{id}", PointsView)
        view.display = chart is not None
        if chart is not None:
            view.show(chart)

    def _points(self, study: Study, name: str, with_legend: bool) -> PointChart:
        """The chart of a hyperparameter, or without a name over the trials: built once for a study as it stands."""
        known = self._built.get((name, with_legend))
        if known is None:
            y_log = self._y_log
            built = hparam_chart(study, name, None, y_log, with_legend=with_legend) if name else None
            known = self._built[name, with_legend] = built or progress_chart(study, None, y_log)
        return replace(known, chosen=self._chosen)

    def _bars(self, study: Study, chosen: str) -> BarChart:
        complete = count_of(study.trials, TrialState.COMPLETE)
        empty = f"{METHOD} needs {NEEDED} complete trials, and {complete} are." if complete < NEEDED else "…"
        if self._trouble:
            empty = safe_text(self._trouble)
        return BarChart(
            title="what matters",
            note=f"{METHOD}, {self._weighed} trials" if self._shares else METHOD,
            shares=self._shares or {},
            empty=empty,
            chosen=chosen,
        )
