"""What the diagnosis of a run says, in words: for the panel below the charts and for the screens that it opens."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from dltui.advice.change import Apply, Change
from dltui.charts.of_run import Since
from dltui.diagnosis.finding import Diagnosis, Finding, Severity, Symptom, Verdict
from dltui.series.state import RunState

if TYPE_CHECKING:
    from dltui.texts import Texts

MARKED = 3
"""So many findings are marked on a chart: more of them hide each other and the curves."""
_WHOLE_EPOCHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """A diagnosis and the advice that it leads to, best first."""

    diagnosis: Diagnosis
    changes: tuple[Change, ...]

    @property
    def worst(self) -> Finding | None:
        """The first finding that is a reason to act."""
        return next((each for each in self.diagnosis.findings if each.severity is not Severity.INFO), None)

    @property
    def tone(self) -> str:
        """The theme's colour of the whole: ``error``, ``warning``, ``success`` or ``secondary``."""
        if self.worst is not None:
            return finding_colour(self.worst)
        return "success" if self.diagnosis.verdict is Verdict.GOOD_FIT else "secondary"

    def marks(self, texts: "Texts") -> tuple[Since, ...]:
        """What a chart marks."""
        act = [each for each in self.diagnosis.findings if each.severity is not Severity.INFO]
        return tuple(Since(each.since_step, texts.symptom(each.symptom)) for each in act[:MARKED])

    def serving(self, symptom: Symptom) -> tuple[Change, ...]:
        """The advice that serves a finding."""
        return tuple(each for each in self.changes if symptom is each.symptom or symptom in each.also_for)


def finding_sign(finding: Finding) -> str:
    """The sign of a finding, which tells without colour how much it matters."""
    if finding.symptom is Symptom.GOOD_FIT:
        return "✓"
    return "●" if finding.severity is Severity.INFO else "▲"


def finding_colour(finding: Finding) -> str:
    """The theme's colour of a finding."""
    if finding.symptom is Symptom.GOOD_FIT:
        return "success"
    return {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "secondary"}[finding.severity]


def finding_name(finding: Finding, texts: "Texts") -> Content:
    """The sign and the name of a finding."""
    return Content.styled(
        f"{finding_sign(finding)} {texts.symptom(finding.symptom)}", f"$text-{finding_colour(finding)}"
    )


def finding_facts(finding: Finding, state: RunState, texts: "Texts") -> list[str]:
    """How bad it is, since when, how sure it is and where the guide treats it."""
    return [
        texts.severity(finding.severity),
        since(finding.since_step, state, texts),
        texts.ui("confidence", confidence=round(finding.confidence, 2)),
        texts.ui("guide_step", number=finding.guide_step),
    ]


def since(step: float, state: RunState, texts: "Texts") -> str:
    """Since which epoch, or step where the log has no epochs."""
    epoch = epoch_of(step, state)
    if math.isnan(epoch):
        return texts.ui("since_step", step=step)
    return texts.ui("since_epoch", epoch=epoch)


def epoch_of(step: float, state: RunState) -> float:
    """The epoch of a step as a person says it, NaN where the log has none."""
    epoch = state.epoch_at(step)
    if not math.isfinite(epoch):
        return math.nan
    return round(epoch, 1) if epoch < _WHOLE_EPOCHS else float(round(epoch))


def how_to_start(change: Change, state: RunState, texts: "Texts", *, live: bool = False) -> str:
    """How the change comes about; empty where nothing could be set.

    Without a training at work that takes it ``live``, what could be set live begins at a checkpoint: it is a training
    of its own.
    """
    if not change.settings:
        return ""
    if live and change.apply is Apply.LIVE:
        return texts.ui("apply_live")
    if change.apply is Apply.RESTART:
        return texts.ui("apply_restart")
    if change.at_step is None:
        return texts.ui("apply_branch_last")
    return texts.branch_from(change.at_step, epoch_of(change.at_step, state))
