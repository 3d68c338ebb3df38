"""Which network to start with: small for small data, convolutions where inputs have places, and fast enough.

The networks to choose from are built and tried by the look of step 0; this decides among what was measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import structs

from dltui.guide.budget import default_budget, needed
from dltui.guide.steps.usable import task_of
from dltui.guide.trial import Work
from dltui_trainers.choices import Model, Norm
from dltui_trainers.configure import as_text
from dltui_trainers.errors import TrainerError
from dltui_trainers.looked import DataReport, ModelReport
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

PARAMETERS_A_SAMPLE = 20
"""Networks fit well with more parameters than samples, and with many more they only take longer and overfit sooner: of
those that were tried, the largest below this is taken."""
PLACES = 4
"""Each convolution halves the map: about so many places along a side are to be left after the last one."""
GRIDS = (2, 3)
"""Dimensions of a sample that has places: signals, images."""
LAYERS = (3, 2)
CHANNELS = (32, 16)

Settings = dict[str, Value]

_CONVOLUTIONS: list[Settings] = [
    {"model": Model.CNN.value, "layers": layers, "channels": channels, "norm": Norm.BATCH.value}
    for layers in LAYERS
    for channels in CHANNELS
]
"""With a norm by batches, which lets them learn several times as fast."""
_FLAT: Settings = {"model": Model.MLP.value, "layers": 2, "width": 64}
_FEATURES: list[Settings] = [
    {"layers": 2, "width": 128},
    {"layers": 2, "width": 64},
    {"layers": 2, "width": 32},
    {"layers": 1, "width": 16},
]
_TEXTS: list[Settings] = [
    {"model": Model.TRANSFORMER.value, "layers": 2, "width": 128},
    {"model": Model.GRU.value, "layers": 1, "width": 128},
    {"model": Model.TRANSFORMER.value, "layers": 2, "width": 64},
    {"model": Model.TRANSFORMER.value, "layers": 2, "width": 32},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The network to start with, and the key of why."""

    model: ModelReport
    settings: Settings
    why: str


def candidates(work: Work, task: TaskInfo) -> list[Settings]:
    """Return networks to try, the largest first, without what the user has settled; one at least, perhaps as it is."""
    fixed = work.options.settings
    found: list[Settings] = []
    for each in _known(task):
        other = "model" in fixed and each.get("model", fixed["model"]) != fixed["model"]
        left = {name: value for name, value in each.items() if name not in fixed and name in task.reads}
        if not other and left not in found and _works(work, left):
            found.append(left)
    return found or [{}]


def _known(task: TaskInfo) -> list[Settings]:
    if not task.models or "model" in task.mentions:  # a person's own network, which may take it for anything
        return []
    if task.file:  # its data may be of any kind
        return [*_CONVOLUTIONS, *({"model": Model.MLP.value, **each} for each in _FEATURES)]
    if task.kind == "language":
        return _TEXTS
    return [*_CONVOLUTIONS, _FLAT] if Model.CNN in task.models else _FEATURES


def _works(work: Work, settings: Mapping[str, Value]) -> bool:
    try:
        work.hparams(settings)
    except TrainerError:
        return False
    return True


def fitting(work: Work, looked: DataReport) -> DataReport:
    """Return the report without the networks that are not meant for such data.

    Of a task file it is known only now whether its inputs have places.
    """
    if not task_of(work).file or len(looked.models) < 2:
        return looked
    has_places = len(looked.input_shape) in GRIDS
    wanted = [model for model in looked.models if ("channels" in model.settings) == has_places]
    return structs.replace(looked, models=wanted or looked.models)


def choose(work: Work, looked: DataReport, wanted: Sequence[Settings]) -> Choice:
    """Return the network to start with, of those of ``looked`` that can be trained. There is one at least."""
    plain = {_key(each): each for each in wanted}
    built = [model for model in looked.models if not model.error]
    fast = [model for model in built if _is_fast(work, looked, model)]
    if len(built) == 1:
        model, why = built[0], "only"
    elif not fast:
        model, why = min(built, key=lambda model: model.epoch_s), "fastest"
    else:
        model, why = _by_size(looked, fast)
        why = "fast_enough" if _has_places(built) and not _has_places([model]) else why
    return Choice(model=model, settings=plain.get(frozenset(model.settings.items()), {}), why=why)


def _fits_maps(looked: DataReport, model: ModelReport) -> bool:
    """Whether its convolutions are as many as the maps can be halved: few for small images and signals."""
    if "layers" not in model.settings:
        return True
    side = min(looked.input_shape[1:], default=1)
    layers = round(math.log2(max(side, 1) / PLACES)) if side > PLACES else 0
    return int(model.settings["layers"]) == min(max(layers, min(LAYERS)), max(LAYERS))


def _by_size(looked: DataReport, models: Sequence[ModelReport]) -> tuple[ModelReport, str]:
    """The largest whose size fits the data, and why; the smallest if none does."""
    if looked.kind == "language":
        return models[0], "text"
    grids = [model for model in models if _has_places([model])]
    grids = [model for model in grids if _fits_maps(looked, model)] or grids
    small = [model for model in grids or models if model.parameters <= PARAMETERS_A_SAMPLE * looked.n_train]
    if not small:
        return min(grids or models, key=lambda model: model.parameters), "smallest"
    return max(small, key=lambda model: model.parameters), "images" if grids else "size"


def _has_places(models: Sequence[ModelReport]) -> bool:
    """Whether one of them knows which inputs are beside each other."""
    return any(model.settings.get("model") == Model.CNN for model in models)


def _is_fast(work: Work, looked: DataReport, model: ModelReport) -> bool:
    """Whether the time has room for enough trainings of it: a smaller network that trains for longer serves better."""
    epochs = work.hparams().epochs
    budget_s = work.options.budget_s or default_budget(looked, work.workers, epochs)
    return needed(model.epoch_s, epochs, work.workers) <= budget_s


def _key(settings: Mapping[str, Value]) -> frozenset[tuple[str, str]]:
    return frozenset((name, as_text(value)) for name, value in settings.items())
