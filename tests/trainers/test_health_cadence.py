"""Records of every parameter come often at first and ever more rarely, by the clock or by the steps alone."""

from itertools import pairwise

import pytest

from dltui_trainers.health.cadence import Cadence, is_due


def steps_of(every: int, least: int, end: int) -> list[int]:
    return [step for step in range(1, end) if is_due(step, every=every, least=least)]


def test_a_script_is_measured_at_once_and_then_ever_more_rarely() -> None:
    cadence = Cadence()
    due = [step for step in range(10_000) if cadence.due(step, now_s=0.5 * step)]
    assert due[:4] == [0, 4, 8, 12]  # at first two seconds lie between them
    assert 30 < len(due) < 80
    assert all(after >= min(before * 1.1, before + 4) for before, after in pairwise(due))


def test_slow_steps_are_each_measured_at_first_and_fast_ones_are_not() -> None:
    slow, fast = Cadence(), Cadence()
    assert [step for step in range(1, 20) if slow.due(step, now_s=10.0 * step)] == [*range(1, 12), 13, 15, 17, 19]
    assert sum(fast.due(step, now_s=1e-4 * step) for step in range(100_000)) <= 6


def test_steps_that_begin_anew_are_due() -> None:
    cadence = Cadence()
    assert cadence.due(1000, now_s=0.0) and not cadence.due(1001, now_s=5.0) and cadence.due(10, now_s=5.0)


@pytest.mark.parametrize(("every", "least"), [(1, 1), (1, 50), (10, 25), (46, 1150)])
def test_our_own_steps_are_multiples_that_lie_ever_further_apart(every: int, least: int) -> None:
    due = steps_of(every, least, 20_000)
    gaps = [after - before for before, after in pairwise(due)]
    assert due[0] == every and not any(step % every for step in due)
    assert min(gaps) >= min(least, every) and gaps == sorted(gaps)
    assert all(gap >= 0.1 * step - 1 for gap, step in zip(gaps, due, strict=False))


def test_whether_a_step_is_due_depends_on_nothing_before() -> None:
    forwards = steps_of(7, 30, 5000)
    assert [step for step in reversed(range(1, 5000)) if is_due(step, every=7, least=30)][::-1] == forwards
    assert sum(is_due(step, every=1, least=1) for step in range(1, 2**20)) < 150
