"""What a diagnosis says: findings with their evidence, and one verdict. Values only; the words are in ``texts``."""

from dataclasses import dataclass, field
from enum import StrEnum


class Symptom(StrEnum):
    """Everything that can be found. The names are a contract: scripts read them from ``--json``."""

    NON_FINITE = "non_finite"
    DIVERGED = "diverged"
    NOT_LEARNING = "not_learning"
    BAD_INITIAL_LOSS = "bad_initial_loss"
    TRAIN_VAL_MISMATCH = "train_val_mismatch"
    OVERFITTING = "overfitting"
    LR_TOO_HIGH = "lr_too_high"
    LR_TOO_LOW = "lr_too_low"
    EXPLODING_GRADIENTS = "exploding_gradients"
    VANISHING_GRADIENTS = "vanishing_gradients"
    DEAD_UNITS = "dead_units"
    SATURATED_UNITS = "saturated_units"
    ZERO_INIT = "zero_init"
    NO_GRADIENT = "no_gradient"
    NEVER_UPDATED = "never_updated"
    FROZEN_LAYERS = "frozen_layers"
    UPDATE_RATIO = "update_ratio"
    CLASS_IMBALANCE = "class_imbalance"
    PLATEAU = "plateau"
    UNDERFITTING = "underfitting"
    STILL_IMPROVING = "still_improving"
    OVERCONFIDENT = "overconfident"
    NOISY_VALIDATION = "noisy_validation"
    LOSS_SPIKE = "loss_spike"
    STALLED = "stalled"
    INPUT_BOUND = "input_bound"
    OUT_OF_MEMORY = "out_of_memory"
    OPTION_WITHOUT_EFFECT = "option_without_effect"
    GOOD_FIT = "good_fit"


class Severity(StrEnum):
    """How much it matters. ``info`` is never a reason to change anything."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return (Severity.CRITICAL, Severity.WARNING, Severity.INFO).index(self)


class Verdict(StrEnum):
    """The one word."""

    GOOD_FIT = "good_fit"
    OVERFITTING = "overfitting"
    UNDERFITTING = "underfitting"
    DIVERGED = "diverged"
    INCONCLUSIVE = "inconclusive"


class Unit(StrEnum):
    """What the value of an evidence counts, and so how it is written."""

    RATIO = "ratio"
    """A fraction of something: 0.14 is written 14 %."""
    FACTOR = "factor"
    """A multiple: 2.5 is written 2.5x."""
    LOSS = "loss"
    NUMBER = "number"
    STEP = "step"
    EPOCH = "epoch"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One measured fact that a finding rests on.

    ``name`` is also the key of its sentence in the catalogue of texts; ``numbers`` are what else that sentence tells,
    by the name of its place in it (losses and counts, in plain units). ``of_error``: what it tells of a loss is told of
    the error (1 - accuracy), because the log has no validation loss.

    ``layers``: the layers (or parameters) that it is told of, in the order of the network; ``words``: other names in
    the sentence, by their places. Both come from the log as they are: make them safe before a terminal sees them.
    """

    name: str
    value: float
    unit: Unit
    numbers: dict[str, float] = field(default_factory=dict)
    of_error: bool = False
    layers: tuple[str, ...] = ()
    words: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One symptom.

    ``confidence``: 0 to 1, how sure the rule is that the symptom is there. ``since_step``: the first step at which it
    held, as far as is known now. ``guide_step``: which of the six steps of the guide treats it (CS231n: 1 initial loss,
    2 overfit a small sample, 3 find the learning rate, 4 coarse grid, 5 refine, 6 look at the curves).
    """

    symptom: Symptom
    severity: Severity
    confidence: float
    since_step: float
    evidence: tuple[Evidence, ...]
    guide_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """All findings, worst first, and the verdict that they come to.

    ``reason`` tells why the verdict is inconclusive, as a key of the catalogue of texts; empty otherwise.
    ``confidence``: of the verdict. ``at_step``: the last step that was looked at.
    """

    verdict: Verdict
    confidence: float
    findings: tuple[Finding, ...]
    at_step: float
    reason: str = ""

    def find(self, symptom: Symptom) -> Finding | None:
        """Return the finding of that symptom, if there is one."""
        return next((each for each in self.findings if each.symptom is symptom), None)
