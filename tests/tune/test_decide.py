"""The doctor's next step, from made-up histories: kept, backed out, healthy, and nothing left."""

import pytest
from tune.charts import by_heart, dead, healthy, patient_with, slow, tried

from dltui.search.study.options import Change
from dltui.search.trials.trials import Request
from dltui.tune.candidate import Candidate, has_failed_before
from dltui.tune.decide import Nothing, next_trial, was_trained
from dltui.tune.further import further, halfway
from dltui.tune.neighbours import neighbours
from dltui.tune.patient import Examined, Patient
from dltui_trainers.runlog import Value

SLOW = {"lr": "1e-5"}


def wanted(patient: Patient) -> Request:
    found = next_trial(patient)
    assert isinstance(found, Request)
    return found


def test_the_first_advice_is_tried_first() -> None:
    request = wanted(patient_with(tried(0), curves={0: dead(**SLOW)}, settings=SLOW, seed=3))
    assert request.change == {"lr": (1e-5, 1e-3)} and request.settings == {"lr": 1e-3}
    assert (request.parent, request.at_step, request.symptom) == (0, None, "not_learning")
    assert request.why.endswith(".") and request.seeds == (3,)


def test_what_helped_is_stood_on_and_what_hurt_is_backed_out_of() -> None:
    first = tried(1, 0.4, change={"lr": (1e-5, 1e-3)}, parent=0, outcome="helped", kept=True)
    second = tried(2, 0.9, change={"width": (64, 128)}, parent=1, outcome="hurt", settings={"lr": 1e-3, "width": 128})
    curves = {0: dead(**SLOW), 1: by_heart(lr="0.001"), 2: dead(lr="0.001", width="128")}
    request = wanted(patient_with(tried(0), first, second, curves=curves))
    assert request.parent == 1 and request.settings["lr"] == 1e-3 and "width" not in request.settings
    assert request.symptom == "overfitting"


def test_nothing_is_tried_twice() -> None:
    state, trials, seen = by_heart(), [tried(0)], []
    for number in range(1, 4):
        request = wanted(patient_with(*trials, curves={0: state}))
        seen.append(request.change)
        trials.append(tried(number, 2.0, change=dict(request.change), parent=0, outcome="hurt"))
    assert all(seen.count(each) == 1 for each in seen)


def test_what_was_there_at_first_is_no_news() -> None:
    helped = tried(1, 0.4, change={"lr": (0.001, 0.003)}, parent=0, outcome="helped", kept=True)
    patient = patient_with(tried(0), helped, curves={1: healthy(lr="0.003")})
    examined = Examined(healthy(lr="0.003"), healthy(lr="0.003").manifest)  # type: ignore[arg-type]
    for to, is_known in ((0.001, True), (0.003, True), (0.009, False)):
        assert was_trained(Candidate(settings={"lr": to}, why=""), examined, patient) is is_known


def test_healthy_curves_end_it_unless_it_is_to_be_thorough() -> None:
    assert next_trial(patient_with(tried(0), curves={0: healthy()})) is Nothing.HEALTHY
    assert wanted(patient_with(tried(0), curves={0: healthy()}, thorough=True)).parent == 0


def test_what_is_fixed_is_left_alone() -> None:
    request = wanted(patient_with(tried(0), curves={0: dead(**SLOW)}, fixed=("lr",)))
    assert "lr" not in request.change
    known = tuple(dead().hparams)
    assert next_trial(patient_with(tried(0), curves={0: dead(**SLOW)}, fixed=known)) is Nothing.LEFT
    assert next_trial(patient_with(tried(0), curves={0: healthy()}, fixed=known, thorough=True)) is Nothing.LEFT


def test_without_curves_there_is_nothing_to_go_by() -> None:
    assert next_trial(patient_with(tried(0, None), curves={})) is Nothing.LEFT


def test_where_one_cure_shows_nothing_all_of_them_are_tried_together() -> None:
    relu: Change = {"lr": (1e-5, 1e-3)}
    history = tried(0), tried(1, 1.0, change=relu, parent=0, outcome="no_clear_effect")
    request = wanted(patient_with(*history, curves={0: dead(activation="sigmoid", layers="5", **SLOW)}))
    assert {"lr", "activation"} <= set(request.change)


def test_a_higher_rate_comes_before_a_larger_network_once_and_then_larger_steps() -> None:
    small = {"width": "16", "layers": "1", "lr": "1e-4"}
    first = wanted(patient_with(tried(0), curves={0: slow(**small)}))
    assert first.change == {"lr": (1e-4, 1e-3)} and first.symptom == "underfitting"
    hurt = tried(1, 2.0, change=dict(first.change), parent=0, outcome="hurt")
    second = wanted(patient_with(tried(0), hurt, curves={0: slow(**small)}))
    assert second.change == {"width": (16, 64)}
    helped = tried(2, 0.7, change=dict(second.change), parent=0, outcome="helped", kept=True)
    third = wanted(patient_with(tried(0), hurt, helped, curves={2: slow(width="64", layers="1", lr="1e-4")}))
    assert third.change == {"width": (64, 256)} and third.symptom == "plateau"


@pytest.mark.parametrize(("turn", "is_branch"), [(0.2, True), (0.8, False)])
def test_a_branch_has_time_to_show_what_it_is_worth(turn: float, is_branch: bool) -> None:
    request = wanted(patient_with(tried(0), curves={0: by_heart(turn=turn)}))
    assert request.symptom == "overfitting"
    assert (request.at_step is not None) is is_branch
    assert request.at_step is None or 0 < request.at_step <= 300


def test_what_had_no_effect_is_not_repeated_but_may_be_exceeded() -> None:
    trials = [tried(0), tried(1, 1.0, change={"lr": (0.001, 0.003)}, parent=0, outcome="no_clear_effect")]
    for to, is_known_to_fail in ((0.003, True), (0.01, False)):
        candidate = Candidate(settings={"lr": to}, why="")
        assert has_failed_before(candidate, trials, {"lr": 0.001}) is is_known_to_fail


def test_a_choice_that_hurt_with_its_number_is_not_tried_again_but_all_together_is() -> None:
    change: Change = {"optimizer": ("sgd", "adam"), "lr": (0.1, 0.001)}
    trials = [tried(0), tried(1, 2.0, change=change, parent=0, outcome="hurt")]
    again = Candidate(settings={"optimizer": "adam", "lr": 0.003}, why="")
    assert has_failed_before(again, trials, {"optimizer": "sgd", "lr": 0.3})
    together = Candidate(settings={"optimizer": "adam", "lr": 0.003, "norm": "batch"}, why="")
    assert not has_failed_before(together, trials, {"optimizer": "sgd", "lr": 0.3, "norm": "none"})


def test_where_epochs_are_fixed_a_thorough_one_makes_more_steps_of_smaller_batches() -> None:
    trials = [tried(0), tried(1, 2.0, change={"lr": (0.001, 0.003)}, parent=0, outcome="hurt")]
    request = wanted(patient_with(*trials, curves={0: healthy()}, thorough=True, fixed=("epochs",)))
    assert request.change == {"batch_size": (64, 32)}
    assert "batch_size" not in wanted(patient_with(*trials, curves={0: healthy()}, thorough=True)).change


@pytest.mark.parametrize(
    ("change", "now", "to", "is_known_to_fail"),
    [
        ({"lr": (0.001, 0.01)}, 0.001, 0.01, True),
        ({"lr": (0.001, 0.01)}, 0.001, 0.1, True),
        ({"lr": (0.001, 0.01)}, 0.001, 0.008, True),
        ({"lr": (0.001, 0.01)}, 0.001, 0.003, False),
        ({"lr": (0.001, 0.01)}, 0.001, 0.0001, False),
        ({"lr": (0.01, 0.001)}, 0.01, 0.0005, True),
        ({"lr": (0.001, 0.01), "width": (64, 32)}, 0.001, 0.01, False),
        ({"norm": ("none", "batch")}, "none", "batch", True),
        ({"norm": ("none", "batch")}, "none", "layer", False),
    ],
)
def test_what_hurt_is_not_tried_as_far_again(change: Change, now: Value, to: Value, is_known_to_fail: bool) -> None:
    name = next(iter(change))
    history = [tried(0), tried(1, 2.0, change=change, parent=0, outcome="hurt")]
    candidate = Candidate(settings={name: to}, why="")
    assert has_failed_before(candidate, history, {name: now}) is is_known_to_fail


@pytest.mark.parametrize(
    ("change", "value", "expected"),
    [
        ({"lr": (0.001, 0.003)}, 0.9, {"lr": 0.009}),  # as far again
        ({"lr": (0.001, 0.003)}, 0.5, {"lr": 0.03}),  # it did much: farther, and no more than ten times
        ({"lr": (1e-5, 1e-3)}, 0.5, {"lr": 0.003}),  # after a leap to what is usual: carefully
        ({"lr": (0.001, 0.01)}, 0.9, {"lr": 0.03}),
        ({"lr": (0.01, 0.003)}, 0.5, {"lr": 0.0003}),
        ({"lr": (0.3, 0.001)}, 0.5, {"lr": 0.003}),  # after a leap down: what lies behind it
        ({"norm": ("none", "batch"), "lr": (0.001, 0.003)}, 0.9, {"lr": 0.009}),  # the norm stays
        ({"lr": (0.001, 0.003)}, 0.98, None),  # it brought hardly anything
        ({"width": (64, 128)}, 0.5, {"width": 512}),
        ({"layers": (2, 3)}, 0.5, {"layers": 4}),
        ({"degree": (9, 4)}, 0.9, {"degree": 2}),  # five fewer would be below 0: by the factor
        ({"dropout": (0.0, 0.3)}, 0.9, {"dropout": 0.5}),  # what is usual is the end
        ({"dropout": (0.3, 0.5)}, 0.9, None),
        ({"norm": ("none", "batch")}, 0.5, None),
        ({"grad_clip": (0.0, 1.0)}, 0.5, None),
    ],
)
def test_what_helped_is_tried_further(change: Change, value: float, expected: dict[str, Value] | None) -> None:
    history = [tried(0, 1.0), tried(1, value, change=change, parent=0, outcome="helped", kept=True)]
    assert [each.settings for each in further(history)] == ([expected] if expected else [])


def test_a_regulariser_that_was_lowered_on_advice_is_lowered_further_only_if_the_curves_ask_for_it() -> None:
    lowered: Change = {"dropout": (0.8, 0.2)}
    advised = tried(1, 0.5, change=lowered, parent=0, outcome="helped", kept=True, symptom="underfitting")
    assert not list(further([tried(0), advised]))
    assert [each.settings for each in further([tried(0), advised], is_asked=True)] == [{"dropout": 0.02}]
    raised = tried(1, 0.9, change={"dropout": (0.0, 0.3)}, parent=0, outcome="helped", kept=True, symptom="overfitting")
    assert [each.settings for each in further([tried(0), raised])] == [{"dropout": 0.5}]


def test_a_leap_down_goes_on_while_the_curves_ask_for_it() -> None:
    leap = tried(1, 0.5, change={"lr": (0.3, 0.001)}, parent=0, outcome="helped", kept=True, symptom="lr_too_high")
    assert [each.settings for each in further([tried(0), leap], is_asked=True)] == [{"lr": 0.0003}]


@pytest.mark.parametrize(
    ("outcome", "is_known_to_fail"), [("hurt", True), ("no_clear_effect", False), ("helped", False)]
)
def test_a_rate_that_hurt_does_so_with_a_norm_but_one_that_did_nothing_may_not(
    outcome: str, is_known_to_fail: bool
) -> None:
    trials = [tried(0), tried(1, 1.0, change={"lr": (0.001, 0.003)}, parent=0, outcome=outcome)]
    candidate = Candidate(settings={"norm": "batch", "lr": 0.003}, why="")
    assert has_failed_before(candidate, trials, {"norm": "none", "lr": 0.001}) is is_known_to_fail


@pytest.mark.parametrize(
    ("lr", "expected"),
    [("0.001", [{"norm": "batch", "lr": 0.003}, {"norm": "batch"}]), ("0.01", [{"norm": "batch"}])],
)
def test_a_batch_norm_comes_with_a_higher_rate_where_one_is_usual(lr: str, expected: list[dict[str, Value]]) -> None:
    state = healthy(lr=lr)
    assert state.manifest is not None
    found = neighbours(Examined(state, state.manifest), frozenset(), 1)
    assert [each.settings for each in found if each.settings.get("norm") == "batch"][: len(expected)] == expected


def test_what_was_too_far_is_tried_by_half() -> None:
    hurt = tried(1, 2.0, change={"lr": (0.001, 0.01)}, parent=0, outcome="hurt")
    assert [each.settings for each in halfway({"lr": 0.001}, [tried(0), hurt])] == [{"lr": 0.003}]
    near = tried(1, 2.0, change={"lr": (0.001, 0.003)}, parent=0, outcome="hurt")
    assert not list(halfway({"lr": 0.001}, [tried(0), near]))
