"""The report of a guide as a value: all that is said of it, in words, before any markup."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dltui.formatting import known
from dltui.guide.result import Judgement
from dltui.guide.standing import best_loss
from dltui.guide.state import Guide, GuideStatus, StepEntry
from dltui.guide.telling.as_text import heading_facts
from dltui.guide.telling.step_words import SIGNS, StepWords, step_title, step_words
from dltui.guide.telling.words import LONGEST_VALUE, bounded, told, value_of, word
from dltui.report.report import Report, Tone, VerdictWords
from dltui.texts import Texts
from dltui.texts.guide import GuideTexts
from dltui_trainers.taskfile.names import shown_task

TONES = {Judgement.SOUND: Tone.GOOD, Judgement.DOUBTFUL: Tone.WARN, Judgement.FAULT: Tone.BAD}
_STATUSES = {
    GuideStatus.RUNNING: ("◌", Tone.OPEN),
    GuideStatus.PAUSED: ("‖", Tone.OPEN),
    GuideStatus.FINISHED: ("✔", Tone.GOOD),
    GuideStatus.STOPPED: ("■", Tone.WARN),
    GuideStatus.FAILED: ("✖", Tone.BAD),
}
_LAST_YEAR = 253_402_300_000.0
"""Unix seconds beyond which there is no date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A setting that the guide came to, and the step that handed it on."""

    name: str
    value: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideReport:
    """Everything that a report says of one guide.

    ``verdict``: how far it is, and what it came to; ``final``: the report of the final run, None where there is none,
    and then ``no_final`` says why, if there should be one.
    """

    guide: Guide
    texts: Texts
    guide_texts: GuideTexts
    title: str
    kicker: str
    facts: tuple[str, ...]
    verdict: VerdictWords
    chosen: tuple[Chosen, ...]
    steps: tuple[StepWords, ...]
    final: Report | None
    no_final: str

    def word(self, key: str, **places: float | str) -> str:
        """Return a word of ours."""
        return word(self.guide_texts, f"report.{key}", **places)

    def step_heading(self, step: StepWords) -> str:
        """Return what stands over a step."""
        return self.word("step", step=float(step.number), title=step.title)


def make_guide_report(
    guide: Guide, texts: Texts, guide_texts: GuideTexts, final: Report | None, no_final: str
) -> GuideReport:
    """Return what there is to say of a guide. ``final``: the report of its final run, or why there is none."""
    began = word(guide_texts, "report.began", moment=moment(guide.began))
    return GuideReport(
        guide=guide,
        texts=texts,
        guide_texts=guide_texts,
        title=bounded(guide.name, LONGEST_VALUE),
        kicker=word(guide_texts, "report.title", task=bounded(shown_task(guide.task), LONGEST_VALUE)),
        facts=(*heading_facts(guide, guide_texts), began),
        verdict=_verdict(guide, guide_texts),
        chosen=tuple(_chosen(guide, guide_texts)),
        steps=tuple(step_words(entry, guide_texts) for entry in guide.steps),
        final=final,
        no_final=word(guide_texts, "report.final_missing", error=bounded(no_final)) if no_final else "",
    )


def _verdict(guide: Guide, texts: GuideTexts) -> VerdictWords:
    """The word for the whole, and the sentence that weighs most: a fault, why it failed, or what it came to."""
    sign, tone = _STATUSES[guide.status]
    said = guide.error and bounded(guide.error)
    fault = next((each for each in guide.steps if _is_fault(each, guide)), None)
    last = next((each.result for each in reversed(guide.steps) if each.result is not None), None)
    if fault is not None and fault.result is not None and guide.status is not GuideStatus.FINISHED:
        sign, tone, said = SIGNS[Judgement.FAULT], Tone.BAD, told(texts, fault.result.said)
    elif not said and last is not None:
        said = told(texts, last.said)
    best = best_loss(guide)
    loss = word(texts, "report.val_loss", loss=known(best)) if best == best else ""
    return VerdictWords(
        tone=tone, sign=sign, word=word(texts, f"report.status_{guide.status}").upper(), sure=loss, reason=said
    )


def _is_fault(entry: StepEntry, guide: Guide) -> bool:
    found = entry.result is not None and entry.result.judgement is Judgement.FAULT
    return found and entry.number not in guide.accepted


def _chosen(guide: Guide, texts: GuideTexts) -> Iterator[Chosen]:
    """Each setting with the last step that handed it on as it is."""
    for name, value in guide.chosen.items():
        made = [each.number for each in guide.steps if each.result is not None and name in each.result.handed.settings]
        by = ""
        if made:
            by = word(texts, "report.by_step", step=float(made[-1]), title=step_title(made[-1], texts))
        elif name in guide.options.settings:
            by = word(texts, "report.by_user")
        yield Chosen(name=bounded(name, LONGEST_VALUE), value=value_of(value), by=by)


def moment(seconds: float) -> str:
    """Return a moment as a date and a time of day; a dash where there is no such date."""
    if not 0 <= seconds < _LAST_YEAR:
        return "–"
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M %Z}"
