"""The callback of Hugging Face Transformers, with Transformers: a tiny model from random weights, nothing is loaded."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainerCallback, TrainingArguments

import dltui
from dltui_trainers.integrations.transformers import TransformersCallback
from dltui_trainers.runlog import MetricsRecord
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
    losses,
    rates,
    set_and_stop,
    settings_told,
)
from integrations.person import all_runs, end, evals, only_run, records, steps

LR = 1e-3


class Sentences(Dataset[dict[str, Tensor]]):
    """Tokens, and whether the first of them is a small one."""

    def __init__(self, n: int = 64) -> None:
        self.tokens = torch.randint(30, (n, 6), generator=torch.Generator().manual_seed(0))

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, i: int) -> dict[str, Tensor]:
        return {"input_ids": self.tokens[i], "labels": (self.tokens[i, 0] < 15).long()}


def model() -> BertForSequenceClassification:
    size = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    return BertForSequenceClassification(BertConfig(vocab_size=30, **size))


def accuracy(found: Any) -> dict[str, float]:
    return {"accuracy": float((found.predictions.argmax(-1) == found.label_ids).mean()), "f1": 0.25}


def trainer(cls: type[Trainer] = Trainer, callback: TrainerCallback | None = None, **more: object) -> Trainer:
    quiet = {"save_strategy": "no", "report_to": "none", "disable_tqdm": True, "use_cpu": True, "logging_steps": 4}
    given = {"num_train_epochs": 3, "per_device_train_batch_size": 16, "learning_rate": LR, **quiet, **more}
    arguments = TrainingArguments("out", **given)
    return cls(
        model(),
        arguments,
        train_dataset=Sentences(),
        eval_dataset=Sentences(32),
        compute_metrics=accuracy,
        callbacks=[callback or dltui.TransformersCallback()],
    )


def logged(of: Trainer) -> dict[int, float]:
    """What the Trainer itself has told, by its step."""
    return {each["step"]: each["loss"] for each in of.state.log_history if "loss" in each}


def test_a_training_is_a_run_with_the_loss_of_each_step(runs: Path) -> None:
    training = trainer(eval_strategy="epoch")
    training.train()
    run = only_run(runs)
    assert_trained(run, [LR * (12 - step) / 12 for step in range(12)])
    found = losses(run)
    means = {last: sum(found[step] for step in range(last - 3, last + 1)) / 4 for last in (4, 8, 12)}
    assert means == pytest.approx(logged(training), rel=1e-4)
    assert steps(run)[0].grad_norm is not None


def test_validations_are_told_by_our_names(runs: Path) -> None:
    trainer(eval_strategy="steps", eval_steps=6).train()
    run = only_run(runs)
    assert_validated(evals(run), (6, 1.5), (12, 3.0))
    assert [each.values for each in records(run) if isinstance(each, MetricsRecord)] == [{"val_f1": 0.25}] * 2


def test_the_manifest_tells_the_settings(runs: Path) -> None:
    trainer(
        run_name="named", weight_decay=0.1, warmup_steps=3, gradient_accumulation_steps=2, label_smoothing_factor=0.1
    ).train()
    wanted = {"lr": LR, "batch_size": 16, "epochs": 3, "schedule": "linear", "optimizer": "adamw", "grad_clip": 1.0}
    wanted |= {"weight_decay": 0.1, "warmup_steps": 3, "gradient_accumulation_steps": 2, "label_smoothing_factor": 0.1}
    told = settings_told(only_run(runs), 2, **wanted)
    assert told.seed == 42
    assert told.data is not None
    assert told.data.n_train == 64
    assert not {"output_dir", "logging_steps", "report_to", "hub_token"} & set(told.hparams)
    assert told.model is not None
    assert told.model.parameters == sum(each.numel() for each in model().parameters())


def test_gathered_gradients_are_one_step(runs: Path) -> None:
    training = trainer(gradient_accumulation_steps=2, logging_steps=1)
    training.train()
    found = losses(only_run(runs))
    assert found == pytest.approx(logged(training), rel=1e-4)
    assert list(found) == list(range(1, 7))


def test_without_the_loss_of_the_model_the_trainers_is_taken(runs: Path) -> None:
    training = trainer(label_smoothing_factor=0.1, logging_steps=2)
    training.train()
    found = losses(only_run(runs))
    assert found == pytest.approx(logged(training))


class Doubled(Trainer):
    def compute_loss(self, model: Any, inputs: Mapping[str, Tensor], return_outputs: bool = False, **more: Any) -> Any:
        loss, outputs = super().compute_loss(model, inputs, return_outputs=True, **more)
        return (2 * loss, outputs) if return_outputs else 2 * loss


def test_where_the_trainers_loss_is_another_one_it_is_taken_from_then_on(runs: Path) -> None:
    training = trainer(Doubled, max_steps=12)
    training.train()
    found = {each.step: float(each.train_loss) for each in steps(only_run(runs))}  # the fourth is told again
    told = logged(training)
    assert {step: found[step] for step in (4, 8, 12)} == pytest.approx({step: told[step] for step in (4, 8, 12)})
    assert not {5, 6, 7} & set(found)


def test_the_learning_rate_is_set_while_it_trains_and_the_schedule_goes_on(runs: Path) -> None:
    training, total = trainer(max_steps=100_000), 100_000
    answers = set_and_stop(runs, training.train, after=10, lr=1e-4, weight_decay=0.5, dropout=0.4)
    assert [each.done for each in answers] == [True] * 3, answers
    changed = answers[0].step
    after = {step: rate for step, rate in rates(only_run(runs)).items() if step > changed + 1}
    factor = 1e-4 / (LR * (total - changed) / total)
    wanted = {step: LR * factor * (total - step + 1) / total for step in after}
    assert after == pytest.approx(wanted, rel=1e-3)
    groups = training.optimizer.param_groups
    assert groups[0]["weight_decay"] == 0.5
    assert next(each.p for each in training.model.modules() if isinstance(each, torch.nn.Dropout)) == 0.4
    assert training.state.global_step < total


def test_it_pauses_keeps_a_checkpoint_goes_on_and_stops(runs: Path) -> None:
    assert_pauses_goes_on_and_stops(runs, trainer(max_steps=100_000).train, after=3)


class Failing(Trainer):
    def training_step(self, *words: Any, **more: Any) -> Any:
        if self.state.global_step == 5:
            raise RuntimeError("the fifth step is broken")
        return super().training_step(*words, **more)


def test_an_exception_that_was_caught_is_known_when_it_trains_again(runs: Path) -> None:
    callback = TransformersCallback()
    with pytest.raises(RuntimeError):
        trainer(Failing, callback).train()
    trainer(Trainer, callback).train()
    assert [end(each).status for each in all_runs(runs)] == ["failed", "finished"]
    assert [end(each).step for each in all_runs(runs)] == [5, 12]


SCRIPT = """
from integrations.test_transformers import Failing, trainer
trainer(Failing).train()
"""


def test_an_exception_ends_it_as_failed_with_its_traceback(runs: Path, tmp_path: Path) -> None:
    assert as_script(SCRIPT, tmp_path).returncode == 1
    run = only_run(runs)
    assert_failed(run, "training_step", "the fifth step is broken")
    assert end(run).step == 5


def test_two_trainings_are_two_runs_and_the_model_is_left_as_it_was(runs: Path) -> None:
    training = trainer()
    training.train()
    training.train()
    assert [end(each).step for each in all_runs(runs)] == [12, 12]
    assert not training.model._forward_hooks


def test_an_evaluation_outside_of_a_training_is_not_recorded(runs: Path) -> None:
    training = trainer()
    training.evaluate()
    assert all_runs(runs) == []


DDP = """
import os, pathlib, torch
torch.set_num_threads(1)
from integrations.callbacks import leave_what_was_done, train_beside_another_process
from integrations.test_transformers import trainer

training = trainer(max_steps=100_000)
train_beside_another_process(training.train, lr=1e-4)
rank = int(os.environ["RANK"])
if rank == 0:
    pathlib.Path("told").write_text(str(training.state.log_history[0]["loss"]))
leave_what_was_done(rank, training.state.global_step, training.optimizer.param_groups[0]["lr"])
"""


def test_two_processes_write_one_run_and_do_the_same(runs: Path, tmp_path: Path) -> None:
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2")
    assert_did_the_same(as_script(DDP, tmp_path, *launcher), runs, lr=1e-4)
    found = losses(only_run(runs))
    ours = sum(found[step] for step in range(1, 5)) / 4  # of one process, where the Trainer's is of both
    assert ours == pytest.approx(float((tmp_path / "told").read_text()), rel=0.1)


PARENT = """
import time
from integrations.test_transformers import TrainerCallback, trainer

class Slow(TrainerCallback):
    def on_step_begin(self, args, state, control, **kwargs):
        time.sleep(0.02)

if __name__ == "__main__":
    training = trainer(num_train_epochs=50, run_name="parent")
    training.add_callback(Slow())
    training.train()
"""


def test_one_that_was_killed_goes_on_with_another_rate(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    branch_from_a_killed_one(PARENT, runs, monkeypatch, lr=1e-4)
    training = trainer(num_train_epochs=50, run_name="child")
    training.train()
    parent, child = assert_went_on(runs, last=200, lr=1e-4)
    assert losses(child)[FIRST_KEPT + 1] == pytest.approx(losses(parent)[FIRST_KEPT], abs=0.2)
    assert list(rates(child).values()) == pytest.approx([1e-4 * (200 - n) / 196 for n in range(4, 200)])
    moments = next(iter(training.optimizer.state_dict()["state"].values()))
    assert float(moments["step"]) == 200  # of Adam: 4 of them in the parent
