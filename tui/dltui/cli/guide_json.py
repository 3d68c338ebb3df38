"""A guide that has ended as one JSON document; docs/guide.md describes it."""

from pathlib import Path
from typing import Any

import msgspec

from dltui.guide.budget import foreseen
from dltui.guide.closing import closing, command
from dltui.guide.state import Guide, StepEntry
from dltui.guide.telling.step_words import step_title
from dltui.guide.telling.words import told
from dltui.texts.guide import GuideTexts, Said


def document(guide: Guide, folder: Path, texts: GuideTexts) -> dict[str, object]:
    """Return the whole guide as values, with sentences in words."""
    end = closing(guide)
    plan = foreseen(guide) if guide.budget_s else {}
    return {
        "task": guide.task,
        "folder": str(folder),
        "status": str(guide.status),
        "error": guide.error or None,
        "halted_at": next((each.number for each in guide.steps if guide.is_halted_at(each.number)), None),
        "budget_s": guide.budget_s or None,
        "seconds": round(guide.seconds, 3),
        "steps": [_step(each, plan.get(each.number, each.planned_s), texts) for each in guide.steps],
        "chosen": guide.chosen,
        "final": end.run if end else None,
        "settings": end.settings if end else None,
        "command": command(guide.task, end.settings) if end else None,
        "val_loss": end.loss if end else None,
        "val_loss_before": end.before if end else None,
    }


def _step(entry: StepEntry, planned_s: float, texts: GuideTexts) -> dict[str, object]:
    result = entry.result
    return {
        "number": entry.number,
        "title": step_title(entry.number, texts),
        "state": str(entry.state),
        "attempt": entry.attempt,
        "judgement": str(result.judgement) if result else None,
        "text": told(texts, result.said) if result else None,
        "checks": [{"judgement": str(each.judgement), "text": told(texts, each.said)} for each in result.checks]
        if result
        else [],
        "handed": msgspec.to_builtins(result.handed) if result else None,
        "seconds": round(entry.seconds, 3),
        "planned_s": round(planned_s, 3),
        "trials": msgspec.to_builtins(entry.trials),
        "plot": _in_words(msgspec.to_builtins(result.plot), texts) if result and result.plot else None,
        "table": _in_words(msgspec.to_builtins(result.table), texts) if result and result.table else None,
    }


def _in_words(value: Any, texts: GuideTexts) -> Any:
    """The value with each :class:`Said` in it as its sentence."""
    if isinstance(value, dict) and value.keys() == {"key", "places"}:
        return told(texts, msgspec.convert(value, Said))
    if isinstance(value, dict):
        return {name: _in_words(each, texts) for name, each in value.items()}
    return [_in_words(each, texts) for each in value] if isinstance(value, list | tuple) else value
