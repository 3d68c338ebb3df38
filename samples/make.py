"""Trains the runs in this folder anew: ``make samples``, or ``python samples/make.py NAME ...`` for some of them.

Each is one command, kept in its run.json: ``dltui train`` for a built-in task, ``samples/train.py`` for one of
``tasks/``. The same command gives the same curves, but for the last digits that another processor may round otherwise.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import psutil

HERE = Path(__file__).resolve().parent
KEPT = ("run.json", "metrics.jsonl", "stdout.log")
HOST = "workstation"
"""In every run.json, in place of the name of the machine that made it."""

SAMPLES = {
    "healthy": "digits epochs=30 dropout=0.2",
    "healthy-mnist1d": "mnist1d model=cnn norm=batch layers=3 lr=0.003 weight_decay=0.001 epochs=15",
    "healthy-polynomial": "polynomial degree=2 epochs=200",
    # stuck
    "not_learning": "digits init=zero",
    "vanishing_gradients": "digits layers=5 activation=sigmoid optimizer=momentum lr=0.03",
    "dead_units": "mnist1d lr=0.1 epochs=30",
    "plateau": "mnist1d weight_decay=0.05 epochs=30",
    "lr_too_low": "digits lr=1e-5 schedule=constant",
    "update_ratio": "digits optimizer=momentum lr=1e-4 schedule=constant epochs=300",
    # too far
    "non_finite": (
        "digits layers=4 activation=gelu optimizer=momentum lr=0.3 warmup_steps=200 schedule=constant epochs=20"
    ),
    "diverged": "digits activation=gelu lr=0.3 warmup_steps=200 schedule=constant epochs=20",
    "lr_too_high": "digits activation=tanh lr=0.1 schedule=constant",
    "noisy_validation": "digits lr=0.03 schedule=constant",
    "loss_spike": "digits layers=12 activation=leaky_relu norm=layer init=he optimizer=sgd lr=0.05",
    "bad_initial_loss": "mnist1d model=cnn init=he epochs=20",
    "overfitting": "digits epochs=80 width=512 label_noise=0.3 schedule=constant",
    "overconfident": "digits layers=4 width=128 activation=leaky_relu lr=0.02 schedule=step epochs=40",
    # too little
    "underfitting": "digits epochs=30 layers=1 width=2",
    "still_improving": "digits dropout=0.3 schedule=constant epochs=12",
    # data
    "class_imbalance": "rare epochs=20",
    "train_val_mismatch": "sorted_split epochs=30",
    "exploding_gradients": "outliers epochs=30 seed=3",
    # process
    "stalled": "digits layers=3 width=512 dropout=0.3 lr=3e-4 epochs=60",
    "out_of_memory": "small_memory epochs=20",
    "option_without_effect": "digits momentum=0.9 epochs=20",
    "option_without_effect-twin": "digits momentum=0.5 epochs=20",
}
"""By name: the task, then the settings."""

TUNED = {
    "tuned": [
        "digits layers=1 activation=leaky_relu lr=0.3 weight_decay=0.001 schedule=constant epochs=300",
        "2990 set lr=0.003: advice: learning rate too high",
        "4600 set lr=1: perhaps it can go faster",
        "5060 undo",
    ],
    "tuned-2": ["digits --from runs/tuned --at 4600 dropout=0.3"],
}
"""Trainings that were changed while they ran, by ``samples/tune.py``, and a branch of the first: the task with its
settings, then the commands, each with its step."""

FAULTY = ("zero_init", "never_updated", "no_gradient", "frozen_layers", "saturated_units", "input_bound")
"""Faults in the code of a script of one's own, ``samples/faulty.py``."""

OWN_TASKS = ("rare", "sorted_split", "outliers", "small_memory")
SUSPENDED = "stalled"
SUSPENDED_AFTER = 150
"""Lines of its log, of some 370."""


def make(name: str) -> None:
    """Train one sample in a folder of its own and keep what a log needs, not the checkpoints."""
    task, *settings = SAMPLES[name].split()
    words = [task, "--name", name, *(word for pair in settings for word in ("--set", pair))]
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "runs" / name
        if task in OWN_TASKS:
            output = _run([sys.executable, str(HERE / "train.py"), *words], folder)
            (run / "stdout.log").write_bytes(output)
        elif name == SUSPENDED:
            _run([*_dltui(), "train", *words, "--detach"], folder)
            _suspend_and_keep(run, HERE / name)
            return
        else:
            _run([*_dltui(), "train", *words, "--headless"], folder)
        _keep(run, HERE / name)


def make_tuned() -> None:
    """Train those that are changed while they run; one goes on from a checkpoint of the other."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (start, *commands) in TUNED.items():
            words = [name, *_with_options(start.split()), *(part for each in commands for part in ("--do", each))]
            run = Path(folder) / "runs" / name
            output = _run([sys.executable, str(HERE / "tune.py"), *words], folder)
            (run / "stdout.log").write_bytes(output)
        for name in TUNED:
            _keep(Path(folder) / "runs" / name, HERE / name)


def make_faulty(name: str) -> None:
    """Run the script with that fault, as it is recorded by itself."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(HERE / "faulty.py", Path(folder) / "faulty.py")
        output = _run([sys.executable, "faulty.py", name], folder)
        run = Path(folder) / "runs" / name
        (run / "stdout.log").write_bytes(output)
        _keep(run, HERE / name)


def _with_options(words: list[str]) -> list[str]:
    """The words with ``--set`` before each setting."""
    return [part for word in words for part in (["--set", word] if "=" in word else [word])]


def _dltui() -> list[str]:
    """The installed command, so that run.json tells what a person would type."""
    return [str(Path(sys.executable).with_name("dltui"))]


def _run(command: list[str], folder: str) -> bytes:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}  # on the CPU everywhere
    return subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE).stdout


def _suspend_and_keep(run: Path, target: Path) -> None:
    """Suspend the training in the middle and keep its log as it stands then; afterwards end it for good."""
    log = run / "metrics.jsonl"
    while log.read_bytes().count(b"\n") < SUSPENDED_AFTER:
        time.sleep(0.02)
    training = psutil.Process(msgspec.json.decode((run / "run.json").read_bytes())["pid"])
    training.suspend()
    try:
        while training.status() != psutil.STATUS_STOPPED:
            time.sleep(0.02)
        _keep(run, target)
    finally:
        training.kill()
        training.wait(timeout=10)


def _keep(run: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for file in KEPT:
        shutil.copyfile(run / file, target / file)
    manifest = msgspec.json.decode((run / "run.json").read_bytes()) | {"host": HOST}
    if manifest.get("source") == "recorder":  # which tells where it was started, and by which Python
        manifest |= {"cwd": "", "command": ["python", "samples/faulty.py", *manifest["command"][2:]]}
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (target / "run.json").write_bytes(text + b"\n")


if __name__ == "__main__":
    for each in sys.argv[1:] or [*SAMPLES, *FAULTY, *TUNED]:
        if each in FAULTY:
            make_faulty(each)
        elif each not in TUNED:
            make(each)
    if not sys.argv[1:] or not TUNED.keys().isdisjoint(sys.argv[1:]):
        make_tuned()
