"""One step of a guide in full: its sentence, what was checked, its plot and table, and what it hands on."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from dltui.guide.result import Check, Judgement, Plot, StepResult, Table
from dltui.guide.state import StepEntry, StepState
from dltui.guide.telling.words import together, told
from dltui.texts.guide import GuideTexts
from dltui.widgets.guide_table import table_content
from dltui.widgets.guide_words import (
    JUDGEMENT_COLOURS,
    JUDGEMENT_SIGNS,
    step_sign,
    step_title,
    step_word,
)
from dltui.widgets.plot_view import PlotView

MOST_CANDIDATES = 6


class StepPanel(VerticalScroll, can_focus=False):
    """Shows a step. What is doubtful stands above its plot, what is sound below."""

    def __init__(self, texts: GuideTexts, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        self._table: Table | None = None
        self._number = -1

    def compose(self) -> ComposeResult:
        yield Static(id="step-title")
        yield Static(id="step-said")
        yield Static(id="step-handed")
        yield Static(id="step-doubts")
        with Container(id="step-shown"):
            yield PlotView(self._texts, id="step-plot")
            yield Static(id="step-table")
        yield Static(id="step-checks")

    def show(self, entry: StepEntry, alive: bool) -> None:
        """Show the step as it stands. ``alive``: an engine is at work."""
        texts = self._texts
        if entry.number != self._number:
            self._number = entry.number
            self.scroll_home(animate=False)
        result = entry.result
        self._write("step-title", _title(entry, alive, texts))
        self._write("step-said", _said(entry, alive, texts))
        self._write("step-handed", _handed(result, texts) if result else None)
        checks = result.checks if result else []
        self._write("step-doubts", _checks([each for each in checks if each.judgement is not Judgement.SOUND], texts))
        self._write("step-checks", _checks([each for each in checks if each.judgement is Judgement.SOUND], texts))
        self._show_plot(result.plot if result else None)
        self._table = result.table if result else None
        self._show_table()
        self.query_one("#step-shown").display = result is not None and (result.plot or result.table) is not None

    def on_resize(self, event: events.Resize) -> None:
        """The table has another width."""
        self.call_after_refresh(self._show_table)

    def _show_plot(self, plot: Plot | None) -> None:
        view = self.query_one("#step-plot", PlotView)
        view.display = plot is not None
        view.show(plot)

    def _show_table(self) -> None:
        table = self.query_one("#step-table", Static)
        if self._table is None:
            table.display = False
            return
        table.display = True
        width = table.content_region.width or self.content_region.width
        content = table_content(self._table, max(10, width), self._texts)
        if table.visual != content:
            table.update(content)

    def _write(self, id: str, content: Content | None) -> None:
        line = self.query_one(f"#{id}", Static)
        line.display = content is not None and bool(content.plain)
        if content is not None and line.visual != content:
            line.update(content)


def _title(entry: StepEntry, alive: bool, texts: GuideTexts) -> Content:
    sign, colour = step_sign(entry, alive)
    attempt = f"  {texts.ui('attempt', attempt=entry.attempt)}" if entry.attempt > 1 else ""
    return Content.assemble(
        (f"{entry.number}  {step_title(texts, entry.number)}", "bold"),
        (f"  {sign} {step_word(texts, entry, alive)}", f"${colour}"),
        (attempt, "$chart-label"),
    )


def _said(entry: StepEntry, alive: bool, texts: GuideTexts) -> Content:
    if entry.result is not None:
        return Content(told(texts, entry.result.said))
    match entry.state:
        case StepState.RUNNING:
            key = "" if alive else "is_broken_off"
        case StepState.SKIPPED:
            key = "was_skipped"
        case StepState.OUT_OF_TIME:
            key = "had_no_time"
        case _:
            key = "waits"
    about = texts.ui(f"about_{entry.number}")
    return Content.assemble(about, (f"\n{texts.ui(key)}" if key else "", "$chart-label"))


def _handed(result: StepResult, texts: GuideTexts) -> Content:
    """What holds from here on, and what the next step is to choose from."""
    handed = result.handed
    lines = []
    if handed.settings:
        settings = together(handed.settings)
        lines.append(Content.assemble(("→ ", "$accent"), f"{texts.ui('hands_on')} ", (settings, "bold $accent")))
    if len(handed.candidates) > 1:
        told = [together(each) for each in handed.candidates[:MOST_CANDIDATES]]
        more = " · …" if len(handed.candidates) > MOST_CANDIDATES else ""
        lines.append(Content.styled(f"→ {texts.ui('to_try')} {' · '.join(told)}{more}", "$chart-label"))
    return Content("\n").join(lines)


def _checks(checks: list[Check], texts: GuideTexts) -> Content:
    lines = [
        Content.assemble(
            (f"{JUDGEMENT_SIGNS[each.judgement]} ", f"${JUDGEMENT_COLOURS[each.judgement]}"), told(texts, each.said)
        )
        for each in checks
    ]
    return Content("\n").join(lines)
