"""The largest learning rate at which a deep network still learns, without and with batch norm."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.faults.config import Config
from benchmarks.literature.compare import Seeds, above, at_least
from benchmarks.literature.table import Claim, Table, difference_claim
from benchmarks.literature.trainings import Result, Trainings, accuracy_of

SEEDS = (0, 1, 2)
GRID = tuple(10 ** (power / 2) for power in range(-6, 4))
"""0.001 to 31.6, two to a power of ten."""
TENFOLD = 2
"""Places in the grid."""
LEARNED = 0.5
"""The share of the untrained loss below which the loss on the training set must end."""
RATIO = 10.0
SHARED = {"optimizer": "momentum", "schedule": "constant", "init": "he", "batch_size": "128"}
NETWORKS = {
    "MLP": Config(task="digits", settings=SHARED | {"layers": "8", "width": "64", "epochs": "40"}, eval_every=10),
    "CNN": Config(
        task="mnist1d",
        settings=SHARED | {"model": "cnn", "layers": "6", "channels": "8", "epochs": "10"},
        eval_every=5,
    ),
}
NORMS = ("none", "batch")


@dataclass(frozen=True, slots=True)
class Sweep:
    """What became of one network at each learning rate of the grid, for each seed."""

    results: Mapping[float, Sequence[Result]]

    @property
    def largest(self) -> float:
        """The largest learning rate at which every seed learned; NaN where none did."""
        return max((lr for lr, found in self.results.items() if all(map(learned, found))), default=math.nan)

    @property
    def best(self) -> float:
        """The learning rate of the best mean validation accuracy."""
        return max(self.results, key=lambda lr: self.accuracy(lr).mean)

    def accuracy(self, lr: float) -> Seeds:
        return accuracy_of(self.results[lr])

    def tenfold(self) -> str:
        """The accuracy at ten times the best learning rate, for a person."""
        lrs = list(self.results)
        place = lrs.index(self.best) + TENFOLD
        return self.accuracy(lrs[place]).percent() if place < len(lrs) else "beyond the grid"


def learned(result: Result) -> bool:
    """Whether the loss on the training set fell enough; NaN did not."""
    return result.train_loss < LEARNED * result.initial_train_loss


def measure(trainings: Trainings) -> Table:
    """Train both networks at each learning rate of the grid, without and with batch norm."""
    configs = {
        (network, norm, lr): config.but(norm=norm, lr=f"{lr:.4g}")
        for network, config in NETWORKS.items()
        for norm in NORMS
        for lr in GRID
    }
    results = trainings.over_seeds(configs, SEEDS)
    sweeps = {
        (network, norm): Sweep({lr: results[network, norm, lr] for lr in GRID})
        for network in NETWORKS
        for norm in NORMS
    }
    rows = [("network", "norm", "largest lr that learns", "best lr", "validation accuracy there", "at 10x that lr")]
    for (network, norm), sweep in sweeps.items():
        best = sweep.best
        facts = (f"{sweep.largest:.2g}", f"{best:.2g}", sweep.accuracy(best).percent(), sweep.tenfold())
        rows.append((network, norm, *facts))
    return Table(
        title="Batch norm allows larger learning rates",
        sources=(
            "S. Ioffe and C. Szegedy, Batch Normalization, ICML 2015, arXiv:1502.03167, section 4.2.1 and figure 3:"
            " Inception trains at 5x and 30x its lr with batch norm, and diverges at 5x without.",
            "J. Bjorck and others, Understanding Batch Normalization, NeurIPS 2018, arXiv:1806.02375, figure 1:"
            " ResNet-110 trains without at 0.0001 and diverges at 0.003; with it, at 0.1, and is better there.",
        ),
        setting=(
            "MLP of 8 hidden layers of 64 on digits, 40 epochs; CNN of 6 convolutions (8 channels first) on mnist1d, 10"
            " epochs; ReLU, He initialisation, SGD with momentum 0.9 at a constant lr, batches of 128; lr from 0.001"
            f" to 31.6, two to a power of ten; {len(SEEDS)} seeds each."
        ),
        reached_if=(
            "the largest lr at which the loss on the training set ends below half the untrained one, for every seed, is"
            f" at least {RATIO:g}x larger with batch norm; and the accuracy at the best lr is higher with it, by more"
            " than two standard errors."
        ),
        notes=(
            "of the misses, after the first run: with He's initialisation these networks train well without batch norm"
            " too, and three seeds differ by more than is left to gain.",
        ),
        rows=tuple(rows),
        claims=tuple(
            claim for name in NETWORKS for claim in _claims(name, sweeps[name, "none"], sweeps[name, "batch"])
        ),
    )


def _claims(network: str, none: Sweep, batch: Sweep) -> tuple[Claim, Claim]:
    ratio = round(batch.largest / none.largest, 6)  # a place of the grid to another, and no digit beside
    open_ended = " or more: the grid ends there" if batch.largest == max(batch.results) else ""
    return (
        Claim(
            says=f"{network}: largest lr, batch / none",
            published=f"30x, 1000x (>= {RATIO:g}x)",
            measured=f"{ratio:.3g}x{open_ended}",
            missed=at_least(ratio, RATIO, "x"),
        ),
        difference_claim(
            f"{network}: accuracy at the best lr, batch - none",
            "higher",
            batch.accuracy(batch.best),
            none.accuracy(none.best),
            above,
            " points",
        ),
    )
