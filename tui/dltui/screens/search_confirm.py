"""Questions about a search that stand over its screen."""

from enum import Enum

from textual.binding import Binding

from dltui.screens.confirm import Answer, ConfirmStop, Question, StopChoice
from dltui.text import safe_text


class ConfirmStopSearch(ConfirmStop):
    """Asks whether a search, or a tuning, shall be stopped; Enter keeps it going."""

    def __init__(self, name: str, running: int) -> None:
        trials = {0: "No trial is running.", 1: "The trial at work ends after its current step."}
        told = trials.get(running, f"The {running} trials at work end after their current step.")
        Question.__init__(
            self,
            StopChoice,
            f"Stop {safe_text(name)}?",
            f"{told} What was found is kept, and c goes on later.",
            Answer("Keep it going", StopChoice.KEEP),
            Answer("Stop it", StopChoice.STOP, stops=True),
        )


class PruneChoice(Enum):
    """Whether a trial shall end early."""

    KEEP = "keep"
    PRUNE = "prune"


class ConfirmPrune(Question[PruneChoice]):
    """Asks whether a trial shall be pruned; Enter keeps it going."""

    BINDINGS = [
        Binding("escape,n", "choose('keep')", "Keep it going"),
        Binding("y", "choose('prune')", "Prune it"),
    ]

    def __init__(self, number: int) -> None:
        super().__init__(
            PruneChoice,
            f"Prune trial {number}?",
            "It ends after its current step, counts as pruned, and another one takes its place. Its run is kept.",
            Answer("Keep it going", PruneChoice.KEEP),
            Answer("Prune it", PruneChoice.PRUNE, stops=True),
        )
