"""What the guide's screen writes of a step, a check, a trial: the same signs and words wherever they stand."""

from textual.content import Content

from dltui.formatting import UNKNOWN, duration, format_value
from dltui.guide.result import Judgement
from dltui.guide.state import Guide, StepEntry, StepState
from dltui.guide.telling.words import bounded
from dltui.runs.status import RunStatus
from dltui.signs import STATUS_COLOURS, STATUS_SIGNS
from dltui.texts.guide import GuideTexts
from dltui_trainers.runlog import Number

JUDGEMENT_SIGNS = {Judgement.SOUND: "✓", Judgement.DOUBTFUL: "▲", Judgement.FAULT: "✗"}
JUDGEMENT_COLOURS = {Judgement.SOUND: "success", Judgement.DOUBTFUL: "warning", Judgement.FAULT: "error"}
_STATE_SIGNS = {StepState.WAITING: "○", StepState.SKIPPED: "–", StepState.OUT_OF_TIME: "□"}
_STATE_WORDS = {StepState.WAITING: "waiting", StepState.SKIPPED: "skipped", StepState.OUT_OF_TIME: "out_of_time"}
WORKING = "●"
BROKEN_OFF = "†"


def number_text(value: Number | None) -> str:
    """Return a number of a result, a dash where it is not known."""
    return UNKNOWN if value is None else format_value(float(value))


def seconds_text(used: float, planned: float) -> str:
    """Return the seconds that were used of those that are planned: ``7/12 s``; past ten minutes as a clock."""
    if max(used, planned) >= 600:
        return f"{duration(used)}/{duration(planned)}" if planned else duration(used)
    return f"{used:.0f}/{planned:.0f} s" if planned else f"{used:.0f} s" if used else ""


def step_title(texts: GuideTexts, number: int) -> str:
    """Return the name of a step."""
    return texts.ui(f"step_{number}")


def step_sign(entry: StepEntry, alive: bool) -> tuple[str, str]:
    """Return the sign of a step and its colour. ``alive``: an engine is at work."""
    if entry.state is StepState.RUNNING:
        return (WORKING, "primary") if alive else (BROKEN_OFF, "error")
    if entry.state is StepState.DONE and entry.result is not None:
        return JUDGEMENT_SIGNS[entry.result.judgement], JUDGEMENT_COLOURS[entry.result.judgement]
    return _STATE_SIGNS.get(entry.state, "✓"), "secondary"


def step_word(texts: GuideTexts, entry: StepEntry, alive: bool) -> str:
    """Return the one word of what a step came to, or how far it is."""
    if entry.state is StepState.RUNNING:
        return texts.ui("working" if alive else "broken_off")
    if entry.state is StepState.DONE and entry.result is not None:
        return texts.ui(str(entry.result.judgement))
    return texts.ui(_STATE_WORDS[entry.state]) if entry.state in _STATE_WORDS else ""


def status_content(texts: GuideTexts, guide: Guide, status: RunStatus, halted: int | None) -> Content:
    """Return the sign and the word of what a guide is doing."""
    if halted is not None:
        return Content.styled(f"✗ {texts.ui('halted', step=halted)}", "$error")
    if status is RunStatus.RUNNING and guide.status == "paused":
        return Content.styled(f"‖ {texts.ui('paused')}", "$warning")
    word = texts.ui(str(status)) if status is not RunStatus.QUIET else str(status)
    return Content.styled(f"{STATUS_SIGNS[status]} {word}", f"${STATUS_COLOURS[status]}")


def trial_status(status: str) -> RunStatus | None:
    """Return the status of a trial as a run's; None for a word that is none."""
    try:
        return RunStatus(status)
    except ValueError:
        return None


def trial_name(name: str, step: int) -> str:
    """Return a trial's name without that of its step: ``lr-0.001``."""
    head, _, rest = name.partition("-")
    return bounded(rest if rest and head.partition(".")[0] == f"s{step}" else name)
