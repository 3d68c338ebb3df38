"""The model of a run: every parameter with its numbers and its health, over time, while it trains and afterwards."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from dltui.diagnosis.examine import examine
from dltui.model.curves import history_of
from dltui.model.look import Look, Wanted, look
from dltui.model.order import Order
from dltui.model.telling import health_words, remark, size_words
from dltui.screens.paced import Paced
from dltui.series.parameters import records_of
from dltui.series.state import RunState
from dltui.texts.model import ModelTexts
from dltui.widgets.model_line import ModelLine
from dltui.widgets.model_table import ModelTable
from dltui.widgets.parameter_detail import ParameterDetail
from dltui.widgets.run_footer import RunFooter

if TYPE_CHECKING:
    from dltui.diagnosis.finding import Diagnosis

REDRAW_EVERY_S = 1.0
"""Records of the parameters come ever more rarely; a thousand rows cost some 10 ms."""
LEFT_OUT_FIRST = ("toggle_weights", "sort(1)", "turn(-1)", "turn(1)")
ORDERS = tuple(Order)


class ModelScreen(Screen[None]):
    """Shows the model of the run in ``folder``, which goes on growing beneath it.

    ``diagnosis`` tells what was found in the run by now, None while it was not judged. Whoever takes in the news of the
    run calls :meth:`news`.
    """

    TITLE = "model"
    AUTO_FOCUS = "#model-table"
    BINDINGS = [
        Binding("escape", "back", "Back", tooltip="From the charts to the table, then clear the filter, then leave"),
        Binding("m", "leave", "Leave the model", show=False),
        Binding("tab", "toggle_detail", "The parameter at large, or the table", show=False, priority=True),
        Binding("enter", "toggle_detail", "Charts", tooltip="The parameter at large, or the table", priority=True),
        Binding(
            "slash",
            "filter",
            "Filter",
            key_display="/",
            tooltip="Filter by name, kind or health: conv -bias dead",
            priority=True,  # at once: what is typed right behind it is for the filter
        ),
        Binding("s", "sort(1)", "Sort", tooltip="Sort by order, health, count, update, gradient, dead units"),
        Binding("S", "sort(-1)", "Sort the other way through these", show=False),
        Binding("t", "toggle_weights", "Weights", tooltip="Only the weights, or biases and norms too"),
        Binding("left", "turn(-1)", "Earlier", tooltip="To the record before: the model as it was"),
        Binding("right", "turn(1)", "Later", tooltip="To the next record, at last to the newest"),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "A page up", show=False),
        Binding("pagedown", "page(1)", "A page down", show=False),
        Binding("home", "end(-1)", "To the first parameter", show=False),
        Binding("end", "end(1)", "To the last parameter", show=False),
    ]

    def __init__(
        self, folder: Path, state: RunState, diagnosis: "Callable[[], Diagnosis | None]", language: str | None = None
    ) -> None:
        super().__init__()
        self.folder = folder
        self.state = state
        self._diagnosis = diagnosis
        self._texts = ModelTexts.load(language)
        self._at: int | None = None
        """The record that is looked at; None: the newest, whichever that is."""
        self._wanted = Wanted()
        self._seen: Look | None = None
        self._built_of: tuple[object, ...] = ()
        self._judged: tuple[float, Diagnosis] | None = None
        self._drawing = Paced(self, REDRAW_EVERY_S, self._draw)

    def compose(self) -> ComposeResult:
        yield ModelLine(id="model-size", classes="first-line")
        yield ModelLine(id="model-health", classes="first-line")
        yield Static(id="model-notice")
        yield Input(placeholder=self._texts.ui("filter_hint"), id="model-filter", compact=True)
        with Container(id="model"):
            yield ModelTable(self._texts, id="model-table")
            yield ParameterDetail(self._texts, id="parameter")
        yield RunFooter(left_out_first=LEFT_OUT_FIRST)

    def on_mount(self) -> None:
        self.call_after_refresh(self._drawing.now)

    def news(self) -> None:
        """Something of the run is new."""
        if self.is_mounted and self.is_attached:
            self._drawing.soon()

    @property
    def _table(self) -> ModelTable:
        return self.query_one(ModelTable)

    def _draw(self) -> None:
        """Show what is new; where nothing is, nothing is built."""
        if not self.is_mounted or not self.is_attached:
            return
        records = records_of(self.state)
        if self._at is not None and self._at >= len(records) - 1:  # some may have been undone
            self._at = None
        built_of = (records[-1] if records else None, len(records), self.state.manifest, self._diagnosis(), self._at)
        if not self._built_of or any(a is not b for a, b in zip(built_of, self._built_of, strict=True)):
            self._built_of = built_of
            self._show()

    def _diagnosis_now(self) -> "Diagnosis | None":
        """What is found in the run, or was to be found when the record was written that is looked at."""
        if self._at is None:
            return self._diagnosis()
        step = float(records_of(self.state)[self._at].step)
        if self._judged is None or self._judged[0] != step:
            self._judged = (step, examine(self.state, step))
        return self._judged[1]

    def _show(self) -> None:
        """Look at it anew, and show that."""
        seen = look(self.state, self._diagnosis_now(), self._wanted, self._at)
        self._seen = seen
        with self.app.batch_update():
            self.query_one("#model-size", ModelLine).show(size_words(self.folder.name, seen, self._texts))
            self.query_one("#model-health", ModelLine).show(health_words(seen, self._texts))
            self._say(remark(seen, self._texts))
            self._table.show(seen.shown)
            self._show_detail()

    def _say(self, sentence: str) -> None:
        line, content = self.query_one("#model-notice", Static), Content(sentence)
        line.display = bool(sentence)
        if line.visual != content:
            line.update(content)

    @on(ModelTable.Moved)
    def _show_detail(self) -> None:
        """The parameter under the cursor, over all of the time that is known."""
        row, detail, seen = self._table.selected, self.query_one(ParameterDetail), self._seen
        if row is None or seen is None or not detail.is_on_screen:
            return
        history = history_of(row.name, seen.records, seen.names)
        until = sum(row.name in record.parameters for record in seen.records[: seen.number])
        detail.show(row, history, until, None if seen.at is None or seen.step is None else float(seen.step))

    @on(ModelTable.Chosen)
    def _open(self) -> None:
        self._zoom(True)

    @on(Input.Changed, "#model-filter")
    def _take_words(self, event: Input.Changed) -> None:
        self._wanted = replace(self._wanted, words=event.value)
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the filter a slash is a slash; without records there is no earlier one."""
        if action == "filter":
            return self.focused is not self.query_one("#model-filter", Input)
        if action == "turn":
            return bool(len(records_of(self.state)) > 1) or None
        return True

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_detail)

    def action_back(self) -> None:
        """From the charts to the table, then without the filter, then away."""
        field = self.query_one("#model-filter", Input)
        if self.has_class("-detail"):
            self._zoom(False)
        elif field.display:
            field.value = ""
            field.display = False
            self._table.focus()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Back to the run."""
        self.dismiss()

    def action_toggle_detail(self) -> None:
        """The charts of the parameter alone, or the table; while a filter is typed, on to what it left."""
        field = self.query_one("#model-filter", Input)
        if self.focused is field:
            field.display = bool(field.value)
            self._table.focus()
        else:
            self._zoom(not self.has_class("-detail"))

    def _zoom(self, is_large: bool) -> None:
        if is_large and self._table.selected is None:
            return
        self.set_class(is_large, "-detail")
        self.call_after_refresh(self._show_detail)

    def action_filter(self) -> None:
        """Begin to type a filter."""
        self._zoom(False)
        field = self.query_one("#model-filter", Input)
        field.display = True
        field.focus()

    def action_sort(self, by: int) -> None:
        """Sort by the next of what there is to sort by."""
        order = ORDERS[(ORDERS.index(self._wanted.order) + by) % len(ORDERS)]
        self._wanted = replace(self._wanted, order=order)
        self._show()
        self._table.go(0)  # what it is sorted for is on top

    def action_toggle_weights(self) -> None:
        """Only the weights, or all."""
        self._wanted = replace(self._wanted, weights_only=not self._wanted.weights_only)
        self._show()

    def action_turn(self, by: int) -> None:
        """To another record; from the last one on it is the newest, whichever comes."""
        last = len(records_of(self.state)) - 1
        at = (last if self._at is None else self._at) + by
        self._at = None if at >= last else max(at, 0)
        self._drawing.now()

    def action_move(self, by: int) -> None:
        """To another parameter."""
        self._table.move(by)

    def action_page(self, by: int) -> None:
        """A page of parameters further."""
        self._table.move(by * self._table.page)

    def action_end(self, by: int) -> None:
        """To the first parameter, or the last."""
        self._table.go(0 if by < 0 else len(self._seen.shown) - 1 if self._seen else 0)
