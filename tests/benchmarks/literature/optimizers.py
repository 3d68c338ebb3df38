"""The seven optimisers, each at the best learning rate of the same grid."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.faults.config import Config
from benchmarks.literature.compare import Seeds, above, below, not_above, not_below
from benchmarks.literature.table import Claim, Judge, Table, difference_claim
from benchmarks.literature.trainings import Result, Trainings, accuracy_of, over
from dltui_trainers.choices import Optimizer

TUNING_SEED = 100
SEEDS = (0, 1, 2, 3, 4)
GRID = tuple(10 ** (power / 2) for power in range(-8, 1))
"""1e-4 to 1, two to a power of ten."""
BASE = Config(
    task="mnist1d",
    settings={
        "model": "cnn",
        "layers": "3",
        "channels": "10",
        "batch_size": "100",
        "epochs": "15",
        "schedule": "cosine",
        "weight_decay": "1e-4",
    },
    eval_every=5,
)
PLAIN = (Optimizer.SGD, Optimizer.MOMENTUM, Optimizer.NESTEROV)
ADAPTIVE = (Optimizer.ADAGRAD, Optimizer.RMSPROP, Optimizer.ADAM, Optimizer.ADAMW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """An optimiser at two learning rates: the best for the loss on the training set, and for the validation"
    " accuracy."""

    train_lr: float
    val_lr: float
    train_loss: Seeds
    accuracy: Seeds


def measure(trainings: Trainings) -> Table:
    """Tune each optimiser with one seed, and train it at its best learning rates with others."""
    tuned = _tune(trainings)
    rows = [("optimizer", "lr for the train loss", "train loss", "lr for the accuracy", "validation accuracy")]
    for name, each in tuned.items():
        lrs = f"{each.train_lr:.2g}", f"{each.val_lr:.2g}"
        rows.append((name, lrs[0], each.train_loss.text(), lrs[1], each.accuracy.percent()))
    return Table(
        title="Optimisers, each at its best learning rate",
        sources=(
            "D. Choi and others, On Empirical Comparisons of Optimizers for Deep Learning, 2019, arXiv:1910.05446,"
            " abstract: well tuned, adaptive methods never do worse than momentum or gradient descent.",
            "A. Wilson and others, The Marginal Value of Adaptive Gradient Methods, NeurIPS 2017, arXiv:1705.08292:"
            " what adaptive methods find generalises worse than what SGD finds.",
            "R. Schmidt and others, Descending through a Crowded Valley, ICML 2021, arXiv:2007.01547, abstract: none"
            " dominates, and Adam remains a strong contender.",
            "D. Kingma and J. Ba, Adam, ICLR 2015, arXiv:1412.6980, figures 1 to 3: Adam brings the training cost lower"
            " than AdaGrad, RMSProp and SGD with Nesterov momentum.",
        ),
        setting=(
            "mnist1d, CNN of three convolutions (10 channels first), 15 epochs of batches of 100, cosine, weight decay"
            " 1e-4; lr from 1e-4 to 1, two to a power of ten, chosen with one seed; what is shown is of"
            f" {len(SEEDS)} others. Momentum 0.9 (rmsprop too), Adam's betas as torch has them."
        ),
        reached_if=(
            "never worse: not worse by more than two standard errors; better, worse, lower: by more than those. A best"
            " lr at an end of the grid is shown as it is."
        ),
        notes=(
            "Choi and Wilson contradict each other on the accuracy; at most one of them can be reached clearly.",
            "of the misses, after the first run: an lr chosen with a single seed lies at the edge for adam, adagrad and"
            " rmsprop, where other seeds fare much worse; Choi tunes much more than the lr.",
        ),
        rows=tuple(rows),
        claims=_claims(tuned),
    )


def _tune(trainings: Trainings) -> dict[Optimizer, Tuned]:
    configs = {(name, lr): BASE.but(optimizer=name, lr=f"{lr:.4g}") for name in Optimizer for lr in GRID}
    first = {key: found[0] for key, found in trainings.over_seeds(configs, (TUNING_SEED,)).items()}
    lrs = {name: _best_lrs({lr: first[name, lr] for lr in GRID}) for name in Optimizer}
    chosen = {(name, lr): configs[name, lr] for name, pair in lrs.items() for lr in pair}
    results = trainings.over_seeds(chosen, SEEDS)
    return {
        name: Tuned(
            train_lr=train_lr,
            val_lr=val_lr,
            train_loss=over(results[name, train_lr], lambda each: each.train_loss),
            accuracy=accuracy_of(results[name, val_lr]),
        )
        for name, (train_lr, val_lr) in lrs.items()
    }


def _best_lrs(results: Mapping[float, Result]) -> tuple[float, float]:
    """Those of the lowest loss on the training set and of the highest accuracy; of equals the smallest."""
    finite = [lr for lr, each in results.items() if each.train_loss < float("inf")] or list(results)
    return (
        min(finite, key=lambda lr: results[lr].train_loss),
        max(finite, key=lambda lr: results[lr].accuracy),
    )


def _claims(tuned: Mapping[Optimizer, Tuned]) -> tuple[Claim, ...]:
    return *_of_accuracy(tuned), *_of_train_loss(tuned)


def _of_accuracy(tuned: Mapping[Optimizer, Tuned]) -> tuple[Claim, ...]:
    found = {name: each.accuracy for name, each in tuned.items()}
    adam = found[Optimizer.ADAM]
    plain, adaptive, best = (_highest(found, names) for names in (PLAIN, ADAPTIVE, Optimizer))
    trials: tuple[tuple[str, str, Seeds, Seeds, Judge], ...] = (
        (f"Choi: accuracy, adam - best plain one ({plain})", "not lower", adam, found[plain], not_below),
        (
            f"Wilson: accuracy, best plain one ({plain}) - best adaptive one ({adaptive})",
            "higher",
            found[plain],
            found[adaptive],
            above,
        ),
        (f"Schmidt: accuracy, adam - best of all ({best})", "not lower", adam, found[best], not_below),
    )
    return tuple(difference_claim(*trial, unit=" points") for trial in trials)


def _of_train_loss(tuned: Mapping[Optimizer, Tuned]) -> tuple[Claim, ...]:
    found = {name: each.train_loss for name, each in tuned.items()}
    adam = found[Optimizer.ADAM]
    plain = min(PLAIN, key=lambda name: found[name].mean)
    return (
        difference_claim(
            f"Choi: train loss, adam - best plain one ({plain})", "not higher", adam, found[plain], not_above
        ),
        *(
            difference_claim(f"Kingma and Ba: train loss, adam - {other}", "lower", adam, found[other], below)
            for other in (Optimizer.ADAGRAD, Optimizer.RMSPROP, Optimizer.NESTEROV)
        ),
    )


def _highest(values: Mapping[Optimizer, Seeds], names: Iterable[Optimizer]) -> Optimizer:
    return max(names, key=lambda name: values[name].mean)
