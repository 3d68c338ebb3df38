"""Scripts that train, each with one fault that people make."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui.diagnosis.finding import Severity, Symptom
from planted.networks import CLASSES, FEATURES, STEPS, WIDTH, batches, mlp, named, settled, train
from planted.recorded import Script

INFO, WARNING, CRITICAL = Severity.INFO, Severity.WARNING, Severity.CRITICAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A script, and what must be said of it: the symptom, how bad at least, and the layers that are named."""

    script: Callable[[Script], None]
    symptom: Symptom
    layers: tuple[str, ...]
    severity: Severity = WARNING
    steps: int = STEPS


def zero_weights(script: Script) -> None:
    train(script, settled(mlp(), lambda each: (each.weight.zero_(), each.bias.zero_())[0]))


def constant_weights(script: Script) -> None:
    train(script, settled(mlp(depth=3), lambda each: (each.weight.fill_(0.05), each.bias.zero_())[0]))


def huge_weights(script: Script) -> None:
    model = settled(mlp(depth=4), lambda each: each.weight.normal_(std=10.0))
    train(script, model, torch.optim.Adam(model.parameters(), lr=1e-3))


def tiny_weights(script: Script) -> None:
    train(script, settled(mlp(nn.Tanh, depth=6), lambda each: each.weight.normal_(std=1e-3)))


def dead_by_bias(script: Script) -> None:
    model = mlp()
    nn.init.constant_(model.get_submodule("fc2").bias, -100.0)  # type: ignore[arg-type]
    train(script, model)


def exploding_recurrence(script: Script) -> None:
    class Deep(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.RNN(1, WIDTH, batch_first=True)
            self.head = nn.Linear(WIDTH, CLASSES)
            nn.init.normal_(self.rnn.weight_hh_l0, std=0.6)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.rnn(x)[0][:, -1])  # type: ignore[no-any-return]

    generator = torch.Generator().manual_seed(0)
    data = ((torch.randn(64, 60, 1, generator=generator) * 0.01, y) for _, y in batches())
    model = Deep()
    train(script, model, torch.optim.SGD(model.parameters(), lr=1e-6), data=data)


def deep_sigmoid(script: Script) -> None:
    train(script, mlp(nn.Sigmoid, depth=8))


def huge_tanh(script: Script) -> None:
    model = settled(mlp(nn.Tanh, depth=4), lambda each: each.weight.normal_(std=20.0))
    train(script, model, torch.optim.SGD(model.parameters(), lr=1e-3))


def frozen_in_the_middle(script: Script) -> None:
    model = mlp(depth=3)
    model.get_submodule("fc2").requires_grad_(False)
    train(script, model)


def frozen_last(script: Script) -> None:
    model = mlp(depth=3)
    model.get_submodule("head").requires_grad_(False)
    train(script, model)


class Two(nn.Module):
    """An encoder of two layers and a head; what lies between them is for the fault to say."""

    def __init__(self, between: Callable[[Tensor], Tensor] = lambda x: x) -> None:
        super().__init__()
        self.encoder1 = nn.Linear(FEATURES, WIDTH)
        self.encoder2 = nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.between(torch.relu(self.encoder2(torch.relu(self.encoder1(x))))))  # type: ignore[no-any-return]


def detached(script: Script) -> None:
    train(script, Two(lambda x: x.detach()))


def without_gradients(script: Script) -> None:
    class Blind(Two):
        def forward(self, x: Tensor) -> Tensor:
            with torch.no_grad():
                x = torch.relu(self.encoder2(torch.relu(self.encoder1(x))))
            return self.head(x)  # type: ignore[no-any-return]

    train(script, Blind())


def never_used(script: Script) -> None:
    class Forgetful(Two):
        def __init__(self) -> None:
            super().__init__()
            self.skip = nn.Linear(FEATURES, WIDTH)

    train(script, Forgetful())


def loss_of_nothing(script: Script) -> None:
    train(script, Two(), loss=lambda output, y: F.cross_entropy(output, y) * 0.0)


def no_step(script: Script) -> None:
    train(script, mlp(), steps=False)


def missing_in_optimizer(script: Script) -> None:
    model = Two()
    chosen = [*model.encoder1.parameters(), *model.head.parameters()]
    train(script, model, torch.optim.SGD(chosen, lr=0.1))


def replaced_head(script: Script) -> None:
    model = Two()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.head = nn.Linear(WIDTH, CLASSES)  # as one does for other classes, and the optimiser has the old one
    train(script, model, optimizer)


def zero_rate(script: Script) -> None:
    model = mlp()
    train(script, model, torch.optim.Adam(model.parameters(), lr=0.0))


def group_without_rate(script: Script) -> None:
    model = Two()
    groups = [
        {"params": [*model.encoder1.parameters(), *model.head.parameters()], "lr": 0.1},
        {"params": list(model.encoder2.parameters()), "lr": 0.0},
    ]
    train(script, model, torch.optim.SGD(groups, lr=0.1))


class Entropy(nn.Module):
    """Multiplies what may be 0 with its logarithm."""

    def forward(self, x: Tensor) -> Tensor:
        shares = torch.relu(x)
        return shares * torch.log(shares)


def log_of_zero(script: Script) -> None:
    train(script, named(fc1=nn.Linear(FEATURES, WIDTH), entropy=Entropy(), head=nn.Linear(WIDTH, CLASSES)))


class Length(nn.Module):
    """The square root of what may be 0, whose slope is infinite there."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sqrt((x - x.detach()) ** 2 + torch.relu(x))


def root_of_zero(script: Script) -> None:
    train(script, named(fc1=nn.Linear(FEATURES, WIDTH), root=Length(), head=nn.Linear(WIDTH, CLASSES)))


def broken_sample(script: Script) -> None:
    def data() -> Iterator[tuple[Tensor, Tensor]]:
        for step, (x, y) in enumerate(batches(), 1):
            if step == 31:
                x[5, 3] = float("nan")
            yield x, y

    train(script, mlp(), data=data())


FAULTS: dict[str, Fault] = {
    "all weights 0": Fault(script=zero_weights, symptom=Symptom.ZERO_INIT, layers=("fc1", "fc2", "head")),
    "all weights 0.05": Fault(script=constant_weights, symptom=Symptom.ZERO_INIT, layers=("fc2", "fc3")),
    "weights with a deviation of 10": Fault(
        script=huge_weights, symptom=Symptom.EXPLODING_GRADIENTS, layers=("fc1", "head")
    ),
    "weights with a deviation of 0.001": Fault(
        script=tiny_weights, symptom=Symptom.VANISHING_GRADIENTS, layers=("fc1", "head"), severity=CRITICAL
    ),
    "relu with a bias of -100": Fault(script=dead_by_bias, symptom=Symptom.DEAD_UNITS, layers=("fc2",)),
    "recurrent weights too large": Fault(
        script=exploding_recurrence, symptom=Symptom.EXPLODING_GRADIENTS, layers=("rnn",)
    ),
    "eight sigmoid layers": Fault(
        script=deep_sigmoid, symptom=Symptom.VANISHING_GRADIENTS, layers=("fc1", "head"), severity=CRITICAL
    ),
    "tanh with weights of 20": Fault(
        script=huge_tanh, symptom=Symptom.SATURATED_UNITS, layers=("fc1", "fc2", "fc3", "fc4"), severity=INFO
    ),
    "a layer frozen in the middle": Fault(script=frozen_in_the_middle, symptom=Symptom.FROZEN_LAYERS, layers=("fc2",)),
    "the last layer frozen": Fault(script=frozen_last, symptom=Symptom.FROZEN_LAYERS, layers=("head",)),
    "detach() before the head": Fault(script=detached, symptom=Symptom.NO_GRADIENT, layers=("encoder1", "encoder2")),
    "no_grad() around the encoder": Fault(
        script=without_gradients, symptom=Symptom.NO_GRADIENT, layers=("encoder1", "encoder2")
    ),
    "a layer that forward() does not call": Fault(script=never_used, symptom=Symptom.NO_GRADIENT, layers=("skip",)),
    "a loss times 0": Fault(
        script=loss_of_nothing, symptom=Symptom.NO_GRADIENT, layers=("encoder1", "encoder2", "head")
    ),
    "no optimizer.step()": Fault(
        script=no_step, symptom=Symptom.NEVER_UPDATED, layers=("fc1", "fc2", "head"), severity=CRITICAL
    ),
    "a layer missing in the optimiser": Fault(
        script=missing_in_optimizer, symptom=Symptom.NEVER_UPDATED, layers=("encoder2",)
    ),
    "a head replaced after the optimiser": Fault(script=replaced_head, symptom=Symptom.NEVER_UPDATED, layers=("head",)),
    "a learning rate of 0": Fault(
        script=zero_rate, symptom=Symptom.NEVER_UPDATED, layers=("fc1", "fc2", "head"), severity=CRITICAL
    ),
    "a group with a learning rate of 0": Fault(
        script=group_without_rate, symptom=Symptom.NEVER_UPDATED, layers=("encoder2",)
    ),
    "a NaN in the data": Fault(script=broken_sample, symptom=Symptom.NON_FINITE, layers=(), severity=CRITICAL),
    "0 times log(0)": Fault(script=log_of_zero, symptom=Symptom.NON_FINITE, layers=("entropy",), severity=CRITICAL),
    "the gradient of sqrt(0)": Fault(
        script=root_of_zero, symptom=Symptom.NON_FINITE, layers=("root",), severity=CRITICAL
    ),
}
