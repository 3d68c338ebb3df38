"""What could be tried when nothing is left that the curves ask for: neighbours, and draws from the usual ranges."""

import random
from collections.abc import Mapping
from typing import TypeVar

from dltui.advice.round import nice
from dltui.guide.steps.look_at_curves.proposals import (
    LEAST_BATCH,
    Present,
    Proposal,
    is_other,
    is_too_far,
    own_values,
)
from dltui.guide.steps.saying import said
from dltui_trainers.choices import Model, Optimizer, Schedule
from dltui_trainers.runlog import Value

_T = TypeVar("_T")

VARIATIONS = 80
"""Draws, of which a round takes the first that are new."""
BATCHES = (3, 6, 12, 16, 32, 64, 128, 256)


def variations(present: Present, number: int) -> list[Proposal]:
    """Return what could be tried when nothing is left that is asked for, drawn at random; ``number`` is the seed.

    By turns a neighbour of the configuration, with two of its hyperparameters moved, and one from anywhere in the usual
    ranges, within a decade of the learning rate. Random moves find what one change at a time does not (Bergstra &
    Bengio 2012, JMLR 13).
    """
    chance = random.Random(number)
    found: dict[str, Proposal] = {}
    for draw in range(VARIATIONS):
        settings = _beside(present, chance) if draw % 2 == 0 else _anywhere(present, chance)
        changes = {name: value for name, value in settings.items() if is_other(present.hparams, name, value)}
        if changes and not is_too_far(present, changes):
            proposal = Proposal(settings=changes, why=said("look_at_curves.why_around"))
            found.setdefault(proposal.name, proposal)
    return list(found.values())


def _beside(present: Present, chance: random.Random) -> dict[str, Value]:
    moves = _moves(present)
    return {name: chance.choice(moves[name]) for name in chance.sample(sorted(moves), min(2, len(moves)))}


def _anywhere(present: Present, chance: random.Random) -> dict[str, Value]:
    now = present.hparams
    samples = present.task.n_train or now.batch_size
    decay = nice(10 ** chance.uniform(-6, -2))
    drawn: dict[str, Value] = {
        "lr": nice(now.lr * 10 ** chance.uniform(-1, 1)),
        "batch_size": chance.choice([size for size in BATCHES if size <= max(LEAST_BATCH, samples // 2)]),
        "weight_decay": chance.choice([0.0, decay]),
        "dropout": round(chance.uniform(0, 0.5), 1),
        "optimizer": chance.choice([str(Optimizer.ADAM), str(Optimizer.ADAMW)]),
        "layers": chance.randint(1, 4),
        "degree": chance.randint(1, 9),
        "norm": chance.choice([str(norm) for norm in present.task.choices("norm")]),
    }
    if now.model is Model.CNN:
        drawn["channels"] = chance.choice([8, 16, 32])
    else:
        drawn["width"] = chance.choice([16, 32, 64, 128, 256])
    return _offered(present, drawn)


def _offered(present: Present, values: Mapping[str, _T]) -> dict[str, _T]:
    offered = set(present.task.reads) - present.fixed
    return {name: value for name, value in values.items() if name in offered}


def _moves(present: Present) -> dict[str, list[Value]]:
    """The values near the present one, by name."""
    now = present.hparams
    moves: dict[str, list[Value]] = {
        "lr": [nice(now.lr * factor) for factor in (0.3, 0.5, 2, 4)],
        "batch_size": [
            2 * now.batch_size,
            max(LEAST_BATCH, now.batch_size // 2),
            max(LEAST_BATCH, now.batch_size // 4),
        ],
        "weight_decay": [nice(now.weight_decay * 10) or 1e-4, nice(now.weight_decay / 10), 0.0],
        "dropout": [nice(min(0.6, now.dropout + 0.1)), nice(max(0.0, now.dropout - 0.1)), 0.5],
        "optimizer": [str(Optimizer.ADAM), str(Optimizer.ADAMW)],
        "schedule": [str(Schedule.COSINE), str(Schedule.ONE_CYCLE), str(Schedule.CONSTANT)],
        "layers": [now.layers + 1, max(1, now.layers - 1)],
        "degree": [now.degree + 1, max(0, now.degree - 1)],
        "norm": [str(norm) for norm in present.task.choices("norm")],
    }
    if now.model is Model.CNN:
        moves["channels"] = [2 * now.channels, max(4, now.channels // 2)]
        moves["kernel_size"] = [3, 5]
    else:
        moves["width"] = [2 * now.width, max(8, now.width // 2)]
    own = {name: own_values(present, name) for name in present.task.of_network}
    moves |= {name: values for name, values in own.items() if values}
    return _offered(present, moves)
