"""How long a training is meant to be, also after its epochs or its batch size were changed while it ran."""

import math
from collections.abc import Mapping

from dltui.series.live import Live
from dltui_trainers.runlog import Manifest, Value

_ROUNDING = 1e-6  # epochs are added up as fractions: 2.0000000001 steps are 2


def planned_epochs(manifest: Manifest | None, told: Mapping[str, Value], live: Live) -> float:
    """Return the epochs that are asked for now, NaN where nothing tells them."""
    first = manifest.epochs if manifest else _positive(told.get("epochs"), math.nan)
    return float(_positive(live.settings().get("epochs"), first))


def planned_steps(manifest: Manifest, live: Live) -> float:
    """Return the steps until the planned end: those of each batch size while it held, and what is left at the last."""
    epochs = planned_epochs(manifest, {}, live)
    step, epoch, per_epoch = 0.0, 0.0, float(manifest.steps_per_epoch)
    for event in live.standing():
        size = _positive(event.to, 0.0) if event.hparam == "batch_size" else 0.0
        if size and per_epoch > 0:
            epoch += (event.step - step) / per_epoch
            step, per_epoch = float(event.step), math.ceil(manifest.data.n_train / size)
    left = math.ceil((epochs - epoch) * per_epoch - _ROUNDING) if epochs > epoch else 0
    return step + left


def _positive(value: Value, otherwise: float) -> float:
    """The number, if it is one that counts something."""
    known = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    return float(value) if known and isinstance(value, (int, float)) else otherwise
