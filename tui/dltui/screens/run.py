"""One run, live or over: its curves, how far it is, its hyperparameters, its machine and what it printed."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from dltui.charts.of_parent import ShownParent, is_drawn
from dltui.charts.of_run import Since, smoothing_for
from dltui.diagnosis.finding import Diagnosis
from dltui.errors import DltuiError
from dltui.messages import ParentFound, ReplayWanted, RunChanged, RunChosen, RunLeft
from dltui.runs.update import RunUpdate
from dltui.screens.charted import CHART_KEYS, SMALL_CHARTS
from dltui.screens.facts import FactsScreen
from dltui.screens.findings import FindingsScreen
from dltui.screens.followed_run import FollowedRun
from dltui.screens.output import OutputScreen
from dltui.screens.paced import Paced
from dltui.screens.parent_run import ParentRun
from dltui.screens.tuned import TUNE_KEYS
from dltui.screens.unasked import UnaskedScreen
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.chart_view import ChartView
from dltui.widgets.diagnosis_panel import DiagnosisPanel
from dltui.widgets.facts_panel import FactsPanel
from dltui.widgets.lineage import lineage
from dltui.widgets.output_panel import OutputPanel
from dltui.widgets.run_facts import run_facts
from dltui.widgets.run_footer import RunFooter
from dltui.widgets.run_header import RunHeader
from dltui.widgets.run_notice import run_notice

if TYPE_CHECKING:
    from dltui.screens.model import ModelScreen

REDRAW_EVERY_S = 0.4
"""A drawing costs about 10 ms and up to some kilobytes, and a training has no time to change much in between. What
comes after a pause is drawn at once."""
LOADING_REDRAW_S = 0.5
"""While a long log is read the chart grows in larger steps, and one that is read by then is drawn only once."""
DIAGNOSE_EVERY_S = 1.0
"""A diagnosis costs a few milliseconds, and advice that changes faster than it is read helps nobody."""

SCRIPT_PRINTS = "no output here: a script prints to its own terminal"


class RunScreen(UnaskedScreen):
    """Follows the run in ``folder`` while the screen lives. ``origin``: the run that it came from, if known."""

    BINDINGS = [
        Binding("escape", "back", "Runs", tooltip="Put the cursor away, then the zoom, then go to the runs"),
        *TUNE_KEYS,
        Binding("e", "explain", "Explain", tooltip="Explain what was found"),
        *CHART_KEYS,
        Binding("v", "toggle_findings", "Findings on the chart, or not", show=False),
        Binding("i", "show_facts", "Hyperparameters, data and machine", show=False),
        Binding("m", "show_model", "Model", tooltip="The model: every parameter and its health"),
        Binding("o", "show_output", "What the training printed", show=False),
        Binding("p", "open_parent", "The run that this one came from", show=False),
        Binding("P", "toggle_parent", "Curves of the run that this one came from, or not", show=False),
        Binding("w", "write_report", "Write a report of the run to a file", show=False),
        Binding("r", "replay", "Play", tooltip="Play the run again from its beginning"),
    ]

    output_key = "o"
    """The key that shows what the training printed, where there is one."""
    roomy_columns: int | None = None
    """From so many on the keys in the footer stand apart, where their widths do not tell it."""

    def __init__(self, services: Services, folder: Path, origin: Path | None = None) -> None:
        super().__init__(services, folder)
        self._origin = origin
        self._came_from: ParentRun | None = None
        self._smoothing_chosen = False
        self._model: ModelScreen | None = None
        self._output: OutputScreen | None = None
        self._drawing = Paced(self, self.redraw_every_s(), self._draw)
        self._growing = Paced(self, LOADING_REDRAW_S, self._draw)
        self._diagnosing = Paced(self, DIAGNOSE_EVERY_S, self._diagnose)

    def redraw_every_s(self) -> float:
        """Return how many seconds lie between two drawings at least."""
        return REDRAW_EVERY_S

    def compose(self) -> ComposeResult:
        yield RunHeader()
        yield Static(id="lineage")
        yield Static(id="notice")
        yield Static(id="tuning")
        yield ChartView(id="big")
        with Horizontal(id="small"):
            for index in range(SMALL_CHARTS):
                yield ChartView(id=f"small-{index}", classes="small-chart")
        with Container(id="below"):
            yield DiagnosisPanel()
            with Container(id="info"):
                yield FactsPanel(id="facts")
                with Vertical(id="output-box"):
                    yield OutputPanel()
        yield RunFooter(self.roomy_columns)

    def on_mount(self) -> None:
        self.followed = self.follow()

    def follow(self) -> FollowedRun:
        """Return what tells the news of the run."""
        return FollowedRun(self._services, self.folder, self)

    def on_unmount(self) -> None:
        if self.followed is not None:
            self.followed.close()
        if self._came_from is not None:
            self._came_from.close()

    @on(RunChanged)
    def _take(self, event: RunChanged) -> None:
        if self._came_from is not None and self._came_from.take(event):
            (self._growing.later if self._came_from.is_loading else self._drawing.soon)()
            return
        if self.followed is None:
            return
        update = event.update
        self.followed.take(update)
        self._smooth_as_usual()
        self.judge_soon(update)
        self.take_answers(update)
        self.offer_what_can_be_done()
        if update.manifest is not None and update.manifest.parent is not None:
            self._find_parent(update.manifest.parent.run)
        if self.followed.state.loading:
            self._growing.later()
        else:
            self._drawing.soon()

    def _smooth_as_usual(self) -> None:
        """Smooth as the length of the log asks for, until a person chooses."""
        assert self.followed is not None
        state = self.followed.state
        if self._smoothing_chosen or state.loading:
            return
        weight = smoothing_for(state, self.points_to_come(len(state.train_loss)))
        if weight != self.view.smoothing:
            self.view = replace(self.view, smoothing=weight)

    def points_to_come(self, now: int) -> int:
        """Return how many points the training's curve will have, as far as that is known; it has ``now``."""
        return now

    def action_smooth(self, by: int) -> None:
        """Smooth more or less."""
        self._smoothing_chosen = True
        super().action_smooth(by)

    def draw_soon(self) -> None:
        """See to it that what is new is drawn."""
        self._drawing.soon()

    def judge_soon(self, update: RunUpdate) -> None:
        """See to it that the diagnosis is that of the news."""
        assert self.followed is not None
        if update.restarted:
            self.followed.diagnosed = None
        news = update.batch is not None or update.status is not None or self.followed.diagnosed is None
        if news and self.followed.is_readable:
            self._diagnosing.soon()

    def _diagnose(self) -> None:
        if self.followed is None or not self.is_mounted or not self.followed.is_readable:
            return
        first = self.followed.diagnosed is None
        self.followed.diagnose()
        self.follow_advice()
        if first:  # the footer is made anew, which costs as much as a drawing
            self.refresh_bindings()
        self._drawing.soon()

    @work(thread=True, exclusive=True, group="parent")
    def _find_parent(self, name: str) -> None:
        """Look for the run that this one came from, in a thread."""
        worker = get_current_worker()
        found = self._services.parent(self._origin or self.folder, name)
        # a manifest may name the run itself
        if found is not None and found[0].resolve() != self.folder.resolve() and not worker.is_cancelled:
            self.post_message(ParentFound(*found))

    @on(ParentFound)
    def _take_parent(self, event: ParentFound) -> None:
        if self._came_from is not None:
            if self._came_from.folder == event.folder:
                return
            self._came_from.close()
        self._came_from = ParentRun(self._services, event, self, self.view.smoothing)
        self.refresh_bindings()
        self._drawing.soon()

    def _draw(self) -> None:
        if self.followed is None or not self.is_mounted:
            return
        state = self.followed.state
        if self._model is not None:
            self._model.news()
        if self._output is not None:
            self._output.show(state.output)
        with self.app.batch_update():
            self.query_one(RunHeader).show(self.folder.name, state, auto=self.limits is not None)
            self._show_notice(run_notice(self.folder, state, self.output_key))
            self._show_lineage()
            self.show_tuning()
            self.show_charts()
            live = not self.why_not() and self.known_task is not None
            self.query_one(DiagnosisPanel).show(self.followed.diagnosed, state, self._services.texts(), live=live)
            self.query_one(FactsPanel).facts = run_facts(state)
            self.query_one(OutputPanel).lines = state.output
            if not state.is_ours:
                self.query_one(OutputPanel).empty = SCRIPT_PRINTS

    def _show_notice(self, sentence: Content | None) -> None:
        notice = self.query_one("#notice", Static)
        notice.display = sentence is not None
        if sentence is not None and notice.visual != sentence:
            notice.update(sentence)

    def _show_lineage(self) -> None:
        assert self.followed is not None
        manifest, line = self.followed.state.manifest, self.query_one("#lineage", Static)
        parent = manifest.parent if manifest else None
        line.display = parent is not None
        if parent is not None:
            known = self._came_from
            shown = self.shown_parent()
            sign = shown is not None and is_drawn(shown, self.view)
            told = lineage(parent, known.hparams if known else None, key="p" if known else "", is_drawn=sign)
            if line.visual != told:
                line.update(told)

    def shown_parent(self) -> ShownParent | None:
        """Return the run that this one came from, as the charts show it."""
        manifest = self.followed.state.manifest if self.followed is not None else None
        if self._came_from is None or manifest is None or manifest.parent is None:
            return None
        return self._came_from.shown(manifest.parent)

    def smooth_with(self, weight: float) -> None:
        """Smooth its training loss, and that of the run that it came from, so that they can be compared."""
        super().smooth_with(weight)
        if self._came_from is not None:
            self._came_from.smooth_with(weight)

    def action_toggle_parent(self) -> None:
        """Draw the curves of the run that this one came from, or not."""
        self.view = replace(self.view, parent=not self.view.parent)
        self._show_lineage()

    def found_marks(self) -> tuple[Since, ...]:
        """Return a mark for each finding, at the step since which it holds."""
        diagnosed = self.followed.diagnosed if self.followed else None
        return diagnosed.marks(self._services.texts()) if diagnosed else ()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What cannot be done is not offered: to stop a training that is over, to open a parent that is not here.

        What can be done soon is shown dim: to read what was found before anything was.
        """
        if action in ("explain", "advise", "write_report"):
            return True if self.followed is not None and self.followed.diagnosed is not None else None
        if action in ("open_parent", "toggle_parent"):
            return self._came_from is not None
        if action == "replay":
            return self.followed is not None and self.followed.is_over
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """Put the cursor away, then the zoom, then leave for the runs."""
        if self.view.cursor is not None:
            self.action_clear_cursor()
        elif self.view.window is not None:
            self.action_zoom_all()
        else:
            self.post_message(RunLeft())

    def action_explain(self) -> None:
        """What was found, and what it means."""
        if self.followed is not None and self.followed.diagnosed is not None:
            screen = FindingsScreen(self.followed.diagnosed, self.followed.state, self._services.texts())
            self.app.push_screen(screen, self._explained)

    def _explained(self, advice_wanted: bool | None) -> None:
        if advice_wanted:
            self.action_advise()

    def action_write_report(self) -> None:
        """Write what is shown to a file that can be read anywhere."""
        if self.followed is None or self.followed.diagnosed is None:
            return
        state, diagnosed = self.followed.state, self.followed.diagnosed
        try:
            path = self._services.report(self.folder.name, state, diagnosed.diagnosis, diagnosed.changes)
        except DltuiError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"The report is in {safe_text(str(path.absolute()))}", markup=False, timeout=10)

    def action_open_parent(self) -> None:
        """Go to the run that this one came from."""
        if self._came_from is not None:
            self.post_message(RunChosen(self._came_from.folder))

    def action_show_facts(self) -> None:
        """All that is known of the run."""
        if self.followed is not None:
            self.app.push_screen(FactsScreen(self.folder, run_facts(self.followed.state)))

    def action_show_output(self) -> None:
        """All that is kept of the output."""
        if self.followed is not None:
            self._output = OutputScreen(self.folder, self.followed.state.output)
            self.app.push_screen(self._output)

    def action_show_model(self) -> None:
        """Every parameter of the model, unless a key that came twice has opened it."""
        from dltui.screens.model import ModelScreen

        if self.followed is None or self.app.screen is not self:
            return
        language = self._services.texts().language
        self._model = ModelScreen(self.folder, self.followed.state, self._found, language)
        self.app.push_screen(self._model, self._model_left)

    def _model_left(self, _: None) -> None:
        self._model = None

    def _found(self) -> Diagnosis | None:
        """What is found in the run by now."""
        diagnosed = self.followed.diagnosed if self.followed is not None else None
        return diagnosed.diagnosis if diagnosed is not None else None

    def action_replay(self) -> None:
        """Play it again."""
        self.post_message(ReplayWanted(self.folder))
