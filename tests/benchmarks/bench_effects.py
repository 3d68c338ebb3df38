"""How often the verdict on a change is wrong, and how often it is found: simulated trainings whose truth is known.

What does nothing is set at random moments, and again at bad ones: where the loss turns, and when it has just gone up by
chance, as people do. Each case is judged once, when its last point has come; a verdict that was sure on the way stays.
"""

from collections import Counter
from collections.abc import Callable

import numpy as np
from interventions.simulated import EFFECTS, NATURAL, Case, at_a_turn, by_heart, touched, untouched

from benchmarks.result import Result
from dltui.interventions.effect import Outcome, effects

EACH = 100
_MOST_FALSE, _MOST_FALSE_AT_WORST, _LEAST_FOUND = 5.0, 10.0, 33.0
_CLEAR = (Outcome.HELPED, Outcome.HURT)


def measure() -> list[Result]:
    """The false verdicts by the kind of log and moment, then what of true effects is found."""
    kinds: list[tuple[str, Callable[[np.random.Generator], list[Case]], float]] = [
        ("false verdicts, validation loss", lambda rng: _natural(rng, by_step=False), _MOST_FALSE),
        ("false verdicts, training loss", lambda rng: _natural(rng, by_step=True), _MOST_FALSE),
        ("false verdicts, learning by heart", lambda rng: [by_heart(rng) for _ in range(3 * EACH)], _MOST_FALSE),
        ("false verdicts, at a turn", lambda rng: [at_a_turn(rng) for _ in range(3 * EACH)], _MOST_FALSE),
        (
            "false verdicts, set at the worst moment",
            lambda rng: _natural(rng, by_step=False, at_worst=True),
            _MOST_FALSE_AT_WORST,
        ),
    ]
    results = [Result(name, _false_percent(cases(_rng(0))), "%", most) for name, cases, most in kinds]
    return results + [result for name in EFFECTS for result in _power(name)]


def outcome(case: Case) -> Outcome:
    """Return the verdict on the one change of the case."""
    [(_, effect)] = effects(case.state)
    assert effect is not None
    return effect.outcome


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _natural(rng: np.random.Generator, *, by_step: bool, at_worst: bool = False) -> list[Case]:
    return [
        untouched(shape, rng, by_step=by_step, at_worst=at_worst) for shape in NATURAL.values() for _ in range(EACH)
    ]


def _false_percent(cases: list[Case]) -> float:
    return 100 * sum(outcome(case) in _CLEAR for case in cases) / len(cases)


def _power(name: str) -> list[Result]:
    rng = _rng(1)
    cases = [touched(name, rng) for _ in range(EACH)]
    said = Counter("right" if (told := outcome(each)) == each.truth else str(told) for each in cases)
    wrong = sum(said[str(each)] for each in _CLEAR)
    return [
        Result(f"found: {name}", 100 * said["right"] / EACH, "%", _LEAST_FOUND, lower_is_better=False),
        Result(f"called the opposite: {name}", 100 * wrong / EACH, "%", 1.0),
    ]
