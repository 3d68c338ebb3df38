"""Jobs of a search made by hand for tests."""

from pathlib import Path
from typing import Any

import msgspec

from dltui_trainers.job_spec import JOBS, JobSpec
from dltui_trainers.runlog import MANIFEST, METRICS, Manifest, manifest_decoder

ENDLESS = {"epochs": "1000000", "eval_every": "50", "checkpoint_every": "1"}
"""Goes on until somebody ends it, and soon has a checkpoint."""
SMALL = {"epochs": "2", "train_size": "100"}


def write_job(study: Path, name: str = "t0000", task: str = "moons", **rest: Any) -> Path:
    """Write the spec of a job into the folder of a study and return its path."""
    path = study / JOBS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    spec = JobSpec(task=task, **{"settings": SMALL, "command": ["dltui", "search", task], **rest})
    path.write_bytes(msgspec.json.encode(spec))
    return path


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run."""
    return manifest_decoder.decode((folder / MANIFEST).read_bytes())


def has_trained(folder: Path) -> bool:
    """Whether steps have been logged."""
    return (folder / METRICS).exists() and b'"kind":"step"' in (folder / METRICS).read_bytes()
