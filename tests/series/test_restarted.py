"""A training whose processes were begun again goes back to its last checkpoint: one line on the charts, as ever."""

from runlogs import evaluation, event, manifest, step

from dltui.interventions.history import history
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui_trainers.runlog import AnyRecord, to_line


def state_of(*records: AnyRecord) -> RunState:
    state = RunState()
    state.manifest, state.status = manifest(), RunStatus.RUNNING
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return state


def restarted(at: int, to: int) -> AnyRecord:
    return event("restarted", to, 9.0, from_=at, to=to)


def test_what_was_logged_after_the_checkpoint_leaves_the_curves() -> None:
    first = [step(number) for number in range(1, 31)]
    again = [step(number) for number in range(11, 41)]
    state = state_of(*first[:10], evaluation(10, 0.5), *first[10:], restarted(30, 10), *again)
    assert state.train_loss.track.axis("step").values.tolist() == list(range(1, 41))
    assert state.val_loss.track.axis("step").values.tolist() == [10]
    assert [(each.since_step, each.until_step) for each in state.undone] == [(10, 30)]


def test_only_what_was_set_after_the_checkpoint_is_lost() -> None:
    kept, lost = event("set", 10, id=1, hparam="lr", to=0.5), event("set", 20, id=2, hparam="lr", to=0.7)
    state = state_of(step(10), kept, step(20), lost, step(30), restarted(30, 10))
    assert state.hparams["lr"] == 0.5
    assert [(each.name, each.undone_at_step) for each in history(state)] == [
        ("set", None),
        ("set", 30),
        ("restarted", None),
    ]
    assert state_of(step(10), kept, restarted(10, 10)).hparams["lr"] == 0.5


def test_it_stands_still_as_before() -> None:
    assert state_of(step(5), event("paused", 5), restarted(5, 5)).paused


def test_a_batch_size_is_that_of_each_process() -> None:
    state = RunState()
    state.manifest, state.status = manifest(processes=2, steps_per_epoch=5), RunStatus.RUNNING
    records = (step(25), event("set", 25, id=1, hparam="batch_size", to=32))
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    assert state.planned_steps == 25 + 5 * 10
