"""The sentences of the guide: keys and numbers in, one language out. They lie in ``guide_<language>.toml``."""

from functools import cache
from typing import TypeAlias

import msgspec

from dltui.formatting import format_value
from dltui.texts.language import known_language, present_language
from dltui.texts.wording import Wording, read_texts
from dltui.texts.writing import fill, named
from dltui_trainers.runlog import Number


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence or a name: the key of its text, and the numbers and words in its places.

    A number is written by the name of its place, as :func:`dltui.texts.writing.named` says: ``..._share`` is a percent,
    ``..._epoch`` a count. The places ``symptom`` and ``verdict`` hold names of the diagnosis, and a place may be a
    sentence of its own. The key ``plain`` has one place, ``text``, for what is the same in every language.
    """

    key: str
    places: "dict[str, Place]" = {}


Place: TypeAlias = Number | str | Said


class GuideTexts(Wording):
    """All that the guide says, in one language. Get it with :meth:`load`."""

    @staticmethod
    def load(language: str | None = None) -> "GuideTexts":
        """Return the texts of ``language``, as :meth:`dltui.texts.Texts.load` does."""
        return _loaded(present_language() if language is None else known_language(language))

    def say(self, said: Said) -> str:
        """Return the sentence. Raises :class:`KeyError` for a key, or a place, that there is not."""
        if said.key == "plain":
            return str(said.places["text"])
        return fill(self.template(said.key), {name: self._written(name, place) for name, place in said.places.items()})

    def ui(self, key: str, **places: Number | str) -> str:
        """Return a word or phrase of the guide's screens."""
        return self.say(Said(key=f"ui.{key}", places=dict(places)))

    def _written(self, name: str, place: Place) -> str:
        if isinstance(place, Said):
            return self.say(place)
        if not isinstance(place, str):
            return named(name, place)
        if name in ("symptom", "verdict"):
            return self._diagnosed(name, place)
        return format_value(float(place)) if place in NON_FINITE else place

    def _diagnosed(self, name: str, word: str) -> str:
        from dltui.texts import Texts

        key = f"symptom.{word}.name" if name == "symptom" else f"verdict.{word}"
        return Texts.load(self.language).template(key)


NON_FINITE = ("nan", "inf", "-inf")


@cache
def _loaded(language: str) -> GuideTexts:
    return GuideTexts(language, read_texts(f"guide_{language}.toml"))
