"""A training of your own, recorded by dltui: everything here is plain PyTorch but for the lines marked with ``<--``.

    python samples/scripts/plain_pytorch.py        # about a minute on a CPU
    dltui two-moons                                # in another terminal: live curves, diagnosis, advice
    dltui train --from two-moons@last --set lr=0.001    # go on from its last checkpoint, with another learning rate

The model learns two half moons, with a tenth of the labels wrong. It has 400 weights for each point that it learns
from: after some epochs it learns the wrong ones by heart, the validation loss rises, and dltui says so.
"""

import math
import time

import torch
from torch import Tensor, nn

import dltui  # <--

HPARAMS = {"lr": 0.005, "batch_size": 16, "width": 256, "epochs": 150}
SEED = 3
PAUSE_S = 0.03
"""Such a small network needs a millisecond a step: it waits, so that there is something to watch."""


def main() -> None:
    torch.manual_seed(SEED)
    (train_x, train_y), (val_x, val_y) = two_moons(160), two_moons(400)
    steps_per_epoch = math.ceil(len(train_x) / HPARAMS["batch_size"])

    run = dltui.start_run(  # <--
        "two-moons",
        hparams=HPARAMS,
        # All of the rest is optional. The more is told, the more the diagnosis can say.
        epochs=HPARAMS["epochs"],
        steps_per_epoch=steps_per_epoch,
        n_train=len(train_x),
        n_val=len(val_x),
        classes=2,
        loss="cross_entropy",
        seed=SEED,
    )

    model = make_model(run.hparams["width"])  # <-- as HPARAMS, with the changes of a branch
    optimizer = torch.optim.Adam(model.parameters(), lr=run.hparams["lr"])  # <--
    step = 0
    run.watch(model, optimizer)  # <-- layer statistics; lr and others can be set while it runs
    # The next lines let somebody go on from a step of this run. The state is asked for every few seconds.
    run.checkpoint(lambda: {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step})  # <--
    if state := run.restore():  # <-- None, unless this is such a branch
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step = state["step"]
    val_loss, val_accuracy = validate(model, val_x, val_y)
    with run:  # <-- an error ends the run as failed, with its traceback
        for _ in range(step // steps_per_epoch, HPARAMS["epochs"]):
            for batch in torch.randperm(len(train_x)).split(HPARAMS["batch_size"]):
                loss = nn.functional.cross_entropy(model(train_x[batch]), train_y[batch])
                time.sleep(PAUSE_S)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                step += 1
                run.log(step, train_loss=loss.item(), lr=optimizer.param_groups[0]["lr"])  # <--
            val_loss, val_accuracy = validate(model, val_x, val_y)
            run.log(step, val_loss=val_loss, val_accuracy=val_accuracy)  # <--
            if run.should_stop:  # <-- somebody pressed k
                break
    print(f"validation loss {val_loss:.3f}, accuracy {val_accuracy:.1%}, kept in {run.folder}")


def two_moons(count: int, wrong: float = 0.1) -> tuple[Tensor, Tensor]:
    """Return points on two half circles that reach into each other, and which of them each is on."""
    labels = torch.arange(count) % 2
    angle = torch.rand(count) * math.pi
    x = torch.where(labels == 0, angle.cos(), 1 - angle.cos())
    y = torch.where(labels == 0, angle.sin(), 0.5 - angle.sin())
    points = torch.stack((x, y), dim=1) + 0.15 * torch.randn(count, 2)
    mislabelled = torch.rand(count) < wrong
    return points, torch.where(mislabelled, 1 - labels, labels)


def make_model(width: int) -> nn.Module:
    """Return a network with two hidden layers."""
    return nn.Sequential(
        nn.Linear(2, width),
        nn.ReLU(),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Linear(width, 2),
    )


@torch.no_grad()
def validate(model: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Return the mean loss and the share of right answers."""
    output = model(x)
    right = (output.argmax(dim=1) == y).float().mean()
    return nn.functional.cross_entropy(output, y).item(), right.item()


if __name__ == "__main__":
    main()
