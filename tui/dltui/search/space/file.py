"""A space in a TOML file, ``--space FILE``: a table for each hyperparameter, and how to search it. See
``docs/search-space.md``."""

import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from dltui.errors import SpaceError
from dltui.search.space.said import Said
from dltui.search.space.values import shown
from dltui.search.study.options import EngineName, MethodName, Objective, PrunerName, Resources, SamplerName
from dltui.text import safe_text
from dltui_trainers.errors import suggestion

LARGEST = 256 * 1024
"""Bytes; a space is a page of text, and this much of brackets already takes a second to read."""
KEYS = ("low", "high", "scale", "step", "points", "also", "choices")
_AT = re.compile(r"`\$\.(\w+)")
_UNKNOWN = re.compile(r"unknown field `(.*)`")
_AtLeastNone = Annotated[int, msgspec.Meta(ge=0)]
_AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class FileSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table ``[search]``: None where it says nothing. ``budget`` is written as on the command line, ``"10m"``."""

    method: MethodName | None = None
    sampler: SamplerName | None = None
    trials: _AtLeastNone | None = None
    budget: str | None = None
    seeds: _AtLeastOne | None = None
    seed: _AtLeastNone | None = None
    workers: _AtLeastNone | None = None
    pruner: PrunerName | None = None
    diagnosis: bool | None = None
    engine: EngineName | None = None
    minimise: str | None = None
    maximise: str | None = None

    @property
    def objective(self) -> Objective | None:
        """What is to be made small or large, None where the file does not say."""
        metric = self.minimise or self.maximise
        return Objective(metric=metric, rises=self.minimise is None) if metric else None


_MEANT = {
    "method": "grid, random or bayes",
    "sampler": "tpe or gp",
    "trials": "a whole number, 0 for no limit",
    "budget": 'a time in quotes, such as "10m"',
    "seeds": "a whole number, at least 1",
    "seed": "a whole number, at least 0",
    "workers": "a whole number, 0 for as many as the engine suggests",
    "pruner": "none, median or hyperband",
    "diagnosis": "true or false",
    "engine": "local, slurm or ray",
    "minimise": "the name of a metric in quotes",
    "maximise": "the name of a metric in quotes",
    "gpus": "a whole number",
    "cpus": "a whole number",
    "processes": "a whole number",
    "extra": "a list of texts, options of sbatch",
}
_A_TEXT = "a text in quotes"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceFile:
    """What a file says: the hyperparameters, not checked yet, how to search, and what each trial is given."""

    said: tuple[Said, ...] = ()
    search: FileSearch = field(default_factory=FileSearch)
    resources: Resources = field(default_factory=Resources)


def read_space_file(path: Path) -> SpaceFile:
    """Return what the file says. Raises :class:`SpaceError`: one sentence with the file, the table, and what to try."""
    where, content = _shown(path), _content(path)
    search = _table(where, "search", content.pop("search", {}), FileSearch)
    if search.minimise is not None and search.maximise is not None:
        raise SpaceError(f"{where}, [search]: minimise and maximise are both there; a search has one target.")
    resources = _table(where, "resources", content.pop("resources", {}), Resources)
    said = tuple(_said(f"{where}, [{safe_text(name[:40])}]", name, value) for name, value in content.items())
    return SpaceFile(said=said, search=search, resources=resources)


def _said(where: str, name: str, value: object) -> Said:
    if isinstance(value, list):
        return Said(name=name, where=where, typed=True, choices=value)
    if not isinstance(value, dict):
        raise SpaceError(
            f"{where}: {shown(value)} is one value, and nothing to search; give it with --set, or write choices = [...]"
            " or low and high."
        )
    for key in value:
        if key not in KEYS:
            hint = suggestion(key, list(KEYS)).strip() or f"There are {', '.join(KEYS)}."
            raise SpaceError(f"{where}: a hyperparameter has no '{safe_text(key[:40])}'. {hint}")
    if not isinstance(value.get("choices", []), list):
        raise SpaceError(f"{where}: choices = {shown(value['choices'])} is no list; write choices = [A, B].")
    return Said(name=name, where=where, typed=True, **value)


Table = TypeVar("Table", FileSearch, Resources)


def _table(where: str, name: str, table: object, kind: type[Table]) -> Table:
    if not isinstance(table, Mapping):
        raise SpaceError(f"{where}: {name} = {shown(table)} is no table; write [{name}] and its keys below.")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise SpaceError(f"{where}, [{name}]: {_complaint(str(error), table, kind)}") from None


def _complaint(error: str, table: Mapping[str, Any], kind: type[Table]) -> str:
    if unknown := _UNKNOWN.search(error):
        known = list(kind.__struct_fields__)
        hint = suggestion(unknown[1], known).strip() or f"There are {', '.join(known)}."
        return f"there is no '{safe_text(unknown[1][:40])}'. {hint}"
    found = _AT.search(error)
    key = found[1] if found else ""
    return f"{key} = {shown(table.get(key))} cannot be; it must be {_MEANT.get(key, _A_TEXT)}."


def _content(path: Path) -> dict[str, Any]:
    shown_path = _shown(path)
    try:
        text = _bytes(path.expanduser()).decode("utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        raise SpaceError(f"{shown_path} cannot be read: {error.strerror}; --space wants a TOML file.") from None
    except UnicodeDecodeError:
        raise SpaceError(f"{shown_path} is no text in UTF-8; --space wants a TOML file.") from None
    except (ValueError, RuntimeError) as error:  # RuntimeError: a home that nobody has, brackets without an end
        reason = safe_text(str(error)[:200]).rstrip(".")
        if "twice" in reason or "overwrite" in reason:
            raise SpaceError(f"{shown_path} names something twice: {reason}; say it in one place.") from None
        raise SpaceError(f"{shown_path} is no TOML: {reason}.") from None


def _bytes(path: Path) -> bytes:
    """Only a file of ordinary size is opened: a pipe would be waited for without an end."""
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise OSError(22, "it is no ordinary file")
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise OSError(27, f"it has more than {LARGEST // 1024} KiB, and a space is a page of text")
    return content


def _shown(path: Path) -> str:
    return f"'{safe_text(str(path))}'"
