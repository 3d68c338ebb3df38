"""What there is to say of the samples and their targets: how many, how they are spread over the classes, which are
there twice, and what can be had without a network."""

import math

from dltui.guide.result import Check
from dltui.guide.steps.saying import doubtful, fault, sound
from dltui_trainers.looked import DataReport

FEW_TRAIN = 50
FEW_VAL = 50
"""A share measured on so few samples is uncertain by 7 points (one standard error at one half)."""
RARE = 0.1
"""Of an even share of the samples: AWS SageMaker Debugger calls classes imbalanced from a factor of 10 on."""
SHARED, LEAKED = 0.01, 0.5
"""The share of validation samples that are in the training set: worth a look, and no measure of anything any more."""
CONTRADICTED = 0.02
NEIGHBOURS_OF = 600
"""Validation samples, at most, for which the nearest training sample was looked up."""
ENOUGH = 50
"""Samples, in training and in validation, from which on neighbours tell something."""
SLOW_S = 2.0
"""Of some sixty trials, in which a task file loads its data anew each time."""
ERRORS = 2.0
"""Standard errors within which a score is that of chance."""


def check_samples(looked: DataReport) -> list[Check]:
    """Return the checks of the samples and targets."""
    found = [_check_counts(looked), *_check_classes(looked), *_check_copies(looked), _check_constant(looked)]
    if looked.load_s >= SLOW_S:
        found.append(doubtful("know_data.slow_load", load=looked.load_s))
    neighbours = _check_neighbours(looked)
    return [*found, neighbours] if neighbours else found


def _check_counts(looked: DataReport) -> Check:
    shape = "x".join(map(str, looked.input_shape))
    counts: dict[str, float | str] = {"train": looked.n_train, "val": looked.n_val, "shape": shape}
    if looked.n_train < FEW_TRAIN:
        return doubtful("know_data.few_train", **counts)
    if looked.n_val < FEW_VAL:
        return doubtful("know_data.few_val", error_share=math.sqrt(0.25 / looked.n_val), **counts)
    if looked.classes is not None and looked.class_counts:
        counts["classes"] = looked.classes
    return sound("know_data.counts", **counts)


def _check_classes(looked: DataReport) -> list[Check]:
    """How the classes are spread; nothing where a sample has no class of its own."""
    train, val = looked.class_counts, looked.val_class_counts or []
    if not train:
        return []
    found = []
    untrained = [str(each) for each, count in enumerate(train) if not count]
    unjudged = [str(each) for each, count in enumerate(val) if not count and train[each]]
    if untrained:
        found.append(doubtful("know_data.untrained_classes", count=len(untrained), classes=_listed(untrained)))
    if unjudged:
        found.append(doubtful("know_data.unjudged_classes", count=len(unjudged), classes=_listed(unjudged)))
    present = [count for count in train if count]
    smallest, largest = min(present), max(present)
    say = doubtful if smallest < RARE * sum(present) / len(present) else sound
    key = "know_data.imbalanced" if say is doubtful else "know_data.balanced"
    return [*found, say(key, smallest=smallest, largest=largest, largest_share=largest / sum(present))]


def _listed(names: list[str], most: int = 8) -> str:
    return ", ".join(names[:most]) + (", ..." if len(names) > most else "")


def _check_copies(looked: DataReport) -> list[Check]:
    """Samples that are there more than once.

    Where a sample is a few categories, many are alike by nature: then the training set repeats itself as much.
    """
    found = []
    shared = looked.val_in_train / max(looked.val_compared, 1)
    repeated = looked.repeated / max(looked.compared, 1)
    numbers = {"shared_share": shared, "count": looked.val_in_train}
    if shared >= LEAKED and repeated < shared / 2:
        found.append(fault("know_data.leaked", **numbers))
    elif shared >= SHARED:
        found.append(doubtful("know_data.shared", repeated_share=repeated, **numbers))
    else:
        found.append(sound("know_data.apart", **numbers))
    contradictory = looked.contradictory / max(looked.compared, 1)
    if contradictory >= CONTRADICTED:
        found.append(doubtful("know_data.contradictory", count=looked.contradictory, found_share=contradictory))
    elif looked.repeated:
        found.append(sound("know_data.repeated", count=looked.repeated, contradictory=looked.contradictory))
    return found


def _check_constant(looked: DataReport) -> Check:
    """What it costs to answer the same to all: a network that learns anything comes below it."""
    if looked.own_loss:
        return sound("know_data.own_loss", name=looked.loss)
    key = "constant" if looked.classes is not None else "constant_number"
    return sound(
        f"know_data.{key}",
        constant=float(looked.constant_loss),
        uniform=float(looked.uniform_loss),
        expected=float(looked.expected_initial_loss),
    )


def _check_neighbours(looked: DataReport) -> Check | None:
    """Whether samples that are alike have targets that are alike. It proves nothing if not: pictures of a cat are not
    alike, pixel by pixel; but it is what shuffled labels look like."""
    score = math.nan if looked.neighbour_score is None else float(looked.neighbour_score)
    if not math.isfinite(score):
        return None
    by_chance = _score_by_chance(looked)
    compared = min(looked.n_val, NEIGHBOURS_OF)
    if looked.classes is not None:
        limit, key = by_chance + ERRORS * math.sqrt(by_chance * (1 - by_chance) / max(compared, 1)), "neighbours"
        numbers = {"score_share": score, "chance_share": by_chance}
    else:
        limit, key, numbers = 0.0, "neighbours_number", {"score": score}
    if score <= limit and min(looked.n_train, compared) >= ENOUGH:
        return doubtful(f"know_data.no_{key}", count=compared, **numbers)
    return sound(f"know_data.{key}", **numbers)


def _score_by_chance(looked: DataReport) -> float:
    """How often two samples, drawn without a look at the inputs, are of one class.

    That is what the neighbour scores where labels do not depend on inputs; where one class is most of the samples, the
    best constant answer scores more than an honest neighbour may.
    """
    train, val = looked.class_counts or [], looked.val_class_counts or []
    total = sum(train) * sum(val)
    if not total or len(train) != len(val):
        return looked.chance
    return sum(a * b for a, b in zip(train, val, strict=True)) / total
