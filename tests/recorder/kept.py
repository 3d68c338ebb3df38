"""What the tests of the recorder share: what a run has kept, and scripts in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

from dltui_trainers.runlog import MANIFEST, METRICS, AnyRecord, EndRecord, Manifest, manifest_decoder, record_decoder

CLEARED = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "DLTUI_RUNS", "DLTUI_RUN_DIR", "DLTUI_FROM")


def read_log(folder: Path, *, is_at_work: bool = False) -> list[AnyRecord]:
    """Return the records of a run; every line must be whole, but for the last one while it ``is_at_work``."""
    content = (folder / METRICS).read_bytes()
    if is_at_work:  # who reads may come while a line is being written
        content = content[: content.rfind(b"\n") + 1]
    assert content.endswith(b"\n") or not content
    return [record_decoder.decode(line) for line in content.splitlines()]


def read_manifest(folder: Path) -> Manifest:
    """Return what ``run.json`` tells."""
    return manifest_decoder.decode((folder / MANIFEST).read_bytes())


def end_of(folder: Path) -> EndRecord:
    """Return the last record, which must be the only one of its kind."""
    *before, end = read_log(folder)
    assert isinstance(end, EndRecord)
    assert not any(isinstance(record, EndRecord) for record in before)
    return end


def run_script(
    folder: Path, code: str, *options: str, name: str = "script.py", **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run ``code`` as a user's script in ``folder``."""
    (folder / name).write_text(code)
    return subprocess.run(
        [sys.executable, *options, name],
        cwd=folder,
        env=script_environment(**environment),
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def script_environment(**changes: str) -> dict[str, str]:
    """Return the environment of a user's script, without what this test run has set."""
    return {name: value for name, value in os.environ.items() if name not in CLEARED} | changes
