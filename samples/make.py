"""Trains the runs in this folder anew: `make samples`. Each is one `dltui train` command, kept in its run.json."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
KEPT = ("run.json", "metrics.jsonl", "stdout.log")

SAMPLES = {
    "healthy": ["digits", "epochs=30", "dropout=0.2"],
    "overfitting": ["digits", "epochs=80", "width=512", "label_noise=0.3", "schedule=constant"],
    "underfitting": ["digits", "epochs=30", "layers=1", "width=2"],
}


def make(name: str, task: str, *settings: str) -> None:
    """Train one sample in a folder of its own and keep what a log needs, not the checkpoints."""
    words = ["train", task, "--name", name, "--headless", *(word for pair in settings for word in ("--set", pair))]
    with tempfile.TemporaryDirectory() as folder:
        # through the installed command, so that run.json tells what a person would type
        subprocess.run([Path(sys.executable).with_name("dltui"), *words], cwd=folder, check=True)
        target = HERE / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for file in KEPT:
            shutil.copy(Path(folder) / "runs" / name / file, target / file)
            (target / file).chmod(0o644)


if __name__ == "__main__":
    chosen = sys.argv[1:] or SAMPLES
    for each in chosen:
        make(each, *SAMPLES[each])
