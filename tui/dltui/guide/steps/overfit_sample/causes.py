"""Why a network does not learn a handful of samples, in the order in which it is worth trying.

Source: CS231n, six steps, step 2: a loss that does not go down means a learning rate too low or a bad initialisation;
one that is infinite or no number, a learning rate too high. The rest is what a network can lack: size, a norm.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dltui.guide.trial import Trial
from dltui_trainers.choices import Init, Model, Norm, Optimizer
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

FASTER = 10.0
MUCH_FASTER = 100.0
"""Plain SGD takes rates a hundred times those of Adam."""
SLOWER = (0.1, 0.01)
USUAL = 3.0
"""A learning rate within this factor of one that was tried is the same."""
LARGER = 4
BENT = 3
"""The lowest degree that is worth a try."""
LAYERS = 2
"""Hidden layers for a network that has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What may be wrong, and the change that would show it.

    ``key``: ``lr``, ``size``, ``init``, ``norm`` or ``optimizer``.
    """

    key: str
    name: str
    settings: Mapping[str, Value]

    def trial(self, sample: Mapping[str, Value], lr: float) -> Trial:
        """Return the training that tries it; where it is not about the learning rate, at ``lr``."""
        return Trial(name=self.name, settings={**sample, "lr": lr, **self.settings})


def faster(hparams: Hparams) -> Cause:
    """Return the first to try, ten times the learning rate."""
    return _rate(hparams, FASTER)


def causes(task: TaskInfo, hparams: Hparams, *, blew_up: bool) -> list[Cause]:
    """Return what to try beside ten times the learning rate. ``blew_up``: the loss rose, or became no number."""
    rates = [_rate(hparams, factor) for factor in (SLOWER if blew_up else (MUCH_FASTER, *SLOWER))]
    usual = task.defaults.get("lr", CATALOGUE["lr"].default)
    tried = [hparams.lr * factor for factor in (1.0, FASTER, *SLOWER)]
    if all(max(usual / each, each / usual) > USUAL for each in tried):
        rates.append(Cause(key="lr", name="lr-usual", settings={"lr": usual}))
    last = [*_norms(task, hparams), *_optimizers(hparams)]
    return [*rates, *last] if blew_up else [*rates, *_sizes(task, hparams), *_inits(task, hparams), *last]


def _rate(hparams: Hparams, factor: float) -> Cause:
    rate = float(f"{min(hparams.lr * factor, CATALOGUE['lr'].high):.4g}")
    return Cause(key="lr", name=f"lr-x{factor:g}", settings={"lr": rate})


def _sizes(task: TaskInfo, hparams: Hparams) -> list[Cause]:
    """A larger network: wider, or with hidden layers if it has none; a polynomial of a higher degree."""
    if "degree" in task.reads:
        degree = min(max(2 * hparams.degree + 1, BENT), int(CATALOGUE["degree"].high))
        settings: dict[str, Value] = {"degree": degree}
    elif "layers" in task.reads and hparams.layers == 0:
        settings = {"layers": LAYERS}
    elif hparams.model is Model.CNN:
        settings = {"channels": min(LARGER * hparams.channels, int(CATALOGUE["channels"].high))}
    else:
        settings = {"width": min(LARGER * hparams.width, int(CATALOGUE["width"].high))}
    return [Cause(key="size", name="larger", settings=settings)] if set(settings) <= set(task.reads) else []


def _inits(task: TaskInfo, hparams: Hparams) -> list[Cause]:
    others = [init for init in (Init.HE, Init.ORTHOGONAL) if init is not hparams.init]
    return [
        Cause(key="init", name=f"init-{init}", settings={"init": init.value})
        for init in others
        if "init" in task.reads and hparams.layers
    ]


def _norms(task: TaskInfo, hparams: Hparams) -> list[Cause]:
    """A norm for a network without one; a transformer has its own."""
    lacks = "norm" in task.reads and hparams.norm is Norm.NONE and hparams.layers and hparams.model != Model.TRANSFORMER
    return [Cause(key="norm", name="norm-layer", settings={"norm": Norm.LAYER.value})] if lacks else []


def _optimizers(hparams: Hparams) -> list[Cause]:
    """Adam, whose steps are as large where the gradients have all but vanished, at the learning rate usual for it."""
    if hparams.optimizer in (Optimizer.ADAM, Optimizer.ADAMW):
        return []
    usual = CATALOGUE["lr"].default
    return [Cause(key="optimizer", name="adam", settings={"optimizer": Optimizer.ADAM.value, "lr": usual})]
