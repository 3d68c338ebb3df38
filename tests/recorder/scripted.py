"""A script of a user's in this process: a small network, an optimiser, and somebody who asks for things."""

import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from dltui.runs.control import ask
from dltui_trainers.recorder import Run
from dltui_trainers.runlog import EventRecord, Value
from recorder.kept import read_log

PATIENCE_S = 20.0


class Net(nn.Module):
    """Two layers, and dropout between them."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.first = nn.Linear(4, 8)
        self.act = nn.ReLU()
        self.drop = nn.Dropout(dropout)
        self.last = nn.Linear(8, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(self.drop(self.act(self.first(x))))  # type: ignore[no-any-return]


class Script:
    """The loop of a user, step by step."""

    def __init__(
        self, run: Run, model: nn.Module | None = None, optimizer: torch.optim.Optimizer | None = None
    ) -> None:
        torch.manual_seed(0)
        self.run, self.model = run, Net() if model is None else model
        self.optimizer = optimizer or torch.optim.AdamW(self.model.parameters(), lr=1e-3, weight_decay=0.01)
        self.done = 0

    def step(self, *, logs: bool = True) -> None:
        x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.model(x), y)
        torch.autograd.backward(loss)
        self.optimizer.step()
        self.done += 1
        if logs:
            self.run.log(self.done, train_loss=loss.item())

    def asked(
        self, command: str, hparam: str | None = None, value: Value = None, also: dict[str, Value] | None = None
    ) -> list[EventRecord]:
        """Ask for something, train until it is answered, and return the answers."""
        folder = folder_of(self.run)
        id = ask(folder, command, hparam=hparam, value=value, also=also, reason="a test")
        return until(lambda: [each for each in events(folder) if each.id == id], self.step)


def folder_of(run: Run) -> Path:
    assert run.folder is not None
    return run.folder


def events(folder: Path) -> list[EventRecord]:
    return [each for each in read_log(folder, is_at_work=True) if isinstance(each, EventRecord)]


def until(found: Callable[[], list[EventRecord]], meanwhile: Callable[[], object]) -> list[EventRecord]:
    """Do something until there is what is waited for."""
    end = time.monotonic() + PATIENCE_S
    while not (answers := found()):
        assert time.monotonic() < end, "nothing came"
        meanwhile()
    return answers
