"""The signs of what a run came to: each tells it without a colour, the colour of the theme tells it sooner."""

from dltui.diagnosis.finding import Verdict
from dltui.runs.status import RunStatus

STATUS_SIGNS = {
    RunStatus.STARTING: "◌",
    RunStatus.RUNNING: "●",
    RunStatus.FINISHED: "✓",
    RunStatus.STOPPED: "■",
    RunStatus.FAILED: "✗",
    RunStatus.KILLED: "†",
    RunStatus.QUIET: "○",
}
STATUS_COLOURS = {
    RunStatus.STARTING: "secondary",
    RunStatus.RUNNING: "primary",
    RunStatus.FINISHED: "success",
    RunStatus.STOPPED: "warning",
    RunStatus.FAILED: "error",
    RunStatus.KILLED: "error",
    RunStatus.QUIET: "secondary",
}
"""Which of the theme's colours a state has; its sign and its word tell it without colour."""
VERDICT_SIGNS = {
    Verdict.GOOD_FIT: "✓",
    Verdict.OVERFITTING: "▲",
    Verdict.UNDERFITTING: "▼",
    Verdict.DIVERGED: "✗",
    Verdict.INCONCLUSIVE: "?",
}
VERDICT_COLOURS = {
    Verdict.GOOD_FIT: "success",
    Verdict.OVERFITTING: "warning",
    Verdict.UNDERFITTING: "warning",
    Verdict.DIVERGED: "error",
    Verdict.INCONCLUSIVE: "secondary",
}
