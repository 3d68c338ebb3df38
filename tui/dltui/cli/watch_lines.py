"""Follows trainings without a terminal: a line when one appears, changes or ends, and how far they are now and then."""

import math
import time
from datetime import datetime
from pathlib import Path

from dltui.alerts.happening import Happening
from dltui.alerts.wanted import Alerts
from dltui.catalog.places import Places
from dltui.catalog.summary import RunSummary
from dltui.cli.alerts import complain, ring
from dltui.formatting import count, format_value
from dltui.log_options import LogOptions
from dltui.runs.status import RunStatus
from dltui.services import Services
from dltui.signs import STATUS_SIGNS
from dltui.text import safe_text

LOOK_EVERY_S = 0.5
FAILED_STATUSES = (RunStatus.FAILED, RunStatus.KILLED)


def print_lines(places: Places, options: LogOptions, alerts: Alerts, every_s: float, until_end: bool) -> int:
    """Print until Ctrl-C, which is the way to end it and returns 0; with ``until_end`` until every training has ended.

    Then the exit code is 1 if one of them failed.
    """
    services = Services(Path(), options, places)
    lines = _Lines(services, alerts, every_s)
    try:
        while not (until_end and lines.all_ended):
            lines.look()
            time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        return 0
    finally:
        lines.close()
        services.close()
    return 1 if lines.any_failed else 0


class _Lines:
    """What was printed of each run, and when."""

    def __init__(self, services: Services, alerts: Alerts, every_s: float) -> None:
        self._services = services
        self._lister = services.lister()
        self._alerts = alerts
        self._every_s = every_s
        self._runs: tuple[RunSummary, ...] = ()
        self._printed: dict[Path, tuple[float, str]] = {}
        self._sentinel = services.sentinel(alerts, self._tell, complain)
        self._said_nothing = False

    @property
    def all_ended(self) -> bool:
        """Whether there was a training, every one is read and none is at work."""
        return bool(self._runs) and all(run.is_read and run.is_current and not run.status.alive for run in self._runs)

    @property
    def any_failed(self) -> bool:
        """Whether one of them failed."""
        return any(run.status in FAILED_STATUSES for run in self._runs)

    def look(self) -> None:
        """Print what is new."""
        self._services.settle()
        self._runs = self._lister.refresh()
        now = time.monotonic()
        if not self._runs and not self._said_nothing:
            self._said_nothing = True
            _print(f"no training log yet in {self._services.places}; waiting")
        self._sentinel.look(self._runs)
        for run in reversed(self._runs):
            self._show(run, now)

    def close(self) -> None:
        """Hand over what was still to be told."""
        self._sentinel.close()

    def _show(self, run: RunSummary, now: float) -> None:
        line = run_line(run)
        at, before = self._printed.get(run.folder, (-math.inf, ""))
        if line != before and now - at >= self._every_s:
            self._printed[run.folder] = (now, line)
            _print(line)

    def _tell(self, happening: Happening) -> None:
        ring(self._alerts)
        _print(f"{happening.kind}: {happening.sentence}")
        self._printed[happening.run.folder] = (time.monotonic(), run_line(happening.run))


def run_line(run: RunSummary) -> str:
    """Return where a training stands, in one line."""
    if run.problem:
        return f"{run.name}  cannot be read: {run.problem}"
    planned = f"/{run.of_epochs:.0f}" if math.isfinite(run.of_epochs) else ""
    parts = [
        run.name,
        f"{STATUS_SIGNS[run.status]} {run.status}",
        f"epoch {run.epoch:.4g}{planned}" if math.isfinite(run.epoch) else "",
        f"step {count(run.step)}" if run.step else "",
        *(f"{name} {format_value(value)}" for name, value in _losses(run) if not math.isnan(value)),
        *(f"{score.title} {score.text(value)}" for score, value in run.scores),
        run.verdict.replace("_", " "),
    ]
    return "  ".join(part for part in parts if part)


def _losses(run: RunSummary) -> tuple[tuple[str, float], ...]:
    return ("train", run.train_loss), ("val", run.val_loss), ("best val", run.best_val_loss)


def _print(text: str) -> None:
    print(f"{datetime.now():%H:%M:%S}  {safe_text(text)}", flush=True)
