"""Puts what is known of a run into a :class:`Report`: the one place where a report's words are chosen."""

import math
from collections.abc import Sequence

from dltui.advice.change import Apply, Change
from dltui.diagnosis.finding import Diagnosis, Finding, Severity, Verdict
from dltui.formats.meaning.columns import ColumnRole
from dltui.formatting import count
from dltui.report.charts import report_charts
from dltui.report.facts import LONGEST_VALUE, about_run, error_of, settings_of, shown
from dltui.report.interventions import interventions_of
from dltui.report.report import AdviceWords, FindingWords, Report, Tone, VerdictWords
from dltui.series.state import RunState
from dltui.texts import Texts

_VERDICTS = {
    Verdict.GOOD_FIT: ("✔", Tone.GOOD),
    Verdict.OVERFITTING: ("▲", Tone.WARN),
    Verdict.UNDERFITTING: ("▼", Tone.WARN),
    Verdict.DIVERGED: ("✖", Tone.BAD),
    Verdict.INCONCLUSIVE: ("?", Tone.OPEN),
}
_SEVERITIES = {
    Severity.CRITICAL: ("✖", Tone.BAD),
    Severity.WARNING: ("▲", Tone.WARN),
    Severity.INFO: ("●", Tone.OPEN),
}
"""Sign and tone: never the colour alone."""


def make_report(
    *,
    name: str,
    format: str,
    state: RunState,
    diagnosis: Diagnosis,
    advice: Sequence[Change],
    texts: Texts,
    cut: bool = False,
    columns: Sequence[ColumnRole] = (),
) -> Report:
    """Return what there is to say of a run that is called ``name``.

    ``cut``: it was judged as it stood at an earlier step, and is drawn up to there. ``columns``: what the columns of
    another program's log were read as.
    """
    interventions, more = interventions_of(state, texts, diagnosis.at_step if cut else math.inf)
    return Report(
        texts=texts,
        title=shown(name, LONGEST_VALUE),
        facts=_facts(format, state, diagnosis, texts, cut),
        verdict=_verdict(diagnosis, texts),
        error=error_of(state),
        findings=tuple(_finding(each, state, texts) for each in diagnosis.findings),
        advice=tuple(_advice(each, state, texts) for each in advice),
        advice_note=texts.ui("hparams_unknown") if advice and not state.hparams else "",
        settings=settings_of(state),
        about=about_run(state, texts, columns),
        interventions=interventions,
        more_interventions=more,
        charts=report_charts(state, diagnosis, texts, diagnosis.at_step if cut else None),
    )


def _facts(format: str, state: RunState, diagnosis: Diagnosis, texts: Texts, cut: bool) -> tuple[str, ...]:
    parts = [shown(format), str(state.status)]
    if math.isfinite(state.epoch):
        parts.append(texts.ui("epochs", epochs=count(round(state.epoch, 2))))
    if state.step != state.epoch:
        parts.append(texts.ui("steps", steps=count(state.step)))
    if cut:
        parts.append(texts.ui("at_step", step=diagnosis.at_step))
    if state.skipped:
        parts.append(texts.ui("skipped", count=state.skipped))
    return tuple(parts)


def _verdict(diagnosis: Diagnosis, texts: Texts) -> VerdictWords:
    sign, tone = _VERDICTS[diagnosis.verdict]
    undecided = diagnosis.verdict is Verdict.INCONCLUSIVE
    return VerdictWords(
        tone=tone,
        sign=sign,
        word=texts.ui("cannot_tell") if undecided else texts.verdict(diagnosis.verdict).upper(),
        sure="" if undecided else texts.ui("confidence", confidence=f"{diagnosis.confidence:.2f}"),
        reason=texts.reason(diagnosis.reason) if diagnosis.reason else "",
    )


def _finding(finding: Finding, state: RunState, texts: Texts) -> FindingWords:
    sign, tone = _SEVERITIES[finding.severity]
    facts = (
        _since(finding.since_step, state, texts),
        texts.ui("confidence", confidence=f"{finding.confidence:.2f}"),
        texts.ui("guide_step", number=finding.guide_step),
    )
    return FindingWords(
        tone=tone, sign=sign, name=texts.symptom(finding.symptom), facts=facts, text=shown(texts.finding(finding))
    )


def _since(step: float, state: RunState, texts: Texts) -> str:
    epoch, step = state.epoch_at(step), float(round(step))
    if math.isnan(epoch):
        return texts.ui("since_step", step=step)
    if epoch == step:
        return texts.ui("since_epoch", epoch=epoch)
    return texts.ui("since_epoch_step", epoch=round(epoch, 1), step=step)


def _advice(change: Change, state: RunState, texts: Texts) -> AdviceWords:
    words = texts.change(change)
    symptoms = texts.template("sentence.list").join(map(texts.symptom, (change.symptom, *change.also_for)))
    rows = {"why": words.why, "expect": words.expect, "check": words.check, "source": words.source}
    return AdviceWords(
        action=shown(words.action),
        made=_how_to_apply(change, state, texts),
        serves=texts.ui("for_symptom", symptom=symptoms),
        rows=tuple((texts.ui(label), shown(text)) for label, text in rows.items()),
    )


def _how_to_apply(change: Change, state: RunState, texts: Texts) -> str:
    """How the change is made: ``live``, ``branch from epoch 9``."""
    step = change.at_step
    if change.apply is not Apply.BRANCH or step is None:
        return texts.ui(f"apply_{change.apply}")
    return texts.branch_from(step, round(state.epoch_at(step), 1))
