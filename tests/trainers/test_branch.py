"""A training that starts from another run: with its settings anew, or from one of its checkpoints on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from dltui_trainers.checkpoint import Checkpoints, State, load, save
from dltui_trainers.configure import as_json, as_settings
from dltui_trainers.errors import OriginError, TrainerError
from dltui_trainers.kept import Kept, choose, read_head
from dltui_trainers.origin import At, Origin, parse_at
from dltui_trainers.plan import plan
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import (
    CHECKPOINTS,
    CONTROL,
    MANIFEST,
    METRICS,
    AnyRecord,
    Command,
    EndRecord,
    EvalRecord,
    EventRecord,
    Manifest,
    Parent,
    StepRecord,
    SystemRecord,
    manifest_decoder,
    to_line,
)
from dltui_trainers.worker import BAD_USAGE, DONE, main, parse_order
from trainers.trainings import CPU, make_training, read_log

SMALL = {"epochs": "8", "train_size": "300", "dropout": "0.3", "lr": "0.003"}
STEPS_PER_EPOCH = 5
PATIENCE_S = 60.0

Train = Callable[..., Path]


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Runs a worker in this process, its signal handlers left out, and returns the run's folder.

    ``keep``: the epochs after which a checkpoint is kept.
    """
    monkeypatch.setattr("dltui_trainers.control.Control.listen_to_signals", lambda self: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    def run(name: str, *arguments: str, code: int = DONE, keep: tuple[int, ...] = (), **settings: object) -> Path:
        folder = tmp_path / name
        words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]

        def write(_: Checkpoints, state: Callable[[], State], step: int) -> None:
            now = state()
            if now["epoch"] in keep:
                save(folder / CHECKPOINTS / f"step-{now['step']:08}.pt", now)

        with monkeypatch.context() as patch:
            if keep:
                (folder / CHECKPOINTS).mkdir(parents=True)
                patch.setattr(Checkpoints, "write_if_due", write)
            assert main([str(folder), "digits", *words, *arguments]) == code
        return folder

    return run


def manifest_of(run: Path) -> Manifest:
    return manifest_decoder.decode((run / MANIFEST).read_bytes())


def end_of(run: Path) -> EndRecord:
    record = read_log(run)[-1]
    assert isinstance(record, EndRecord)
    return record


def losses_of(run: Path, after: int = -1) -> list[AnyRecord]:
    """Return what was measured after that step, without what depends on the clock."""
    kept: list[AnyRecord] = []
    for record in read_log(run):
        record.time = 0.0
        if isinstance(record, StepRecord):
            record.throughput = record.data_wait = None
        if record.step > after and not isinstance(record, SystemRecord):
            kept.append(record)
    return kept


def rates_of(run: Path) -> dict[int, float]:
    return {record.step: float(record.lr) for record in read_log(run) if isinstance(record, StepRecord)}


def branch_event(run: Path) -> EventRecord:
    event = read_log(run)[0]
    assert isinstance(event, EventRecord) and event.name == "branch" and event.done
    return event


# a branch without changes


@pytest.mark.parametrize(
    ("changes", "epoch"),
    [
        ({}, 3),
        ({"model": "cnn", "norm": "batch", "optimizer": "rmsprop", "schedule": "one_cycle", "warmup_steps": "12"}, 2),
        # lr fell at epoch 25 and early stopping came at 29: both remember what was before the branch
        (
            {"optimizer": "nesterov", "schedule": "plateau", "early_stop_patience": "14", "lr": "0.1", "epochs": "40"},
            26,
        ),
        ({"optimizer": "adagrad", "schedule": "step", "epochs": "120"}, 77),
    ],
    ids=["adam", "cnn", "plateau and early stopping", "a record for several steps"],
)
def test_a_branch_without_changes_goes_on_as_its_parent_did(train: Train, changes: dict[str, str], epoch: int) -> None:
    parent = train("parent", keep=(epoch,), **{**SMALL, **changes})
    step = epoch * STEPS_PER_EPOCH
    child = train("child", "--from", str(parent), "--at", str(step))
    event, measured, *found, end = losses_of(child)
    assert isinstance(event, EventRecord) and event.from_ == "parent" and event.step == step
    assert measured.step == step and measured in losses_of(parent)  # the same validation as the parent's
    *expected, expected_end = losses_of(parent, after=step)
    assert found == expected and len(found) > 5
    assert end.step == expected_end.step
    ends = [load(run / CHECKPOINTS / "last.pt", CPU)["model"] for run in (parent, child)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


class StopAfter:
    """Writes a stop command when that many steps are done."""

    def __init__(self, folder: Path, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
        real = torch.optim.Adam.step
        done = iter(range(1, 10**6))

        def step(optimizer: torch.optim.Adam) -> None:
            real(optimizer)
            if next(done) == steps:
                (folder / CONTROL).write_bytes(to_line(Command(id=1, time=time.time(), command="stop")))

        monkeypatch.setattr(torch.optim.Adam, "step", step)
        monkeypatch.setattr("dltui_trainers.control.POLL_S", 0.0)


@pytest.mark.parametrize("steps", [3, 10, 12], ids=["first epoch", "between two", "middle"])
def test_an_epoch_that_was_cut_is_continued_where_it_was(
    tmp_path: Path, train: Train, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    whole = train("whole", **SMALL)
    with monkeypatch.context() as patch:
        StopAfter(tmp_path / "cut", steps, patch)
        cut = train("cut", **SMALL)
    assert end_of(cut).step == steps and end_of(cut).status == "stopped"
    child = train("child", "--from", str(cut), "--at", "last")
    assert losses_of(child, after=steps)[:-1] == losses_of(whole, after=steps)[:-1]
    ends = [load(run / CHECKPOINTS / "last.pt", CPU)["model"] for run in (whole, child)]
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
    first = read_log(child)[1]
    done = steps // STEPS_PER_EPOCH + steps % STEPS_PER_EPOCH * 64 / 300
    assert isinstance(first, EvalRecord) and first.epoch == round(done, 4)


def test_a_branch_of_a_branch(train: Train) -> None:
    parent = train("parent", keep=(3,), **SMALL)
    child = train("child", "--from", str(parent), "--at", "15", epochs=6, schedule="constant")
    other = train("grandchild", "--from", str(child), "--at", "last", epochs=8)
    assert manifest_of(other).parent == Parent(run="child", step=30, changed={"epochs": 8})
    straight = train("straight", "--from", str(parent), "--at", "15", schedule="constant")
    assert losses_of(other, after=30)[:-1] == losses_of(straight, after=30)[:-1]


# what a branch says of itself


def test_a_branch_tells_where_it_comes_from(train: Train, capfd: pytest.CaptureFixture[str]) -> None:
    parent = train("parent", keep=(2, 4), **SMALL)
    capfd.readouterr()
    child = train("child", "--from", str(parent), "--at", "19", dropout=0.5, lr="0.003")
    manifest = manifest_of(child)
    assert manifest.parent == Parent(run="parent", step=10, changed={"dropout": 0.5})  # the lr is as it was
    assert manifest.hparams == {**manifest_of(parent).hparams, "dropout": 0.5}
    event = branch_event(child)
    assert (event.step, event.from_) == (10, "parent")
    assert event.reason == "goes on from step 10 of parent (step-00000010.pt), dropout = 0.5"
    assert event.reason in capfd.readouterr().out
    evaluations = [record for record in read_log(child) if isinstance(record, EvalRecord)]
    assert [record.step for record in evaluations] == list(range(10, 41, 5))
    best = min(evaluations, key=lambda record: float(record.val_loss))
    assert (end_of(child).best_step, end_of(child).best_val_loss) == (best.step, best.val_loss)


def test_a_branch_that_gets_no_better_keeps_its_beginning_as_the_best(train: Train) -> None:
    parent = train("parent", keep=(7,), **SMALL)
    child = train("child", "--from", str(parent), "--at", "35", lr=30, optimizer="sgd")
    best = load(child / CHECKPOINTS / "best.pt", CPU)
    assert end_of(child).best_step == best["step"] == 35


# what changes


def branched(train: Train, **changes: object) -> tuple[Path, Path]:
    parent = train("parent", keep=(4,), **SMALL)
    return parent, train("child", "--from", str(parent), "--at", "20", **changes)


def test_a_new_learning_rate_holds_at_once_and_its_schedule_goes_on_from_there(train: Train) -> None:
    parent, child = branched(train, lr=1e-4)
    assert rates_of(child)[21] == pytest.approx(1e-4)
    assert rates_of(child)[31] / 1e-4 == pytest.approx(rates_of(parent)[31] / rates_of(parent)[21])
    kept = load(child / CHECKPOINTS / "last.pt", CPU)["optimizer"]["param_groups"][0]
    assert kept["lr"] == pytest.approx(rates_of(child)[40])


def test_a_new_schedule_begins_at_the_branch_from_the_learning_rate_there(train: Train) -> None:
    parent, child = branched(train, schedule="exponential")
    there, rates = rates_of(parent)[21], rates_of(child)
    assert rates[21] == pytest.approx(there)
    assert rates[31] == pytest.approx(there * 0.01 ** (10 / 20))


def test_more_epochs_stretch_the_schedule_as_if_they_had_been_the_plan(train: Train) -> None:
    _, child = branched(train, epochs=16)
    rates, planned = rates_of(child), rates_of(train("planned", **{**SMALL, "epochs": "16"}))
    assert rates == {step: rate for step, rate in planned.items() if step > 20}
    assert max(rates) == 80 and end_of(child).step == 80


def test_another_optimizer_starts_without_memory_and_says_so(train: Train, capfd: pytest.CaptureFixture[str]) -> None:
    _, child = branched(train, optimizer="momentum", lr=0.01)
    assert "warning: optimizer = momentum starts without a memory" in capfd.readouterr().out
    state = load(child / CHECKPOINTS / "last.pt", CPU)["optimizer"]["state"]
    assert {*state[0]} == {"momentum_buffer"}


def test_another_batch_size_holds_for_what_is_left_of_the_epoch(
    tmp_path: Path, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        StopAfter(tmp_path / "cut", 12, patch)
        cut = train("cut", **SMALL)
    child = train("child", "--from", str(cut), "--at", "last", batch_size=30)
    records = read_log(child)
    steps = [record for record in records if isinstance(record, StepRecord)]
    evaluations = [record for record in records if isinstance(record, EvalRecord)]
    # 2 epochs and 128 of 300 samples were done: 172 are left, 6 steps
    assert steps[0].step == 13 and steps[0].epoch == round(2 + 158 / 300, 4)
    assert [(record.step, record.epoch) for record in evaluations[:3]] == [
        (12, round(2 + 128 / 300, 4)),
        (18, 3),
        (28, 4),
    ]
    assert (end_of(child).step, evaluations[-1].epoch) == (68, 8)
    # the schedule goes on at the same share of its way
    assert rates_of(child)[13] == pytest.approx(rates_of(train("whole", **SMALL))[13], rel=1e-6)
    assert rates_of(child)[68] < 1e-3 * 0.003
    # and a branch of such a branch counts on
    other = train("other", "--from", str(child), "--at", "last", epochs=9)
    assert [record.epoch for record in read_log(other) if isinstance(record, EvalRecord)] == [8, 9]


@pytest.mark.parametrize(
    ("name", "value"),
    [("dropout", 0), ("weight_decay", 0.1), ("label_smoothing", 0.3), ("grad_clip", 0.01), ("l1", 0.01)],
)
def test_other_values_apply(train: Train, name: str, value: float) -> None:
    parent, child = branched(train, **{name: value})
    plain = train("plain", "--from", str(parent), "--at", "20")
    assert losses_of(child, after=20)[:3] != losses_of(plain, after=20)[:3]
    if name == "weight_decay":
        assert load(child / CHECKPOINTS / "last.pt", CPU)["optimizer"]["param_groups"][0]["weight_decay"] == 0.1


def test_momentum_applies_also_where_there_was_none(train: Train) -> None:
    settings = {**SMALL, "optimizer": "rmsprop", "momentum": "0"}
    parent = train("parent", keep=(4,), **settings)
    child = train("child", "--from", str(parent), "--at", "20", momentum=0.9)
    assert load(child / CHECKPOINTS / "last.pt", CPU)["optimizer"]["param_groups"][0]["momentum"] == 0.9


def test_a_change_gets_the_whole_patience_and_no_change_gets_none(train: Train) -> None:
    settings = {**SMALL, "lr": "1", "optimizer": "sgd", "epochs": "200", "early_stop_patience": "6", "dropout": "0"}
    parent = train("parent", **settings)
    assert end_of(parent).step < 200 * STEPS_PER_EPOCH
    child = train("child", "--from", str(parent), "--at", "last", lr=1e-6)
    assert end_of(child).step >= end_of(parent).step + 6 * STEPS_PER_EPOCH
    same = train("same", "--from", str(parent), "--at", "last", code=BAD_USAGE)
    assert "had given up there" in str(end_of(same).error)


# a restart


def test_a_restart_takes_the_settings_and_nothing_else(train: Train, capfd: pytest.CaptureFixture[str]) -> None:
    parent = train("parent", **SMALL, seed=7)
    capfd.readouterr()
    same = train("same", "--from", str(parent))
    assert losses_of(same)[:-1] == losses_of(parent)[:-1]
    assert manifest_of(same).parent == Parent(run="parent", step=0, changed={})
    assert "starts anew with the settings of parent, nothing changed" in capfd.readouterr().out
    other = train("other", "--from", str(parent), seed=8, width=32, lr=1e-3)
    assert manifest_of(other).parent == Parent(run="parent", step=0, changed={"seed": 8, "width": 32, "lr": 1e-3})
    assert manifest_of(other).hparams == {**manifest_of(parent).hparams, "seed": 8, "width": 32, "lr": 1e-3}


def test_a_restart_from_an_older_and_from_a_newer_version(train: Train, capfd: pytest.CaptureFixture[str]) -> None:
    parent = train("parent", **SMALL)
    content = msgspec.json.decode((parent / MANIFEST).read_bytes())
    del content["hparams"]["momentum"]
    content["hparams"] |= {"sharpness": 0.1, "init": "lsuv", "seed": 3}
    (parent / MANIFEST).write_bytes(msgspec.json.encode(content))
    child = train("child", "--from", str(parent))
    output = capfd.readouterr().out
    assert "warning: sharpness = 0.1 is left out: There is no hyperparameter 'sharpness'" in output
    assert "warning: init = lsuv is left out: init = lsuv is not a choice" in output
    assert "warning: The run does not tell momentum: the defaults are taken." in output
    assert manifest_of(child).hparams | {"seed": 0} == manifest_of(train("fresh", **SMALL)).hparams


def test_settings_of_a_manifest_are_exact() -> None:
    hparams: dict[str, Any] = {"lr": 0.1 + 0.2, "epochs": 3, "optimizer": "sgd"}
    settings, _ = as_settings(TASKS["digits"], hparams)
    assert settings == {"lr": "0.30000000000000004", "epochs": "3", "optimizer": "sgd"}


# refusals


@pytest.fixture
def parent(train: Train) -> Path:
    """A run of 40 steps that kept those of 10, 40, and of its best between them."""
    return train("parent", keep=(2,), **SMALL)


def test_a_branch_may_end_after_other_steps_than_its_parent(train: Train) -> None:
    parent = train("parent", **{**SMALL, "max_steps": "17"})
    assert end_of(parent).step == 17
    child = train("child", "--from", str(parent), "--at", "last", max_steps=28)
    evaluations = [record.step for record in read_log(child) if isinstance(record, EvalRecord)]
    assert end_of(child).step == 28 and evaluations == [17, 20, 25, 28]
    assert rates_of(child)[18] > rates_of(parent)[17] and rates_of(child)[28] < 0.05 * rates_of(child)[18]
    whole = train("whole", "--from", str(parent), "--at", "last", max_steps=0)
    assert end_of(whole).step == 40 and rates_of(whole)[40] < 1e-3 * rates_of(whole)[18] * 10


REFUSED: dict[str, tuple[At | None, dict[str, str], str]] = {
    "before the first": (9, {}, r"no checkpoint at or before step 9; there are those of the steps 10(, \d+)? and 40\."),
    "at the end": ("last", {}, r"step 40 of parent has 8 epochs behind it, and 8 are planned.*--set epochs=16"),
    "past fewer epochs": (10, {"epochs": "2"}, "has 2 epochs behind it, and 2 are planned"),
    "at its last step": ("last", {"max_steps": "40", "epochs": "9"}, r"max_steps = 40, where .*--set max_steps=80"),
    "past fewer steps": (10, {"max_steps": "7"}, "step 10 of parent is at or behind max_steps = 7"),
    "other samples": (10, {"per_class": "20"}, "another per_class, which needs a restart"),
    "architecture": (10, {"width": "32"}, "another width, which needs a restart"),
    "data": (10, {"label_noise": "0.1"}, "another label_noise, which needs a restart"),
    "seed": (10, {"seed": "1"}, "another seed, which needs a restart"),
    "out of range": (10, {"dropout": "2"}, "out of range"),
    "combination with the base": (None, {"train_size": "20"}, "batch_size = 64 is more than the 20 training samples"),
}


@pytest.mark.parametrize(("at", "changes", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused(parent: Path, at: At | None, changes: dict[str, str], reason: str) -> None:
    with pytest.raises(TrainerError, match=reason):
        plan("digits", changes, Origin(folder=parent, step=at))


def test_runs_that_nothing_can_start_from(tmp_path: Path, parent: Path) -> None:
    with pytest.raises(OriginError, match=r"is a training of digits, not of mnist1d; leave the task out"):
        plan("mnist1d", {}, Origin(folder=parent))
    with pytest.raises(OriginError, match=r"has no run\.json"):
        plan("digits", {}, Origin(folder=tmp_path))
    for content in (b'{"format": 1', b'{"format": 1}', b"[" * 10**5, b"\xff"):
        (parent / MANIFEST).write_bytes(content)
        with pytest.raises(OriginError, match="is not the manifest of a run"):
            plan("digits", {}, Origin(folder=parent))


def test_checkpoints_that_are_torn_or_foreign(tmp_path: Path, parent: Path) -> None:
    folder, origin = parent / CHECKPOINTS, Origin(folder=parent)
    whole = (folder / "last.pt").read_bytes()
    torch.save({"weights": torch.ones(3)}, tmp_path / "foreign.pt")
    os.mkfifo(folder / "step-00000001.pt")
    for content in (whole[: len(whole) // 2], b"", b"text", (tmp_path / "foreign.pt").read_bytes()):
        (folder / "last.pt").write_bytes(content)
        with pytest.raises(OriginError, match=r"last\.pt is torn, or is no checkpoint of dltui; there are those"):
            choose(origin, "last")
        assert choose(origin, 10).step == 10  # another one fits
        with pytest.raises(OriginError, match=r"last\.pt is torn"):
            choose(origin, 9)
    (folder / "last.pt").unlink()
    (folder / "best.pt").unlink()
    with pytest.raises(OriginError, match=r"has kept no best\.pt; there is one of step 10\."):
        choose(origin, "best")
    assert choose(origin, "last").step == 10
    (folder / "step-00000010.pt").unlink()
    with pytest.raises(OriginError, match="has kept no checkpoint; write @start to start anew"):
        choose(origin, "last")


def test_a_checkpoint_of_another_task(parent: Path) -> None:
    path = parent / CHECKPOINTS / "last.pt"
    save(path, {**load(path, CPU), "task": "mnist1d"})
    with pytest.raises(OriginError, match=r"last\.pt is a checkpoint of the task mnist1d, not of digits"):
        plan("digits", {"epochs": "20"}, Origin(folder=parent, step="last"))


DAMAGES: dict[str, tuple[dict[str, Any], str]] = {
    "other network": ({"model": {"weight": torch.ones(2)}}, "does not fit this training"),
    "no network": ({"model": 3}, "is torn, or is no checkpoint of dltui"),
    "other optimizer": ({"optimizer": {"state": {99: 1}}}, "does not fit this training"),
    "no state of a generator": (
        {"random": {"torch": torch.ones(3), "cuda": []}},
        "does not fit this training",
    ),
    "no state of the order": ({"batches": {"epoch_state": torch.ones(3), "done": 0}}, "does not fit this training"),
    "place outside": (
        {"batches": {"epoch_state": torch.get_rng_state(), "done": 300}},
        "300 samples are done of an epoch that has 300",
    ),
    "negative place": ({"batches": {"epoch_state": 0, "done": -1}}, "is torn, or is no checkpoint of dltui"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_checkpoint_that_does_not_fit_fails_with_a_sentence(
    parent: Path, train: Train, damage: dict[str, Any], reason: str
) -> None:
    path = parent / CHECKPOINTS / "step-00000010.pt"
    save(path, {**load(path, CPU), **damage})
    child = train("child", "--from", str(parent), "--at", "10", code=BAD_USAGE)
    (end,) = read_log(child)
    assert isinstance(end, EndRecord) and end.status == "failed" and end.error is not None
    assert reason in end.error and "\n" not in end.error
    assert not (child / MANIFEST).exists()


def test_code_in_a_checkpoint_is_not_run(parent: Path, train: Train, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "ran",))

    path = parent / CHECKPOINTS / "step-00000010.pt"
    save(path, {**load(path, CPU), "evil": Evil()})
    assert choose(Origin(folder=parent), 10).step == 10  # its head is read, and runs nothing either
    child = train("child", "--from", str(parent), "--at", "10", code=BAD_USAGE)
    assert "is torn, or is no checkpoint" in str(end_of(child).error)
    assert not (tmp_path / "ran").exists()


def test_a_checkpoint_that_is_replaced_meanwhile(parent: Path, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = parent / CHECKPOINTS
    shutil.copy(folder / "step-00000010.pt", folder / "best.pt")
    newer = train("same", keep=(4,), **SMALL) / CHECKPOINTS / "step-00000020.pt"
    calls = iter(range(2))

    def replaced(path: Path) -> Any:
        if next(calls) == 0:
            shutil.copy(newer, folder / "best.pt")
        return real(path)

    from dltui_trainers import resume

    real = resume.load_snapshot
    monkeypatch.setattr(resume, "load_snapshot", replaced)
    child = train("child", "--from", str(parent), "--at", "best")
    assert manifest_of(child).parent == Parent(run="parent", step=20, changed={})


def test_the_head_of_a_checkpoint_is_what_it_holds(tmp_path: Path) -> None:
    training = make_training(tmp_path, "digits", epochs=1, train_size=64)
    for step in (0, 200, 70_000, 2**33):
        training.step, training.epoch, path = step, step // 10, tmp_path / "x.pt"
        save(path, training.state())
        hparams = as_json(training.hparams, training.task)
        assert read_head(path) == Kept(path=path, step=step, epoch=step // 10, task="digits", hparams=hparams)


def test_steps_as_a_person_writes_them() -> None:
    assert [parse_at(text) for text in ("best", "last", "460", "1e3", "2.5")] == ["best", "last", 460, 1000, 2.5]
    assert parse_at("start") is None
    for text in ("", "nan", "inf", "-1", "first", "BEST"):
        with pytest.raises(OriginError, match="is not a step of a run"):
            parse_at(text)


def test_at_needs_from() -> None:
    with pytest.raises(OriginError, match="--at 5 needs --from"):
        parse_order(["run", "digits", "--at", "5"])
    order = parse_order(["run", "digits", "--from", "x", "--at", "5"])
    assert order.origin == Origin(folder=Path("x"), step=5)


# real processes


def worker(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dltui_trainers.worker", str(folder), "digits", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.long
@pytest.mark.slow
def test_a_branch_of_a_running_and_of_a_killed_training(tmp_path: Path) -> None:
    run = tmp_path / "run"
    parent = worker(run, "--set", "epochs=100000")
    deadline = time.monotonic() + PATIENCE_S
    while not (run / CHECKPOINTS / "last.pt").exists():
        assert parent.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    beside = worker(tmp_path / "beside", "--from", str(run), "--at", "last", "--set", "epochs=99999")
    try:
        while not (tmp_path / "beside" / METRICS).exists() or len(read_log(tmp_path / "beside")) < 10:
            assert beside.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        beside.send_signal(signal.SIGTERM)
        parent.kill()
        parent.wait()
    assert beside.wait(PATIENCE_S) == DONE
    assert branch_event(tmp_path / "beside").step >= 1000
    kept = choose(Origin(folder=run), "last")
    after = worker(tmp_path / "after", "--from", str(run), "--at", str(kept.step), "--set", f"epochs={kept.epoch + 2}")
    assert after.wait(PATIENCE_S) == DONE
    assert manifest_of(tmp_path / "after").parent == Parent(
        run="run", step=kept.step, changed={"epochs": kept.epoch + 2}
    )
