"""Sound scripts, some of which look like a fault: frozen, starting at 0, or at the ends of a range on purpose."""

import copy
import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from planted.networks import BATCH, CLASSES, FEATURES, STEPS, WIDTH, batches, mlp, named, train
from planted.recorded import Script


def small_mlp(script: Script) -> None:
    train(script, mlp())


def adam_with_warm_up(script: Script) -> None:
    model = mlp(nn.GELU, depth=3)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)

    def warm_up(step: int) -> None:
        optimizer.param_groups[0]["lr"] = 3e-3 * min(1.0, (step - 1) / 10)

    train(script, model, optimizer, before=warm_up)


def tanh_mlp(script: Script) -> None:
    train(script, mlp(nn.Tanh, depth=3))


def sigmoid_mlp(script: Script) -> None:
    model = mlp(nn.Sigmoid)
    train(script, model, torch.optim.Adam(model.parameters(), lr=0.01))


def summed_loss(script: Script) -> None:
    model = mlp()
    train(
        script,
        model,
        torch.optim.SGD(model.parameters(), lr=1e-3),
        loss=lambda output, y: F.cross_entropy(output, y, reduction="sum"),
    )


def convolutions(script: Script) -> None:
    model = named(
        conv1=nn.Conv1d(1, 8, 3, padding=1),
        bn1=nn.BatchNorm1d(8),
        relu1=nn.ReLU(),
        conv2=nn.Conv1d(8, 16, 3, padding=1),
        bn2=nn.BatchNorm1d(16),
        relu2=nn.ReLU(),
        flat=nn.Flatten(),
        head=nn.Linear(16 * FEATURES, CLASSES),
    )
    train(script, model, data=((x.unsqueeze(1), y) for x, y in batches()))


class Recurrent(nn.Module):
    """A GRU over the numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(1, WIDTH, batch_first=True)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(x.unsqueeze(-1))[0][:, -1])  # type: ignore[no-any-return]


def recurrent(script: Script) -> None:
    model = Recurrent()
    train(script, model, torch.optim.Adam(model.parameters(), lr=0.01), clip=1.0)


class Transformer(nn.Module):
    """A small encoder with positions that start at 0, and a last layer that does."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(1, WIDTH)
        self.positions = nn.Parameter(torch.zeros(1, FEATURES, WIDTH))
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 64, dropout=0.1, batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(WIDTH, CLASSES)
        nn.init.zeros_(self.head.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.encoder(self.embed(x.unsqueeze(-1)) + self.positions).mean(1))  # type: ignore[no-any-return]


def transformer(script: Script) -> None:
    model = Transformer()
    train(script, model, torch.optim.AdamW(model.parameters(), lr=3e-3))


class Text(nn.Module):
    """An embedding whose matrix is the last layer's too."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, WIDTH)
        self.mix = nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, 50, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.head(torch.tanh(self.mix(self.embed(x)))).flatten(0, 1)  # type: ignore[no-any-return]


def tied_weights(script: Script) -> None:
    generator = torch.Generator().manual_seed(0)
    words = [torch.randint(40, (BATCH, 8), generator=generator) for _ in range(STEPS)]
    model = Text()
    train(
        script,
        model,
        torch.optim.Adam(model.parameters(), lr=0.01),
        data=((each, (each.flatten() + 1) % 50) for each in words),
    )


def frozen_backbone(script: Script) -> None:
    model = mlp(depth=3)
    for name in ("fc1", "fc2"):
        model.get_submodule(name).requires_grad_(False)
    train(script, model)


def head_in_optimizer(script: Script) -> None:
    model = mlp(depth=3)
    train(script, model, torch.optim.SGD(model.get_submodule("head").parameters(), lr=0.1))


class Adapted(nn.Module):
    """A frozen layer with an adapter of low rank beside it, whose second matrix starts at 0 (LoRA)."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.base = layer.requires_grad_(False)
        self.lora_A = nn.Linear(layer.in_features, 2, bias=False)
        self.lora_B = nn.Linear(2, layer.out_features, bias=False)
        nn.init.zeros_(self.lora_B.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.base(x) + self.lora_B(self.lora_A(x))  # type: ignore[no-any-return]


def adapters(script: Script) -> None:
    model = named(
        fc1=Adapted(nn.Linear(FEATURES, WIDTH)),
        act1=nn.ReLU(),
        fc2=Adapted(nn.Linear(WIDTH, WIDTH)),
        act2=nn.ReLU(),
        head=Adapted(nn.Linear(WIDTH, CLASSES)),
    )
    train(script, model, torch.optim.Adam(model.parameters(), lr=0.01))


class Student(nn.Module):
    """A network with a copy of itself that follows it and is not trained."""

    def __init__(self) -> None:
        super().__init__()
        self.student = mlp()
        self.teacher = copy.deepcopy(self.student).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        return self.student(x)  # type: ignore[no-any-return]


def moving_average(script: Script) -> None:
    model = Student()

    def follow(step: int) -> None:
        with torch.no_grad():
            for slow, fast in zip(model.teacher.parameters(), model.student.parameters(), strict=True):
                slow.lerp_(fast, 0.1)

    train(script, model, before=follow)


class Residual(nn.Module):
    """A branch that starts at 0 and is left out of some steps at random (stochastic depth)."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        nn.init.zeros_(self.two.weight)

    def forward(self, x: Tensor) -> Tensor:
        if self.training and float(torch.rand(())) < 0.3:
            return x
        return x + self.two(torch.relu(self.one(x)))  # type: ignore[no-any-return]


def stochastic_depth(script: Script) -> None:
    train(script, named(stem=nn.Linear(FEATURES, WIDTH), a=Residual(), b=Residual(), head=nn.Linear(WIDTH, CLASSES)))


def yes_or_no(script: Script) -> None:
    model = named(fc1=nn.Linear(FEATURES, WIDTH), act=nn.ReLU(), head=nn.Linear(WIDTH, 1), out=nn.Sigmoid())
    train(
        script,
        model,
        torch.optim.Adam(model.parameters(), lr=0.03),
        loss=lambda output, y: F.binary_cross_entropy(output[:, 0], (y > 1).float()),
        data=batches(120, noise=0.3),
    )


def black_and_white(script: Script) -> None:
    model = named(down=nn.Linear(FEATURES, 8), act=nn.ReLU(), up=nn.Linear(8, FEATURES), out=nn.Sigmoid())
    pictures = ((F.one_hot(y, FEATURES).float(), F.one_hot(y, FEATURES).float()) for _, y in batches(200))
    train(script, model, torch.optim.Adam(model.parameters(), lr=0.05), loss=F.binary_cross_entropy, data=pictures)


def large_numbers(script: Script) -> None:
    """Targets of tens of thousands, as prices are, and inputs of hundreds."""
    model = named(
        fc1=nn.Linear(FEATURES, WIDTH),
        act1=nn.ReLU(),
        fc2=nn.Linear(WIDTH, WIDTH),
        act2=nn.ReLU(),
        head=nn.Linear(WIDTH, 1),
    )
    data = ((100 * x, (20_000 + 3000 * x[:, :1])) for x, _ in batches(200))
    train(script, model, torch.optim.Adam(model.parameters(), lr=0.01), loss=F.mse_loss, data=data)


def mixed_precision(script: Script) -> None:
    model = mlp()
    inner = model.forward

    def forward(x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return inner(x).float()

    model.forward = forward  # type: ignore[method-assign]
    train(script, model)


def half_weights(script: Script) -> None:
    model = mlp().to(torch.bfloat16)
    train(script, model, data=((x.to(torch.bfloat16), y) for x, y in batches()))


def trained_before(script: Script) -> None:
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for x, y in batches(200):
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()
    train(script, model, torch.optim.SGD(model.parameters(), lr=1e-3), data=batches(STEPS, seed=0))


def wide_gate(script: Script) -> None:
    """A gate that lets nearly all through, as those of squeeze-and-excitation come to do."""

    class Gated(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.gate, self.sigmoid = nn.Linear(FEATURES, WIDTH), nn.Linear(FEATURES, WIDTH), nn.Sigmoid()
            self.head = nn.Linear(WIDTH, CLASSES)
            nn.init.constant_(self.gate.bias, 2.0)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.relu(self.fc1(x)) * self.sigmoid(self.gate(x)))  # type: ignore[no-any-return]

    train(script, Gated())


def restarts(script: Script) -> None:
    """A learning rate that goes to 0 and up again, again and again."""
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def cosine(step: int) -> None:
        optimizer.param_groups[0]["lr"] = 0.05 * (1 + math.cos(math.pi * (step % 15) / 14))

    train(script, model, optimizer, before=cosine)


def two_optimizers(script: Script) -> None:
    """Body and head, each with an optimiser of its own."""
    model = mlp()
    body = torch.optim.Adam(
        [*model.get_submodule("fc1").parameters(), *model.get_submodule("fc2").parameters()], lr=0.01
    )
    head = torch.optim.SGD(model.get_submodule("head").parameters(), lr=0.1)
    script.run.watch(model, [body, head], every=1)
    for step, (x, y) in enumerate(batches(), 1):
        body.zero_grad()
        head.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        body.step()
        head.step()
        script.log(step, train_loss=loss.item())


def adversarial(script: Script) -> None:
    """A generator and a discriminator, trained by turns."""
    make = named(fc1=nn.Linear(4, WIDTH), act=nn.ReLU(), head=nn.Linear(WIDTH, FEATURES), out=nn.Tanh())
    judge = named(fc1=nn.Linear(FEATURES, WIDTH), act=nn.LeakyReLU(0.2), head=nn.Linear(WIDTH, 1))
    by_make, by_judge = (torch.optim.Adam(each.parameters(), lr=1e-3) for each in (make, judge))
    script.run.watch([make, judge], [by_make, by_judge], every=1)
    real, false = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)
    for step, (x, _) in enumerate(batches(), 1):
        made = make(torch.randn(BATCH, 4))
        by_judge.zero_grad()
        loss = F.binary_cross_entropy_with_logits(judge(x.tanh()), real)
        loss = loss + F.binary_cross_entropy_with_logits(judge(made.detach()), false)
        loss.backward()
        by_judge.step()
        by_make.zero_grad()
        fooled = F.binary_cross_entropy_with_logits(judge(made), real)
        fooled.backward()
        by_make.step()
        script.log(step, train_loss=fooled.item())


def accumulated(script: Script) -> None:
    """Four batches for each step."""
    model = mlp()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    script.watch(model, optimizer)
    data: Iterator[tuple[Tensor, Tensor]] = batches(4 * STEPS)
    for step, (x, y) in enumerate(data, 1):
        loss = F.cross_entropy(model(x), y) / 4
        loss.backward()
        if step % 4 == 0:
            optimizer.step()
            optimizer.zero_grad()
        script.log(step, train_loss=4 * loss.item())


HEALTHY: dict[str, Callable[[Script], None]] = {
    "MLP": small_mlp,
    "AdamW with a warm-up from 0": adam_with_warm_up,
    "tanh": tanh_mlp,
    "sigmoid": sigmoid_mlp,
    "a loss that is summed": summed_loss,
    "CNN with batch norm": convolutions,
    "GRU with clipping": recurrent,
    "transformer": transformer,
    "tied weights": tied_weights,
    "a frozen backbone": frozen_backbone,
    "only the head in the optimiser": head_in_optimizer,
    "adapters (LoRA)": adapters,
    "a teacher that follows": moving_average,
    "stochastic depth, branches that start at 0": stochastic_depth,
    "sigmoid at the end, sure of its answers": yes_or_no,
    "pictures in black and white": black_and_white,
    "targets of tens of thousands": large_numbers,
    "bfloat16 by autocast": mixed_precision,
    "bfloat16 weights": half_weights,
    "trained before": trained_before,
    "a gate that is open": wide_gate,
    "a learning rate that goes to 0 and up again": restarts,
    "two optimisers": two_optimizers,
    "a generator and a discriminator": adversarial,
    "gradients of four batches added up": accumulated,
}
