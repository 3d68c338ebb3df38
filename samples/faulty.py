"""A user's own script with a fault in its code, recorded by two lines: ``python samples/faulty.py never_updated``.

The network tells five kinds of points apart. What no setting can mend is in the functions named after the symptoms.
"""

import sys
import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

import dltui

LOG_EVERY, SLOW_S = 4, 0.015
FEATURES, CLASSES, WIDTH, BATCH = 20, 5, 512, 128
N_TRAIN, N_VAL = 12_000, 1000


def points(generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return training and validation set: points around one centre for each class."""
    y = torch.randint(CLASSES, (N_TRAIN + N_VAL,), generator=generator)
    centres = torch.randn(CLASSES, FEATURES, generator=generator)
    x = centres[y] + 1.5 * torch.randn(len(y), FEATURES, generator=generator)
    return x[:N_TRAIN], y[:N_TRAIN], x[N_TRAIN:], y[N_TRAIN:]


class Network(nn.Module):
    """Two hidden layers and a head."""

    def __init__(self, activation: type[nn.Module] = nn.ReLU) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(FEATURES, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.act1, self.act2 = activation(), activation()
        self.head = nn.Linear(WIDTH, CLASSES)
        self.cuts = False

    def forward(self, x: Tensor) -> Tensor:
        """Return a score for each class."""
        x = self.act2(self.fc2(self.act1(self.fc1(x))))
        return self.head(x.detach() if self.cuts else x)  # type: ignore[no-any-return]


def frozen_layers() -> Network:
    """A flag that was set for a test, and forgotten."""
    network = Network()
    network.fc2.requires_grad_(False)
    return network


def no_gradient() -> Network:
    """``.detach()`` before the head: what comes before it learns nothing."""
    network = Network()
    network.cuts = True
    return network


def saturated_units() -> Network:
    """Weights that throw every tanh to an end of its range."""
    network = Network(nn.Tanh)
    for each in (network.fc1, network.fc2, network.head):
        nn.init.normal_(each.weight, std=20.0)
    return network


def zero_init() -> Network:
    """Weights that all start at 0."""
    network = Network()
    for each in network.parameters():
        nn.init.zeros_(each)
    return network


FAULTS: dict[str, Callable[[], Network]] = {
    "frozen_layers": frozen_layers,
    "input_bound": Network,
    "never_updated": Network,
    "no_gradient": no_gradient,
    "saturated_units": saturated_units,
    "zero_init": zero_init,
}


def batches(x: Tensor, y: Tensor, *, slowly: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield an epoch in random order; ``slowly``: as from a distant disk."""
    for chosen in torch.randperm(len(x)).split(BATCH):
        if slowly:
            time.sleep(SLOW_S)
        yield x[chosen], y[chosen]


def main(fault: str) -> None:
    """Train with that fault."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network = FAULTS[fault]()
    train_x, train_y, val_x, val_y = points(torch.Generator().manual_seed(1))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.001 if fault == "saturated_units" else 0.01, momentum=0.9)
    activation = type(network.act1).__name__.lower()
    epochs = 8 if fault == "input_bound" else 20
    run = dltui.start_run(
        fault,
        hparams={"batch_size": BATCH, "activation": activation},
        task="points",
        epochs=epochs,
        steps_per_epoch=-(-N_TRAIN // BATCH),
        n_train=N_TRAIN,
        n_val=N_VAL,
        classes=CLASSES,
        loss="cross_entropy",
        seed=0,
    )
    run.watch(network, optimizer)
    step = 0
    for _ in range(epochs):
        for x, y in batches(train_x, train_y, slowly=fault == "input_bound"):
            optimizer.zero_grad()
            loss = F.cross_entropy(network(x), y)
            loss.backward()
            if fault != "never_updated":  # the line that was forgotten
                optimizer.step()
            step += 1
            if step % LOG_EVERY == 0:
                run.log(step, train_loss=loss.item())
        with torch.no_grad():
            output = network(val_x)
        accuracy = (output.argmax(1) == val_y).float().mean().item()
        run.log(step, val_loss=F.cross_entropy(output, val_y).item(), val_accuracy=accuracy)
    run.finish()


if __name__ == "__main__":
    main(sys.argv[1])
