"""What the manifest of a script tells: where and how it was started, and its settings as JSON can hold them."""

import dataclasses
import math
import os
import platform
import socket
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import dltui_trainers
from dltui_trainers.manifest_file import git_commit
from dltui_trainers.recorder.branch import Branch
from dltui_trainers.recorder.command import own_words
from dltui_trainers.recorder.script_commands import KINDS
from dltui_trainers.recorder.told import Told
from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import FORMAT, Manifest, Value

DEPTH_LIMIT = 8
TEXT_LIMIT = 1000
PACKAGES = (
    *("torch", "numpy", "lightning", "pytorch_lightning", "transformers", "accelerate", "keras"),
    *("tensorflow", "jax", "sklearn", "timm"),
)
"""Whose version is told, if the script has imported it."""


def describe(name: str, told: Told, hparams: Mapping[str, object], branch: Branch | None, warner: Warner) -> Manifest:
    """Return the manifest of a script that starts now in this process."""
    return Manifest(
        format=FORMAT,
        run=name,
        task=_text(told.task or script_name() or name),
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        command=own_words(),
        host=socket.gethostname(),
        pid=os.getpid(),
        seed=told.count("seed", warner),
        versions=versions(),
        git=git_commit(),
        hparams={key: as_value(value) for key, value in hparams.items()},
        epochs=told.count("epochs", warner) or 0,
        steps_per_epoch=told.count("steps_per_epoch", warner) or 0,
        data=told.data(warner),
        loss=_text(told.loss or ""),
        expected_initial_loss=told.initial_loss(warner),
        parent=branch.parent() if branch else None,
        source="recorder",
        cwd=_working_folder(),
        commands=list(KINDS),
        settable=[],
    )


def _working_folder() -> str:
    try:
        return _text(os.getcwd())
    except OSError:  # it was removed
        return ""


def script_name() -> str:
    """Return what the script's file is called, without its ending; empty in a notebook or at a prompt."""
    main = getattr(sys.modules.get("__main__"), "__file__", None)
    stem = Path(str(main)).stem if main else ""
    return Path(str(main)).parent.name if stem == "__main__" else "" if stem.startswith("ipykernel") else stem


def versions() -> dict[str, str]:
    """Return the versions of Python, of dltui and of what the script has imported until now."""
    found = {"python": platform.python_version(), "dltui": dltui_trainers.__version__}
    for name in PACKAGES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            found[name] = str(version)
    return found


def flat(hparams: object) -> dict[str, object]:
    """Return the settings under one name each, ``optimizer.lr`` for what stands within another.

    A mapping, a namespace of argparse, a dataclass, or any object with attributes. Lists stay values.
    """
    return dict(_flat(hparams, "", 0))


def as_value(value: object) -> Value:
    """Return ``value`` if JSON has it, else its text."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float):
        return float(value)  # that of numpy is one, too, but not to JSON
    if isinstance(value, int) and abs(value) < 2**53:
        return int(value)
    if not isinstance(value, str) and hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return as_value(value.item())  # a number of numpy, or a tensor
    return _text(value)


def _flat(hparams: object, before: str, depth: int) -> Iterator[tuple[str, object]]:
    inner = _members(hparams, is_top=depth == 0) if depth < DEPTH_LIMIT else None
    if inner is None:
        if before:
            yield before, hparams
        return
    for name, value in inner.items():
        yield from _flat(value, f"{before}.{_text(name)}" if before else _text(name), depth + 1)


def _members(value: object, *, is_top: bool) -> Mapping[object, object] | None:
    """What stands within ``value``; None for a value that is one itself."""
    if isinstance(value, Mapping):
        return dict(value) if value or is_top else None
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name, None) for each in dataclasses.fields(value)}
    if type(value).__name__ in ("Namespace", "SimpleNamespace") or is_top:
        return {name: each for name, each in getattr(value, "__dict__", {}).items() if not name.startswith("_")}
    return None


def _text(value: object) -> str:
    try:
        text = str(value)
    except Exception:  # the value's own code
        text = f"<{type(value).__name__}>"
    return text[:TEXT_LIMIT].encode(errors="replace").decode()
