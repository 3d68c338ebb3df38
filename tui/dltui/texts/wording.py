"""The texts of one language by their keys: what every catalogue of them has in common."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Wording:
    """Templates by key, such as ``symptom.plateau.name``, in one language."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    @property
    def keys(self) -> frozenset[str]:
        """Every key."""
        return frozenset(self._texts)

    def template(self, key: str) -> str:
        """Return the text of ``key`` with its ``{places}`` open. Raises :class:`KeyError`."""
        try:
            return self._texts[key]
        except KeyError:
            raise KeyError(f"no text '{key}' in the language {self.language}") from None


def read_texts(name: str) -> dict[str, str]:
    """Return the texts of a file beside this module, its tables as the first parts of the keys."""
    import tomllib  # here, because the first paint needs no texts

    # importlib.resources would be imported for this alone, at the price of 12 ms before the first diagnosis
    return _flat(tomllib.loads(Path(__file__).with_name(name).read_text(encoding="utf-8")))


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for name, entry in table.items():
        texts |= _flat(entry, f"{prefix}{name}.") if isinstance(entry, dict) else {f"{prefix}{name}": entry}
    return texts
