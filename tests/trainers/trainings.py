"""What several tests of the training side share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dltui_trainers.batches import Batches
from dltui_trainers.commands import Commands
from dltui_trainers.control import Control
from dltui_trainers.log import NullLog, TrainingLog
from dltui_trainers.loop import Training
from dltui_trainers.named_task import find_task
from dltui_trainers.prepare import prepare
from dltui_trainers.runlog import METRICS, AnyRecord, Record, record_decoder

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


class ListLog(NullLog):
    """Keeps the records that the loop makes."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def write(self, record: Record) -> None:
        self.records.append(record)


def an_epoch(batches: Batches) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the batches that are left of an epoch, or those of the next."""
    batches.begin()
    while batches.left:
        yield batches.next()
    batches.end()


def make_training(folder: Path, task: str, log: TrainingLog | None = None, **hparams: object) -> Training:
    """Return a training of ``task`` on the CPU with the given hyperparameters."""
    from dltui_trainers.configure import configure

    info = find_task(task)
    checked, _ = configure(info, {name: str(value) for name, value in hparams.items()})
    return prepare(info, checked, CPU).training(folder, log or NullLog(), Commands(Control(folder)))


def read_log(folder: Path) -> list[AnyRecord]:
    """Return the records of a run; every line must be whole."""
    content = (folder / METRICS).read_bytes()
    assert content.endswith(b"\n") or not content
    return [record_decoder.decode(line) for line in content.splitlines()]
