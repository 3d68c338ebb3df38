"""What a whole log tells in a row of a list: it is read, and judged. For a thread in the background."""

import math
from dataclasses import replace
from pathlib import Path

from dltui.catalog.summary import Facts
from dltui.charts.of_run import smoothing_for
from dltui.diagnosis.examine import examine
from dltui.formats import open_log, state_of
from dltui.formats.following.liveliness import is_complete, patience_s
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.series.trace import Trace


def read_facts(path: Path, options: LogOptions = AS_IT_IS) -> Facts:
    """Return what the log at ``path`` tells. Raises LogFormatError if it cannot be read."""
    log = open_log(path, options)
    state = state_of(log)
    state.smooth_with(smoothing_for(state, len(state.train_loss)))
    facts = facts_of(state, str(examine(state).verdict))
    return replace(
        facts,
        patience_s=patience_s(log),
        ended=log.status if log.told_end else None,
        is_complete=is_complete(log),
    )


def facts_of(state: RunState, verdict: str) -> Facts:
    """Return what the state of a run tells in a row; how it ended only where somebody followed it."""
    return Facts(
        ended=RunStatus.FAILED if state.status is RunStatus.FAILED else None,
        is_complete=state.status is RunStatus.FINISHED,
        step=state.step,
        epoch=state.epoch,
        planned_epochs=state.planned_epochs,
        train_loss=_last(state.train_loss.smooth),
        val_loss=state.val_loss.last,
        best_val_loss=state.best.val_loss if state.best else math.nan,
        val_accuracy=state.eval_metrics["val_accuracy"].last,
        val_perplexity=state.eval_metrics["val_perplexity"].last,
        val_r2=state.eval_metrics["val_r2"].last,
        verdict=verdict,
    )


def _last(trace: Trace) -> float:
    return float(trace.values[-1]) if len(trace) else math.nan
