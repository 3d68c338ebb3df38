"""What each command does to a running training, what it answers, and what it refuses."""

import errno
import os
import re
import signal
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec import structs
from torch import Tensor, nn

from dltui_trainers import checkpoint
from dltui_trainers.answers import MOST_REASON
from dltui_trainers.checkpoint import LAST, MOST_CHANGES
from dltui_trainers.commands import Commands
from dltui_trainers.control import BLOCK_BYTES, EARLY_S, Control
from dltui_trainers.errors import RunFolderError
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.loop import Training
from dltui_trainers.runlog import (
    CHECKPOINTS,
    CONTROL,
    METRICS,
    Command,
    EvalRecord,
    EventRecord,
    LayersRecord,
    StepRecord,
    Value,
    to_line,
)
from trainers.scripts import (
    SMALL,
    Script,
    Scripted,
    answers,
    asked,
    end_of,
    measured,
    on_the_cpu_in_haste,
    state_of,
    train,
)
from trainers.trainings import ListLog, make_training, read_log


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_cpu_in_haste(monkeypatch)


def rates(run: Path) -> dict[int, float]:
    return {record.step: float(record.lr) for record in read_log(run) if isinstance(record, StepRecord)}


def ask_once(folder: Path, at: int, command: Command, **settings: object) -> EventRecord:
    """Run a training which is asked for one thing, and return the answer."""
    run = train(folder, [(at, command)], **{**SMALL, **settings})
    (answer,) = (each for each in answers(run) if each.id == command.id)
    return answer


@dataclass
class Seen:
    """What a training was like before each of its steps."""

    groups: list[dict[str, float]] = field(default_factory=list)
    dropout: list[float] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    found, real = Seen(), Training._train_step

    def train_step(training: Training, x: Tensor, y: Tensor) -> None:
        real(training, x, y)
        found.groups.append(dict(training.optimizer.param_groups[0]))
        found.dropout.append(
            max((each.p for each in training.model.modules() if isinstance(each, nn.Dropout)), default=0)
        )
        found.batches.append(len(x))

    monkeypatch.setattr(Training, "_train_step", train_step)
    return found


# the learning rate


SCHEDULES = ["constant", "step", "exponential", "cosine", "one_cycle", "plateau"]


@pytest.mark.parametrize("at", [1, 6, 19], ids=["warm-up", "middle", "last"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_set_lr_is_the_effective_one_and_the_schedule_goes_on_from_there(
    tmp_path: Path, schedule: str, at: int
) -> None:
    settings = {**SMALL, "schedule": schedule, "warmup_steps": 3, "lr": 0.01}
    before = rates(train(tmp_path / "whole", **settings))
    run = train(tmp_path / "run", [(at, asked("set", lr=0.002))], **settings)
    (answer,) = answers(run)
    assert (answer.name, answer.hparam, answer.done, answer.step) == ("set", "lr", True, at)
    assert answer.from_ == before[at + 1] and answer.to == pytest.approx(0.002)
    assert rates(run)[at] == before[at] and rates(run)[at + 1] == answer.to
    if at == 6:
        shares = [rates(run)[step] / before[step] for step in range(at + 1, 21)]
        assert shares == pytest.approx([shares[0]] * len(shares))
    if schedule not in ("constant", "plateau"):
        assert f"the {schedule} schedule goes on from there" in answer.note


def test_the_lr_of_a_schedule_that_has_come_down_to_nothing_can_be_set(tmp_path: Path) -> None:
    script = [(20, asked("set", epochs=8, lr=0.004))]  # asked for after the last step
    run = train(tmp_path / "run", script, **{**SMALL, "schedule": "cosine"})
    assert rates(run)[21] == pytest.approx(0.004) and end_of(run).step == 32
    assert 0 < rates(run)[32] < 0.004


def test_longer_epochs_do_not_bring_back_what_a_person_lowered(tmp_path: Path) -> None:
    script = [(17, asked("set", lr=0.001)), (18, asked("set", epochs=50))]
    run = train(tmp_path / "run", script, **{**SMALL, "schedule": "cosine", "lr": 0.1})
    assert rates(run)[18] == pytest.approx(0.001)
    assert max(rate for step, rate in rates(run).items() if step > 17) <= 0.001
    assert end_of(run).step == 200 and 0 < rates(run)[199] < 1e-6


def test_longer_and_fewer_epochs_move_the_end_of_the_schedule(tmp_path: Path) -> None:
    whole = {epochs: rates(train(tmp_path / str(epochs), **{**SMALL, "epochs": epochs})) for epochs in (3, 5, 9)}
    for epochs in (3, 9):
        run = train(tmp_path / f"to {epochs}", [(6, asked("set", epochs=epochs))], **SMALL)
        assert rates(run) == {step: (whole[5] if step <= 6 else whole[epochs])[step] for step in whole[epochs]}
        (answer,) = answers(run)
        assert (answer.from_, answer.to) == (5, epochs) and "lr goes from" in answer.note
        assert end_of(run).status == "finished" and state_of(run)["epoch"] == epochs


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_begins_at_the_present_lr(tmp_path: Path, schedule: str) -> None:
    other = "cosine" if schedule == "exponential" else "exponential"
    before = rates(train(tmp_path / "whole", **SMALL, schedule=other))
    run = train(tmp_path / "run", [(6, asked("set", schedule=schedule))], **SMALL, schedule=other)
    found = rates(run)
    peak = max(rate for step, rate in found.items() if step > 6)
    assert peak == pytest.approx(before[7], rel=0.01)
    if schedule in ("constant", "plateau"):
        assert {found[step] for step in range(7, 21)} == {before[7]}
    if schedule in ("cosine", "exponential"):
        assert found[7] == before[7] > found[14] > found[20]
    if schedule == "one_cycle":
        assert found[7] < peak / 10 and "one_cycle rises to" in answers(run)[0].note


def test_a_schedule_set_in_a_warm_up_begins_after_it(tmp_path: Path) -> None:
    settings = {**SMALL, "warmup_steps": 8, "schedule": "cosine", "lr": 0.01}
    run = train(tmp_path / "run", [(2, asked("set", schedule="constant"))], **settings)
    found = rates(run)
    assert found[8] == pytest.approx(0.01) and found[20] == 0.01 and found[4] == pytest.approx(0.005)


def test_the_plateau_schedule_waits_anew_after_a_set(tmp_path: Path) -> None:
    settings = {**SMALL, "epochs": 22, "lr": 1e-9, "optimizer": "sgd", "schedule": "plateau"}
    drops = [each.step for each in answers(train(tmp_path / "whole", **settings)) if each.name == "lr_drop"]
    run = train(tmp_path / "run", [(30, asked("set", lr=1e-10))], **settings)
    assert drops == [44, 84] or len(drops) <= 2
    later = [each for each in answers(run) if each.name == "lr_drop"]
    assert all(each.step >= 30 + 40 for each in later)


# the others


def test_what_the_optimizer_holds(tmp_path: Path, seen: Seen) -> None:
    script = [(6, asked("set", weight_decay=0.01, momentum=0.5, dropout=0.25))]
    train(tmp_path / "run", script, **SMALL, optimizer="momentum")
    assert [group["weight_decay"] for group in seen.groups] == [0] * 6 + [0.01] * 14
    assert [group["momentum"] for group in seen.groups] == [0.9] * 6 + [0.5] * 14
    assert seen.dropout == [0] * 6 + [0.25] * 14


@pytest.mark.parametrize("optimizer", ["momentum", "nesterov", "rmsprop"])
def test_momentum_that_was_off_begins_without_memory(tmp_path: Path, optimizer: str) -> None:
    script = [(6, asked("set", momentum=0)), (9, asked("set", momentum=0.8))]
    settings = {**SMALL, "optimizer": optimizer, "lr": 0.01}
    run = train(tmp_path / "run", script, **settings)
    assert all(answer.done for answer in answers(run))
    for step, kept in (("00000009", False), ("00000006", True)):
        state = state_of(run, f"step-{step}.pt")["optimizer"]["state"][0]
        assert (state.get("momentum_buffer") is not None) is kept
    plain = train(tmp_path / "plain", [(6, asked("set", momentum=0))], **settings)
    assert measured(run, after=8)[:2] == measured(plain, after=8)[:2]  # the first step has nothing to remember
    assert measured(run, after=12) != measured(plain, after=12)


@pytest.mark.parametrize(
    "change",
    [
        {"label_smoothing": 0.3},
        {"grad_clip": 0.01},
        {"l1": 0.01},
        {"weight_decay": 0.3},
        {"dropout": 0.5},
        {"augment": "crop"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_it_holds_from_the_next_step_on(tmp_path: Path, change: dict[str, Value]) -> None:
    whole = train(tmp_path / "whole", **SMALL)
    run = train(tmp_path / "run", [(6, asked("set", **change))], **SMALL)
    assert measured(run)[:8] == measured(whole)[:8] and measured(run)[7][0] == 6
    assert [one != other for one, other in zip(measured(run)[8:], measured(whole)[8:], strict=True)][1:] == [True] * 17


def test_augmentation_off_and_stronger(tmp_path: Path) -> None:
    settings = {**SMALL, "augment": "jitter", "augment_strength": 0.5}
    losses = {}
    for name, change in {"same": {}, "off": {"augment": "none"}, "strong": {"augment_strength": 1}}.items():
        script = [(0, asked("set", **change))] if change else []
        losses[name] = [row[2] for row in measured(train(tmp_path / name, script, **settings)) if len(row) == 4]
    plain = [row[2] for row in measured(train(tmp_path / "plain", **SMALL)) if len(row) == 4]
    assert losses["off"] == plain and losses["strong"] != losses["same"] != plain


def test_batch_size_holds_at_once_and_every_sample_comes_once_an_epoch(tmp_path: Path, seen: Seen) -> None:
    script = [(5, asked("set", batch_size=50)), (8, asked("set", batch_size=100)), (9, asked("set", batch_size=150))]
    run = train(tmp_path / "run", script, **SMALL)
    assert seen.batches[:5] == [64, 64, 64, 8, 64]
    assert seen.batches[5:] == [50, 50, 36] + [100] + [100] + [150, 50] * 2
    assert seen.batches[4:8] == [64, 50, 50, 36] and sum(seen.batches) == 1000
    evaluations = [record for record in read_log(run) if isinstance(record, EvalRecord)]
    assert [record.epoch for record in evaluations] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("schedule", ["cosine", "exponential", "one_cycle"])
def test_another_batch_size_keeps_the_place_in_the_schedule(tmp_path: Path, schedule: str) -> None:
    settings = {**SMALL, "schedule": schedule}
    before = rates(train(tmp_path / "whole", **settings))
    run = train(tmp_path / "run", [(8, asked("set", batch_size=20))], **settings)
    found = rates(run)
    assert end_of(run).step == 8 + 3 * 10
    assert found[9] == pytest.approx(before[9], rel=0.15) and found[19] == pytest.approx(before[13], rel=0.15)
    assert min(found.values()) == found[38] <= before[20]


def test_early_stopping_set_while_it_runs(tmp_path: Path) -> None:
    settings = {**SMALL, "epochs": 30, "lr": 1e-12, "optimizer": "sgd", "schedule": "constant"}
    run = train(tmp_path / "run", [(41, asked("set", early_stop_patience=3))], **settings)
    *_, event = answers(run)
    assert event.name == "early_stop" and end_of(run).status == "finished"
    assert 41 < end_of(run).step <= 44 + 4 * 4 and "3 validations" in event.reason


def test_how_often_it_tells_and_keeps(tmp_path: Path) -> None:
    settings: dict[str, object] = {**SMALL, "epochs": 10, "log_every": 5}
    script = [
        (10, asked("set", log_every=2)),
        (20, asked("set", watch_every=4)),
        (20, asked("set", checkpoint_every=8)),
        (30, asked("undo")),
    ]
    run = train(tmp_path / "run", script, **settings)
    found = answers(run)
    assert [answer.done for answer in found] == [True, True, True, False]
    assert "nothing was changed" in found[-1].reason
    assert [*rates(run)] == [5, 10, *range(12, 41, 2)]
    layers = [record.step for record in read_log(run) if isinstance(record, LayersRecord) and record.step > 20]
    assert layers == [24, 28, 32, 36, 40]
    kept = {path.name for path in (run / CHECKPOINTS).glob("step-*")}
    assert kept == {"step-00000020.pt", "step-00000028.pt", "step-00000036.pt"} or kept == {
        "step-00000024.pt",
        "step-00000032.pt",
        "step-00000040.pt",
    }


def test_every_live_hyperparameter_can_be_set(tmp_path: Path) -> None:
    values: dict[str, Value] = {
        "lr": 0.002,
        "batch_size": 32,
        "epochs": 7,
        "momentum": 0.5,
        "schedule": "step",
        "eval_every": 3,
        "grad_clip": 1.5,
        "dropout": 0.1,
        "input_dropout": 0.2,
        "weight_decay": 0.01,
        "l1": 0.001,
        "label_smoothing": 0.1,
        "early_stop_patience": 50,
        "augment": "crop,scale",
        "augment_strength": 0.7,
        "log_every": 2,
        "watch_every": 4,
        "checkpoint_every": 10,
    }
    instead = {"layer_dropout": "0.1,0.3"}  # of dropout, which has no effect beside it
    assert values.keys() | instead.keys() == {name for name, each in CATALOGUE.items() if each.live}
    command = asked("set", reason="all at once", by="script", **values)
    run = train(tmp_path / "run", [(6, command), (8, asked("set", **instead))], **SMALL, optimizer="momentum")
    *found, last = answers(run)
    assert (last.hparam, last.from_, last.to, last.done) == ("layer_dropout", "none", "0.1,0.3", True)
    assert {answer.hparam: answer.to for answer in found} == {**values, "lr": pytest.approx(0.002)}
    assert {(answer.id, answer.step, answer.by, answer.reason, answer.done) for answer in found} == {
        (command.id, 6, "script", "all at once", True)
    }
    assert len({answer.time for answer in found}) == 1
    assert (run / CHECKPOINTS / "step-00000006.pt").exists()


# pause, resume, checkpoint, stop


def test_between_pause_and_resume_there_is_no_step(tmp_path: Path) -> None:
    script: Script = [
        (6, asked("pause")),
        (6, None),
        (6, asked("pause")),
        (6, asked("set", lr=0.002)),
        (6, None),
        (6, asked("checkpoint")),
        (6, asked("resume")),
        (9, asked("resume")),
    ]
    run = train(tmp_path / "run", script, **SMALL)
    names = [(each.name, each.step, each.note) for each in answers(run) if each.name != "set"]
    assert names == [
        ("paused", 6, ""),
        ("paused", 6, "it was paused already"),
        ("checkpoint", 6, ""),
        ("resumed", 6, ""),
        ("resumed", 9, "it was not paused"),
    ]
    records = read_log(run)
    places = [records.index(each) for each in answers(run)[:5]]
    assert all(isinstance(record, EventRecord) for record in records[places[0] : places[-1]])
    assert [*rates(run)] == [*range(1, 21)]
    to = [each.to for each in answers(run) if each.name == "checkpoint"]
    assert to == ["step-00000006-2.pt"] and (run / CHECKPOINTS / str(to[0])).is_file()


def test_an_undo_while_paused_stays_paused(tmp_path: Path) -> None:
    script: Script = [
        (6, asked("set", lr=0.5)),
        (9, asked("pause")),
        (9, asked("undo")),
        (6, None),
        (6, asked("set", lr=0.002)),
        (6, None),
        (6, asked("resume")),
    ]
    run = train(tmp_path / "run", script, **SMALL)
    assert [(each.name, each.step) for each in answers(run)][1:] == [
        ("paused", 9),
        ("undo", 6),
        ("set", 6),
        ("resumed", 6),
    ]
    assert (answers(run)[2].from_, answers(run)[2].to) == (9, 6)


def test_what_comes_with_or_after_the_end_is_refused(tmp_path: Path) -> None:
    script = [(6, asked("stop", reason="enough")), (6, asked("set", lr=1)), (6, asked("resume"))]
    found = answers(train(tmp_path / "stopped", script, **SMALL))
    assert [(each.name, each.done) for each in found] == [("stop", True), ("set", False), ("resumed", False)]
    assert found[0].reason == "enough" and found[1].reason == "the training is about to end"


def test_commands_after_the_last_step_are_answered_before_the_end(tmp_path: Path) -> None:
    log = ListLog()
    training = make_training(tmp_path, "digits", log, train_size=64, epochs=1)

    def finish(*_: object) -> None:
        lines = [to_line(asked(name)) for name in ("pause", "stop", "undo", "checkpoint")]
        (tmp_path / CONTROL).write_bytes(b"".join(lines))

    log.finish = finish  # type: ignore[method-assign]
    assert training.run() == "finished"
    found = [each for each in log.records if isinstance(each, EventRecord)]
    assert [(each.name, each.done, each.reason) for each in found] == [
        (name, False, "the training is over") for name in ("paused", "stop", "undo", "checkpoint")
    ]


def test_all_that_comes_too_late_is_refused_however_much_it_is(tmp_path: Path) -> None:
    log = ListLog()
    training = make_training(tmp_path, "digits", log, train_size=64, epochs=1)
    lines = b"".join(to_line(asked("stop")) for _ in range(20_000))
    assert len(lines) > BLOCK_BYTES

    def finish(*_: object) -> None:
        (tmp_path / CONTROL).write_bytes(lines)

    log.finish = finish  # type: ignore[method-assign]
    training.run()
    assert sum(isinstance(each, EventRecord) for each in log.records) == 20_000


def test_a_signal_while_paused_ends_it_and_another_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dltui_trainers.control.POLL_S", 0.0)
    log, kept = ListLog(), signal.getsignal(signal.SIGTERM)
    control = Control(tmp_path)
    training = make_training(tmp_path, "digits", log, train_size=64, epochs=10**5)
    commands = training.listener = Commands(control)
    (tmp_path / CONTROL).write_bytes(to_line(asked("pause")))
    monkeypatch.setattr(log, "rest", lambda step: os.kill(os.getpid(), signal.SIGTERM))
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.getsignal(number))
        control.listen_to_signals()
        assert training.run() == "stopped" and commands.stopping
    finally:
        signal.signal(signal.SIGTERM, kept)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    found = [each for each in log.records if isinstance(each, EventRecord)]
    assert [(each.name, each.by, each.id is None) for each in found] == [
        ("paused", "user", False),
        ("stop", "signal", True),
    ]


def test_who_calls_himself_a_signal_is_answered_all_the_same(tmp_path: Path) -> None:
    command = asked("checkpoint", by="signal")
    assert ask_once(tmp_path / "run", 6, command).id == command.id


# undo


def test_more_undos_than_there_are_changes(tmp_path: Path) -> None:
    steps = [*range(3, 3 + MOST_CHANGES + 2)]
    sets = [(step, asked("set", lr=0.001 * step)) for step in steps]
    undos = [(step, asked("undo")) for step in (16, *steps[:1:-1])]
    run = train(
        tmp_path / "run", [*sets, (16, asked("pause")), *undos, (5, asked("undo")), (5, asked("stop"))], **SMALL
    )
    undone = [each for each in answers(run) if each.name == "undo"]
    assert [each.to for each in undone if each.done] == steps[:1:-1]
    assert [each.reason for each in undone if not each.done] == ["the changes before are too long ago to be undone"] * 2
    assert end_of(run).step == 5


def test_nothing_to_undo(tmp_path: Path) -> None:
    answer = ask_once(tmp_path / "run", 6, asked("undo"))
    assert not answer.done and answer.reason == "nothing was changed in this run that could be undone"


def test_two_who_mean_the_same_change_undo_it_once(tmp_path: Path) -> None:
    first, second = asked("set", lr=0.5), asked("set", lr=0.1)
    undos = [structs.replace(asked("undo"), value=second.id) for _ in range(2)]
    run = train(tmp_path / "run", [(6, first), (10, second), (14, undos[0]), (11, undos[1])], **SMALL)
    done, refused = (next(each for each in answers(run) if each.id == undo.id) for undo in undos)
    assert done.done and done.to == 10
    assert not refused.done and refused.reason == "the change that was meant is not the last one any more"
    assert end_of(run).step == 20


def test_what_is_told_is_not_undone_with_a_change(tmp_path: Path) -> None:
    script = [(6, asked("set", lr=0.5, log_every=2)), (10, asked("undo"))]
    run = train(tmp_path / "run", script, **SMALL)
    assert [*rates(run)] == [*range(1, 7), *range(8, 21, 2)]
    assert "lr" in state_of(run)["settings"] and '"log_every": 2' in state_of(run)["settings"]


@pytest.mark.parametrize("damage", ["gone", "torn", "foreign", "of another network"])
def test_a_way_back_that_is_lost_is_refused_and_nothing_is_changed(tmp_path: Path, damage: str) -> None:
    whole = train(tmp_path / "whole", [(6, asked("set", lr=0.5, batch_size=30, dropout=0.5))], **SMALL)
    other = train(tmp_path / "other", **SMALL, width=8) / CHECKPOINTS / LAST

    class Vandal(Scripted):
        def poll(self, *, at_once: bool = False) -> list[Command]:
            found = super().poll(at_once=at_once)
            if self.step() == 9:
                path = tmp_path / "run" / CHECKPOINTS / "step-00000006.pt"
                content = {
                    "gone": None,
                    "torn": other.read_bytes()[:5000],
                    "foreign": b"hello",
                    "of another network": other.read_bytes(),
                }[damage]
                path.unlink(missing_ok=True)
                if content is not None:
                    path.write_bytes(content)
            return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trainers.scripts.Scripted", Vandal)
        script = [(6, asked("set", lr=0.5, batch_size=30, dropout=0.5)), (9, asked("undo"))]
        run = train(tmp_path / "run", script, **SMALL)
    answer = answers(run)[-1]
    assert (answer.name, answer.done, answer.step) == ("undo", False, 9)
    assert answer.reason.endswith(".") and "\n" not in answer.reason
    assert measured(run) == measured(whole)


# refusals


REFUSED: dict[str, tuple[dict[str, Value], str]] = {
    "nan": ({"lr": "nan"}, "lr = nan is not finite"),
    "inf": ({"lr": "inf"}, "lr = inf is not finite"),
    "too large": ({"lr": 1e300}, "out of range"),
    "zero": ({"lr": 0}, "lr = 0 is out of range: it must be above 0"),
    "negative": ({"dropout": -0.1}, "dropout = -0.1 is out of range"),
    "a word": ({"lr": "fast"}, "lr = fast is not a number"),
    "a truth": ({"lr": True}, "lr = true is not a number"),
    "a fraction": ({"batch_size": 3.5}, "batch_size = 3.5 is not a whole number"),
    "no value": ({"lr": None}, "set lr has no value"),
    "unknown": ({"learning_rate": 1}, "There is no hyperparameter 'learning_rate'"),
    "long": ({"x" * 10**5: "y" * 10**5}, "There is no hyperparameter 'xxxx"),
    "not live": ({"width": 32}, "width cannot change while the training runs; start another with it: --from RUN@start"),
    "not live, a branch": ({"optimizer": "sgd"}, r"start another with it: --from RUN@last --set optimizer=sgd"),
    "not of the task": ({"degree": 3}, "does not use degree"),
    "without effect": ({"momentum": 0.5}, "momentum has no effect with optimizer = adam"),
    "without augmentation": ({"augment_strength": 1}, "augment_strength has no effect with augment = none"),
    "no choice": ({"schedule": "cosin"}, "schedule = cosin is not a choice: .*cosine"),
    "too many samples": ({"batch_size": 201}, "batch_size = 201 is more than the 200 training samples"),
    "too few epochs": ({"epochs": 1}, "epochs = 1 is too few: 1 are done already; stop ends the training now"),
    "same": ({"dropout": 0, "batch_size": 64}, "dropout is 0, batch_size is 64 already: nothing was changed"),
    "one of several": ({"lr": 0.5, "dropout": 2, "batch_size": 8}, "dropout = 2 is out of range"),
    "one of several is not live": ({"lr": 0.5, "seed": 2}, "seed cannot change while the training runs"),
    "control characters": ({"lr": "\x1b[2J"}, "is not a number"),
}


@pytest.mark.parametrize(("values", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_set_is_refused_and_nothing_is_changed(
    tmp_path: Path, values: dict[str, Value], reason: str
) -> None:
    whole = train(tmp_path / "whole", **SMALL)
    command = asked("set", **values)
    run = train(tmp_path / "run", [(6, command)], **SMALL)
    (answer,) = answers(run)
    assert (answer.name, answer.id, answer.done, answer.step) == ("set", command.id, False, 6)
    assert len(answer.hparam) <= 60 and len(answer.reason) < 500
    assert re.search(reason, answer.reason), answer.reason
    assert measured(run) == measured(whole)
    assert {path.name for path in (run / CHECKPOINTS).iterdir()} == {"last.pt", "best.pt"}


def test_combinations_are_refused(tmp_path: Path) -> None:
    answer = ask_once(tmp_path / "1", 6, asked("set", batch_size=1), norm="batch")
    assert not answer.done and "norm = batch cannot work with batch size 1" in answer.reason
    answer = ask_once(tmp_path / "2", 6, asked("set", dropout=0.1), layers=0)
    assert not answer.done and "dropout has no effect with layers = 0" in answer.reason
    command = asked("set", lr=0.1)
    command.also = {"lr": 0.2}
    answer = ask_once(tmp_path / "3", 6, command)
    assert not answer.done and answer.reason == "set names lr twice"
    answer = ask_once(tmp_path / "4", 6, asked("set"))
    assert not answer.done and "needs the name of a hyperparameter" in answer.reason


def test_an_unusual_value_is_set_with_a_warning(tmp_path: Path) -> None:
    answer = ask_once(tmp_path / "run", 6, asked("set", lr=200), schedule="constant")
    assert answer.done and "far outside the usual" in answer.note


def test_a_long_reason_is_cut(tmp_path: Path) -> None:
    command = asked("set", reason="r" * 10**5, by="b" * 10**5, lr=0.1, dropout=0.1, l1=0.1)
    found = answers(train(tmp_path / "run", [(6, command)], **SMALL))
    assert len(found) == 3 and {len(each.reason) + len(each.by) for each in found} == {2 * MOST_REASON}


# checkpoints that cannot be written


Break = Callable[[pytest.MonkeyPatch, Path], None]


def full_disk(patch: pytest.MonkeyPatch, run: Path) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patch.setattr("dltui_trainers.atomic._write_synced", full)


def no_links(patch: pytest.MonkeyPatch, run: Path) -> None:
    real = checkpoint.link

    def link(source: Path, target: Path) -> None:
        if target.name.startswith(".best"):
            raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))
        real(source, target)

    patch.setattr(checkpoint, "link", link)


@pytest.mark.parametrize("breaks", [full_disk, no_links])
def test_without_a_way_back_nothing_is_changed(tmp_path: Path, breaks: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train(tmp_path / "whole", **SMALL)
    run = tmp_path / "run"

    class Breaking(Scripted):
        def poll(self, *, at_once: bool = False) -> list[Command]:
            if self.step() == 6:
                breaks(monkeypatch, run)
            if self.step() == 12:
                monkeypatch.undo()
                on_the_cpu_in_haste(monkeypatch)
            return super().poll(at_once=at_once)

    monkeypatch.setattr("trainers.scripts.Scripted", Breaking)
    script = [(6, asked("set", lr=0.5)), (6, asked("undo")), (13, asked("set", log_every=1)), (13, asked("checkpoint"))]
    train(run, script, **SMALL)
    found = answers(run)
    assert [(each.name, each.done) for each in found[:2]] == [("set", False), ("undo", False)]
    assert "the checkpoint before the change could not be written (" in found[0].reason
    assert found[-1].name == "checkpoint" and found[-1].done
    assert measured(run) == measured(whole)
    left = {path.name for path in (run / CHECKPOINTS).iterdir()}
    assert left == {"last.pt", "best.pt", "step-00000013.pt"}


def test_checkpoints_that_are_asked_for_are_not_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MOST_ASKED", 2)
    script = [(step, asked("checkpoint")) for step in (3, 5, 7)]
    run = train(tmp_path / "run", script, **SMALL)
    assert [each.done for each in answers(run)] == [True, True, False]
    assert answers(run)[-1].reason == "2 checkpoints were asked for already: delete some of them first"
    assert len(list((run / CHECKPOINTS).glob("step-*"))) == 2


def test_large_checkpoints_that_are_asked_for_are_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "MOST_BYTES", 1)
    monkeypatch.setattr(checkpoint, "FEWEST_ASKED", 1)
    checkpoints = checkpoint.Checkpoints(tmp_path)
    first = checkpoints.write_asked({"step": 1})
    with pytest.raises(RunFolderError, match="1 checkpoints"):
        checkpoints.write_asked({"step": 2})
    first.unlink()  # as the sentence says
    assert checkpoints.write_asked({"step": 2}).exists()


def test_a_checkpoint_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk(monkeypatch, tmp_path)
    log = ListLog()
    training = make_training(tmp_path, "digits", log, train_size=64, epochs=2)
    (tmp_path / CONTROL).write_bytes(to_line(asked("checkpoint")) + to_line(asked("set", log_every=7)))
    assert training.run() == "finished"
    found = [each for each in log.records if isinstance(each, EventRecord) and each.id is not None]
    assert [(each.name, each.done) for each in found] == [("checkpoint", False), ("set", True)]
    assert "the checkpoint could not be written (No space left on device)" in found[0].reason


# the file


def test_two_writers_are_served_in_the_order_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui_trainers.control.POLL_S", 0.0)
    one, other = asked("set", by="one", lr=0.1), asked("set", by="other", lr=0.2)
    twin = asked("stop", by="other")
    twin.id = one.id
    stale = asked("stop")
    stale.time -= EARLY_S + 1
    lines = [one, other, twin, stale, asked("fly"), asked("undo", by="one")]
    (tmp_path / CONTROL).write_bytes(b"".join(map(to_line, lines)) + b"{torn\n" + to_line(asked("pause"))[:20])
    log = ListLog()
    training = make_training(tmp_path, "digits", log, train_size=64, epochs=2, schedule="constant")
    assert training.run() == "finished" and training.step == 2
    found = [each for each in log.records if isinstance(each, EventRecord)]
    assert [(each.name, each.by, each.done) for each in found] == [
        ("set", "one", True),
        ("set", "other", True),
        ("stop", "other", False),
        ("stop", "user", False),
        ("unknown_command", "user", False),
        ("undo", "one", True),
        ("unknown_command", "", False),
    ]
    assert found[1].from_ == 0.1 and training.hparams.lr == 0.1


def test_all_that_lies_there_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        script = [(2, asked("set", lr=0.1)), (3, asked("checkpoint")), (4, asked("pause")), (4, asked("resume"))]
        script += [(9, asked("undo")), (7, asked("set", lr=0.2))]
        run = train(tmp_path / "run", script, **SMALL, checkpoint_every=4)
        branch = train(tmp_path / "branch", origin=run, at=3)
    finally:
        os.umask(before)
    for folder in (run, branch):
        for path in [folder, *folder.rglob("*")]:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), path
    assert {path.name for path in run.iterdir()} == {"run.json", METRICS, CHECKPOINTS}
