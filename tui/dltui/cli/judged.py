"""What ``dltui diagnose`` knows of one log, and the JSON that scripts read of it: a contract."""

import math
from dataclasses import dataclass

from dltui.advice.change import Change
from dltui.cli.interventions_json import Json, interventions_json
from dltui.diagnosis.finding import Diagnosis, Evidence, Finding
from dltui.formats.meaning.columns import ColumnRole
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui_trainers.runlog import Value, number


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One log and what was found. ``log``: the word that named it. ``cut``: it was judged up to an earlier step.

    ``columns``: what the columns of another program's log were used as.
    """

    log: str
    format: str
    state: RunState
    diagnosis: Diagnosis
    advice: tuple[Change, ...]
    cut: bool = False
    columns: tuple[ColumnRole, ...] = ()

    @property
    def words(self) -> set[str]:
        """The verdict and the symptoms, by the names that ``--fail-on`` takes."""
        return {str(self.diagnosis.verdict), *(str(finding.symptom) for finding in self.diagnosis.findings)}

    def json(self, texts: Texts, explain_columns: bool = False) -> Json:
        """Return the object that ``--json`` prints, its sentences in the language of ``texts``."""
        columns = {each.name: str(each.role) or None for each in self.columns}
        return {
            "log": self.log,
            "format": self.format,
            "steps": _plain(float(self.state.step)),
            "epochs": _plain(self.state.epoch, whole=False),
            "last_step": _plain(self.diagnosis.at_step),
            "verdict": str(self.diagnosis.verdict),
            "findings": [_finding(finding, texts) for finding in self.diagnosis.findings],
            "advice": [_change(change, texts) for change in self.advice],
            "interventions": interventions_json(self.state, self.diagnosis.at_step if self.cut else math.inf),
            **({"columns": columns} if explain_columns else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A log that could not be read, and the sentence that says why."""

    log: str
    error: str

    def json(self, texts: Texts, explain_columns: bool = False) -> Json:
        """Return the object that stands in its place."""
        return {"log": self.log, "error": self.error}


def _finding(finding: Finding, texts: Texts) -> Json:
    return {
        "symptom": str(finding.symptom),
        "severity": str(finding.severity),
        "confidence": round(finding.confidence, 3),
        "since_step": _plain(finding.since_step),
        "evidence": [_evidence(evidence, texts) for evidence in finding.evidence],
        "text": texts.finding(finding),
        "guide_step": finding.guide_step,
    }


def _evidence(evidence: Evidence, texts: Texts) -> Json:
    value = number(evidence.value)
    told = {"name": evidence.name, "value": value, "unit": str(evidence.unit), "text": texts.evidence(evidence)}
    return told | ({"layers": list(evidence.layers)} if evidence.layers else {})


def _change(change: Change, texts: Texts) -> Json:
    words = texts.change(change)
    return {
        "hyperparameter": change.hyperparameter,
        "from": _finite(change.from_),
        "to": _finite(change.to),
        "apply": str(change.apply),
        "for": str(change.symptom),
        "why": words.why,
        "expect": words.expect,
        "check": words.check,
        "source": words.source,
    }


def _finite(value: Value) -> Value:
    return number(value) if isinstance(value, float) else value


def _plain(value: float, whole: bool = True) -> Value:
    """A number of JSON: steps as the whole numbers that they are, and by name what is not finite."""
    written = number(value)
    return int(written) if whole and isinstance(written, float) and written == int(written) else written
