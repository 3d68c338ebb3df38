"""Methods: what they ask for lies in the space and can be trained, and a search that was cut off asks the same."""

import copy
import math
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace as changed
from search.asking import entry, job, searched

from dltui.errors import SearchError, SpaceError
from dltui.search.methods.bayes import startup_of
from dltui.search.methods.choose import make_method
from dltui.search.methods.grid import grid_values
from dltui.search.space.asked import asked_space
from dltui.search.space.default import default_space
from dltui.search.space.dimension import Dimension
from dltui.search.space.rules import as_settings
from dltui.search.study.options import Objective, SearchOptions
from dltui.search.study.study import TrialState
from dltui_trainers.configure import configure
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import Value

DIGITS = TASKS["digits"]
WHOLE = default_space(DIGITS, {}, architecture=True).dimensions
FEW = default_space(DIGITS, {}).dimensions
FURTHER = (
    *WHOLE,
    Dimension(name="momentum", low=0.5, high=0.99),
    Dimension(name="layers", low=0, high=4, whole=True),
    Dimension(name="width", low=1, high=60000, log=True, whole=True, also=(7,)),
    Dimension(name="kernel_size", low=1, high=31, whole=True),
    Dimension(name="norm", choices=("batch", "none")),
    Dimension(name="model", choices=("gru", "mlp", "cnn")),
    Dimension(name="augment", choices=("none", "crop,scale")),
    Dimension(name="augment_strength", low=0, high=1, also=(0,)),
    Dimension(name="epochs", low=3, high=31, step=7, whole=True),
    Dimension(name="batch_size", low=1, high=1437, whole=True, log=True),
    Dimension(name="label_smoothing", low=0.0, high=0.2, step=0.03),
)


def loss(chosen: Mapping[str, Value]) -> float:
    """Return an objective that has its best at lr = 0.01, without dropout, with a convolution."""
    far = abs(math.log10(float(chosen.get("lr", 0.01))) + 2)
    return 0.1 + far + float(chosen.get("dropout", 0)) + 0.2 * (chosen.get("model") == "mlp")


def lies_in(dimension: Dimension, value: Value) -> bool:
    """Whether the value is one of the dimension's, of its type, as a person would type it."""
    if dimension.is_choice or value in dimension.also:
        return value in (*dimension.choices, *dimension.also)
    assert isinstance(value, int if dimension.whole else float) and not isinstance(value, bool)
    steps = (value - dimension.low) / dimension.step if dimension.step else 0
    at_end = value in (dimension.low, dimension.high)
    typed = dimension.step or at_end or float(f"{value:.3g}") == value
    return dimension.low <= value <= dimension.high and abs(steps - round(steps)) < 1e-9 and bool(typed)


@given(
    chosen=some.lists(some.sampled_from(FURTHER), min_size=1, max_size=8, unique_by=lambda each: each.name),
    seed=some.integers(0, 2**31 - 1),
    method=some.sampled_from(["random", "bayes"]),
)
@settings(max_examples=40, deadline=None)
def test_what_is_asked_lies_in_the_space_and_can_be_trained(chosen: list[Dimension], seed: int, method: str) -> None:
    options = SearchOptions(method=method, dimensions=tuple(chosen), trials=14, seed=seed)
    trials = searched(DIGITS, options, loss, workers=2)
    by_name = {each.name: each for each in chosen}
    assert trials
    for trial in trials:
        assert all(lies_in(by_name[name], value) for name, value in trial.settings.items())
        given_now = as_settings(trial.settings)
        _, warnings = configure(DIGITS, given_now)  # refuses nothing, and calls nothing idle
        assert not [each for each in warnings if "no effect" in each]
        assert trial.settings not in [each.settings for each in trials[: trial.number]]


@pytest.mark.parametrize(("method", "workers"), [("random", 2), ("bayes", 1), ("bayes", 3), ("grid", 2)])
def test_a_search_that_was_cut_off_goes_on_as_it_would_have(method: str, workers: int) -> None:
    dimensions = WHOLE if method != "grid" else FEW[:3]
    options = SearchOptions(method=method, dimensions=dimensions, trials=24, seed=3)
    whole = searched(DIGITS, options, loss, workers=1)
    for cut in (1, 11, 17):
        assert searched(DIGITS, options, loss, known=copy.deepcopy(whole[:cut])) == whole
    busy = [replace(each) for each in whole[:14]]
    for trial in busy[-workers + 1 :] if workers > 1 else []:
        trial.state, trial.value = TrialState.RUNNING, None
    asked = make_method(DIGITS, options)
    first = asked.ask(14, busy)
    assert first == make_method(DIGITS, options).ask(14, busy) == asked.ask(14, busy)
    assert searched(DIGITS, changed(options, seed=4), loss) != whole


def test_the_sampler_finds_what_chance_does_not() -> None:
    """With trials that fail among those that it learns from: were they left out, it would not learn to avoid them."""

    def failing(chosen: Mapping[str, Value]) -> float | None:
        return None if chosen["batch_size"] == 256 else loss(chosen)

    def found(method: str, seed: int) -> tuple[float, int]:
        options = SearchOptions(method=method, dimensions=WHOLE, trials=30, seed=seed)
        trials = searched(DIGITS, options, failing, workers=2)
        values = [each.value for each in trials if each.value is not None]
        return min(values), len(trials) - len(values)

    bayes, random = ([found(method, seed) for seed in range(5)] for method in ("bayes", "random"))
    assert sum(best for best, _ in bayes) < 0.8 * sum(best for best, _ in random)
    assert sum(failed for _, failed in bayes) < sum(failed for _, failed in random)


def test_the_sampler_is_told_how_each_trial_stands() -> None:
    from optuna.trial import TrialState as Theirs

    from dltui.search.methods.encoded import Encoder
    from dltui.search.space.dimension import Space

    encoder = Encoder(Space(WHOLE), Objective(metric="val_accuracy", rises=True))
    chosen = {"lr": 0.01, "batch_size": 64, "weight_decay": 0.0, "optimizer": "adamw", "of_older_version": 3}
    trials = [
        entry(0, chosen, state=TrialState.COMPLETE, value=0.9),
        entry(1, {"weight_decay": 0.01, "lr": 7.0}, state=TrialState.PRUNED, jobs={"a": job(0.2, 0.3)}),
        entry(2, {}, state=TrialState.FAILED),
        entry(3, {"norm": "layer"}, state=TrialState.RUNNING, jobs={"a": job(0.2)}),
        entry(4, {}, state=TrialState.COMPLETE, value=math.nan),
    ]
    known = encoder.study_of(trials).trials
    states = [each.state for each in known]
    assert states == [Theirs.COMPLETE, Theirs.PRUNED, Theirs.PRUNED, Theirs.RUNNING, Theirs.PRUNED]
    assert known[0].params == {"lr": 0.01, "batch_size": 1, "weight_decay is": 1, "optimizer": 1}
    assert known[1].params == {"weight_decay is": 0, "weight_decay": 0.01}  # an lr that is not of the space is none
    assert known[1].intermediate_values == {1000: 0.2, 2000: 0.3}
    trials[3].state, trials[3].value = TrialState.COMPLETE, 0.95
    assert [each.value for each in encoder.study_of(trials).trials] == [0.9, None, None, 0.95, None]


def test_a_grid_has_every_combination_once() -> None:
    task = TASKS["digits"]
    words = ("optimizer=adam,momentum", "momentum=0.5..0.9", "layers=0..2", "activation=relu,tanh", "kernel_size=2,3")
    space = asked_space(task, {"model": "cnn"}, over=words)
    options = SearchOptions(method="grid", dimensions=space.dimensions, settings={"model": "cnn"}, trials=0)
    method = make_method(task, options)
    cells = [method.ask(number, []) for number in range(method.count())]
    texts = {str(sorted(each.items())) for each in cells if each is not None}
    # adam without momentum or momentum with three; no layer, or one or two with an activation and an odd kernel
    assert len(texts) == len(cells) == (1 + 3) * (1 + 2 * 2)
    assert method.ask(method.count(), []) is None and method.nothing_left
    other = make_method(task, changed(options, seed=1))
    again = [other.ask(number, []) for number in range(other.count())]
    assert again != cells and {str(sorted(each.items())) for each in again if each is not None} == texts


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        (Dimension(name="lr", low=1e-4, high=1.0, log=True), [1e-4, 1e-3, 0.01, 0.1, 1.0]),
        (Dimension(name="lr", low=1e-4, high=1.0, log=True, points=2), [1e-4, 1.0]),
        (Dimension(name="lr", low=0.01, high=1.0, log=True, points=1), [0.1]),
        (Dimension(name="lr", low=0.001, high=0.1, log=True, also=(0.0,), points=2), [0.0, 0.001, 0.1]),
        (Dimension(name="dropout", low=0, high=0.5), [0.0, 0.25, 0.5]),
        (Dimension(name="dropout", low=0, high=0.5, step=0.1), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (Dimension(name="dropout", low=0, high=0.5, step=0.2), [0.0, 0.2, 0.4]),
        (Dimension(name="dropout", low=0, high=0.5, step=0.1, points=2), [0.0, 0.5]),
        (Dimension(name="layers", low=1, high=3, whole=True, points=9), [1, 2, 3]),
        (Dimension(name="width", low=16, high=1024, log=True, whole=True, points=3), [16, 128, 1024]),
        (Dimension(name="norm", choices=("none", "batch")), ["none", "batch"]),
    ],
)
def test_the_part_of_a_dimension_in_a_grid(dimension: Dimension, expected: list[Value]) -> None:
    values = grid_values(dimension)
    assert values == expected and [type(each) for each in values] == [type(each) for each in expected]


def test_a_grid_that_nobody_can_train_is_refused() -> None:
    with pytest.raises(SpaceError, match=r"grid has [\d,]+ combinations .* --method random"):
        make_method(DIGITS, SearchOptions(method="grid", dimensions=WHOLE))
    endless = (Dimension(name="dropout", low=0, high=0.5, step=1e-9),)
    with pytest.raises(SpaceError, match="combinations"):
        make_method(DIGITS, SearchOptions(method="grid", dimensions=endless))


@pytest.mark.parametrize("method", ["random", "bayes"])
def test_a_space_of_few_combinations_ends(method: str) -> None:
    dimensions = (
        Dimension(name="norm", choices=("none", "layer")),
        Dimension(name="layers", low=1, high=3, whole=True),
    )
    options = SearchOptions(method=method, dimensions=dimensions, trials=40)
    assert len(searched(DIGITS, options, lambda chosen: float(chosen["layers"]))) == 6  # type: ignore[arg-type]


def test_a_short_search_is_not_all_chance() -> None:
    assert [startup_of(trials) for trials in (0, 1, 4, 10, 20, 40)] == [10, 1, 2, 5, 10, 10]


GAUSSIAN = SearchOptions(sampler="gp", dimensions=WHOLE[1:3], trials=4)


def test_a_gaussian_process_without_its_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(SearchError, match=r"gp needs scipy, not installed here: pip install 'dltui\[gp\]'"):
        make_method(DIGITS, GAUSSIAN)


@pytest.mark.slow
@pytest.mark.long  # it imports torch and fits for seconds
def test_the_gaussian_process_asks_and_keeps_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("scipy", reason="the Gaussian process needs scipy: pip install 'dltui[gp]'")
    trials = searched(DIGITS, GAUSSIAN, loss, workers=2)
    assert len(trials) == 4 and make_method(DIGITS, GAUSSIAN).ask(3, trials[:3]) is not None
    assert capfd.readouterr() == ("", "")  # Optuna would speak of a library that it can do without
