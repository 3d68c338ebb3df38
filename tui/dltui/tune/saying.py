"""Why the doctor tries something that no advice names, in a sentence of the present language."""

from dltui.guide.steps.saying import said
from dltui.texts.guide import GuideTexts


def say(key: str, /, **places: str) -> str:
    """Return the sentence; its key without the room."""
    return GuideTexts.load().say(said(f"tune.{key}", **places))
