"""What ``dltui compare`` knows of each log, and the JSON that scripts read of all of them: a contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dltui.charts.of_runs import ShownRun
from dltui.charts.run_colours import RunLook
from dltui.compare.differences import differing, hparam_rows, remarks
from dltui.compare.facts import RunFacts, best_of, facts_of
from dltui.compare.tables import ComparedRun
from dltui.diagnosis.examine import examine
from dltui.series.state import RunState
from dltui_trainers.runlog import Value, number

Json: TypeAlias = Mapping[str, "Json"] | Sequence["Json"] | Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A log that was read and judged. ``log``: the word that named it."""

    log: str
    look: RunLook
    format: str
    state: RunState
    facts: RunFacts

    @classmethod
    def of(cls, *, log: str, look: RunLook, format: str, state: RunState, now_s: float) -> "Compared":
        """Judge a log as it stands at ``now_s``."""
        facts = facts_of(state, examine(state, now_s=now_s))
        return cls(log=log, look=look, format=format, state=state, facts=facts)

    @property
    def row(self) -> ComparedRun:
        """Its row in the tables."""
        return ComparedRun(name=self.log, look=self.look, facts=self.facts)

    @property
    def shown(self) -> ShownRun:
        """Its curve in the charts."""
        return ShownRun(name=self.log, look=self.look, state=self.state)

    def json(self) -> dict[str, Json]:
        """Return the object that ``--json`` prints of it. What the log does not tell is null."""
        facts = self.facts
        return {
            "label": self.look.letter,
            "log": self.log,
            "format": self.format,
            "status": str(facts.status),
            "verdict": str(facts.verdict),
            "confidence": _rounded(facts.confidence),
            "best": {
                "val_loss": _plain(facts.best_val_loss),
                "step": _plain(facts.best_step, whole=True),
                "epoch": _plain(facts.best_epoch),
                "val_accuracy": _plain(facts.best_accuracy),
                "val_perplexity": _plain(facts.best_perplexity),
                "val_r2": _plain(facts.best_r2),
            },
            "last": {
                "step": facts.step,
                "epoch": _plain(facts.epoch),
                "train_loss": _plain(facts.train_loss),
                "val_loss": _plain(facts.val_loss),
                "val_accuracy": _plain(facts.accuracy),
                "val_perplexity": _plain(facts.perplexity),
                "val_r2": _plain(facts.r2),
            },
            "elapsed_s": _rounded(facts.elapsed_s),
            "parameters": facts.parameters,
            "hparams": {name: _value(value) for name, value in facts.hparams.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A log that could not be read, and the sentence that says why."""

    log: str
    look: RunLook
    error: str
    facts: None = None

    @property
    def row(self) -> ComparedRun:
        """Its row in the tables."""
        return ComparedRun(name=self.log, look=self.look, trouble=self.error)

    def json(self) -> dict[str, Json]:
        """Return the object that stands in its place."""
        return {"label": self.look.letter, "log": self.log, "error": self.error}


def comparison_json(outcomes: Sequence[Compared | Unread]) -> Json:
    """Return the document that ``--json`` prints.

    ``best``: of each quality the labels of the runs that have the best value. ``differences``: of each hyperparameter
    that differs its value in each run, by label, null where it is not told.
    """
    facts = [outcome.facts for outcome in outcomes]
    labels = [outcome.look.letter for outcome in outcomes]
    rows = differing(hparam_rows([each.hparams if each else {} for each in facts]))
    return {
        "runs": [outcome.json() for outcome in outcomes],
        "best": {name: [labels[at] for at in sorted(places)] for name, places in best_of(facts).items()},
        "differences": {
            row.name: {
                label: _value(value)
                for label, value, each in zip(labels, row.values, facts, strict=True)
                if each is not None
            }
            for row in rows
        },
        "remarks": list(remarks(facts)),
    }


def _plain(value: float | None, whole: bool = False) -> Value:
    """A number of JSON: null where it is not known, by name what is not finite."""
    if value is None:
        return None
    written = number(value)
    return int(written) if whole and isinstance(written, float) and written == int(written) else written


def _rounded(value: float | None) -> Value:
    return None if value is None else _plain(round(value, 3))


def _value(value: Value) -> Value:
    return number(value) if isinstance(value, float) else value
