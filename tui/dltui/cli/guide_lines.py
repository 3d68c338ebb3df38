"""A guide as plain lines while it is at work: its plan, each trial as it ends, each step with its plot, and the end."""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dltui.formatting import format_value
from dltui.guide.budget import foreseen
from dltui.guide.closing import Closing, closing, command
from dltui.guide.state import Guide, GuideStatus, StepEntry, StepState, TrialEntry
from dltui.guide.telling.as_text import step_lines
from dltui.guide.telling.step_words import seconds_text, step_title
from dltui.guide.telling.words import bounded, word
from dltui.runs.status import RunStatus
from dltui.texts.guide import GuideTexts
from dltui_trainers.runlog import Number
from dltui_trainers.taskfile.names import shown_task

COLUMNS = 100
_SIGNS = "✔▲✖┄━│●░█"


class GuideLines:
    """Says what is new of a guide, once. :meth:`take` is given each of its states in turn."""

    def __init__(self, folder: Path, texts: GuideTexts) -> None:
        self._folder = folder
        self._texts = texts
        self._before: Guide | None = None
        self._is_planned = False

    def take(self, guide: Guide) -> None:
        """Print what has changed since the last call."""
        for line in self._news(guide):
            print(line, flush=True)
        self._before = guide

    def conclude(self, guide: Guide) -> None:
        """Print what became of it, and how to go on."""
        print()
        for line in closing_lines(guide, self._folder, self._texts):
            print(line, flush=True)

    def _news(self, guide: Guide) -> Iterator[str]:
        before = self._before
        if before is None:
            yield self._say("head", folder=str(self._folder), task=shown_task(guide.task))
        if not self._is_planned and guide.budget_s and (guide.looked is not None or guide.at != 0):
            self._is_planned = True
            yield from self._plan(guide)
        for answer in guide.answers:
            if before is not None and answer not in before.answers and answer.refused:
                yield self._say("refused", command=bounded(answer.command), why=bounded(answer.refused))
        for number, entry in enumerate(guide.steps):
            yield from self._step(guide, before.steps[number] if before else None, entry)
        if before is not None and before.status is not guide.status:
            if guide.status is GuideStatus.PAUSED:
                yield self._say("paused")
            elif before.status is GuideStatus.PAUSED and guide.status is GuideStatus.RUNNING:
                yield self._say("resumed")

    def _plan(self, guide: Guide) -> Iterator[str]:
        yield ""
        yield self._say("plan", budget=seconds_text(guide.budget_s))
        for number, seconds in foreseen(guide).items():
            yield f"  {number}  {step_title(number, self._texts):<24}{seconds_text(seconds):>8}"

    def _step(self, guide: Guide, before: StepEntry | None, entry: StepEntry) -> Iterator[str]:
        was = before.state if before is not None and before.attempt == entry.attempt else None
        if entry.state is StepState.RUNNING and was is not StepState.RUNNING:
            yield ""
            yield self._begins(entry)
        yield from self._trials(before if was is not None else None, entry)
        if entry.state is was or (before is None and guide.at is None and entry.state is StepState.DONE):
            return
        if entry.state is StepState.DONE:
            yield ""
            yield from step_lines(_drawable(entry), self._texts, COLUMNS)
            yield ""
            used = self._say("used", used=seconds_text(guide.seconds), budget=seconds_text(guide.budget_s))
            yield used if guide.budget_s else ""
        elif entry.state in (StepState.SKIPPED, StepState.OUT_OF_TIME) and before is not None:
            yield self._say(str(entry.state), step=str(entry.number), title=step_title(entry.number, self._texts))

    def _begins(self, entry: StepEntry) -> str:
        title = step_title(entry.number, self._texts)
        key = "step_again" if entry.attempt > 1 else "step"
        places: dict[str, Number | str] = {"step": str(entry.number), "title": title}
        if entry.planned_s:
            places["planned"] = seconds_text(entry.planned_s)
        return self._say(key, **places, **({"attempt": str(entry.attempt)} if entry.attempt > 1 else {}))

    def _trials(self, before: StepEntry | None, entry: StepEntry) -> Iterator[str]:
        told = {each.name for each in before.trials if not _is_alive(each)} if before is not None else set()
        for each in entry.trials:
            if not _is_alive(each) and each.name not in told:
                yield self._trial(each)

    def _trial(self, trial: TrialEntry) -> str:
        what = bounded(trial.error) if trial.error else self._say("stopped_early") if trial.by_guide else ""
        loss = self._say("val_loss", loss=_number(trial.val_loss)) if trial.val_loss is not None else ""
        parts = [f"  {bounded(trial.name):<28}", loss, seconds_text(trial.seconds), what]
        return "  ".join(part for part in parts if part).rstrip()

    def _say(self, key: str, **places: Number | str) -> str:
        return word(self._texts, f"lines.{key}", **places)


def closing_lines(guide: Guide, folder: Path, texts: GuideTexts) -> Iterator[str]:
    """What became of a guide: its final run and how to repeat it, or why it ended before that and how to go on."""
    end = closing(guide)
    if end is not None and guide.at is None:
        yield from _final(guide.task, folder, end, texts)
    if guide.status is GuideStatus.FINISHED:
        if end is None:
            yield word(texts, "lines.no_final")
    else:
        yield _why_not(guide, texts)
        yield word(texts, "lines.go_on", command=f"dltui guide --resume {folder}")
    used = {"used": seconds_text(guide.seconds), "budget": seconds_text(guide.budget_s)}
    yield word(texts, "lines.used", **used) if guide.budget_s else ""
    yield str(folder)


def _final(task: str, folder: Path, end: Closing, texts: GuideTexts) -> Iterator[str]:
    places = {"run": str(folder / end.run), "loss": _number(end.loss)}
    if end.before is not None:
        places["before"] = _number(end.before)
    yield word(texts, "lines.final", **places)
    yield word(texts, "lines.repeat")
    yield f"  {command(task, end.settings)}"


def _why_not(guide: Guide, texts: GuideTexts) -> str:
    if guide.error:
        return word(texts, "lines.failed", error=bounded(guide.error))
    halted = next((each.number for each in guide.steps if guide.is_halted_at(each.number)), None)
    if halted is not None:
        return word(texts, "lines.halted", step=str(halted))
    return word(texts, "lines.stopped", step=str(guide.at))


def _drawable(entry: StepEntry) -> StepEntry:
    """The step without its plot, where the output cannot carry the signs that it is drawn with."""
    try:
        _SIGNS.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        result = msgspec.structs.replace(entry.result, plot=None) if entry.result else None
        return msgspec.structs.replace(entry, result=result)
    return entry


def _is_alive(trial: TrialEntry) -> bool:
    return RunStatus(trial.status).alive


def _number(loss: Number | None) -> str:
    return format_value(float(loss)) if loss is not None else "–"
