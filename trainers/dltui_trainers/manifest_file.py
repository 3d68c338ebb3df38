"""Puts ``run.json`` into a run's folder, whoever trains: our own loop or a script of a user's. No torch is needed."""

import subprocess
from pathlib import Path

import msgspec

from dltui_trainers.atomic import write_whole
from dltui_trainers.runlog import MANIFEST, Manifest

GIT_TIMEOUT_S = 1.0


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``run.json`` whole: a reader sees none or all of it. Raises ``OSError``."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    write_whole(folder / MANIFEST, text + b"\n")


def git_commit() -> str | None:
    """The commit of the current folder, if it is known at once: a slow file system must not delay the training."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=GIT_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None
