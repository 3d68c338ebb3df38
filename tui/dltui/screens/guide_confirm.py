"""Questions about a guide that stand over its screen."""

from enum import Enum

from textual.binding import Binding

from dltui.guide.options import STEPS
from dltui.screens.confirm import Answer, ConfirmStop, Question, StopChoice
from dltui.text import safe_text


class RepeatChoice(Enum):
    """Whether a step shall be done anew."""

    REPEAT = "repeat"
    KEEP = "keep"


class ConfirmRepeat(Question[RepeatChoice]):
    """Asks whether a step shall be done anew; Enter lets it."""

    BINDINGS = [
        Binding("escape,n", "choose('keep')", "Keep what it found"),
        Binding("y", "choose('repeat')", "Do it anew"),
    ]

    def __init__(self, step: int) -> None:
        after = f"Steps {step} to {STEPS[-1]} are" if step < STEPS[-1] else f"Step {step} is"
        super().__init__(
            RepeatChoice,
            f"Do step {step} anew?",
            f"{after} done again: each rests on the one before. The runs of the last time stay in the folder.",
            Answer("Do it anew", RepeatChoice.REPEAT),
            Answer("Keep what it found", RepeatChoice.KEEP),
        )


class ConfirmStopGuide(ConfirmStop):
    """Asks whether a guide shall be stopped; Enter keeps it going."""

    def __init__(self, name: str) -> None:
        Question.__init__(
            self,
            StopChoice,
            f"Stop {safe_text(name)}?",
            "Its trials end after their current step. What was found is kept, and c goes on later.",
            Answer("Keep it going", StopChoice.KEEP),
            Answer("Stop it", StopChoice.STOP, stops=True),
        )
