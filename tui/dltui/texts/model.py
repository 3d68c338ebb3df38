"""The sentences of the model screen: keys and numbers in, one language out. They lie in ``model_<language>.toml``."""

from functools import cache

from dltui.diagnosis.layer_marks import Mark
from dltui.texts.language import known_language, present_language
from dltui.texts.wording import Wording, read_texts
from dltui.texts.writing import fill, named


class ModelTexts(Wording):
    """All that is said of the parameters of a model, in one language. Get it with :meth:`load`."""

    @staticmethod
    def load(language: str | None = None) -> "ModelTexts":
        """Return the texts of ``language``, as :meth:`dltui.texts.Texts.load` does."""
        return _loaded(present_language() if language is None else known_language(language))

    def ui(self, key: str, **places: float | str) -> str:
        """Return a word or a sentence; numbers are written by the names of their places."""
        written = {name: place if isinstance(place, str) else named(name, place) for name, place in places.items()}
        return fill(self.template(f"ui.{key}"), written)

    def mark(self, mark: Mark) -> str:
        """Return the health of a parameter in a word or two."""
        return self.template(f"mark.{mark}.name")

    def about_mark(self, mark: Mark) -> str:
        """Return what that means, and what to look at, as a sentence."""
        return self.template(f"mark.{mark}.text")


@cache
def _loaded(language: str) -> ModelTexts:
    return ModelTexts(language, read_texts(f"model_{language}.toml"))
