"""Watches a training without a terminal: progress lines, and at the end what became of it and a chart in plain text."""

import sys
import time

from dltui.advice.limits import Limits
from dltui.advice.prescribe import prescribe
from dltui.charts.of_run import loss_chart_text
from dltui.cli.auto_lines import AutoLines
from dltui.cli.judged import Judged
from dltui.cli.judged_text import Paper, brief
from dltui.diagnosis.examine import examine
from dltui.formatting import UNKNOWN, count, duration, format_value, known, plan_of, rate
from dltui.runs import control
from dltui.runs.follow import FolderWatch
from dltui.runs.launch import Launched
from dltui.runs.status import RunStatus
from dltui.series.scores import scores_of
from dltui.series.state import RunState
from dltui.series.trace import Trace
from dltui.text import safe_text
from dltui.texts import Texts
from dltui_trainers.runlog import STDOUT

LOOK_EVERY_S = 0.1
LINE_EVERY_S = 1.0
CHART_COLUMNS, CHART_ROWS = 80, 20
FAILED_STATUSES = (RunStatus.FAILED, RunStatus.KILLED)


def watch_lines(launched: Launched, auto: Limits | None = None) -> int:
    """Print progress until the training ends; return 0, or 1 if it failed or was killed.

    ``auto``: within which limits live advice is followed unasked.

    The first Ctrl-C stops the training and waits for its end; the second leaves it as it is.
    """
    watcher = _Lines(launched, None if auto is None else AutoLines(launched.folder, auto))
    print(f"{launched.folder}: training in process {launched.pid}", flush=True)
    try:
        watcher.follow()
    except KeyboardInterrupt:
        print("stopping the training; Ctrl-C again leaves it running", file=sys.stderr, flush=True)
        control.stop(launched.folder, reason="Ctrl-C")
        watcher.follow()
    watcher.conclude()
    return 1 if watcher.state.status in FAILED_STATUSES else 0


class _Lines:
    """What has been seen of the run, and when a line was printed last."""

    def __init__(self, launched: Launched, auto: AutoLines | None) -> None:
        self.state = RunState()
        self._auto = auto
        self._launched = launched
        self._watch = FolderWatch(launched.folder)
        self._printed_s = 0.0
        self._printed_step = -1

    def follow(self) -> None:
        """Return when the training has ended."""
        while self.state.status.alive:
            self._launched.process.poll()  # reap it, so that a killed one is gone
            loading = self._look()
            self._follow_advice()
            if time.monotonic() - self._printed_s >= LINE_EVERY_S:
                self._print_progress()
            if not loading:
                time.sleep(LOOK_EVERY_S)

    def _follow_advice(self) -> None:
        if self._auto is not None:
            for line in self._auto.look(self.state):
                print(line, flush=True)

    def conclude(self) -> None:
        """Print the chart of the losses, what is wrong and what to change, and how it ended."""
        self._print_progress()
        print()
        print(_chart(self.state))
        print()
        print(_diagnosis(self.state, str(self._launched.folder)))
        print()
        print(self._verdict(), flush=True)

    def _look(self) -> bool:
        self.state.take(self._watch.look())
        return self.state.loading

    def _print_progress(self) -> None:
        if self.state.step != self._printed_step and self.state.manifest is not None:
            print(progress_line(self.state), flush=True)
            self._printed_step = self.state.step
            self._printed_s = time.monotonic()

    def _verdict(self) -> str:
        state, folder = self.state, self._launched.folder
        best = f"best validation loss {known(state.best.val_loss)} at epoch {state.best.epoch:g}" if state.best else ""
        if state.status is RunStatus.FAILED:
            error = safe_text(state.end.error or "") if state.end else ""
            place = f" ({folder / STDOUT}:{state.traceback_line})" if state.traceback_line else ""
            return f"failed: {error}{place}"
        if state.status is RunStatus.KILLED:
            return f"killed at step {count(state.step)}: its process is gone and wrote no end. {best}".rstrip()
        return f"{state.status} after {duration(state.elapsed_s)}: {best or 'no validation was done'}"


def _diagnosis(state: RunState, name: str) -> str:
    """What is to be said of the training, and where to read the rest."""
    diagnosis = examine(state)
    judged = Judged(log=name, format="dltui", state=state, diagnosis=diagnosis, advice=prescribe(state, diagnosis))
    text = brief(judged, Texts.load(), Paper(columns=CHART_COLUMNS, encoding=sys.stdout.encoding))
    return f"{text}\n  dltui diagnose {name}"


def progress_line(state: RunState) -> str:
    """Return where the training stands, in one line."""
    parts = [
        f"epoch {state.epoch:.4g}/{plan_of(state.planned_epochs)}",
        f"step {count(state.step)}",
        f"train {_last(state.train_loss.smooth)}",
        f"val {_last(state.val_loss.raw)}",
        f"best {known(state.best.val_loss)} @ {state.best.epoch:g}" if state.best else "",
        *(f"{score.title} {score.text(value)}" for score, value in scores_of(state) if value == value),
        rate(state.steps_per_s),
        f"ETA {duration(state.eta_s)}",
    ]
    return "  ".join(part for part in parts if part)


def _last(curve: Trace) -> str:
    """The last value; one that was logged as NaN is not one that is unknown."""
    return format_value(float(curve.values[-1])) if len(curve) else UNKNOWN


def _chart(state: RunState) -> str:
    """The losses as text, where the output can carry the signs that they are drawn with."""
    chart = loss_chart_text(state, CHART_COLUMNS, CHART_ROWS)
    try:
        chart.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return f"(no chart: this output is {sys.stdout.encoding}, and a chart needs UTF-8)"
    return chart
