"""Every sentence that a finding, an advice or the guide says, one catalogue a language."""

from dltui.texts.catalogue import ChangeText, Explanation, Texts
from dltui.texts.language import LANGUAGES, choose_language

__all__ = ["LANGUAGES", "ChangeText", "Explanation", "Texts", "choose_language"]
