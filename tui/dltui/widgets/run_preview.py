"""A look at one run beside the list: its losses and what it is."""

from collections.abc import Mapping
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from dltui.charts.of_run import loss_chart, usual_view
from dltui.series.state import RunState
from dltui.widgets.chart_view import ChartView
from dltui.widgets.facts_panel import FactsPanel
from dltui.widgets.lineage import lineage
from dltui.widgets.run_facts import run_facts
from dltui.widgets.run_notice import run_notice
from dltui_trainers.runlog import Value


class RunPreview(Vertical):
    """Shows a run in its present state; :meth:`clear` while another one is being opened."""

    def compose(self) -> ComposeResult:
        yield Static(id="preview-notice")
        yield Static(id="preview-lineage")
        yield ChartView(id="preview-chart")
        yield FactsPanel(id="preview-facts")

    def on_mount(self) -> None:
        self.clear()

    def show(self, folder: Path, state: RunState, before: Mapping[str, Value] | None = None) -> None:
        """Show the run of ``folder``. ``before``: the hyperparameters of the run that it came from, where known."""
        notice = run_notice(folder, state)
        self.query_one("#preview-notice", Static).display = notice is not None
        if notice is not None:
            self.query_one("#preview-notice", Static).update(notice)
        parent = state.manifest.parent if state.manifest else None
        line = self.query_one("#preview-lineage", Static)
        line.display = parent is not None
        if parent is not None and line.visual != (told := lineage(parent, before)):
            line.update(told)
        self.query_one(ChartView).show(loss_chart(state, usual_view(state)))
        facts = run_facts(state)
        self.query_one(FactsPanel).facts = facts
        self.set_class(not facts, "-bare")

    def clear(self) -> None:
        """Show nothing."""
        self.query_one("#preview-notice", Static).display = False
        self.query_one("#preview-lineage", Static).display = False
        self.query_one(ChartView).show(None)
        self.query_one(FactsPanel).facts = ()
