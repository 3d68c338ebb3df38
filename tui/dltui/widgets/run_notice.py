"""The one sentence over the charts that says what is not as usual with a run."""

from pathlib import Path

from textual.content import Content

from dltui.formatting import count
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui_trainers.runlog import MANIFEST, METRICS, STDOUT


def run_notice(folder: Path, state: RunState, output_key: str = "") -> Content | None:
    """Return how the run failed or that it was killed, what of its log could not be read, and what it could not do.

    None when all is well. ``output_key``: the key that shows what it printed, where there is one.
    """
    sentences = []
    if state.trouble:
        sentences.append(Content.styled(f"! {safe_text(state.trouble)}", "$text-warning"))
    if state.status is RunStatus.FAILED:
        error = state.end.error if state.end and state.end.error else "it gave no reason"
        shows = f"{output_key} shows " if output_key else ""
        place = f" ({shows}{STDOUT}:{state.traceback_line})" if state.traceback_line else ""
        sentences.append(Content.styled(f"✗ Failed: {safe_text(error)}{place}", "$text-error"))
    if state.status is RunStatus.KILLED:
        where = f"at step {count(state.step)}" if state.step else "before its first step"
        kept = f"what it logged is all here; its output is in {folder.name}/{STDOUT}"
        sentences.append(Content.styled(f"† Killed {where}: the process is gone; {safe_text(kept)}.", "$text-error"))
    if state.manifest is None and state.step and not state.format:
        unknown = f"! {MANIFEST} is missing or cannot be read: the plan and the hyperparameters are not known."
        sentences.append(Content.styled(unknown, "$text-warning"))
    if state.skipped:
        pieces = "1 piece" if state.format else "1 line"
        if state.skipped != 1:
            pieces = f"{count(state.skipped)} {pieces[2:]}s"
        log = safe_text(folder.name) if state.format else METRICS
        passed_over = f"! {pieces} of {log} could not be read and were passed over."
        sentences.append(Content.styled(passed_over, "$text-warning"))
    # what was refused to somebody who asked is told by the line about that
    refused = next((event for event in reversed(state.events) if not event.done and event.id is None), None)
    if refused is not None:
        told = f"! {refused.name.replace('_', ' ')} at step {count(refused.step)}: {refused.reason or 'not done'}"
        sentences.append(Content.styled(safe_text(told), "$text-warning"))
    return Content("  ").join(sentences) if sentences else None
