"""Moves that follow from earlier ones: what helped is tried further in the same direction, what overshot by half."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from dltui.advice.round import nice
from dltui.diagnosis.usual import REGULARISERS
from dltui.interventions.verdict import Outcome
from dltui.search.study.study import TrialEntry
from dltui.tune.candidate import Candidate, is_number
from dltui.tune.saying import say
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

STEP, MOST_FACTOR = 3.0, 10.0
"""By what a number on a logarithmic scale is moved carefully, and at most."""
SIZES, MOST_LARGER = ("width", "channels"), 4.0
"""The time of a training goes with their square."""
MUCH, LITTLE = 0.2, 0.03
"""A move that changed the objective by so much may be far from where it ends: the next one is its square. One that
changed it by so little was the last."""
FAR = 4.0
"""A move by so much or more that hurt may have gone past what is best."""
GRADUAL = ("lr", "batch_size", "layers", "width", "channels", "degree", "dropout", "weight_decay", "augment_strength")
"""Of which more of the same is another configuration, and not a further detail."""


def further(
    trials: Sequence[TrialEntry],
    names: Collection[str] = GRADUAL,
    *,
    is_asked: bool = False,
    highest_lr: float = math.inf,
) -> Iterator[Candidate]:
    """Yield the last move of each of ``names``, if it helped, once more: the newest first, no farther than is usual.

    ``is_asked``: the curves ask for it. If they do not, a regulariser that was lowered on advice stays where it is, and
    a learning rate that leapt down is tried higher: all that is between lies behind it, and higher ones learn faster.
    ``highest_lr``: what is usual for the optimizer; a learning rate that is there is not raised any more.
    """
    seen: set[str] = set()
    for each in reversed(trials):
        moved = _moved(each)
        if not each.kept or moved is None:
            continue
        name, before, after = moved
        if name in names and name not in seen and each.outcome == Outcome.HELPED:
            parent = trials[each.parent].value if each.parent is not None else None
            to = None
            if name == "lr":
                to = _lr(before, after, _share(parent, each.value), highest_lr, is_asked=is_asked)
            elif is_asked or not (each.symptom and _is_relaxed(name, before, after)):
                to = _once_more(name, before, after, _share(parent, each.value))
            if to is not None:
                yield Candidate(settings={name: to}, why=say("further"))
        seen.add(name)


def _is_relaxed(name: str, before: Value, after: Value) -> bool:
    """Whether a regulariser was lowered."""
    if name not in REGULARISERS or not is_number(before) or not is_number(after):
        return False
    assert isinstance(before, int | float) and isinstance(after, int | float)
    return after < before


def _moved(trial: TrialEntry) -> tuple[str, Value, Value] | None:
    """The one number that was moved, alone or with a norm, from what to what; or the one choice."""
    moves = {name: move for name, move in trial.change.items() if name != "norm"} or trial.change
    return next(((name, *move) for name, move in moves.items()), None) if len(moves) == 1 else None


def _share(before: float | None, after: float | None) -> float:
    """What part of the objective the move changed; 1 where that cannot be told."""
    return abs(before - after) / abs(before) if before and after is not None else 1.0


def _lr(before: Value, after: Value, share: float, highest: float, *, is_asked: bool) -> Value:
    assert isinstance(before, int | float) and isinstance(after, int | float)
    if before > MOST_FACTOR * after and not is_asked:
        return _once_more("lr", after / STEP, after, LITTLE, min(highest, before / STEP))
    return _once_more("lr", before, after, share, highest)


def _once_more(name: str, before: Value, after: Value, share: float, most_usual: float = math.inf) -> Value:
    if not is_number(before) or not is_number(after) or before == after or share < LITTLE:
        return None
    assert isinstance(before, int | float) and isinstance(after, int | float)
    low, high = CATALOGUE[name].typical or (-math.inf, math.inf)
    high = min(high, most_usual)
    if not low < after or (after > before and not after < high):
        return None
    to = 2.0 * after - before
    if before and after and (CATALOGUE[name].scale == "log" or not low <= to <= high):
        most = MOST_LARGER if name in SIZES else MOST_FACTOR
        to = after * min(most, max(1 / most, _factor(after / before, share)))
    to = min(max(high, after), max(low, to))
    return round(to) if isinstance(after, int) else nice(to)


def _factor(last: float, share: float) -> float:
    """By what a number is to be changed next: carefully after a leap to what is usual, and where the last brought less.

    ``last``: by what it was changed.
    """
    is_leap = not 1 / MOST_FACTOR <= last <= MOST_FACTOR
    if share >= MUCH and not is_leap:
        return last**2
    return min(last, STEP) if last > 1 else max(last, 1 / STEP)


def halfway(values: Mapping[str, Value], trials: Sequence[TrialEntry]) -> Iterator[Candidate]:
    """Yield what lies between the present value and one that was too far, by factors."""
    for each in reversed(trials):
        if each.outcome != Outcome.HURT or len(each.change) != 1:
            continue
        name, (_, after) = next(iter(each.change.items()))
        now = values.get(name)
        if not is_number(now) or not is_number(after):
            continue
        assert isinstance(now, int | float) and isinstance(after, int | float)
        if now > 0 and after > 0 and max(after / now, now / after) >= FAR:
            to = math.sqrt(after * now)
            yield Candidate(
                settings={name: round(to) if isinstance(now, int) else nice(to)},
                why=say("halfway", name=name, value=as_text(after)),
            )
