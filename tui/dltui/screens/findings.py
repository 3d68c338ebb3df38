"""What was found in a run, one finding at a time: what it looks like, why it happens, and what to do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from dltui.diagnosis.finding import Finding, Verdict
from dltui.formatting import count
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.widgets.diagnosed import Diagnosed, finding_facts, finding_name

if TYPE_CHECKING:
    from dltui.texts import Texts


class FindingsScreen(ModalScreen[bool]):
    """Explains ``diagnosed`` as it was when it was opened; answers whether the advice is wanted next."""

    BINDINGS = [
        Binding("escape,e,q", "choose(False)", "Close"),
        Binding("a", "choose(True)", "Advice"),
        Binding("pagedown,space", "scroll_detail(1)", "Scroll down", priority=True),
        Binding("pageup", "scroll_detail(-1)", "Scroll up", priority=True),
    ]

    def __init__(self, diagnosed: Diagnosed, state: RunState, texts: "Texts") -> None:
        super().__init__()
        self._diagnosed = diagnosed
        self._state = state
        self._texts = texts

    @property
    def _findings(self) -> tuple[Finding, ...]:
        return self._diagnosed.diagnosis.findings

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog two-parts"):
            yield Static(self._title(), classes="dialog--question")
            with Container(classes="parts"):
                options = [Option(finding_name(each, self._texts)) for each in self._findings]
                yield OptionList(*options, id="list", compact=True)
                with VerticalScroll(can_focus=False, id="detail"):
                    yield Static(id="text")
            yield Static(Content(safe_text(self._texts.ui("findings_keys"))), classes="dialog--hint")

    def _title(self) -> Content:
        diagnosis, texts = self._diagnosed.diagnosis, self._texts
        at_step = texts.ui("at_step", step=diagnosis.at_step) if diagnosis.at_step else ""
        return Content.assemble(
            safe_text(texts.ui("diagnosis")),
            ": ",
            (safe_text(texts.verdict(diagnosis.verdict)), f"$text-{self._diagnosed.tone}"),
            (f"  {safe_text(at_step)}", "not bold $chart-label"),
        )

    def on_mount(self) -> None:
        findings = self.query_one("#list", OptionList)
        findings.display = len(self._findings) > 1
        if self._findings:
            findings.highlighted = 0
            findings.focus()
        else:
            self.query_one("#text", Static).update(self._nothing())

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.query_one("#text", Static).update(Content("\n").join(self._lines(self._findings[event.option_index])))
        self.query_one("#detail").scroll_home(animate=False)

    def _nothing(self) -> Content:
        diagnosis, texts = self._diagnosed.diagnosis, self._texts
        if diagnosis.verdict is not Verdict.INCONCLUSIVE:
            return Content(safe_text(texts.ui("no_findings")))
        return Content(safe_text(f"{texts.ui('cannot_tell')}: {texts.reason(diagnosis.reason)}"))

    def _lines(self, finding: Finding) -> Iterator[Content]:
        texts = self._texts
        explanation = texts.explanation(finding.symptom)
        yield finding_name(finding, texts).stylize("bold")
        yield Content.styled(safe_text(" · ".join(finding_facts(finding, self._state, texts))), "$chart-label")
        for evidence in finding.evidence:
            yield Content(safe_text(f"- {texts.evidence(evidence)}"))
        for heading, text in (
            ("looks_like", explanation.looks_like),
            ("causes", explanation.causes),
            ("what_to_do", explanation.what_to_do),
        ):
            yield Content()
            yield Content.styled(safe_text(texts.ui(heading)), "bold $text-primary")
            yield Content(safe_text(text))
        yield from self._advice(finding)
        yield Content()
        yield Content.styled(safe_text(f"{texts.ui('source')}: {explanation.source}"), "$chart-label")

    def _advice(self, finding: Finding) -> Iterator[Content]:
        texts = self._texts
        serving = self._diagnosed.serving(finding.symptom)
        if not serving:
            return
        yield Content()
        yield Content.styled(safe_text(texts.ui("advice")), "bold $text-primary")
        for change in serving:
            words = texts.change(change)
            number = self._diagnosed.changes.index(change) + 1
            yield Content.assemble((f"{count(number)}", "bold $text-accent"), "  ", (safe_text(words.action), "bold"))
            for key, text in (("why", words.why), ("expect", words.expect), ("check", words.check)):
                yield Content.assemble((f"{safe_text(texts.ui(key))}: ", "$chart-label"), safe_text(text))

    def action_scroll_detail(self, pages: int) -> None:
        """Scroll the explanation."""
        detail = self.query_one("#detail")
        detail.scroll_relative(y=pages * max(1, detail.size.height - 1), animate=False)

    def action_choose(self, advice: bool) -> None:
        """Close."""
        self.dismiss(advice)
