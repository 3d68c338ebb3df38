"""The one experiment of Ray Tune in which all jobs of a study are trials. Imports Ray; the driver alone imports this.

Tune asks a searcher for trials, runs each where there is room for it, and begins it again elsewhere when its node is
lost. The training then goes on from its last checkpoint, as the worker's command does by itself.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from socket import gethostname
from typing import Any

import msgspec
from ray import tune
from ray.tune.search import Searcher

from dltui.search.engines.engine import JobState
from dltui.search.engines.ray.desk import Desk
from dltui.search.engines.ray.ledger import WAITS, Ledger
from dltui.search.engines.ray.on_node import CANCELLED_NOTE, run_job
from dltui.search.engines.ray.records import FOLDER, Order
from dltui.search.engines.ray.refusals import told_failure
from dltui.search.engines.ray.share import Share

LOSSES = 5
"""So often Tune begins a trial again that was lost. How often a training may be begun, its own command counts."""
IDLE_S = 300.0
"""A driver without jobs waits so long for further ones. It takes nothing of the cluster meanwhile."""
AGAIN = "its node or its process was lost: it begins again from its last checkpoint"


def run_experiment(study: Path, desk: Desk, *, slots: int, share: Callable[[Order], Share]) -> None:
    """Run what is ordered, and return when there is nothing more to come. ``share``: what an order is given."""
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = str(max(1, slots))  # without it they begin one after the other

    def resources(config: Mapping[str, Any]) -> tune.PlacementGroupFactory:
        return tune.PlacementGroupFactory([share(_order(config)).as_asked()])

    tuner = tune.Tuner(
        tune.with_resources(_train, resources),
        tune_config=tune.TuneConfig(
            search_alg=Queue(study, desk),
            num_samples=-1,
            trial_name_creator=_name,
            trial_dirname_creator=_name,
        ),
        run_config=tune.RunConfig(
            name=f"trials-{time.time_ns()}",
            storage_path=str(study / FOLDER),
            failure_config=tune.FailureConfig(max_failures=LOSSES),
            callbacks=[Watcher(desk)],
            verbose=0,
        ),
    )
    tuner.fit()


class Queue(Searcher):
    """Hands the orders to Tune, in their order, each once; Tune asks again and again while there is none."""

    def __init__(self, study: Path, desk: Desk) -> None:
        super().__init__()
        self._study, self._desk = study, desk
        self._ledger = Ledger(study / FOLDER)
        self._given: set[str] = set()
        self._at_work: set[str] = set()
        self._idle_since = time.monotonic()
        self._ledger.refresh()
        self._ledger.has_enough = False  # it was meant for the driver before this one
        for handle in filter(self._ledger.is_open, self._ledger.orders):
            self._desk.job(handle, JobState.QUEUED, WAITS)

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """Return the next order as a configuration, None while there is none, ``FINISHED`` where no more is to come."""
        self._desk.stay()
        self._ledger.refresh()
        order = self._next()
        if order is not None:
            self._at_work.add(trial_id)
            return {"study": str(self._study), "order": msgspec.to_builtins(order)}
        if self._at_work:
            self._idle_since = time.monotonic()
            return None
        is_over = self._ledger.has_enough or time.monotonic() - self._idle_since > IDLE_S
        return str(Searcher.FINISHED) if is_over else None

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Take it that a job has ended, or was given up. What it came to, its log tells."""
        self._at_work.discard(trial_id)
        self._idle_since = time.monotonic()

    def save(self, checkpoint_path: str) -> None:
        """Keep nothing: all of it is in the study's folder."""

    def restore(self, checkpoint_path: str) -> None:
        """Take nothing up: a new driver begins a new experiment with the orders that are open."""

    def _next(self) -> Order | None:
        for handle, order in self._ledger.orders.items():
            if handle in self._given:
                continue
            self._given.add(handle)
            if self._ledger.is_open(handle):
                return order
            if not self._ledger.has_ended(handle):
                self._desk.job(handle, JobState.ENDED, CANCELLED_NOTE)
        return None


class Watcher(tune.Callback):
    """Writes down what becomes of the trials."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def on_step_begin(self, iteration: int, trials: list[Any], **info: Any) -> None:
        """Show that the driver lives."""
        self._desk.stay()

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """A trial has begun on its node, or tells how it ended."""
        if "note" not in result:
            self._desk.job(_order(trial.config).handle, JobState.RUNNING, f"on {result.get('node', '?')}")

    def on_trial_recover(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial was lost and waits for another node."""
        self._desk.job(_order(trial.config).handle, JobState.QUEUED, AGAIN)

    def on_trial_complete(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial has ended."""
        self._end(trial, str((trial.last_result or {}).get("note", "")))

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial was given up."""
        self._end(trial, told_failure(str(trial.get_error() or "")))

    def _end(self, trial: Any, note: str) -> None:
        self._desk.job(_order(trial.config).handle, JobState.ENDED, note)


def _train(config: dict[str, Any]) -> None:
    """What Tune runs on a node."""
    tune.report({"node": gethostname()})
    note = run_job(_order(config), Path(config["study"]))
    tune.report({"node": gethostname(), "note": note})


def _order(config: Mapping[str, Any]) -> Order:
    return msgspec.convert(config["order"], Order)


def _name(trial: Any) -> str:
    return _order(trial.config).handle
