"""What could make a configuration better: the advice of the diagnosis first, then what usually helps with such curves.

The order follows what the curves say: against a gap between training and validation there is regularisation
(augmentation before dropout before weight decay, Karpathy 2019), against too little learning capacity and time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dltui.advice.change import Change
from dltui.advice.round import nice
from dltui.diagnosis.finding import Diagnosis, Verdict
from dltui.guide.steps.saying import said
from dltui.texts.guide import Said
from dltui_trainers.choices import Augmentation, Model, Norm, Optimizer, Schedule
from dltui_trainers.configure import as_text, parse
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

WIDE_GAP = 1.5
"""A validation loss so many times the training loss leaves something to gain for regularisation, healthy or not."""
FIRST_MOVES = 3
"""Of the usual ones, that are tried before what only the user knows the meaning of."""
SMALL_COUNT = 8
"""A whole number below it counts layers and the like, which are added one by one."""
MOST_WIDTH, MOST_CHANNELS, MOST_LAYERS = 512, 64, 5
LONGEST_NAME = 150
LEAST_BATCH = 3
GENTLY = 0.25
"""Strength of a first augmentation: half of the usual one. Too strong, it makes small images unreadable."""
STRONG_DECAY = 0.03
"""Of AdamW, whose decay does not act through the gradient; the usual values are 0.01 to 0.1 (Loshchilov & Hutter 2019,
arXiv:1711.05101)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Settings that may be better than those that hold, and why they are proposed."""

    settings: dict[str, Value]
    why: Said

    @property
    def name(self) -> str:
        """What its trials are called: ``dropout-0.2``."""
        parts = [f"{name}-{as_text(value)}" for name, value in sorted(self.settings.items())]
        return "-".join(parts).replace(",", "+")[:LONGEST_NAME]

    def with_(self, other: "Proposal") -> "Proposal":
        """Return both at once; what they both set is as in this one."""
        return Proposal(settings={**other.settings, **self.settings}, why=said("look_at_curves.why_together"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The configuration that is to be beaten. ``gap``: validation loss over training loss, NaN where that says nothing.

    ``best_share``: how much of its epochs were done when its validation loss was lowest. ``highest_lr``: no proposal
    goes beyond.
    """

    hparams: Hparams
    task: TaskInfo
    diagnosis: Diagnosis
    advice: Sequence[Change]
    gap: float
    best_share: float
    highest_lr: float = float("inf")
    fixed: frozenset[str] = frozenset()


def proposals(present: Present) -> list[Proposal]:
    """Return what to try, the most promising first; nothing twice, nothing that is so already, or that is fixed."""
    found: dict[str, Proposal] = {}
    for each in (*_advised(present), *_usual(present)):
        changes = {name: value for name, value in each.settings.items() if is_other(present.hparams, name, value)}
        if not changes or not set(changes) <= set(present.task.reads) - present.fixed or is_too_far(present, changes):
            continue
        proposal = Proposal(settings=changes, why=each.why)
        found.setdefault(proposal.name, proposal)
    return list(found.values())


def is_too_far(present: Present, changes: Mapping[str, Value]) -> bool:
    """Whether the learning rate leaves what the steps before have found to be good."""
    lr = changes.get("lr")
    return isinstance(lr, int | float) and lr > present.highest_lr


def is_other(hparams: Hparams, name: str, value: Value) -> bool:
    """Whether that would change anything."""
    known = name in CATALOGUE or name in dict(hparams.own)
    return known and as_text(hparams.value(name)) != as_text(value)


def _advised(present: Present) -> Iterator[Proposal]:
    for change in present.advice:
        if change.settings and (change.hyperparameter == "degree" or not _is_data(change.hyperparameter)):
            why = said("look_at_curves.why_advice", symptom=str(change.symptom))
            yield Proposal(settings=change.settings, why=why)


def _is_data(name: str) -> bool:
    return name in CATALOGUE and CATALOGUE[name].family == "data"


def _usual(present: Present) -> Iterator[Proposal]:
    verdict, gap = present.diagnosis.verdict, present.gap
    too_little = verdict in (Verdict.UNDERFITTING, Verdict.INCONCLUSIVE)
    regularise = verdict is Verdict.OVERFITTING or gap > WIDE_GAP
    moves: tuple[_Move, ...]
    if regularise:
        moves = (_augment, _normalise, _wider, _drop, _decay, _lr_down, _shorter, _lr_up, _smaller_batch, _deeper)
    elif too_little or gap < 1.1:
        moves = (_normalise, _longer, _wider, _lr_up, _deeper, _lr_down, _augment, _smaller_batch, _decay, _drop)
    else:
        moves = (_normalise, _wider, _augment, _longer, _lr_up, _drop, _deeper, _lr_down, _decay, _smaller_batch)
    if present.task.of_network:
        moves = (*moves[:FIRST_MOVES], _own, *moves[FIRST_MOVES:])
    later: list[Proposal] = []
    for move in moves:
        found = list(move(present))
        yield from found[:1]
        later += found[1:]
    yield from later


_Move = Callable[[Present], Iterator[Proposal]]


def _propose(key: str, **settings: Value) -> Proposal:
    return Proposal(settings=settings, why=said(f"look_at_curves.why_{key}"))


def _augment(present: Present) -> Iterator[Proposal]:
    """Random changes of the inputs, in groups that suit them."""
    offered = set(present.task.augmentations)
    now = set(present.hparams.augment)
    shifts, shapes = {Augmentation.CROP}, {Augmentation.CROP, Augmentation.ROTATE, Augmentation.SCALE}
    values = {Augmentation.JITTER, Augmentation.ERASE}
    groups = [shapes & offered, shifts & offered, (shapes | values) & offered, {Augmentation.MIXUP} & offered]
    if not present.task.handed:
        groups.insert(1, (shapes | {Augmentation.FLIP}) & offered)
    if not offered & shapes:  # of features in no order there are no neighbours
        groups = [{Augmentation.JITTER} & offered, {Augmentation.MIXUP} & offered]
    for group in groups:
        if group and group != now:
            yield _propose("augment", augment=_joined(group), augment_strength=GENTLY)
    if now and present.hparams.augment_strength < 1:
        yield _propose("augment", augment_strength=min(1.0, nice(present.hparams.augment_strength * 2)))
    if now:
        yield _propose("augment", augment_strength=nice(present.hparams.augment_strength / 2))


def _joined(group: set[Augmentation]) -> str:
    return ",".join(each for each in Augmentation if each in group)


def _normalise(present: Present) -> Iterator[Proposal]:
    offered = present.task.choices("norm")
    if present.hparams.norm is Norm.NONE and present.hparams.layers:
        norm = Norm.BATCH if Norm.BATCH in offered else Norm.LAYER
        yield _propose("norm", norm=str(norm))


def _wider(present: Present) -> Iterator[Proposal]:
    hparams = present.hparams
    if hparams.model is Model.CNN and hparams.channels < MOST_CHANNELS:
        yield _propose("wider", channels=2 * hparams.channels)
    elif hparams.model is not Model.CNN and hparams.width < MOST_WIDTH:
        yield _propose("wider", width=2 * hparams.width)
    if hparams.model is Model.CNN and "kernel_size" in present.task.reads:
        yield _propose("kernel", kernel_size=5 if hparams.kernel_size == 3 else 3)


def _deeper(present: Present) -> Iterator[Proposal]:
    if "degree" in present.task.reads:
        yield _propose("deeper", degree=present.hparams.degree + 1)
        yield _propose("shallower", degree=max(0, present.hparams.degree - 1))
        return
    if present.hparams.layers < MOST_LAYERS:
        yield _propose("deeper", layers=present.hparams.layers + 1)
    if present.hparams.layers > 1:
        yield _propose("shallower", layers=present.hparams.layers - 1)


def _drop(present: Present) -> Iterator[Proposal]:
    dropout = present.hparams.dropout
    for share in (0.2, 0.1, 0.4) if not dropout else (dropout + 0.15, dropout / 2):
        if 0 < share <= 0.6:
            yield _propose("dropout", dropout=nice(share))


def _decay(present: Present) -> Iterator[Proposal]:
    hparams = present.hparams
    if hparams.optimizer is Optimizer.ADAM:
        yield _propose("adamw", optimizer=str(Optimizer.ADAMW), weight_decay=STRONG_DECAY)
    yield _propose("decay", weight_decay=nice(10 * hparams.weight_decay) if hparams.weight_decay else 1e-3)
    if hparams.weight_decay:
        yield _propose("decay", weight_decay=nice(hparams.weight_decay / 10))


def _longer(present: Present) -> Iterator[Proposal]:
    yield _propose("longer", epochs=2 * present.hparams.epochs)


def _shorter(present: Present) -> Iterator[Proposal]:
    """Where the best was long before the end, a schedule that ends there anneals at the best."""
    if present.best_share < 0.7:
        yield _propose("shorter", epochs=max(1, round(1.2 * present.best_share * present.hparams.epochs)))


def _lr_up(present: Present) -> Iterator[Proposal]:
    yield _propose("lr", lr=nice(2 * present.hparams.lr))
    if present.hparams.schedule is Schedule.COSINE:
        yield _propose("schedule", schedule=str(Schedule.ONE_CYCLE), lr=nice(2 * present.hparams.lr))


def _lr_down(present: Present) -> Iterator[Proposal]:
    yield _propose("lr", lr=nice(present.hparams.lr / 2))
    if present.hparams.schedule is Schedule.CONSTANT:
        yield _propose("schedule", schedule=str(Schedule.COSINE))


def _own(present: Present) -> Iterator[Proposal]:
    """The user's own hyperparameters of the network, one after the other: to the next value up, then down."""
    values = {name: own_values(present, name) for name in present.task.of_network}
    for place in range(max(map(len, values.values()), default=0)):
        for name, several in values.items():
            if place < len(several):
                yield Proposal(settings={name: several[place]}, why=said("look_at_curves.why_own", name=name))


def own_values(present: Present, name: str) -> list[Value]:
    """Return the values of one of the user's own hyperparameters that are next to the present one.

    Choices: each other one. Numbers: twice and half as much; small counts by one. A text has none.
    """
    hparam, now = present.task.hparam(name), present.hparams.value(name)
    if hparam.choices:
        return [parse(hparam, each) for each in hparam.choices if each != as_text(now)]
    if hparam.scale == "text" or not now:
        return []
    if hparam.type is float:
        return [nice(2 * now), nice(now / 2)]
    if abs(now) < SMALL_COUNT:
        return [each for each in (now + 1, now - 1) if each * now > 0]
    return [2 * now, now // 2]


def _smaller_batch(present: Present) -> Iterator[Proposal]:
    for share in (2, 4):
        if present.hparams.batch_size // share >= LEAST_BATCH:
            yield _propose("batch", batch_size=present.hparams.batch_size // share)


def fingerprint(settings: Mapping[str, Value]) -> str:
    """Return the settings as one text, by which what was tried is known again."""
    return " ".join(f"{name}={as_text(value)}" for name, value in sorted(settings.items()))
