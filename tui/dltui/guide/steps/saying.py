"""Sentences of a step in few words: keys with numbers that JSON can hold, and settings as a person writes them."""

from collections.abc import Mapping

from dltui.guide.result import Check, Judgement
from dltui.texts.guide import Place, Said
from dltui_trainers.configure import as_text
from dltui_trainers.runlog import Value, number


def said(key: str, /, **places: Place) -> Said:
    """Return the sentence; a number may be NaN or infinite."""
    return Said(key=key, places={name: _place(each) for name, each in places.items()})


def _place(value: Place) -> Place:
    if isinstance(value, Said):
        return value
    return str(value) if isinstance(value, str) else number(value)


def plain(text: str) -> Said:
    """Return what is the same in every language."""
    return Said(key="plain", places={"text": text})


def sound(key: str, /, **places: Place) -> Check:
    """Return a check of what is as it should be."""
    return Check(judgement=Judgement.SOUND, said=said(key, **places))


def doubtful(key: str, /, **places: Place) -> Check:
    """Return a check of what is worth a look."""
    return Check(judgement=Judgement.DOUBTFUL, said=said(key, **places))


def fault(key: str, /, **places: Place) -> Check:
    """Return a check of what is wrong; its sentence tells what to look at."""
    return Check(judgement=Judgement.FAULT, said=said(key, **places))


def worst_first(checks: list[Check]) -> list[Check]:
    """Return the checks, faults before doubts before the rest, each kind in the order given."""
    return sorted(checks, key=lambda check: check.judgement.rank)


def words(settings: Mapping[str, Value]) -> str:
    """Return settings as a person writes them, ``model = cnn, layers = 2``; empty without any."""
    return ", ".join(f"{name} = {as_text(value)}" for name, value in settings.items())
