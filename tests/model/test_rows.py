"""The rows of the table: sorted, filtered, held against 1e-3; and the totals above them."""

import math

import pytest
from models import LAYERS, MODEL, measured, stats, watched_updates

from dltui.diagnosis.layer_marks import Mark
from dltui.model.look import Look, Wanted, look, record_at
from dltui.model.order import Order
from dltui.model.rows import Distance, matching, model_rows, ordered
from dltui.model.totals import BatchAdvice
from dltui.series.state import RunState
from dltui_trainers.runlog import ParametersRecord


def state_of(*records: ParametersRecord, **changes: object) -> RunState:
    """Return the state of a run with those records of its parameters."""
    state = RunState()
    for update in watched_updates(*records, **changes):  # type: ignore[arg-type]
        state.take(update)
    return state


def names(look_at: Look) -> list[str]:
    """Return what is shown, in its order."""
    return [row.name for row in look_at.shown]


def seen(state: RunState, at: int | None = None, **wanted: object) -> Look:
    """Return a look at it without a diagnosis."""
    return look(state, None, Wanted(**wanted), at)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ratio", "distance"),
    [
        (1e-3, Distance.NEAR),
        (9e-3, Distance.NEAR),
        (1.1e-2, Distance.ABOVE),
        (0.2, Distance.FAR_ABOVE),
        (math.inf, Distance.FAR_ABOVE),
        (9e-5, Distance.BELOW),
        (9e-6, Distance.FAR_BELOW),
        (0.0, Distance.FAR_BELOW),
        (math.nan, Distance.NEAR),
        (None, Distance.NEAR),
    ],
)
def test_how_far_an_update_is_from_its_target(ratio: float | None, distance: Distance) -> None:
    record = measured(20)
    for name in ("body.0.weight", "body.0.bias"):
        record.parameters[name] = stats(1.0, None if ratio is None or not math.isfinite(ratio) else ratio)
        if ratio is not None and not math.isfinite(ratio):
            record.parameters[name].update_norm = "nan" if math.isnan(ratio) else "inf"
    found = {row.name: row.distance for row in model_rows(state_of(record))}
    assert found["body.0.weight"] is distance
    assert found["body.0.bias"] is Distance.NEAR


@pytest.mark.parametrize(
    ("order", "first"),
    [
        (Order.MODEL, "embed.weight"),
        (Order.HEALTH, "head.bias"),
        (Order.COUNT, "body.2.weight"),
        (Order.RATIO, "body.2.weight"),
        (Order.GRADIENT, "embed.weight"),
        (Order.DEAD, "body.0.weight"),
    ],
)
def test_what_is_sorted_for_is_on_top(order: Order, first: str) -> None:
    rows = model_rows(state_of(measured(40)))
    assert ordered(rows, order)[0].name == first
    assert sorted(row.name for row in ordered(rows, order)) == sorted(row.name for row in rows)


def test_a_gradient_that_is_no_number_comes_first_and_none_last() -> None:
    rows = model_rows(state_of(measured(40, body__2__bias=stats(grad_norm="nan"), head__bias=stats(grad_norm=9.0))))
    by_gradient = [row.name for row in ordered(rows, Order.GRADIENT)]
    assert by_gradient[:2] == ["body.2.bias", "head.bias"] and by_gradient[-1] == "body.norm.weight"


@pytest.mark.parametrize(
    ("words", "count"),
    [("", 8), ("body", 5), ("BODY weight", 3), ("-bias", 5), ("frozen", 1), ("embedding", 1), ("-", 0), ("x y", 0)],
)
def test_the_words_of_a_filter(words: str, count: int) -> None:
    assert len(matching(model_rows(state_of(measured(40))), words)) == count


def test_weights_only_are_the_matrices() -> None:
    found = names(seen(state_of(measured(40)), weights_only=True))
    assert found == ["embed.weight", "body.0.weight", "body.2.weight", "head.weight"]


def test_looking_back_shows_the_record_of_then() -> None:
    state = state_of()
    then, now = seen(state, 0), seen(state)
    assert (then.number, then.step, now.number, now.step) == (1, 20, 5, 100)
    dead = [next(row for row in each.rows if row.name == "body.0.weight").parameter.dead for each in (then, now)]
    assert dead == [pytest.approx(0.2), pytest.approx(1.0)]
    assert [mark for mark, _ in now.totals.marks] == [Mark.NOT_OPTIMIZED, Mark.DEAD, Mark.FROZEN]


@pytest.mark.parametrize(("step", "at"), [(None, None), (10, -1), (20, 0), (39, 0), (99, 3), (100, None), (1e9, None)])
def test_which_record_was_the_newest_at_a_step(step: float | None, at: int | None) -> None:
    state = state_of()
    assert record_at(state, step) == at
    if at == -1:
        assert seen(state, at).number == 0 and seen(state, at).step is None


def test_a_run_without_anything_has_no_rows() -> None:
    assert seen(RunState()).rows == () and record_at(RunState(), 5.0) is None
    assert len(seen(state_of(measured(500), model=MODEL)).rows) == len(LAYERS)


@pytest.mark.parametrize(
    ("scale", "batch", "advice"),
    [
        (6400.0, 64, BatchAdvice.LARGER),
        (100.0, 64, BatchAdvice.FITS),
        (10.0, 64, BatchAdvice.SMALLER),
        (-5.0, 64, BatchAdvice.UNKNOWN),
        (math.nan, 64, BatchAdvice.UNKNOWN),
        (100.0, None, BatchAdvice.UNKNOWN),
        (100.0, "auto", BatchAdvice.UNKNOWN),
        (100.0, True, BatchAdvice.UNKNOWN),
    ],
)
def test_what_the_noise_says_of_the_batch_size(scale: float, batch: object, advice: BatchAdvice) -> None:
    noise = scale if math.isfinite(scale) else "nan"
    state = state_of(measured(20, noise), hparams={} if batch is None else {"batch_size": batch})  # type: ignore[arg-type]
    assert seen(state).totals.batch_advice is advice


def test_one_rough_estimate_of_the_noise_does_not_decide() -> None:
    records = [measured(at, 1e9 if at == 100 else 60.0) for at in range(20, 101, 20)]
    assert seen(state_of(*records)).totals.noise_scale == 60.0
