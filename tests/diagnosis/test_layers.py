"""What is told of layers: from records made by hand, with the near miss beside the hit."""

import math
from collections.abc import Callable

import pytest
import runlogs
from diagnosis.curves import evidence, falling, found, plan, run, silent

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Severity, Symptom
from dltui.runs.update import Batch
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui_trainers.runlog import EventRecord, LayerInfo, ModelInfo, OutputStats, ParametersRecord, ParameterStats

STUCK = [2.3] * 60
NAMES = ("fc1", "fc2", "head")
Stats = Callable[[str, int], ParameterStats]


def info(name: str, **changes: object) -> LayerInfo:
    """A linear layer."""
    given = {"shape": [32, 32], "parameters": 1024, "trainable": True, "module": "Linear", **changes}
    return LayerInfo(name=f"{name}.weight", **given)  # type: ignore[arg-type]


def moving(name: str, number: int) -> ParameterStats:
    """As it is in a sound training."""
    return ParameterStats(norm=5.0 + 0.01 * number, low=-0.3, high=0.3 + 0.01 * number, grad_norm=0.5, update_norm=0.01)


def still(name: str, number: int) -> ParameterStats:
    """A gradient, and no update."""
    return ParameterStats(norm=5.0, low=-0.3, high=0.3, grad_norm=0.5, update_norm=0.0)


def with_records(
    stats: Stats,
    *,
    layers: list[LayerInfo] | None = None,
    outputs: dict[str, OutputStats] | None = None,
    records: int = 5,
    learns: bool = True,
) -> RunState:
    """A run with so many records of its parameters, the first at step 100."""
    layers = layers or [info(name) for name in NAMES]
    model = ModelInfo(parameters=3072, trainable=3072, layers=layers)
    curve = falling(60) if learns else STUCK
    state = run(curve, curve, manifest=plan(expected_initial_loss=2.3, model=model))
    told = [
        ParametersRecord(
            step=100 * number,
            time=runlogs.START_S,
            parameters={each.name: stats(each.name.removesuffix(".weight"), number) for each in layers},
            outputs=outputs or {},
        )
        for number in range(1, records + 1)
    ]
    state.extend(Batch(parameters=tuple(told)))
    return state


def only(layer: str, stats: Stats) -> Stats:
    """That one is so, the others are sound."""
    return lambda name, number: stats(name, number) if name == layer else moving(name, number)


OF_LAYERS = (
    Symptom.ZERO_INIT,
    Symptom.NO_GRADIENT,
    Symptom.NEVER_UPDATED,
    Symptom.FROZEN_LAYERS,
    Symptom.SATURATED_UNITS,
    Symptom.EXPLODING_GRADIENTS,
)


@pytest.mark.parametrize("symptom", OF_LAYERS)
def test_sound_layers_are_no_matter(symptom: Symptom) -> None:
    assert silent(with_records(moving), symptom)


def test_one_layer_stands_still() -> None:
    finding = found(with_records(only("fc2", still)), Symptom.NEVER_UPDATED)
    assert (finding.severity, finding.since_step) == (Severity.WARNING, 100)
    assert evidence(finding, "never_changed").layers == ("fc2",)


def test_the_optimiser_does_not_have_it() -> None:
    layers = [info("fc1"), info("fc2", optimized=False), info("head")]
    finding = found(with_records(only("fc2", still), layers=layers), Symptom.NEVER_UPDATED)
    assert evidence(finding, "not_in_optimizer").layers == ("fc2",)


def test_nothing_moves_at_all() -> None:
    finding = found(with_records(still, learns=False), Symptom.NEVER_UPDATED)
    assert finding.severity is Severity.CRITICAL
    assert evidence(finding, "no_step").layers == NAMES
    assert silent(with_records(still, learns=True), Symptom.NEVER_UPDATED)


@pytest.mark.parametrize("records", [1, 2])
def test_with_few_records_nothing_is_said(records: int) -> None:
    for stats in (still, missing, zero):
        state = with_records(only("fc2", stats), records=records)
        assert all(silent(state, symptom) for symptom in OF_LAYERS)


def missing(name: str, number: int) -> ParameterStats:
    """No gradient at all."""
    return ParameterStats(norm=5.0, low=-0.3, high=0.3, update_norm=0.0)


def zero(name: str, number: int) -> ParameterStats:
    """All weights are 0, and so is the gradient."""
    return ParameterStats(norm=0.0, low=0.0, high=0.0, grad_norm=0.0, update_norm=0.0)


def test_a_cut_graph_has_a_border() -> None:
    ran = {name: OutputStats(mean=0.0, deviation=1.0) for name in NAMES}
    stats: Stats = lambda name, number: (moving if name == "head" else missing)(name, number)  # noqa: E731
    told = evidence(found(with_records(stats, outputs=ran), Symptom.NO_GRADIENT), "detached")
    assert told.layers == ("fc1", "fc2") and told.words == {"border": "head"}
    assert "everything before head" in Texts.load("en").evidence(told)


def test_what_never_ran_is_not_used() -> None:
    ran = {name: OutputStats(mean=0.0, deviation=1.0) for name in ("fc1", "head")}
    finding = found(with_records(only("fc2", missing), outputs=ran), Symptom.NO_GRADIENT)
    assert evidence(finding, "not_used").layers == ("fc2",)


def test_weights_that_move_have_a_gradient_somewhere_else() -> None:
    kept: Stats = lambda name, number: ParameterStats(norm=5.0 + number, update_norm=0.01)  # noqa: E731
    assert silent(with_records(only("fc2", kept)), Symptom.NO_GRADIENT)


def test_weights_that_stay_0_are_an_initialisation_and_no_cut() -> None:
    state = with_records(only("fc2", zero))
    assert evidence(found(state, Symptom.ZERO_INIT), "equal_weights").layers == ("fc2",)
    assert silent(state, Symptom.NO_GRADIENT)


def test_weights_that_only_start_at_0_are_sound() -> None:
    stats: Stats = lambda name, number: (zero if number == 1 else moving)(name, number)  # noqa: E731
    assert silent(with_records(only("head", stats)), Symptom.ZERO_INIT)


@pytest.mark.parametrize(
    ("frozen", "severity"),
    [
        ((), None),
        (("fc1",), Severity.INFO),
        (("fc1", "fc2"), Severity.INFO),
        (("fc2",), Severity.WARNING),
        (("head",), Severity.WARNING),
        (NAMES, None),
    ],
)
def test_where_a_frozen_layer_stands_decides(frozen: tuple[str, ...], severity: Severity | None) -> None:
    state = with_records(moving, layers=[info(name, trainable=name not in frozen) for name in NAMES])
    finding = examine(state).find(Symptom.FROZEN_LAYERS)
    assert (finding.severity if finding else None) is severity
    assert finding is None or finding.evidence[0].layers == frozen


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((0.99, 0.1, None), ("fc1",)), ((0.99, 0.95, 0.99), ("fc1", "fc2")), ((0.5, 0.5, 0.99), None)],
)
def test_saturated_but_for_the_last(shares: tuple[float | None, ...], expected: tuple[str, ...] | None) -> None:
    ran = {
        name: OutputStats(mean=0.0, deviation=1.0, saturated=share) for name, share in zip(NAMES, shares, strict=True)
    }
    for learns, severity in ((False, Severity.WARNING), (True, Severity.INFO)):
        finding = examine(with_records(moving, outputs=ran, learns=learns)).find(Symptom.SATURATED_UNITS)
        assert (finding.evidence[0].layers if finding else None) == expected
        assert finding is None or finding.severity is severity


def test_where_a_value_broke_is_told_beside_the_loss() -> None:
    state = run([*falling(30), *[math.nan] * 30], falling(60))
    state.extend(Batch(events=(EventRecord(name="non_finite", step=310, time=1.0, from_="fc2", to="output"),)))
    told = evidence(found(state, Symptom.NON_FINITE), "began_in_output")
    assert (told.value, told.layers) == (310, ("fc2",))


@pytest.mark.parametrize(("to", "is_told"), [("gradient", False), ("output", False), ("weights", True), ("x", False)])
def test_a_trace_alone(to: str, is_told: bool) -> None:
    state = run(falling(60), falling(60))
    state.extend(Batch(events=(EventRecord(name="non_finite", step=310, time=1.0, from_="fc2", to=to),)))
    assert silent(state, Symptom.NON_FINITE) is not is_told


def test_names_from_a_log_cannot_steer_a_terminal() -> None:
    name = "evil\x1b[31m" + "x" * 500
    layers = [info("fc1"), info(name), *[info(f"more{number}") for number in range(9)]]
    stats: Stats = lambda each, number: (moving if each == "fc1" else still)(each, number)  # noqa: E731
    sentence = Texts.load("en").finding(found(with_records(stats, layers=layers), Symptom.NEVER_UPDATED))
    assert "\x1b" not in sentence and "and 7 more" in sentence and len(sentence) < 400
