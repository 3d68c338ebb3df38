"""The hyperparameters of a log that does not tell them, from a file: ``{"lr": 0.1, "weight_decay": 0}`` or TOML."""

import json
import tomllib
from pathlib import Path
from typing import Any

from dltui.errors import UsageError
from dltui.text import safe_text
from dltui_trainers.configure import parse
from dltui_trainers.errors import TrainerError, suggestion
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

_READERS = {".json": json.loads, ".toml": tomllib.loads}


def read_hparams(path: Path) -> dict[str, Value]:
    """Return the hyperparameters in a ``.json`` or ``.toml`` file, checked; a value of null is not told.

    Raises :class:`UsageError` with the name of the file and what is wrong in it.
    """
    content = _content(path)
    if not isinstance(content, dict):
        raise UsageError(f'{_shown(path)} holds no hyperparameters: it must be like {{"lr": 0.1, "dropout": 0}}.')
    return {name: _value(path, name, value) for name, value in content.items() if value is not None}


def _content(path: Path) -> Any:
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise UsageError(f"{_shown(path)} is neither a .json nor a .toml file; --hparams reads these two.")
    try:
        return read(path.expanduser().read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{_shown(path)} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:  # what json and tomllib raise, and text that is no UTF-8
        reason = safe_text(str(error)).rstrip(".")
        raise UsageError(f"{_shown(path)} is no {path.suffix[1:].upper()}: {reason}.") from None


def _value(path: Path, name: str, value: Any) -> Value:
    hparam = CATALOGUE.get(name)
    if hparam is None:
        hint = suggestion(name, list(CATALOGUE)) or " 'dltui tasks --all' lists them."
        raise UsageError(f"{_shown(path)}: there is no hyperparameter '{safe_text(name)}'.{hint}")
    try:
        return _plain(parse(hparam, _text(hparam, value)))
    except TrainerError as error:
        raise UsageError(f"{_shown(path)}: {error}") from None


def _text(hparam: Hparam, value: Any) -> str:
    return ",".join(map(str, value)) if hparam.many and isinstance(value, list) else safe_text(str(value))


def _plain(value: Any) -> Value:
    """As the manifest keeps it: a choice by its name, several with commas."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value) if isinstance(value, str) else value


def _shown(path: Path) -> str:
    return f"'{safe_text(str(path))}'"
