"""What the records tell of a parameter: which part of its layer it is, its ratio, whose outputs are its own."""

import math

import pytest
from fakes import batch_update
from models import LAYERS, MODEL, layer, measured, stats
from runlogs import START_S, manifest

from dltui.runs.update import RunUpdate
from dltui.series.parameters import Part, output_names, parameters_at, part_of, ratio_of, records_of
from dltui.series.state import RunState
from dltui_trainers.runlog import LayersRecord, LayerStats, ModelInfo, OutputStats, ParametersRecord


def state_of(*records: ParametersRecord | LayersRecord, model: ModelInfo | None = MODEL) -> RunState:
    """Return the state of a run with that model and those records."""
    state = RunState()
    state.take(RunUpdate(manifest=manifest(model=model)))
    state.take(batch_update(list(records)))
    return state


@pytest.mark.parametrize(
    ("name", "shape", "module", "part"),
    [
        ("0.weight", [64, 32], "Linear", Part.WEIGHT),
        ("0.bias", [64], "Linear", Part.BIAS),
        ("conv.weight", [8, 3, 3, 3], "Conv2d", Part.WEIGHT),
        ("bn.weight", [64], "BatchNorm2d", Part.NORM),
        ("bn.bias", [64], "BatchNorm2d", Part.BIAS),
        ("layer.norm1.weight", [64], "", Part.NORM),
        ("wte.weight", [100, 8], "Embedding", Part.EMBEDDING),
        ("pos_embed", [1, 16, 8], "", Part.EMBEDDING),
        ("rnn.weight_hh_l0", [48, 16], "GRU", Part.WEIGHT),
        ("rnn.bias_ih_l0", [48], "GRU", Part.BIAS),
        ("temperature", [], "Model", Part.OTHER),
        ("weight", None, "", Part.WEIGHT),
        ("", None, "", Part.OTHER),
    ],
)
def test_what_a_tensor_is(name: str, shape: list[int] | None, module: str, part: Part) -> None:
    assert part_of(name, shape, module) is part


def test_the_activation_after_a_layer_tells_of_its_units() -> None:
    record = measured(40)
    modules = ["embed", "body.0", "body.norm", "body.2", "head"]
    assert output_names(record, modules) == {"body.0": "body.1", "body.2": "body.2"}
    assert output_names(None, modules) == {}


def test_a_layer_that_tells_of_its_own_units_needs_no_other() -> None:
    outputs = {"a": OutputStats(mean=0, deviation=1, dead=0.1), "act": OutputStats(mean=0, deviation=1, dead=0.9)}
    record = ParametersRecord(step=1, time=START_S, parameters={}, outputs=outputs)
    assert output_names(record, ["a"]) == {"a": "a"}


def test_all_parameters_in_the_order_of_the_model_and_others_after_them() -> None:
    record = measured(40, extra__weight=stats(1.0))
    found = parameters_at(state_of(record), record)
    assert [each.name for each in found] == [*(each.name for each in LAYERS), "extra.weight"]
    known = {each.name: each for each in found}
    assert known["body.0.bias"].dead == pytest.approx(0.4) and known["body.0.bias"].told_by == "body.1"
    assert known["body.2.weight"].update_ratio == pytest.approx(2e-6)
    assert known["body.norm.weight"].has_gradient is False and known["body.norm.weight"].grad_norm is None
    assert known["extra.weight"].shape is None and known["extra.weight"].trainable
    assert known["head.bias"].optimized is False and known["embed.weight"].dead is None


def test_without_a_record_the_manifest_tells_what_it_knows() -> None:
    found = parameters_at(state_of(), None)
    assert [each.shape for each in found][:2] == [(100, 32), (64, 32)]
    assert all(each.norm is None and each.has_gradient is None and each.update_ratio is None for each in found)


@pytest.mark.parametrize(("norm", "update", "ratio"), [(2.0, 0.02, 0.01), (0.0, 0.1, None), (1.0, None, None)])
def test_the_ratio_of_an_update(norm: float, update: float | None, ratio: float | None) -> None:
    assert ratio_of(stats(norm, None, grad_norm=None)) is None
    measured_stats = stats(norm, None)
    measured_stats.update_norm = update
    assert ratio_of(measured_stats) == ratio


def test_a_ratio_of_what_is_no_number_is_none_either() -> None:
    broken = stats(1.0)
    broken.norm = "nan"
    assert math.isnan(ratio_of(broken) or 0.0)


def test_a_log_that_has_only_layers_is_one_record() -> None:
    layers = LayersRecord(
        step=30,
        time=START_S,
        layers={"body.0": LayerStats(weight_norm=4.0, grad_norm=0.5, update_ratio=1e-3, dead=0.25)},
    )
    state = state_of(layers)
    (record,) = records_of(state)
    known = {each.name: each for each in parameters_at(state, record)}
    assert known["body.0.weight"].norm == 4.0 and known["body.0.weight"].update_ratio == pytest.approx(1e-3)
    assert known["body.0.bias"].dead == 0.25 and known["body.0.bias"].norm is None
    assert records_of(state_of(layers, measured(40))) == [measured(40)]
    assert list(records_of(state_of(layers, model=None))) == []


def test_a_parameter_of_the_model_itself_belongs_to_no_module() -> None:
    model = ModelInfo(parameters=4, trainable=4, layers=[layer("weight", [2, 2])])
    (found,) = parameters_at(state_of(model=model), None)
    assert found.module == "" and found.kind == "Linear"
