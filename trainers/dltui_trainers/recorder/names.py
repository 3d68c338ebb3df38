"""What the names that a script gives its numbers mean: which of our records each belongs to, and as what."""

import re
from dataclasses import dataclass, field
from itertools import product

from dltui_trainers.runlog import EVAL_METRICS, StepRecord

STEP_NUMBERS = frozenset(StepRecord.__struct_fields__) - {"step", "time", "epoch"}
"""What may stand beside the loss of a step."""
_VALIDATION = ("val", "valid", "validation", "eval", "dev", "test")
_TRAINING = ("train", "training")
_MEASURES = {
    "loss": ("loss",),
    "accuracy": ("accuracy", "acc"),
    "precision": ("precision",),
    "recall": ("recall",),
    "perplexity": ("perplexity", "ppl"),
    "r2": ("r2", "r2_score"),
}
SPELLINGS = {
    "loss": "train_loss",
    **{f"{part}_loss": "train_loss" for part in _TRAINING},
    **{f"{part}_{word}": "train_accuracy" for part, word in product(_TRAINING, _MEASURES["accuracy"])},
    **{
        f"{part}_{word}": f"val_{measure}"
        for part in _VALIDATION
        for measure, words in _MEASURES.items()
        for word in words
    },
    "learning_rate": "lr",
    "gradient_norm": "grad_norm",
    **{name: name for name in (*EVAL_METRICS, *STEP_NUMBERS, "epoch")},
}
"""A name as scripts spell it, in lower case and joined by ``_`` -> ours."""
_SEPARATORS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What becomes of the numbers of one call, in the order in which they are given.

    ``step``, ``evaluation`` and ``own`` hold (its name in the call, its name in the record). Where all of it makes one
    :class:`StepRecord`, the call that a training makes a million times, ``fields`` are the record's names; they are
    ``renamed`` if the script spells one otherwise.
    """

    step: tuple[tuple[str, str], ...] = ()
    evaluation: tuple[tuple[str, str], ...] = ()
    own: tuple[tuple[str, str], ...] = ()
    epoch: str = ""
    fields: tuple[str, ...] = ()
    renamed: bool = False


@dataclass(slots=True)
class Names:
    """Makes a plan for each set of names that a script uses, and keeps it.

    Where a script has two spellings of one quantity (``val_loss`` and ``test_loss``), our own name wins, else the one
    that came first: the other stays a number of the script's own.
    """

    plans: dict[tuple[str, ...], Plan] = field(default_factory=dict)
    _spelt: dict[str, str] = field(default_factory=dict)

    def plan(self, names: tuple[str, ...]) -> Plan:
        """Return what to do with numbers of these names."""
        found = self.plans.get(names)
        if found is None:
            found = self.plans[names] = self._make(names)
        return found

    def _make(self, names: tuple[str, ...]) -> Plan:
        meanings = {name: self._meaning(name) for name in sorted(names, key=_foreign)}
        ours = {name: meanings[name] for name in names if meanings[name]}
        has_loss = "train_loss" in ours.values()
        is_validated = any(meaning.startswith("val_") for meaning in ours.values())
        step, evaluation, own = [], [], []
        for name in names:
            meaning = ours.get(name, "")
            if has_loss and meaning in STEP_NUMBERS:
                step.append((name, meaning))
            elif meaning in EVAL_METRICS and (is_validated or not has_loss):
                evaluation.append((name, meaning))
            elif meaning != "epoch":  # also what belongs to a step that has no loss: it is not to be lost
                own.append((name, name))
        epoch = next((name for name, meaning in ours.items() if meaning == "epoch"), "")
        fields = tuple(ours.values()) if len(ours) == len(names) and step and not evaluation and not own else ()
        return Plan(
            step=tuple(step),
            evaluation=tuple(evaluation),
            own=tuple(own),
            epoch=epoch,
            fields=fields,
            renamed=fields != names,
        )

    def _meaning(self, name: str) -> str:
        meaning = SPELLINGS.get(_SEPARATORS.sub("_", name.lower()).strip("_"), "")
        if not meaning:
            return ""
        if name == meaning and self._spelt.get(meaning, name) != name:
            self._spelt[meaning] = name
            self.plans.clear()  # they were made for the other spelling
        return meaning if self._spelt.setdefault(meaning, name) == name else ""


def _foreign(name: str) -> bool:
    return name not in SPELLINGS or SPELLINGS[name] != name
