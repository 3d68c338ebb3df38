"""The verdict on a change: what a person sees at a glance, beside what only looks like it."""

import math
from collections import Counter

import numpy as np
import numpy.typing as npt
import pytest
from interventions.simulated import NATURAL, Values, event, noise, state_with, untouched

from dltui.interventions.effect import Effect, Outcome, effect_of, effects
from dltui.interventions.history import history
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.runlog import EventRecord

HELPED, HURT = Outcome.HELPED, Outcome.HURT
NO_CLEAR_EFFECT, TOO_EARLY = Outcome.NO_CLEAR_EFFECT, Outcome.TOO_EARLY


def wavering(values: npt.ArrayLike, share: float = 0.01, seed: int = 0) -> Values:
    """The values times factors near 1, as validations have them."""
    clean = np.asarray(values, dtype=np.float64)
    return clean * np.exp(noise(np.random.default_rng(seed), len(clean), share, 0.3))


def decaying(length: int = 60) -> Values:
    """A sound loss: it comes down all the time, ever more slowly."""
    return 2.3 * np.arange(1, length + 1) ** -0.5


def effect(state: RunState) -> Effect:
    """Return what came of the first change of the run."""
    found = effects(state)[0][1]
    assert found is not None
    return found


def verdict(val: npt.ArrayLike, at: int = 30, *events: EventRecord, hparam: str = "lr") -> Outcome:
    """Return the verdict on a change after that many validations."""
    return effect(state_with(event(at * 10, hparam=hparam), *events, val=val)).outcome


AFTER = np.arange(60) >= 30
SINCE = np.maximum(0, np.arange(60) - 30)


@pytest.mark.parametrize(
    ("curve", "outcome"),
    [
        (np.where(AFTER, 0.2 + 1.8 * np.exp(-SINCE / 2), 2.0), HELPED),
        (decaying(), NO_CLEAR_EFFECT),
        (decaying() * np.where(AFTER, 0.7, 1), HELPED),
        (decaying() * np.where(AFTER, 0.99, 1), NO_CLEAR_EFFECT),
        (decaying() * np.where(AFTER, 1.4, 1), HURT),
        (2.3 * np.exp(-np.arange(60) / 20), NO_CLEAR_EFFECT),
        (np.full(60, 0.7), NO_CLEAR_EFFECT),
        (0.5 + 0.01 * np.arange(60), NO_CLEAR_EFFECT),
        (0.5 + 0.04 * np.minimum(30, np.arange(60)), HELPED),
        (0.5 + 0.01 * np.minimum(30, np.arange(60)) - 0.02 * np.minimum(15, SINCE), HELPED),
        (0.3 + 2 * np.exp(-np.arange(60) / 8) + 0.008 * np.arange(60), NO_CLEAR_EFFECT),
        (decaying() * (1 + 0.05 * SINCE), HURT),
    ],
    ids=[
        "set free from a plateau",
        "comes down as before",
        "a step down",
        "a step too small to count",
        "a step up",
        "an exponential, which is its own trend",
        "a flat line",
        "rises as before",
        "rose, and stays where it is",
        "rose, and comes down",
        "turns by itself where something was set",
        "came down, and rises",
    ],
)
def test_a_verdict_and_its_near_miss(curve: Values, outcome: Outcome) -> None:
    assert [verdict(wavering(curve, 0.005, seed)) for seed in range(3)] == [outcome] * 3


def jumping_about(seed: int, length: int = 30) -> Values:
    """A loss that a learning rate far too high throws about, higher and higher: no line holds it."""
    climbing = 0.9 + 0.5 * np.arange(length) / 30
    return climbing * np.exp(np.random.default_rng(seed).normal(0, 0.2, length))


@pytest.mark.parametrize("seed", range(5))
def test_a_step_out_of_a_strong_noise_needs_no_line(seed: int) -> None:
    after = 0.3 + 0.02 * np.exp(-np.arange(30) / 4)
    found = effect(state_with(event(300), val=np.append(jumping_about(seed), wavering(after))))
    assert found.outcome is HELPED and found.high < 0


@pytest.mark.parametrize("seed", range(5))
def test_a_strong_noise_that_goes_on_is_no_step(seed: int) -> None:
    assert verdict(jumping_about(seed, 60)) in (NO_CLEAR_EFFECT, TOO_EARLY)


def test_the_numbers_of_a_verdict() -> None:
    found = effect(state_with(event(300), val=wavering(np.where(AFTER, 0.4, 2.0))))
    assert found.outcome is HELPED and found.metric == "val_loss"
    assert found.before == pytest.approx(2, rel=0.02) and found.after == pytest.approx(0.4, rel=0.02)
    assert found.change == pytest.approx(found.after - found.before)
    assert found.low < found.change < found.high < 0
    assert found.expected == pytest.approx(2, rel=0.05)
    assert abs(found.slope_after.value) < 1e-3 and found.on_log
    assert found.points == 30 or found.until_step < 600  # the last look that is whole


@pytest.mark.parametrize("change", [0, -3.0])
def test_a_loss_below_zero_is_compared_as_it_is(change: float) -> None:
    curve = -5 + np.random.default_rng(0).normal(size=60) * 0.1 + change * AFTER
    found = effect(state_with(event(300), val=curve))
    assert not found.on_log and found.outcome is (HELPED if change else NO_CLEAR_EFFECT)


def test_chance_that_wanders_is_no_effect() -> None:
    rng = np.random.default_rng(0)
    said = Counter(verdict(np.exp(noise(rng, 120, 0.1, 0.9)), 60) for _ in range(100))
    assert said[HELPED] + said[HURT] <= 8  # so slow a wave is the worst case


def test_what_does_nothing_is_seldom_called_an_effect() -> None:
    """A small edition of ``make bench BENCH=effects``, with the same curves."""
    for by_step in (False, True):
        rng = np.random.default_rng(7)
        cases = [untouched(shape, rng, by_step=by_step) for shape in NATURAL.values() for _ in range(8)]
        assert sum(effect(each.state).clear for each in cases) <= 4  # 5 %


@pytest.mark.parametrize("validations", range(0, 12))
def test_a_verdict_waits_for_enough_validations_and_says_how_many(validations: int) -> None:
    curve = wavering(np.where(AFTER, 1.7, 2.0), 0.03)[: 30 + validations]
    found = effect(state_with(event(300), val=curve))
    if validations < 4:
        assert found.outcome is TOO_EARLY and found.needs == 4 - validations
    assert found.points <= validations


def test_it_is_not_too_early_any_more_when_nothing_comes_any_more() -> None:
    val = wavering(decaying(32))
    assert effect(state_with(event(300), val=val)).outcome is TOO_EARLY
    ended = effect(state_with(event(300), val=val, status=RunStatus.FINISHED))
    assert ended.outcome is NO_CLEAR_EFFECT and ended.needs == 0
    followed = effects(state_with(event(300), event(320, id=9), val=wavering(decaying())))
    assert followed[0][1] is not None and followed[0][1].outcome is NO_CLEAR_EFFECT


def test_a_change_before_anything_was_learned_cannot_be_judged() -> None:
    found = effect(state_with(event(20), val=wavering(decaying())))
    assert found.outcome is NO_CLEAR_EFFECT and math.isnan(found.low)


def test_what_comes_later_does_not_change_an_old_verdict() -> None:
    curve = np.concatenate([np.full(30, 2.0), np.full(40, 1.0), np.full(200, 3.0)])
    assert verdict(wavering(curve)) is HELPED
    assert effect(state_with(event(300), val=wavering(curve)[:70])) == effect(
        state_with(event(300), val=wavering(curve))
    )


def test_the_next_change_ends_what_belongs_to_this_one() -> None:
    curve = wavering(np.concatenate([np.full(30, 2.0), np.full(10, 1.0), np.full(30, 4.0)]))
    [(_, first), (_, second)] = effects(state_with(event(300), event(400, id=2), val=curve))
    assert first is not None and first.outcome is HELPED and first.until_step <= 400
    assert second is not None and second.outcome is HURT and second.before == pytest.approx(1, rel=0.05)


def test_a_jump_of_the_schedule_is_not_laid_to_the_change() -> None:
    steps = np.arange(1, 601)
    lr = np.where(steps <= 360, 0.1, 0.01)
    curve = wavering(np.where(np.arange(60) >= 36, 0.5, 2.0))
    assert verdict(curve) is HELPED
    state = state_with(event(300), val=curve, train=np.full(600, 2.0), lr=lr)
    assert effect(state).outcome is NO_CLEAR_EFFECT


@pytest.mark.parametrize(("last", "outcome"), [(math.nan, HURT), (math.inf, HURT), (1.0, NO_CLEAR_EFFECT)])
def test_a_loss_that_is_no_number_any_more_was_hurt(last: float, outcome: Outcome) -> None:
    curve = np.append(np.full(35, 1.0), [last] * 15)
    found = effect(state_with(event(300), val=curve))
    assert found.outcome is outcome and found.non_finite is (outcome is HURT)


def test_one_overflow_is_a_gap() -> None:
    curve = wavering(np.where(AFTER, 0.5, 1.0))
    curve[40] = math.inf
    assert verdict(curve) is HELPED


@pytest.mark.parametrize(
    ("after", "outcome"),
    [(np.linspace(2, 1, 20), HELPED), (np.full(20, 2.0), NO_CLEAR_EFFECT), (np.full(20, math.nan), NO_CLEAR_EFFECT)],
    ids=["a number that falls", "a number that stays", "still none"],
)
def test_a_loss_that_was_no_number(after: Values, outcome: Outcome) -> None:
    val = np.concatenate([np.linspace(2, 1, 20), np.full(10, math.nan), wavering(after)])
    assert verdict(val) is outcome


def test_a_loss_that_jumps_up_at_once_needs_no_four_validations() -> None:
    assert verdict([*wavering(decaying(30)), 9.0, 11.0]) is HURT
    assert verdict([*wavering(decaying(30)), 9.0]) is TOO_EARLY


@pytest.mark.parametrize(("hparam", "outcome"), [("lr", HELPED), ("dropout", TOO_EARLY)])
def test_the_training_loss_answers_sooner_where_it_can_be_compared(hparam: str, outcome: Outcome) -> None:
    train = wavering(np.where(np.arange(330) >= 300, 0.5, 2.0), 0.1)
    found = effect(state_with(event(300, hparam=hparam), train=train, val=wavering(np.full(33, 2.0))))
    assert found.outcome is outcome
    assert found.metric == ("train_loss" if outcome is HELPED else "val_loss")


def test_a_validation_that_went_the_other_way_is_a_veto() -> None:
    train = wavering(np.where(np.arange(330) >= 300, 0.5, 2.0), 0.1)
    val = wavering(np.append(np.full(30, 1.0), np.full(3, 1.2)))
    assert effect(state_with(event(300), train=train, val=val)).outcome is TOO_EARLY


def test_learning_by_heart_is_no_effect() -> None:
    """The training loss falls at each beginning of an epoch, here also where something was set."""
    steps = np.arange(1200)
    train = wavering(2 * 0.85 ** (steps // 100), 0.05)
    assert effect(state_with(event(600), train=train, per_epoch=100)).outcome is NO_CLEAR_EFFECT
    assert effect(state_with(event(600), train=train * np.where(steps >= 600, 0.6, 1), per_epoch=100)).outcome is HELPED


def test_a_change_of_several_is_judged_as_one_and_by_the_strictest() -> None:
    both = (event(300, id=1), event(300, id=1, hparam="dropout"))
    [(done, found)] = effects(state_with(*both, train=np.full(400, 1.0), val=wavering(decaying())))
    assert len(done.settings) == 2 and found is not None and found.metric == "val_loss"


@pytest.mark.parametrize(
    "told",
    [
        event(300, hparam="log_every"),
        event(300, hparam="early_stop_patience"),
        event(300, done=False),
        event(300, "paused", id=4),
        event(300, "checkpoint", id=4),
    ],
)
def test_what_set_nothing_that_a_loss_shows_has_no_effect(told: EventRecord) -> None:
    assert effects(state_with(told, val=wavering(decaying())))[0][1] is None


def test_asking_for_one_is_asking_for_all() -> None:
    state = state_with(event(300), event(450, id=2), val=wavering(decaying() * np.where(AFTER, 0.7, 1)))
    done = history(state)
    assert [effect_of(state, each, done[at + 1 :]) for at, each in enumerate(done)] == [
        each for _, each in effects(state)
    ]


@pytest.mark.parametrize("val", [[], [1.0], [math.nan] * 9, [0.0] * 60, [1e308] * 60, [-1.0, 1.0] * 30, [1e-300] * 60])
@pytest.mark.parametrize("step", [-3, 0, 1, 300, 10**15])
def test_hostile_numbers_never_raise(val: list[float], step: int) -> None:
    state = state_with(
        event(step), event(step, id=8), event(step, "undo", from_=5, to=step), val=val or None, train=val
    )
    assert len(effects(state)) == 3


def test_a_million_steps_are_reduced_first() -> None:
    train = np.full(1_000_000, 1.0)
    train[500_000:] = 0.5
    assert effect(state_with(event(500_000), train=train)).outcome is HELPED
