"""Every key of the screen below, and what the signs on its charts mean."""

from textual.app import App, ComposeResult
from textual.binding import ActiveBinding, Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

CHART_SIGNS = (
    ("━", "smoothed training loss (debiased exponential moving average)"),
    ("┄", "training loss as it was logged; where there are more steps than columns, its smallest to largest value"),
    ("●", "validation, one mark an evaluation where there is room"),
    ("▼", "best validation loss so far"),
    ("┆", "something was done to the training at this step"),
    ("╏", "since this step a finding holds; its name stands beside the line"),
    ("│", "the value cursor; the title of the chart tells the values there"),
)
TREE_SIGNS = (
    ("├ └", "a branch: it went on from a checkpoint of the run above, @700 from that at step 700"),
    ("├╌ └╌", "it began anew with the settings of the run above, some of them changed"),
)
TIMELINE_SIGNS = (
    ("●", "where the replay stands; click or drag to be elsewhere"),
    ("▼", "best validation loss until then"),
    ("█ ━ ─", "a finding that was critical, a warning, a note; grey is what was not said yet"),
    ("═", "the verdict was a good fit"),
    ("▀ ▄", "it was overfitting, underfitting"),
    ("█ ·", "it was diverged, inconclusive"),
)
GUIDE_SIGNS = (
    ("✓ ▲ ✗", "sound; worth a look, the guide goes on with it; a fault, which halts the guide"),
    ("● ○", "at work; waits for the steps before it"),
    ("– □ †", "left out; no time was left for it; its engine was killed in the middle"),
)
SEARCH_SIGNS = (
    ("◌ ●", "the trial waits for room; it is running"),
    ("✓ ◇ ✗", "complete; pruned, because it was not worth its time; failed"),
    ("★ ² ³", "the best trial, the second and the third"),
    ("• ● ◇ ✗", "on the charts: complete, running (its best so far), pruned, failed (at the edge: it has no value)"),
    ("▲ ▽", "on the charts: so far off that it would flatten the rest"),
    ("━", "the best so far"),
    ("├ └", "of a tuning: a change that was backed out; those in one line were kept"),
)
MODEL_SIGNS = (
    ("△ ▲", "updates longer than 1e-2, 1e-1 of the weights: each step throws away a part of what was learned"),
    ("▽ ▼", "updates shorter than 1e-4, 1e-5 of the weights: they stand still; 1e-3 is about right"),
    ("▁▄█", "how the weights are spread between the smallest and the largest; · is nobody"),
    ("✗ ▲ ■", "a fault: no numbers, no gradient, equal weights; exploding; never changed, or in no optimiser"),
    ("† ◆ ▼", "dead units, saturated units, hardly a gradient"),
    ("□ ✓", "frozen by requires_grad; nothing stands out"),
)

TEXTUAL_ACTIONS = frozenset({"app.focus_next", "app.focus_previous", "screen.copy_text", "copy_text"})
"""What every program built like this one has; a person looks here for ours."""


class HelpScreen(ModalScreen[None]):
    """Lists ``bindings``, the keys that are active in the screen below."""

    BINDINGS = [Binding("escape,question_mark,q,enter", "dismiss", "Close")]

    def __init__(
        self,
        title: str,
        bindings: list[ActiveBinding],
        with_charts: bool,
        with_timeline: bool = False,
        with_tree: bool = False,
        with_guide: bool = False,
        with_model: bool = False,
        with_search: bool = False,
    ) -> None:
        super().__init__()
        self._title = title
        self._keys = bindings
        self._with_charts = with_charts
        self._with_timeline = with_timeline
        self._with_tree = with_tree
        self._with_guide = with_guide
        self._with_model = with_model
        self._with_search = with_search

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help"):
            yield Static(Content(f"Keys: {self._title}"), classes="dialog--question")
            with VerticalScroll():
                yield Static(Content("\n".join(self._lines())))
            yield Static(Content("Esc closes · ^p opens the command palette"), classes="dialog--hint")

    def _lines(self) -> list[str]:
        lines = [f"{keys:>10}  {what}" for what, keys in self._by_action().items()]
        if self._with_charts:
            lines += ["", "On the charts", *(f"{sign:>10}  {what}" for sign, what in CHART_SIGNS)]
        if self._with_tree:
            lines += ["", "Before the names", *(f"{sign:>10}  {what}" for sign, what in TREE_SIGNS)]
        if self._with_guide:
            lines += ["", "Beside steps and checks", *(f"{sign:>10}  {what}" for sign, what in GUIDE_SIGNS)]
        if self._with_model:
            lines += ["", "In the table", *(f"{sign:>10}  {what}" for sign, what in MODEL_SIGNS)]
        if self._with_search:
            lines += ["", "Beside the trials", *(f"{sign:>10}  {what}" for sign, what in SEARCH_SIGNS)]
        if self._with_timeline:
            lines += ["", "On the bar and the timeline", *(f"{sign:>10}  {what}" for sign, what in TIMELINE_SIGNS)]
        return lines

    def _by_action(self) -> dict[str, str]:
        found: dict[str, list[str]] = {}
        for active in sorted(self._keys, key=lambda active: not isinstance(active.node, Screen)):
            binding = active.binding
            ours = isinstance(active.node, Screen | App)
            if ours and binding.description and not binding.system and binding.action not in TEXTUAL_ACTIONS:
                found.setdefault(binding.tooltip or binding.description, []).append(self.app.get_key_display(binding))
        return {what: " ".join(dict.fromkeys(keys)) for what, keys in found.items()}
