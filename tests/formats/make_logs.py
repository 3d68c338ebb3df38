"""Writes the small logs in ``logs/`` with the tools that people log with. The tests read them and need no such tool.

    pip install torch lightning wandb mlflow-skinny sqlalchemy alembic trackio tensorboard keras fastai transformers \
        accelerate mmengine ultralytics tqdm
    python tests/formats/make_logs.py [NAME ...]

They were made with Python 3.11 and torch 2.15.0, lightning 2.6.6, wandb 0.31.0, mlflow-skinny 3.17.2, trackio 0.43.0,
tensorboard 2.21.0, keras 3.15.1 (on torch), fastai 2.8.12, transformers 5.23.0, mmengine 0.10.7, ultralytics 8.4.190.

All of them log one training, whose numbers a person can tell: a single weight ``w`` begins at 1 and learns to be 0,
``loss = w**2``, by gradient descent with a rate of 0.1. So ``w`` is 0.8 of what it was after each step, and the loss
before step k is ``0.64**k``. Validation wants 0.5 and overfits: ``(w - 0.5)**2``. An epoch has two steps. Only YOLO
trains a network of its own; what it says to its callbacks is kept in ``ultralytics.json``.
"""

import gzip
import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

os.environ |= {
    "WANDB_MODE": "offline",
    "HF_HUB_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "KERAS_BACKEND": "torch",
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "YOLO_OFFLINE": "true",
    "LOGNAME": "somebody",
    "USER": "somebody",
    "CUDA_VISIBLE_DEVICES": "",
}

import torch
from torch import nn

LOGS = Path(__file__).absolute().parent / "logs"
EPOCHS, STEPS_PER_EPOCH, RATE = 6, 2, 0.1
YOLO_EPOCHS = 3
SETTINGS = {"lr": RATE, "batch_size": 1, "epochs": EPOCHS, "optimizer": "sgd"}
ANYWHERE = "/training"
"""What the folder of this machine is called in the logs."""


class OneWeight(nn.Module):
    """The network of the training."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs * self.weight


@dataclass(frozen=True)
class Step:
    """One step: the loss before it, and after the last one of an epoch the validation's."""

    epoch: int
    step: int
    loss: float
    val_loss: float | None


def training() -> Iterator[Step]:
    """Train, for the tools that only log."""
    network = OneWeight()
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    for step in range(EPOCHS * STEPS_PER_EPOCH):
        loss = (network(torch.ones(1)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ends = (step + 1) % STEPS_PER_EPOCH == 0
        val_loss = ((network(torch.ones(1)) - 0.5) ** 2).item() if ends else None
        yield Step(step // STEPS_PER_EPOCH, step, loss.item(), val_loss)


def data(target: float, count: int) -> torch.utils.data.TensorDataset:
    """Samples that are all the same: 1 in, ``target`` out."""
    return torch.utils.data.TensorDataset(torch.ones(count, 1), torch.full((count, 1), target))


def tensorboard(folder: Path) -> None:
    """Three files: torch's plain numbers, torch's tensors, and tensors as TensorFlow 2 writes them."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from torch.utils.tensorboard import SummaryWriter

    for kind, new_style in (("plain", False), ("tensor", True)):
        with SummaryWriter(str(folder / kind)) as writer:
            for each in training():
                writer.add_scalar("loss/train", each.loss, each.step, new_style=new_style)
                if each.val_loss is not None:
                    writer.add_scalar("loss/val", each.val_loss, each.step, new_style=new_style)
    with SummaryWriter(str(folder / "tensorflow")) as writer:
        for each in training():
            writer.file_writer.add_event(Event(summary=scalar_pb("train/loss", each.loss)), each.step)
            if each.val_loss is not None:
                writer.file_writer.add_event(Event(summary=scalar_pb("val/loss", each.val_loss)), each.step)
    for number, file in enumerate(sorted(folder.glob("*/events.*"))):
        file.rename(file.with_name(f"events.out.tfevents.170000000{number}.host.1.0"))


def wandb(folder: Path) -> None:
    """A run that ended well, and one that failed after four steps."""
    import wandb

    quiet = wandb.Settings(
        host="host", disable_git=True, disable_code=True, x_disable_meta=True, x_disable_stats=True, console="off",
        quiet=True,
    )  # fmt: skip
    for name, last in (("fine", 99), ("broken", 3)):
        with tempfile.TemporaryDirectory() as scratch:
            config = {**SETTINGS, "model": {"layers": 1}}
            run = wandb.init(project="one-weight", name=name, id=name, dir=scratch, config=config, settings=quiet)
            for each in training():
                run.log({"train/loss": each.loss, "epoch": each.epoch}, commit=each.val_loss is None)
                if each.val_loss is not None:
                    run.log(
                        {"val": {"loss": each.val_loss}, "image": wandb.Histogram([1, 2], num_bins=2), "note": "end"}
                    )
                if each.step == last:
                    break
            run.finish(exit_code=0 if name == "fine" else 1)
            (file,) = Path(scratch).glob("wandb/offline-run-*/*.wandb")
            shutil.copy(file, folder / file.name)


def mlflow(folder: Path) -> None:
    """A file store and a database with an experiment of two runs each, the second of which failed."""
    import mlflow

    with tempfile.TemporaryDirectory() as scratch, chdir(scratch):
        for address in (f"file://{scratch}/mlruns", f"sqlite:///{scratch}/mlflow.db"):
            mlflow.set_tracking_uri(address)
            mlflow.set_experiment("one-weight")
            for name, last in (("fine", 99), ("broken", 3)):
                mlflow.start_run(run_name=name)
                mlflow.log_params({**SETTINGS, "model/layers": 1})
                for each in training():
                    time.sleep(0.005)  # its clock counts milliseconds
                    mlflow.log_metric("train/loss", each.loss, step=each.step)
                    if each.val_loss is not None:
                        time.sleep(0.005)
                        mlflow.log_metrics({"val_loss": each.val_loss, "odd": float("nan")}, step=each.epoch)
                    if each.step == last:
                        break
                mlflow.end_run("FINISHED" if name == "fine" else "FAILED")
        left_out = shutil.ignore_patterns("artifacts", "0", ".trash", "mlflow.source*")
        shutil.copytree(Path(scratch) / "mlruns", folder / "mlruns", ignore=left_out)
        without_places(folder, scratch)
        with closing(sqlite3.connect(Path(scratch) / "mlflow.db", isolation_level=None)) as connection:
            connection.execute("UPDATE runs SET artifact_uri = ?, user_id = 'somebody'", (ANYWHERE,))
            connection.execute("UPDATE experiments SET artifact_location = ?", (ANYWHERE,))
            connection.execute("DELETE FROM tags WHERE key LIKE 'mlflow.source%'")
        pack(Path(scratch) / "mlflow.db", folder)


def trackio(folder: Path) -> None:
    """A project of two runs."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["TRACKIO_DIR"] = scratch
        import trackio

        for name in ("first", "lr/0.1"):
            trackio.init(project="one-weight", name=name, config={**SETTINGS, "model": {"layers": 1}}, embed=False)
            for each in training():
                val = {} if each.val_loss is None else {"val": {"loss": each.val_loss}, "odd": float("nan")}
                trackio.log({"train/loss": each.loss, "epoch": each.epoch, **val})
            trackio.finish()
        (file,) = Path(scratch).glob("*.db")
        pack(file, folder)


def pack(database: Path, folder: Path) -> None:
    """Keep an SQLite file; its pages are nearly empty, so it is packed."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
        for each in ("journal_mode = DELETE", "page_size = 512"):
            connection.execute(f"PRAGMA {each}")
        connection.execute("VACUUM")
        connection.execute(f"PRAGMA journal_mode = {mode}")
    (folder / f"{database.name}.gz").write_bytes(gzip.compress(database.read_bytes(), mtime=0))


def lightning(folder: Path) -> None:
    """The CSV of a LightningModule that logs each step and each epoch."""
    import lightning
    from lightning.pytorch.loggers import CSVLogger

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = OneWeight()

        def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
            loss = nn.functional.mse_loss(self.network(batch[0]), batch[1])
            self.log("train_loss", loss)
            return loss

        def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
            self.log("val_loss", nn.functional.mse_loss(self.network(batch[0]), batch[1]))

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=RATE)

    with tempfile.TemporaryDirectory() as scratch:
        trainer = lightning.Trainer(
            max_epochs=EPOCHS, accelerator="cpu", logger=CSVLogger(scratch), log_every_n_steps=1,
            enable_checkpointing=False, enable_progress_bar=False, num_sanity_val_steps=0,
        )  # fmt: skip
        loaders = [torch.utils.data.DataLoader(data(target, count)) for target, count in ((0.0, 2), (0.5, 1))]
        trainer.fit(Module(), *loaders)
        shutil.copy(next(Path(scratch).glob("**/metrics.csv")), folder)


def keras(folder: Path) -> None:
    """The CSVLogger: the loss of an epoch is the mean of its two steps."""
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(optimizer=keras.optimizers.SGD(RATE), loss="mse")
    one = np.ones((2, 1), dtype="float32")
    logger = keras.callbacks.CSVLogger(str(folder / "training.csv"))
    model.fit(one, 0 * one, batch_size=1, epochs=EPOCHS, shuffle=False, verbose=0,
              validation_data=(one, one / 2), callbacks=[logger])  # fmt: skip


def fastai(folder: Path) -> None:
    """The CSVLogger: the training's loss is smoothed over all steps."""
    from fastai.callback.progress import CSVLogger
    from fastai.learner import DataLoaders, Learner
    from fastai.optimizer import SGD

    loaders = DataLoaders.from_dsets(data(0.0, 2), data(0.5, 1), bs=1, device="cpu", num_workers=0)
    with tempfile.TemporaryDirectory() as scratch:
        learner = Learner(loaders, OneWeight(), loss_func=nn.functional.mse_loss, opt_func=SGD, path=scratch)
        with learner.no_bar(), learner.no_logging():
            learner.fit(EPOCHS, RATE, cbs=CSVLogger(fname="history.csv"))
        shutil.copy(Path(scratch) / "history.csv", folder)


def transformers(folder: Path) -> None:
    """The state that Trainer saves."""
    from transformers import Trainer, TrainingArguments

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = OneWeight()

        def forward(self, inputs: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            logits = self.network(inputs)
            return {"loss": nn.functional.mse_loss(logits, labels), "logits": logits}

    train, val = ([{"inputs": torch.ones(1), "labels": torch.full((1,), target)}] for target in (0.0, 0.5))
    with tempfile.TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            scratch, num_train_epochs=EPOCHS, per_device_train_batch_size=1, learning_rate=RATE, optim="sgd",
            lr_scheduler_type="constant", logging_steps=1, eval_strategy="epoch", save_strategy="no", max_grad_norm=0.0,
            report_to=[], disable_tqdm=True, use_cpu=True,
        )  # fmt: skip
        trainer = Trainer(Model(), arguments, train_dataset=train * 2, eval_dataset=val)
        trainer.train()
        trainer.save_state()
        shutil.copy(Path(scratch) / "trainer_state.json", folder)


def mmengine(folder: Path) -> None:
    """The text and the JSON lines of a Runner that logs every second step."""
    from mmengine.evaluator import BaseMetric, Evaluator
    from mmengine.model import BaseModel
    from mmengine.runner import Runner

    class Model(BaseModel):
        def __init__(self) -> None:
            super().__init__()
            self.network = OneWeight()

        def forward(self, inputs: torch.Tensor, target: torch.Tensor, mode: str) -> object:
            loss = nn.functional.mse_loss(self.network(inputs), target)
            return {"loss": loss} if mode == "loss" else [loss.item()]

    class Loss(BaseMetric):
        default_prefix = "val"

        def process(self, _: object, outputs: list[float]) -> None:
            self.results += outputs

        def compute_metrics(self, results: list[float]) -> dict[str, float]:
            return {"loss": sum(results) / len(results)}

    loaders = [torch.utils.data.DataLoader(data(target, count)) for target, count in ((0.0, 2), (0.5, 1))]
    with tempfile.TemporaryDirectory() as scratch:
        runner = Runner(
            Model(), scratch, train_dataloader=loaders[0], val_dataloader=loaders[1], val_evaluator=Evaluator(Loss()),
            train_cfg={"by_epoch": True, "max_epochs": EPOCHS, "val_interval": 1}, val_cfg={},
            optim_wrapper={"optimizer": {"type": "SGD", "lr": RATE}},
            default_hooks={"logger": {"type": "LoggerHook", "interval": 2}, "checkpoint": None},
            log_processor={"window_size": 1}, experiment_name="one-weight",
        )  # fmt: skip
        runner.train()
        (text,) = Path(scratch).glob("*/*.log")
        machine = re.compile("System environment:.*?(?=Runtime environment:)", re.DOTALL)
        (folder / "20260101_000000.log").write_text(machine.sub("", text.read_text()))
        shutil.copy(text.parent / "vis_data" / "scalars.json", folder)
        without_places(folder, scratch)


def ultralytics(folder: Path) -> None:
    """YOLO on four random pictures, and what it told its callbacks."""
    import numpy as np
    from PIL import Image
    from ultralytics import YOLO

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        (root / "images").mkdir()
        (root / "labels").mkdir()
        chance = np.random.default_rng(0)
        for number in range(4):
            Image.fromarray(chance.integers(0, 255, (64, 64, 3), dtype=np.uint8)).save(root / f"images/{number}.png")
            (root / f"labels/{number}.txt").write_text("0 0.5 0.5 0.4 0.4\n")
        (root / "data.yaml").write_text(f"path: {scratch}\ntrain: images\nval: images\nnames: [thing]\n")
        told: list[dict[str, float]] = []

        def note(trainer: Any) -> None:
            losses = trainer.label_loss_items(trainer.tloss)
            told.append({name: float(value) for name, value in {**losses, **trainer.metrics}.items()})

        model = YOLO("yolov8n.yaml")
        model.add_callback("on_fit_epoch_end", note)
        model.train(data=str(root / "data.yaml"), epochs=YOLO_EPOCHS, imgsz=64, batch=2, device="cpu", workers=0,
                    plots=False, project=scratch, name="run", save=False, verbose=False)  # fmt: skip
        shutil.copy(root / "run" / "results.csv", folder)
    (folder / "ultralytics.json").write_text(json.dumps(told[:YOLO_EPOCHS], indent=1) + "\n")


def text(folder: Path) -> None:
    """What scripts print: a progress bar of tqdm, and the lines of nanoGPT and of PyTorch's word language model."""
    import math

    from tqdm import tqdm

    with (folder / "tqdm.txt").open("w") as file:
        for epoch, steps in groupby(training(), key=lambda each: each.epoch):
            bar = tqdm(list(steps), desc=f"Epoch {epoch + 1}/{EPOCHS}", file=file, mininterval=0, ncols=90)
            for each in bar:
                bar.set_postfix(loss=each.loss)
            print(f"Epoch {epoch + 1}: val_loss={each.val_loss:.6f}", file=file)
    with (folder / "nanogpt.txt").open("w") as file:
        for each in training():
            if each.val_loss is not None:
                print(f"step {each.step}: train loss {each.loss:.4f}, val loss {each.val_loss:.4f}", file=file)
            print(f"iter {each.step}: loss {each.loss:.4f}, time 12.34ms, mfu 1.23%", file=file)
    with (folder / "word_lm.txt").open("w") as file:
        for each in training():
            print(f"| epoch {each.epoch + 1:3d} | {each.step % 2 + 1:5d}/{STEPS_PER_EPOCH:5d} batches | "
                  f"lr {RATE:02.2f} | ms/batch {1.5:5.2f} | loss {each.loss:5.2f} | "
                  f"ppl {math.exp(each.loss):8.2f}", file=file)  # fmt: skip
            if each.val_loss is not None:
                print("-" * 89, file=file)
                print(f"| end of epoch {each.epoch + 1:3d} | time: {1.23:5.2f}s | valid loss {each.val_loss:5.2f} | "
                      f"valid ppl {math.exp(each.val_loss):8.2f}", file=file)  # fmt: skip
                print("-" * 89, file=file)


def without_places(folder: Path, scratch: str) -> None:
    """Let the logs say nothing of the machine that made them."""
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(file.read_bytes().replace(scratch.encode(), ANYWHERE.encode()))


MAKERS: tuple[Callable[[Path], None], ...] = (
    tensorboard, wandb, mlflow, trackio, lightning, keras, fastai, transformers, mmengine, ultralytics, text,
)  # fmt: skip


def main(names: list[str]) -> None:
    """Make the logs of the tools that are named, or of all."""
    for make in MAKERS:
        if not names or make.__name__ in names:
            folder = LOGS / make.__name__
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            make(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
