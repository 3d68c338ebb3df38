"""What was undone is judged by the rows that were taken back, and what comes after it as if it had not been."""

import numpy as np
import pytest
from diagnosis.curves import EVAL_NAMES, rows
from interventions.simulated import Values, event, noise, state_with

from dltui.interventions.effect import Outcome, effects
from dltui.interventions.lived import lived
from dltui.runs.update import Batch
from dltui.series.state import RunState
from dltui_trainers.runlog import EventRecord


def validated(state: RunState, first: int, levels: list[float], seed: int = 0) -> None:
    """Log validations of about these losses from the step ``first`` on, one in ten steps."""
    steps = np.arange(first, first + 10 * len(levels), 10)
    wavering: Values = np.array(levels) * np.exp(noise(np.random.default_rng(seed), len(levels), 0.01, 0.3))
    state.extend(Batch(evals=rows(steps, {"val_loss": wavering}, EVAL_NAMES)))


def said(state: RunState) -> list[Outcome | None]:
    """Return the outcomes of all that was done."""
    return [None if effect is None else effect.outcome for _, effect in effects(state)]


def done(state: RunState, *events: EventRecord) -> None:
    """Log events."""
    state.extend(Batch(events=events))


@pytest.fixture
def state() -> RunState:
    """A run that stood still at 1.0 until step 300, and was hurt by a change from there to step 400."""
    state = state_with()
    validated(state, 10, [1.0] * 30)
    done(state, event(300, id=1))
    validated(state, 310, [2.0] * 10)
    return state


def test_the_verdict_on_what_was_undone_stays(state: RunState) -> None:
    assert said(state) == [Outcome.HURT]
    before = effects(state)[0][1]
    done(state, event(300, "undo", id=2, from_=400, to=300))
    validated(state, 310, [1.0] * 30)
    assert len(state.undone) == 1 and len(state.val_loss) == 60
    after = effects(state)[0][1]
    assert after is not None and before is not None
    assert (after.outcome, after.before, after.until_step <= 400) == (Outcome.HURT, before.before, True)


def test_a_change_after_an_undo_is_compared_with_what_stands(state: RunState) -> None:
    done(state, event(300, "undo", id=2, from_=400, to=300))
    validated(state, 310, [1.0] * 5)
    done(state, event(350, id=3))
    validated(state, 360, [0.5] * 10)
    assert said(state) == [Outcome.HURT, None, Outcome.HELPED]


def test_two_undone_changes_each_keep_their_rows(state: RunState) -> None:
    done(state, event(400, id=2))
    validated(state, 410, [4.0] * 10)
    done(state, event(400, "undo", id=3, from_=500, to=400))
    validated(state, 410, [2.0] * 3)
    done(state, event(300, "undo", id=4, from_=430, to=300))
    validated(state, 310, [1.0] * 40)
    assert said(state) == [Outcome.HURT, Outcome.HURT, None, None]


def test_the_rows_as_they_were_before_each_undo(state: RunState) -> None:
    done(state, event(300, "undo", id=2, from_=400, to=300))
    validated(state, 310, [1.0] * 2)
    now, before = lived(state, "val_loss", np.inf, 0), lived(state, "val_loss", 400, 1)
    assert now.step[-1] == 320 and before.step[-1] == 400
    assert now.value[:30].tolist() == before.value[:30].tolist()
    assert before.value[30:].min() > 1.9 and now.value[30:].max() < 1.1
