"""Networks and data of the scripts, as anybody writes them: ten numbers, of which the class is to be told."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from planted.recorded import Script

FEATURES, CLASSES, WIDTH, BATCH = 10, 4, 32, 64
STEPS = 60

Forward = Callable[[Tensor], Tensor]


def batches(steps: int = STEPS, seed: int = 0, noise: float = 1.5) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield batches around one centre for each class; at that noise some samples look like another class."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(CLASSES, FEATURES, generator=generator)
    for _ in range(steps):
        y = torch.randint(CLASSES, (BATCH,), generator=generator)
        yield centres[y] + noise * torch.randn(BATCH, FEATURES, generator=generator), y


def mlp(activation: type[nn.Module] = nn.ReLU, depth: int = 2) -> nn.Sequential:
    """Layers ``fc1``, ``fc2`` ... and the last one, ``head``."""
    layers: dict[str, nn.Module] = {}
    width = FEATURES
    for number in range(1, depth + 1):
        layers[f"fc{number}"] = nn.Linear(width, WIDTH)
        layers[f"act{number}"] = activation()
        width = WIDTH
    return named(**layers, head=nn.Linear(width, CLASSES))


def named(**layers: nn.Module) -> nn.Sequential:
    """A network of those layers, in their order."""
    network = nn.Sequential()
    for name, layer in layers.items():
        network.add_module(name, layer)
    return network


def train(
    script: Script,
    model: nn.Module,
    optimizer: Optimizer | None = None,
    *,
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    data: Iterator[tuple[Any, Tensor]] | None = None,
    clip: float = 0.0,
    steps: bool = True,
    before: Callable[[int], None] | None = None,
) -> None:
    """The loop of a script, as in every tutorial. ``steps``: whether the optimiser's step is called."""
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    script.watch(model, optimizer)
    for step, (x, y) in enumerate(data or batches(), 1):
        if before is not None:
            before(step)
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        if steps:
            optimizer.step()
        script.log(step, train_loss=value.item(), lr=optimizer.param_groups[0]["lr"])


def settled(model: nn.Module, change: Callable[[nn.Linear], None]) -> nn.Module:
    """Return the model after that change of each of its linear layers."""
    with torch.no_grad():
        for each in model.modules():
            if isinstance(each, nn.Linear):
                change(each)
    return model
