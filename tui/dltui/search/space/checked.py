"""A described space, checked whole before anything is trained: against the catalogue, the task, and what is given."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from dltui.errors import SpaceError
from dltui.search.methods.draw import drawn, uniform
from dltui.search.space.default import default_dimension
from dltui.search.space.dimension import Dimension, Space
from dltui.search.space.rules import Rules
from dltui.search.space.said import Said
from dltui.search.space.values import MOST_VALUES, listed, number, plain_number, shown
from dltui.text import safe_text
from dltui_trainers.configure import as_text, configure
from dltui_trainers.errors import suggestion
from dltui_trainers.hparam import Hparam
from dltui_trainers.registry import TaskInfo

SCALES = ("log", "linear")
_DRAWS = 200


def checked_dimension(task: TaskInfo, settings: Mapping[str, str], said: Said) -> Dimension:
    """Return what ``said`` makes. Raises :class:`SpaceError`: one sentence with the place, and what to try."""
    hparam = _hparam(task, settings, said)
    if said.choices is not None:
        return _of_choices(task, hparam, said)
    if said.is_range:
        return _of_range(task, hparam, said)
    found = default_dimension(task, settings, said.name)
    if found is None:
        raise SpaceError(
            f"{said.where}: nobody can say what to try of {said.name}, so give it values, such as --over"
            f" {said.name}=A,B{'' if hparam.many else f' or --over {said.name}=LOW..HIGH'}."
        )
    if found.is_choice:
        _refuse_parts_of_a_range(said, "is a choice")
        return found
    return _refined(task, hparam, said, found)


def checked_space(task: TaskInfo, settings: Mapping[str, str], dimensions: Sequence[Dimension]) -> Space:
    """Return the space of ``dimensions`` beside ``settings``, which are given and make sense by themselves.

    Raises :class:`SpaceError` where names come twice or have no effect, or where nothing of it could be trained.
    """
    names = tuple(each.name for each in dimensions)
    if not names:
        raise SpaceError(f"Nothing is left to search of {task.title}: name hyperparameters with --over, or in a file.")
    _refuse_twice(names)
    rules = Rules(task, settings, names)
    for name, why in rules.switched_off({}).items():
        raise SpaceError(f"{name} has no effect with {why}: leave it out, or search {why.partition(' =')[0]} as well.")
    for each in dimensions:
        if each.name == "batch_size" and not {"train_size", "per_class"}.intersection(names):
            _refuse_large_batches(task, settings, each)
    space = Space(tuple(dimensions))
    _refuse_hopeless(space, rules)
    return space


def _hparam(task: TaskInfo, settings: Mapping[str, str], said: Said) -> Hparam:
    name, known = said.name, task.hparams
    if name not in known:
        hint = suggestion(name, list(known))
        raise SpaceError(
            f"{said.where}: there is no hyperparameter '{safe_text(name[:40])}'.{hint} 'dltui tasks {task.name}' lists"
            " them."
        )
    if name == "seed":
        raise SpaceError(
            f"{said.where}: a seed is no setting to search; --seeds 3 trains each trial with three of them."
        )
    if name not in task.reads:
        raise SpaceError(
            f"{said.where}: the task {task.title} does not use {name}; 'dltui tasks {task.name}' lists what it reads."
        )
    if name in settings:
        raise SpaceError(
            f"{said.where}: {name} = {safe_text(settings[name])} is set for all trials; leave out one of the two."
        )
    if known[name].family == "log" or known[name].scale == "text":
        raise SpaceError(f"{said.where}: {name} is nothing that makes a training better; give it with --set.")
    return known[name]


def _of_choices(task: TaskInfo, hparam: Hparam, said: Said) -> Dimension:
    if said.is_range:
        raise SpaceError(
            f"{said.where}: choices and low or high are both there; {said.name} is either a list or a range."
        )
    _refuse_parts_of_a_range(said, "is a list of choices")
    return Dimension(name=said.name, choices=listed(task, hparam, said, "choices", said.choices))


def _refuse_parts_of_a_range(said: Said, what: str) -> None:
    parts = {"scale": said.scale, "step": said.step, "points": said.points, "also": said.also}
    for key, value in parts.items():
        if value is not None:
            raise SpaceError(f"{said.where}: {said.name} {what}, which has no {key}; that belongs to low and high.")


def _of_range(task: TaskInfo, hparam: Hparam, said: Said) -> Dimension:
    if hparam.choices or hparam.many:
        words = f": {', '.join(task.choices(hparam.name))}" if hparam.choices else ""
        raise SpaceError(f"{said.where}: {said.name} has no range; list the choices to try{words}.")
    for key, end, other in (("low", said.low, "high"), ("high", said.high, "low")):
        if end is None:
            raise SpaceError(f"{said.where}: {said.name} has a {other} and no {key}; a range has both.")
    low, high = number(hparam, said, "low", said.low), number(hparam, said, "high", said.high)
    if low == high:
        raise SpaceError(f"{said.where}: {as_text(low)} to {as_text(high)} is one value; give it with --set instead.")
    if low > high:
        raise SpaceError(f"{said.where}: low = {as_text(low)} is above high = {as_text(high)}; swap the two.")
    log = hparam.scale == "log" and low > 0
    return _refined(
        task, hparam, said, Dimension(name=said.name, low=low, high=high, log=log, whole=hparam.type is int)
    )


def _refined(task: TaskInfo, hparam: Hparam, said: Said, dimension: Dimension) -> Dimension:
    """Return the dimension with its scale, step, points and values beside it as they were said."""
    if said.scale is not None:
        dimension = replace(dimension, log=_is_log(said, dimension))
    if said.step is not None:
        dimension = replace(dimension, step=_step(said, dimension))
    if said.points is not None:
        dimension = replace(dimension, points=_points(said))
    if said.also is not None:
        dimension = replace(dimension, also=listed(task, hparam, said, "also", said.also))
    return dimension


def _is_log(said: Said, dimension: Dimension) -> bool:
    if said.scale not in SCALES:
        raise SpaceError(f'{said.where}: scale = {shown(said.scale)} is none; write "log" or "linear".')
    if said.scale == "log" and dimension.low <= 0:
        raise SpaceError(
            f"{said.where}: low = {as_text(dimension.low)} has no place on a logarithmic scale; begin above 0"
            ' (also = [0] tries 0 as well), or write scale = "linear".'
        )
    return said.scale == "log"


def _step(said: Said, dimension: Dimension) -> float:
    step = plain_number(said, "step", said.step, dimension.whole)
    if dimension.log:
        raise SpaceError(f'{said.where}: a logarithmic range has no step; take points, or scale = "linear".')
    if step > dimension.high - dimension.low:
        raise SpaceError(f"{said.where}: step = {as_text(step)} is larger than the range from low to high.")
    return step


def _points(said: Said) -> int:
    points = plain_number(said, "points", said.points, whole=True)
    if points > MOST_VALUES:
        raise SpaceError(f"{said.where}: points = {points:g} are more than {MOST_VALUES}, the most that a grid takes.")
    return int(points)


def _refuse_twice(names: Sequence[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise SpaceError(f"{name} is named twice; say in one place what to try of it.")


def _refuse_large_batches(task: TaskInfo, settings: Mapping[str, str], dimension: Dimension) -> None:
    hparams, _ = configure(task, settings)
    samples = task.samples_in_use(hparams)
    largest = max(
        each for each in (*dimension.choices, *dimension.also, dimension.high) if isinstance(each, (int, float))
    )
    if samples and largest > samples:
        raise SpaceError(
            f"batch_size = {as_text(largest)} is more than the {samples} training samples of {task.title}; go up to"
            f" {samples} or less."
        )


def _refuse_hopeless(space: Space, rules: Rules) -> None:
    """Try some of it: a space of which nothing can be trained would ask without an end."""
    random = np.random.default_rng(0)
    reason = ""
    for _ in range(_DRAWS):
        reason = rules.refusal(drawn(space, lambda dimension: uniform(dimension, random), rules))
        if not reason:
            return
    raise SpaceError(f"Of {_DRAWS} combinations of this space none can be trained. The last one: {reason}")
