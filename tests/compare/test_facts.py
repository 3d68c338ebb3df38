"""The numbers by which runs are compared, and which of them are best."""

import math
from dataclasses import replace

import pytest
from runlogs import evaluation, manifest, step, whole_run

from dltui.compare.facts import RunFacts, best_of, facts_of, has_begun
from dltui.diagnosis.finding import Diagnosis, Verdict
from dltui.runs.reader import decode
from dltui.series.state import RunState
from dltui_trainers.runlog import AnyRecord, to_line

GOOD = Diagnosis(verdict=Verdict.GOOD_FIT, confidence=0.8, findings=(), at_step=100.0)


def state_of(records: list[AnyRecord]) -> RunState:
    """The state of a run with those records."""
    state = RunState()
    state.manifest = manifest()
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return state


def facts(**changes: float | None) -> RunFacts:
    """The facts of a run with those numbers."""
    return replace(facts_of(RunState(), None), **changes)


def test_the_facts_of_a_whole_run() -> None:
    told = facts_of(state_of(whole_run()), GOOD)
    assert (told.best_val_loss, told.best_step, told.best_epoch) == (0.25, 60.0, 6.0)
    assert told.verdict is Verdict.GOOD_FIT and told.confidence == 0.8
    assert (told.step, told.epoch, told.planned_epochs) == (100, 10.0, 10.0)
    assert told.parameters == 650 and told.task == "digits" and told.loss == "cross_entropy"
    assert told.elapsed_s == pytest.approx(9.9) and told.hparams["lr"] == 0.001
    assert told.train_loss is not None and 0 < told.train_loss < 0.1


def test_what_a_log_does_not_tell_is_none() -> None:
    told = facts_of(RunState(), None)
    assert (told.verdict, told.best_val_loss, told.train_loss, told.best_accuracy, told.parameters) == (None,) * 5
    assert told.planned_epochs is None and told.elapsed_s is None and told.hparams == {}


def test_a_nan_that_was_logged_is_no_unknown_value() -> None:
    nan = float("nan")
    told = facts_of(state_of([step(1, nan), evaluation(1, nan, val_accuracy="nan")]), None)
    assert told.train_loss is not None and math.isnan(told.train_loss)
    assert told.best_val_loss is None and told.val_loss is not None and math.isnan(told.val_loss)
    assert told.best_accuracy is not None and math.isnan(told.best_accuracy)


def test_a_run_has_begun_with_its_manifest_or_its_first_record() -> None:
    assert not has_begun(RunState())
    assert has_begun(state_of([]))
    state = state_of([step(1)])
    state.manifest = None
    assert has_begun(state)


def test_the_best_is_the_lowest_loss_and_the_highest_accuracy() -> None:
    best = best_of(
        [
            facts(best_val_loss=0.2, best_accuracy=0.9, best_perplexity=4.0, best_r2=-0.5),
            None,
            facts(best_val_loss=0.1, best_accuracy=0.95, train_loss=1.0, best_perplexity=4.5, best_r2=0.5),
        ]
    )
    assert best == {
        "best_val_loss": {2},
        "best_accuracy": {2},
        "train_loss": frozenset(),
        "best_perplexity": {0},
        "best_r2": {2},
    }


def test_a_text_is_known_by_its_lowest_perplexity_and_a_regression_by_its_highest_r2() -> None:
    text = facts_of(
        state_of([evaluation(n, 1.0, val_perplexity=value) for n, value in enumerate((4.0, 3.0, 5.0))]), None
    )
    assert (text.best_perplexity, text.perplexity, text.best_r2, text.best_accuracy) == (3.0, 5.0, None, None)
    table = facts_of(state_of([evaluation(n, 1.0, val_r2=value) for n, value in enumerate((-4.0, 0.3, 0.2))]), None)
    assert (table.best_r2, table.r2, table.perplexity) == (0.3, 0.2, None)
    beyond = facts_of(state_of([evaluation(1, 800.0, val_perplexity="inf")]), None)
    assert beyond.best_perplexity is not None and math.isnan(beyond.best_perplexity) and beyond.perplexity == math.inf


def test_as_good_is_as_best_and_what_is_not_finite_is_not() -> None:
    nan, inf = float("nan"), float("inf")
    losses = (0.2, 0.2, nan, inf, None)
    assert best_of([facts(best_val_loss=loss) for loss in losses])["best_val_loss"] == {0, 1}
    assert best_of([facts(best_val_loss=loss) for loss in (nan, 0.2)])["best_val_loss"] == frozenset()
    assert best_of([])["train_loss"] == frozenset()
