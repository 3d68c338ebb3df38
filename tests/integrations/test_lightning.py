"""The callback of Lightning, with Lightning."""

import math
from pathlib import Path

import lightning as L
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import dltui
from dltui_trainers.integrations.lightning import LightningCallback
from dltui_trainers.runlog import EvalRecord, MetricsRecord
from integrations.callbacks import (
    FIRST_KEPT,
    as_script,
    assert_did_the_same,
    assert_failed,
    assert_pauses_goes_on_and_stops,
    assert_trained,
    assert_validated,
    assert_went_on,
    branch_from_a_killed_one,
    branch_from_what_was_kept,
    losses,
    rates,
    set_and_stop,
    settings_told,
)
from integrations.person import all_runs, end, evals, go_on_from, manifest, only_run, records, steps

LR, GAMMA = 0.1, 0.999


class Small(L.LightningModule):
    """A small classifier with all that can be set; its learning rate falls a little at each step."""

    def __init__(self, lr: float = LR, dropout: float = 0.2) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 3))
        self.losses: list[float] = []

    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        self.losses.append(loss.item())
        self.log("train_acc", 0.5, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: list[Tensor], batch_idx: int) -> None:
        logits = self.net(batch[0])
        self.log("val_loss", nn.functional.cross_entropy(logits, batch[1]))
        self.log("val_acc", (logits.argmax(1) == batch[1]).float().mean())
        self.log("val/f1", 0.25)
        self.log("margin", 2.0)

    def configure_optimizers(self) -> dict[str, object]:
        optimizer = torch.optim.SGD(self.parameters(), self.hparams["lr"], momentum=0.9, weight_decay=0.01)
        schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, GAMMA)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def data(n: int = 64) -> DataLoader[tuple[Tensor, ...]]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, 4, generator=generator)
    return DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=16)


def trainer(**more: object) -> L.Trainer:
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    given = {"accelerator": "cpu", "enable_model_summary": False, "max_epochs": 3, **quiet, **more}
    given.setdefault("callbacks", [dltui.LightningCallback()])
    return L.Trainer(**given)


def test_a_fit_is_a_run(runs: Path) -> None:
    model = Small()
    trainer().fit(model, data(), data())
    run = only_run(runs)
    assert run.name == "Small"
    assert_trained(run, [LR * GAMMA**step for step in range(12)])
    assert list(losses(run).values()) == pytest.approx(model.losses)


def test_validations_are_told_by_our_names_and_the_sanity_check_is_not(runs: Path) -> None:
    trainer(num_sanity_val_steps=2).fit(Small(), data(), data())
    run = only_run(runs)
    assert_validated([each for each in evals(run) if each.val_loss is not None], (4, 1.0), (8, 2.0), (12, 3.0))
    assert [each.train_accuracy for each in evals(run) if each.train_accuracy is not None] == [0.5] * 3
    own = [each.values for each in records(run) if isinstance(each, MetricsRecord)]
    assert own == [{"val_f1": 0.25, "val_margin": 2.0}] * 3


def test_the_manifest_tells_the_settings(runs: Path) -> None:
    trainer(gradient_clip_val=0.5, callbacks=[LightningCallback("named", hparams={"note": "x"}, classes=3)]).fit(
        Small(), data(), data()
    )
    wanted = {"lr": LR, "dropout": 0.2, "optimizer": "momentum", "momentum": 0.9, "weight_decay": 0.01, "note": "x"}
    wanted |= {"schedule": "exponential", "batch_size": 16, "epochs": 3, "grad_clip": 0.5}
    told = settings_told(only_run(runs), 4, **wanted)
    assert told.source == "recorder"
    assert told.data is not None
    assert (told.data.n_train, told.data.classes) == (64, 3)
    assert told.versions["lightning"] == L.__version__
    assert told.model is not None
    assert told.model.parameters == sum(each.numel() for each in Small().parameters())


def test_gathered_gradients_are_one_step_with_the_mean_of_the_losses(runs: Path) -> None:
    model = Small()
    trainer(accumulate_grad_batches=2).fit(model, data())
    found = losses(only_run(runs))
    means = [(one + other) / 2 for one, other in zip(model.losses[::2], model.losses[1::2], strict=True)]
    assert list(found) == list(range(1, 7))
    assert list(found.values()) == pytest.approx(means)
    assert manifest(only_run(runs)).steps_per_epoch == 2


class Measured(Small):
    """Measures its gradients where Lightning says that they are complete."""

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        if self.trainer.global_step == 0:
            self.norm = float(torch.cat([each.grad.flatten() for each in self.parameters()]).norm())


def test_gradients_are_measured_although_lightning_computes_them_within_the_step(runs: Path) -> None:
    model = Measured()
    trainer().fit(model, data())
    assert steps(only_run(runs))[0].grad_norm == pytest.approx(model.norm, rel=1e-4)


def test_the_learning_rate_is_set_while_it_trains_and_the_schedule_goes_on(runs: Path) -> None:
    model = Small()
    wanted = {"lr": 0.01, "weight_decay": 0.5, "momentum": 0.5, "dropout": 0.4}
    answers = set_and_stop(runs, lambda: trainer(max_epochs=-1).fit(model, data()), after=20, **wanted)
    assert [each.done for each in answers] == [True] * 4
    assert answers[0].to == 0.01
    changed = answers[0].step
    after = {step: rate for step, rate in rates(only_run(runs)).items() if step > changed}
    first = after[changed + 1]
    assert first == pytest.approx(0.01, rel=3e-3)
    last = max(after)
    assert after[last] == pytest.approx(first * GAMMA ** (last - changed - 1))
    [group] = model.optimizers().param_groups
    assert (group["weight_decay"], group["momentum"]) == (0.5, 0.5)
    assert next(each.p for each in model.modules() if isinstance(each, nn.Dropout)) == 0.4


def test_it_pauses_goes_on_and_stops(runs: Path) -> None:
    assert_pauses_goes_on_and_stops(runs, lambda: trainer(max_epochs=-1).fit(Small(), data()), after=5)


class Broken(Small):
    def training_step(self, batch: list[Tensor], batch_idx: int) -> Tensor:
        if self.trainer.global_step == 5:
            raise RuntimeError("the fifth step is broken")
        return super().training_step(batch, batch_idx)


def test_an_exception_ends_it_as_failed_with_its_traceback(runs: Path) -> None:
    with pytest.raises(RuntimeError):
        trainer().fit(Broken(), data())
    assert_failed(only_run(runs), "training_step", "the fifth step is broken")


def test_two_fits_are_two_runs(runs: Path) -> None:
    callback = LightningCallback()
    for _ in range(2):
        trainer(callbacks=[callback]).fit(Small(), data())
    assert [each.name for each in all_runs(runs)] == ["Small", "Small-2"]
    assert [end(each).step for each in all_runs(runs)] == [12, 12]


class ByHand(Small):
    """Steps by itself, and returns nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def training_step(self, batch: list[Tensor], batch_idx: int) -> None:  # type: ignore[override]
        optimizer = self.optimizers()
        loss = nn.functional.cross_entropy(self.net(batch[0]), batch[1])
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()
        self.log("train_loss", loss)


def test_a_model_that_steps_by_itself_is_told_by_what_it_logs(runs: Path) -> None:
    trainer().fit(ByHand(), data(), data())
    found = losses(only_run(runs))
    assert list(found) == list(range(1, 13))
    assert all(map(math.isfinite, found.values()))


def test_validations_within_an_epoch_have_their_own_steps(runs: Path) -> None:
    trainer(val_check_interval=2, max_epochs=1).fit(Small(), data(), data())
    found = [each for each in records(only_run(runs)) if isinstance(each, EvalRecord) and each.val_loss is not None]
    assert [(each.step, each.epoch) for each in found] == [(2, 0.5), (4, 1.0)]


def test_a_try_of_one_batch_is_not_recorded(runs: Path) -> None:
    trainer(fast_dev_run=True).fit(Small(), data(), data())
    assert all_runs(runs) == []


class Drifting(Small):
    """Learns slowly, without chance: the loss of a step tells where it is."""

    def __init__(self) -> None:
        super().__init__(lr=0.02, dropout=0.0)

    def configure_optimizers(self) -> dict[str, object]:
        optimizer = torch.optim.Adam(self.parameters(), 0.02)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 400)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


PARENT = """
import time
from integrations.test_lightning import L, Drifting, data, dltui, trainer

class Slow(L.Callback):
    def on_train_batch_start(self, trainer, module, batch, index):
        time.sleep(0.02)

trainer(max_epochs=100, callbacks=[Slow(), dltui.LightningCallback("parent")]).fit(Drifting(), data(), data())
"""


def test_one_that_was_killed_goes_on_with_another_rate(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    branch_from_a_killed_one(PARENT, runs, monkeypatch, lr=0.001)
    trainer(max_epochs=100, callbacks=[LightningCallback("child")]).fit(Drifting(), data(), data())
    parent, child = assert_went_on(runs, last=400, lr=0.001)
    first = FIRST_KEPT + 1
    assert losses(child)[first] == pytest.approx(losses(parent)[first], rel=1e-4)  # before that step
    assert rates(child)[first] == pytest.approx(0.001, rel=0.01)
    assert 0 < rates(child)[400] < 1e-6


def test_a_state_that_does_not_fit_is_told_and_it_begins_from_nothing(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer().fit(Small(), data())
    branch_from_what_was_kept(runs, monkeypatch)
    other = Small()
    other.net[0] = nn.Linear(4, 9)
    other.net[3] = nn.Linear(9, 3)
    trainer(callbacks=[LightningCallback("child")]).fit(other, data())
    child = all_runs(runs)[1]
    assert [each.step for each in steps(child)] == list(range(1, 13))
    assert "net.0.weight is 8x4 there, and 9x4 in this model" in capsys.readouterr().err


def test_another_optimiser_has_the_weights_alone(
    runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer(max_epochs=2).fit(Small(), data())
    step = branch_from_what_was_kept(runs, monkeypatch)
    trainer(callbacks=[LightningCallback("child")]).fit(Drifting(), data())
    child = all_runs(runs)[1]
    assert [each.step for each in steps(child)] == list(range(step + 1, 13))
    assert "only the weights were put back" in capsys.readouterr().err


def test_from_its_end_it_trains_as_long_again(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer().fit(Drifting(), data())
    parent = only_run(runs)
    go_on_from(monkeypatch, parent, 12, parent / "checkpoints" / "last.pt")
    trainer(callbacks=[LightningCallback("child")]).fit(Drifting(), data())
    child = all_runs(runs)[1]
    assert [each.step for each in steps(child)] == list(range(13, 25))
    assert float(steps(child)[0].lr or 0) == pytest.approx(0.02)


DDP = """
import torch, lightning as L, dltui
from integrations.callbacks import leave_what_was_done, train_beside_another_process
from integrations.test_lightning import Small, data, trainer

class Told(L.Callback):
    def on_fit_end(self, trainer, module):
        lr = module.optimizers().param_groups[0]["lr"]
        leave_what_was_done(trainer.global_rank, trainer.global_step, lr)

if __name__ == "__main__":
    fit = trainer(strategy="ddp", devices=2, max_epochs=-1, callbacks=[dltui.LightningCallback(), Told()])
    torch.set_num_threads(1)
    train_beside_another_process(lambda: fit.fit(Small(), data(), data()), lr=0.01)
"""


def test_two_processes_write_one_run_and_do_the_same(runs: Path, tmp_path: Path) -> None:
    assert_did_the_same(as_script(DDP, tmp_path), runs, lr=0.01)
