"""Whatever a log holds, it is judged: no exception, no warning of numpy, and the same word each time."""

import math

import numpy as np
import pytest
from diagnosis.curves import EPOCH, along, falling, layers, plan, run

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Verdict
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.runlog import LayersRecord, LayerStats, Manifest, Value, number

HOSTILE = [np.nan, np.inf, -np.inf, 0.0, -1.0, 1e300, -1e300]
TINY = [1e-300, 5e-324]


def values(rng: np.random.Generator, length: int) -> np.ndarray:
    """A column of one of the shapes that nobody expects."""
    shapes = [
        lambda: falling(length) if length else np.empty(0),
        lambda: np.full(length, rng.choice(HOSTILE + TINY)),
        lambda: rng.choice(HOSTILE, length),
        lambda: rng.normal(size=length) * 10.0 ** rng.integers(-300, 300),
        lambda: np.where(rng.random(length) < 0.3, rng.choice(HOSTILE, length), rng.random(length)),
        lambda: -np.exp(5 * along(length)) if length else np.empty(0),
        lambda: np.cumsum(rng.normal(size=length)),
        lambda: np.repeat(rng.random(), length),
    ]
    return np.asarray(shapes[rng.integers(len(shapes))](), dtype=np.float64)


def steps(rng: np.random.Generator, length: int) -> np.ndarray:
    """Their steps: in order, not in order, begun anew, all the same, beyond any training."""
    orders = [
        lambda: np.arange(length),
        lambda: np.arange(length) * EPOCH + EPOCH,
        lambda: rng.permutation(length),
        lambda: rng.integers(-5, 5, length),
        lambda: np.sort(rng.integers(0, 2**53, length)),
        lambda: np.zeros(length),
        lambda: np.arange(length) % max(1, length // 2),
        lambda: np.arange(length) % max(1, length // 3) + rng.integers(0, 50),
    ]
    return np.asarray(orders[rng.integers(len(orders))](), dtype=np.float64)


def some_layers(rng: np.random.Generator) -> LayersRecord | None:
    if rng.random() < 0.5:
        return None
    named = {
        f"layer{each}": LayerStats(
            weight_norm=1.0,
            grad_norm=None if rng.random() < 0.3 else number(float(rng.choice(HOSTILE))),
            dead=None if rng.random() < 0.3 else number(float(rng.choice(HOSTILE))),
        )
        for each in range(rng.integers(0, 4))
    }
    return layers(int(rng.integers(0, 1000)), **named)


def some_manifest(rng: np.random.Generator) -> Manifest | None:
    if rng.random() < 0.4:
        return None
    hparams: dict[str, Value] = {"optimizer": "adam", "dropout": 0.0} if rng.random() < 0.5 else {"dropout": "high"}
    return plan(
        epochs=int(rng.choice([0, 1, 60, 10**6])),
        steps_per_epoch=int(rng.choice([0, 1, EPOCH])),
        hparams=hparams,
        class_counts=[None, [], [5], [100, 1], [0, 7], [10**12, 1, 1]][rng.integers(6)],
        n_val=int(rng.choice([0, 1, 1000])),
        expected_initial_loss=[None, 0.0, -1.0, 1e300, 1e-300, 2.3][rng.integers(6)],
    )


def hostile(seed: int) -> RunState:
    """A run that nobody would wish for, the same for the same seed."""
    rng = np.random.default_rng(seed)
    many, few = (int(rng.choice([0, 1, 2, 3, 7, 60, 239, 400, 1500])) for _ in range(2))

    def maybe(length: int) -> np.ndarray | None:
        return values(rng, length) if length and rng.random() < 0.6 else None

    val = maybe(few)
    return run(
        values(rng, many) if many else None,
        val,
        train_step=steps(rng, many),
        val_step=steps(rng, few),
        accuracy=None if val is None else maybe(few),
        recall=maybe(few),
        train_accuracy=maybe(few),
        lr=maybe(many),
        grad_norm=maybe(many),
        update_ratio=maybe(many),
        layers=some_layers(rng),
        manifest=some_manifest(rng),
        hparams=[{}, {"epochs": 0}, {"epochs": "many"}, {"lr": math.nan}][rng.integers(4)],
        status=list(RunStatus)[rng.integers(len(RunStatus))],
        timed=bool(rng.random() < 0.7),
    )


def is_sound(diagnosis: Diagnosis) -> bool:
    """Whether it says what a diagnosis may say."""
    ranks = [each.severity.rank for each in diagnosis.findings]
    symptoms = [each.symptom for each in diagnosis.findings]
    return (
        ranks == sorted(ranks)
        and len(symptoms) == len(set(symptoms))
        and (diagnosis.verdict is Verdict.INCONCLUSIVE) == bool(diagnosis.reason)
        and all(0 < each.confidence <= 1 for each in diagnosis.findings)
        and all(each.evidence and 1 <= each.guide_step <= 6 for each in diagnosis.findings)
        and all(math.isfinite(each.since_step) for each in diagnosis.findings)
    )


@pytest.mark.parametrize("seed", range(300))
def test_nothing_breaks(seed: int) -> None:
    state = hostile(seed)
    now = state.last_s + 1e4 if seed % 2 else None
    first = examine(state, now_s=now, other=hostile(seed + 1))
    assert is_sound(first)
    # NaN is not equal to itself, its text is
    assert repr(examine(state, now_s=now, other=hostile(seed + 1))) == repr(first)
    assert repr(examine(hostile(seed), now_s=now, other=hostile(seed + 1))) == repr(first)
    for share in (0.0, 0.3, 0.9):
        assert is_sound(examine(state, share * state.step))


@pytest.mark.parametrize("value", HOSTILE + TINY)
@pytest.mark.parametrize("length", [1, 2, 6, 60, 600])
def test_a_curve_of_one_value(value: float, length: int) -> None:
    assert is_sound(examine(run(np.full(length, value), np.full(min(length, 60), value), manifest=plan())))


@pytest.mark.parametrize("last", [0.3, 0.1])
def test_a_log_of_accuracies_alone_is_judged(last: float) -> None:
    along_run = np.linspace(0, 1, 60)
    accuracy = 0.1 + last * along_run
    assert examine(run(None, None, accuracy=accuracy, train_accuracy=accuracy)).verdict is not None
    ragged = 1 - 0.5 * np.exp(0.2 * np.random.default_rng(0).normal(size=60))
    assert examine(run(None, None, accuracy=ragged, train_accuracy=ragged)).verdict is not None


@pytest.mark.parametrize("spike", [1e300, 1.7e308])
def test_the_end_of_what_a_float_holds_is_no_trouble(spike: float) -> None:
    values = np.full(60, 1e-20)
    values[30] = spike
    assert examine(run(values, falling(60))).verdict is not None


def test_a_first_step_that_is_no_number_is_left_out() -> None:
    assert examine(run(np.r_[np.nan, falling(599)], falling(60), train_step=np.r_[np.nan, 2.0:601.0])).findings
