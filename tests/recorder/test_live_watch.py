"""What is measured of a user's network while the user's own loop trains it."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from dltui_trainers.health import cadence
from dltui_trainers.recorder import Run, part, start_run
from dltui_trainers.runlog import EventRecord, LayersRecord, ParametersRecord, StepRecord
from recorder.kept import read_log, read_manifest
from recorder.scripted import Net, Script, folder_of


@pytest.fixture
def run() -> Iterator[Run]:
    run = start_run("test")
    yield run
    run.finish()


@pytest.fixture(autouse=True)
def _at_any_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "NORMS_S", 0.0)
    monkeypatch.setattr(part, "COST_LIMIT", math.inf)
    monkeypatch.setattr(part, "LAYERS_S", 0.0)


def of_kind(run: Run, kind: type) -> list[Any]:
    return [each for each in read_log(folder_of(run)) if isinstance(each, kind)]


def test_each_layer_and_each_parameter_is_measured(run: Run) -> None:
    script = Script(run)
    run.watch(script.model, script.optimizer)
    for _ in range(3):
        script.step()
    whole = of_kind(run, ParametersRecord)[0]
    assert list(whole.parameters) == ["first.weight", "first.bias", "last.weight", "last.bias"] and whole.step == 1
    assert {"first", "act", "drop", "last"} == set(whole.outputs)
    layers = of_kind(run, LayersRecord)
    assert [each.step for each in layers] == [1, 2, 3]
    assert all(list(each.layers) == ["first", "last"] for each in layers)
    assert layers[0].layers["first"].dead is not None and layers[1].layers["first"].dead is None


def test_the_norms_are_those_of_the_step(run: Run) -> None:
    model = nn.Linear(2, 1, bias=False)
    nn.init.constant_(model.weight, 1.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    run.watch(model, optimizer, every=1)
    for step in (1, 2):
        optimizer.zero_grad()
        torch.autograd.backward(model(torch.tensor([[3.0, 4.0]])).sum())
        optimizer.step()
        run.log(step, train_loss=0.0)
        model.weight.data.fill_(1.0)
    for record in of_kind(run, StepRecord):
        assert float(record.grad_norm) == pytest.approx(5.0)
        assert float(record.update_ratio) == pytest.approx(2.5 / math.hypot(0.5, 1.0))  # of the weights after it
    for record in of_kind(run, LayersRecord):
        assert float(record.layers["weight"].grad_norm) == pytest.approx(5.0)


def test_every_so_many_steps(run: Run) -> None:
    script = Script(run)
    run.watch(script.model, script.optimizer, every=4)
    for _ in range(12):
        script.step()
    assert [each.step for each in of_kind(run, LayersRecord)] == [1, 4, 8, 12]


def test_a_script_that_logs_seldom_tells_each_measurement_by_its_step(run: Run) -> None:
    script = Script(run)
    run.watch(script.model, script.optimizer, every=5)
    for _ in range(30):
        script.step(logs=script.done % 10 == 9)
    assert [each.step for each in of_kind(run, LayersRecord)] == [10, 15, 20, 25, 30]


def test_a_script_that_counts_something_else_tells_the_newest(run: Run) -> None:
    script = Script(run)
    run.watch(script.model, script.optimizer, every=1)
    for epoch in range(1, 5):
        for _ in range(7):
            script.step(logs=False)
        run.log(epoch, train_loss=1.0)
    assert [each.step for each in of_kind(run, LayersRecord)] == [1, 2, 3, 4]


def test_gradients_that_are_added_up_are_measured_once(run: Run) -> None:
    script = Script(run)
    run.watch(script.model, script.optimizer, every=1)
    for step in (1, 2):
        script.optimizer.zero_grad()
        for _ in range(4):
            torch.autograd.backward(F.cross_entropy(script.model(torch.randn(4, 4)), torch.zeros(4).long()))
        script.optimizer.step()
        run.log(step, train_loss=1.0)
    assert [each.step for each in of_kind(run, LayersRecord)] == [1, 2]


def test_a_validation_between_two_steps_is_no_part_of_it(run: Run) -> None:
    script = Script(run)
    run.watch(script.model, script.optimizer)
    with torch.no_grad():
        script.model(torch.full((5, 4), 1e6))
    script.step()
    (whole,) = of_kind(run, ParametersRecord)
    assert float(whole.outputs["first"].mean) < 1e3


def test_two_networks_and_their_optimisers(run: Run) -> None:
    first, second = Net(), Net(dropout=0.3)
    optimizers = [torch.optim.Adam(each.parameters(), lr=rate) for each, rate in ((first, 0.01), (second, 0.04))]
    script = Script(run, first, optimizers[0])
    run.watch(first, optimizers[0])
    run.watch(second, optimizers[1])
    other = Script(run, second, optimizers[1])
    for _ in range(2):
        other.step(logs=False)
        script.step()
    names = set(of_kind(run, LayersRecord)[-1].layers)
    assert names == {"first", "last", "Net.first", "Net.last"}
    told = read_manifest(folder_of(run))
    assert told.model is not None and len(told.model.layers) == 8
    script.asked("set", "lr", 0.001, {"dropout": 0.5})
    assert [each.param_groups[0]["lr"] for each in optimizers] == pytest.approx([0.001, 0.004])
    assert second.drop.p == 0.5


def test_lists_of_networks_and_optimisers(run: Run) -> None:
    model, head = Net(), nn.Linear(3, 3)
    optimizers = [torch.optim.SGD(each.parameters(), lr=0.1) for each in (model, head)]
    run.watch([model, head], optimizers)
    for step in (1, 2):
        loss = head(model(torch.randn(4, 4))).sum()
        torch.autograd.backward(loss)
        for each in optimizers:
            each.step()
        run.log(step, train_loss=1.0)
    layers = {"Net.first", "Net.last", "Linear.weight"}
    assert [set(each.layers) for each in of_kind(run, LayersRecord)] == [layers, layers]
    assert "Linear.bias" in of_kind(run, ParametersRecord)[0].parameters


def test_two_optimisers_of_one_network(run: Run) -> None:
    model = Net()
    optimizers = [torch.optim.SGD(each.parameters(), lr=0.1) for each in (model.first, model.last)]
    run.watch(model, optimizers, every=1)
    for step in (1, 2):
        torch.autograd.backward(model(torch.randn(4, 4)).sum())
        for each in optimizers:
            each.step()
        run.log(step, train_loss=1.0)
    assert [(each.step, set(each.layers)) for each in of_kind(run, LayersRecord)] == [
        (1, {"first", "last"}),
        (2, {"first", "last"}),
    ]


def test_scaled_gradients_of_mixed_precision_are_told_unscaled(run: Run) -> None:
    model = nn.Linear(2, 1, bias=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    run.watch(model, optimizer, every=1)
    for step in (1, 2):
        optimizer.zero_grad()
        torch.autograd.backward(scaler.scale(model(torch.tensor([[3.0, 4.0]])).sum()))
        scaler.step(optimizer)
        scaler.update()
        run.log(step, train_loss=1.0)
    assert [float(each.grad_norm) for each in of_kind(run, StepRecord)] == pytest.approx([5.0, 5.0])


def test_a_compiled_network_is_measured_by_its_parameters(run: Run) -> None:
    model = Net()
    compiled = torch.compile(model, backend="eager")
    script = Script(run, compiled, torch.optim.SGD(model.parameters(), lr=0.1))  # type: ignore[arg-type]
    run.watch(compiled, script.optimizer, every=1)
    for _ in range(3):
        script.step()
    (whole,) = of_kind(run, ParametersRecord)
    assert "first.weight" in whole.parameters and not whole.outputs
    script.asked("set", "dropout", 0.5)
    assert model.drop.p == 0.5


def test_an_optimiser_that_is_never_called_is_seen(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script(run)
    monkeypatch.setattr(cadence, "LEAST_S", 0.0)
    run.watch(script.model, script.optimizer, every=1)
    for step in range(1, 40):
        torch.autograd.backward(script.model(torch.randn(4, 4)).sum())
        run.log(step, train_loss=1.0)
    ratios = {each.layers["first"].update_ratio for each in of_kind(run, LayersRecord)}
    assert ratios == {0.0}
    assert all(float(each.grad_norm) > 0 for each in of_kind(run, ParametersRecord)[0].parameters.values())


def test_a_failure_takes_the_hooks_away_and_the_training_goes_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = Script(run)
    run.watch(script.model, script.optimizer)
    script.step()

    def broken(*_: object) -> None:
        raise RuntimeError("CUDA error: an illegal memory access")

    monkeypatch.setattr(part.Part, "before_update", broken)
    for _ in range(3):
        script.step()
    assert script.done == 4
    told = capsys.readouterr().err
    assert told.count("the network is not watched any more") == 1 and "illegal memory access" in told
    assert not script.optimizer._optimizer_step_pre_hooks and not script.model._forward_pre_hooks


@pytest.mark.parametrize(("model", "optimizer"), [("model", None), (nn.Linear(1, 1), "sgd")])
def test_what_is_no_network_is_told(
    run: Run, model: object, optimizer: object, capsys: pytest.CaptureFixture[str]
) -> None:
    run.watch(model, optimizer)
    assert "is no torch." in capsys.readouterr().err
    run.log(1, train_loss=1.0)
    assert len(of_kind(run, StepRecord)) == 1


def test_a_network_without_an_optimiser(run: Run) -> None:
    model = Net()
    run.watch(model)
    assert read_manifest(folder_of(run)).settable == ["dropout"]


def test_the_share_of_a_step_that_waits_for_data(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from dltui_trainers.recorder import waiting

    now = [0.0]
    monkeypatch.setattr(waiting.time, "perf_counter", lambda: now[0])
    clock = waiting.Waiting()
    for _ in range(3):
        clock.began()
        now[0] += 3.0  # the step
        clock.stepped()
        now[0] += 5.0  # what the log call is given is computed
        clock.logged()
        now[0] += 2.0  # the batch
    clock.began()
    assert clock.share() == pytest.approx(0.2)
    assert clock.share() is None


def test_a_pause_is_no_waiting(run: Run) -> None:
    from dltui_trainers.recorder.waiting import Waiting

    clock = Waiting()
    clock.stepped()
    clock.forget()
    clock.began()
    clock.stepped()
    assert clock.share() is None


def test_shared_weights_are_told_once(run: Run) -> None:
    model = Net()
    model.extra = model.first
    script = Script(run, model)
    run.watch(model, script.optimizer)
    script.step()
    assert next(iter(of_kind(run, ParametersRecord)[0].parameters)) == "first.weight"


class Broken(nn.Module):
    """A network whose ``wrong`` layer makes a NaN of the first batch in which its scale is set to it."""

    def __init__(self) -> None:
        super().__init__()
        self.fine, self.wrong, self.head = nn.Linear(2, 4), nn.Softplus(), nn.Linear(4, 1)
        self.scale = 1.0

    def forward(self, x: torch.Tensor, *, shift: float = 0.0) -> torch.Tensor:
        hidden: torch.Tensor = self.head(self.wrong(self.fine(x) + shift) * self.scale)
        return hidden


def train_broken(run: Run, breaks: str) -> None:
    """Train for six steps; from the fourth on something is not finite."""
    torch.manual_seed(0)
    model = Broken()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    run.watch(model, optimizer, every=1000)
    for step in range(1, 7):
        x = torch.randn(8, 2)
        if step >= 4 and breaks == "input":
            x[3, 1] = math.nan
        if step >= 4 and breaks == "output":
            model.scale = math.inf
        loss = (model(x, shift=0.1) ** 2).mean()
        if step >= 4 and breaks == "loss":
            loss = loss * math.nan
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        run.log(step, train_loss=loss.item())


@pytest.mark.parametrize(("breaks", "where"), [("input", ""), ("output", "head"), ("loss", ""), ("", None)])
def test_where_the_first_number_arose_that_is_not_finite_is_told_once(run: Run, breaks: str, where: str | None) -> None:
    train_broken(run, breaks)
    told = [each for each in of_kind(run, EventRecord) if each.name == "non_finite"]
    if where is None:
        assert told == []
        return
    (event,) = told
    assert event.step == 4 and event.from_ in (where, "Broken") and event.reason
    assert event.to == ("output" if breaks == "output" else breaks)
