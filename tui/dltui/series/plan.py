"""How long a training is meant to be, also after its epochs or its batch size were changed while it ran."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dltui_trainers.runlog import Manifest, Value

if TYPE_CHECKING:  # a list of runs needs what is here and no numpy
    from dltui.series.live import Live

_ROUNDING = 1e-6  # epochs are added up as fractions: 2.0000000001 steps are 2


def planned_epochs(manifest: Manifest | None, told: Mapping[str, Value], live: "Live") -> float:
    """Return the epochs that are asked for now, NaN where nothing tells them; what ``max_steps`` leaves of them."""
    epochs = _wanted_epochs(manifest, told, live)
    most = _most_steps(manifest) if manifest else math.inf
    return epochs if manifest is None or math.isinf(most) else min(epochs, _last_size(manifest, live).epoch_at(most))


def first_plan(manifest: Manifest) -> float:
    """Return the epochs that were planned when the training began; NaN where nobody told."""
    per_epoch, epochs = manifest.steps_per_epoch, float(manifest.epochs or math.nan)
    return min(epochs, _most_steps(manifest) / per_epoch) if per_epoch else epochs


def planned_steps(manifest: Manifest, live: "Live") -> float:
    """Return the steps until the planned end: those of each batch size while it held, and what is left at the last.

    NaN where nobody told the epochs, or how many steps make one.
    """
    epochs, last = _wanted_epochs(manifest, {}, live), _last_size(manifest, live)
    if math.isnan(epochs) or not last.per_epoch > 0:
        most = _most_steps(manifest)
        return most if math.isfinite(most) else math.nan
    left = math.ceil((epochs - last.epoch) * last.per_epoch - _ROUNDING) if epochs > last.epoch else 0
    return min(last.step + left, _most_steps(manifest))


@dataclass(frozen=True, slots=True, kw_only=True)
class _BatchSize:
    """At which step and epoch it was set last, the steps of an epoch since then, and of which share of it each is."""

    step: float
    epoch: float
    per_epoch: float
    share: float

    def epoch_at(self, step: float) -> float:
        """The epochs done after that step; the last batch of each may be a smaller one."""
        whole, rest = divmod(max(step - self.step, 0.0), self.per_epoch) if self.per_epoch > 0 else (math.inf, 0.0)
        return self.epoch + whole + min(rest * self.share, 1.0)


def _wanted_epochs(manifest: Manifest | None, told: Mapping[str, Value], live: "Live") -> float:
    first = (manifest.epochs or math.nan) if manifest else _positive(told.get("epochs"), math.nan)
    return float(_positive(live.settings().get("epochs"), first))


def _last_size(manifest: Manifest, live: "Live") -> _BatchSize:
    samples = manifest.data.n_train if manifest.data else 0
    step, epoch, per_epoch = 0.0, 0.0, float(manifest.steps_per_epoch)
    batch = manifest.processes * _positive(manifest.hparams.get("batch_size"), 0.0)
    for event in live.standing():
        size = manifest.processes * _positive(event.to, 0.0) if event.hparam == "batch_size" else 0.0
        if size and per_epoch > 0:
            epoch += (event.step - step) / per_epoch
            step, per_epoch, batch = float(event.step), float(math.ceil(samples / size)), size
    share = batch / samples if batch and samples else 1 / max(per_epoch, 1.0)
    return _BatchSize(step=step, epoch=epoch, per_epoch=per_epoch, share=share)


def _most_steps(manifest: Manifest) -> float:
    """The steps after which it ends, whatever the epochs."""
    return _positive(manifest.hparams.get("max_steps"), math.inf)


def _positive(value: Value, otherwise: float) -> float:
    """The number, if it is one that counts something."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    return float(value) if known and isinstance(value, (int, float)) else otherwise
