"""The words of a guide's folder for whoever shows them: harmless, of bounded length, and never missing."""

from dltui.formatting import setting
from dltui.text import safe_text
from dltui.texts.guide import GuideTexts, Said
from dltui_trainers.runlog import Number, Value

LONGEST = 2000
LONGEST_VALUE = 200


def told(texts: GuideTexts, said: Said) -> str:
    """Return the sentence. Where its words are of another version of dltui, it is its key and numbers."""
    try:
        text = texts.say(said)
    except KeyError:
        text = " ".join([said.key, *(f"{name}={_place(place, texts)}" for name, place in said.places.items())])
    return bounded(text)


def _place(place: Number | str | Said, texts: GuideTexts) -> str:
    return told(texts, place) if isinstance(place, Said) else str(place)


def word(texts: GuideTexts, key: str, **places: Number | str | Said) -> str:
    """Return a word or phrase of ours by its whole key: ``report.final``."""
    return texts.say(Said(key=key, places=places))


def bounded(text: str, longest: int = LONGEST) -> str:
    """Return a text from the folder, so that it can be shown."""
    return safe_text(text if len(text) <= longest else f"{text[: longest - 1]}…")


def value_of(value: Value) -> str:
    """Return the value of a hyperparameter as a person types it; a dash for none."""
    return "–" if value in (None, "") else bounded(setting(value), LONGEST_VALUE)


def moves(settings: dict[str, Value]) -> list[str]:
    """Return settings that are handed on, each as ``lr → 3e-3``."""
    return [f"{bounded(name, LONGEST_VALUE)} → {value_of(value)}" for name, value in settings.items()]


def together(settings: dict[str, Value]) -> str:
    """Return settings that belong together, in one line: ``lr 3e-3, weight_decay 1e-4``."""
    return ", ".join(f"{bounded(name, LONGEST_VALUE)} {value_of(value)}" for name, value in settings.items())
