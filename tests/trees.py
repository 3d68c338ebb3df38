"""Folders as people have them: logs of every format beneath data, environments, caches and other programs' files."""

import struct
from pathlib import Path

EPOCHS = "epoch,loss,val_loss\n" + "".join(f"{n},{1 / (n + 1)},{1 / (n + 1) + 0.1}\n" for n in range(5))
YOLO = "epoch,train/box_loss,val/box_loss,metrics/mAP50(B)\n" + "".join(
    f"{n},{2 / n},{3 / n},0.5\n" for n in range(1, 5)
)
STATE = (
    '{"epoch": 1.0, "log_history": [{"epoch": 0.5, "loss": 2.1, "step": 10}, {"epoch": 1.0, "loss": 1.1, "step": 20}]}'
)
HISTORY = '{"loss": [1.0, 0.5, 0.3], "val_loss": [1.1, 0.7, 0.6]}'
LINES = "".join(f'{{"step": {n}, "train_loss": {1 / (n + 1)}}}\n' for n in range(5))
PRINTED = "".join(f"step {n}: train loss {1 / (n + 1):.4f}, val loss {1 / (n + 1):.4f}\n" for n in range(5))
OWN = "".join(
    f'{{"kind": "step", "step": {n}, "time": {n}, "epoch": 0.0, "train_loss": 1.0, "lr": 0.1}}\n' for n in range(3)
)

LOGS = {
    "csv": {"keras/log.csv": EPOCHS, "yolo/train/results.csv": YOLO, "exp/data.tsv": EPOCHS.replace(",", "\t")},
    "json": {"keras/history.json": HISTORY, "hf/checkpoint-1000/trainer_state.json": STATE},
    "jsonl": {"mine/metrics.jsonl": LINES},
    "text": {"nanogpt/train.log": PRINTED, "slurm/slurm-12.out": "Loading data\n" + PRINTED},
    "dltui": {"mine/runs/one/metrics.jsonl": OWN},
    "mlflow": {"mlruns/0/abc/metrics/train_loss": "1 0.5 1\n2 0.4 2\n", "mlruns/0/abc/meta.yaml": "run_id: abc\n"},
}
"""By format: the files of a log; the entry is the file, or the folder of the training that it belongs to."""
ENTRIES = {
    "csv": {"keras/log.csv", "yolo/train/results.csv", "exp/data.tsv"},
    "json": {"keras/history.json", "hf/checkpoint-1000/trainer_state.json"},
    "jsonl": {"mine/metrics.jsonl"},
    "text": {"nanogpt/train.log", "slurm/slurm-12.out"},
    "dltui": {"mine/runs/one"},
    "mlflow": {"mlruns/0/abc"},
    "wandb": {"wandb/offline-run-1/run-1.wandb"},
    "tfevents": {"lightning_logs/version_0"},
}

DECOYS = {
    "package.json": '{"name": "x", "version": "1.0.0", "scripts": {"loss": "1"}}',
    "config.json": '{"learning_rate": 0.001, "loss": "mse", "epochs": 10, "batch_size": 32}',
    "requirements.txt": "torch==2.4\nnumpy\n",
    "notes.txt": "The loss of 3 points was a shock. We had 5 wins.\n",
    "pip.log": "Collecting torch\n  Downloading torch-2.4.0.whl (800 MB)\nInstalling collected packages: torch\n",
    "data/iris.csv": "sepal,petal,species\n5.1,3.5,setosa\n4.9,3.0,setosa\n",
    "data/claims.csv": "name,age,loss\nann,31,1200\nbob,40,10\ncid,22,900\n",
    "data/models.csv": "model,epochs,test_loss\nresnet,90,0.7\nvgg,30,0.9\nvit,300,0.5\n",
    "data/labels.json": '{"images": [{"id": 1, "score": 0.3}, {"id": 2, "score": 0.4}]}',
    "data/prompts.jsonl": '{"text": "a", "label": 1}\n{"text": "b", "label": 0}\n',
    "results_final.json": '{"test_loss": 0.31, "test_accuracy": 0.92}',
    "hf/checkpoint-500/trainer_state.json": STATE,
    "node_modules/x/log.csv": EPOCHS,
    ".cache/log.csv": EPOCHS,
    "env/pyvenv.cfg": "home = /usr/bin\n",
    "env/lib/log.csv": EPOCHS,
    "lib/site-packages/x/log.csv": EPOCHS,
    "old/log.csv": EPOCHS,
    "old/.dltuiignore": "# what is done\n*.csv\n",
    "keep/.dltuiignore": "archive/\n",
    "keep/archive/log.csv": EPOCHS,
    "wandb/offline-run-1/files/output.log": PRINTED,
    "empty.csv": "",
    "header.csv": "epoch,loss\n",
    "picture.json": "\0\1\2\3",
}


def write_tree(root: Path, files: dict[str, str]) -> None:
    """Write those files beneath ``root``."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_logs(root: Path) -> None:
    """Write a log of every format beneath ``root``."""
    for files in LOGS.values():
        write_tree(root, files)
    write_bytes(root / "wandb/offline-run-1/run-1.wandb", b":W&B\xe1\xbe\x00" + bytes(32))
    write_bytes(root / "lightning_logs/version_0/events.out.tfevents.1700000000.host.1.0", EVENT)


def write_bytes(path: Path, data: bytes) -> None:
    """Write one file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _masked_crc(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", _masked_crc(length)) + data + struct.pack("<I", _masked_crc(data))


EVENT = _record(b"\x09" + struct.pack("<d", 1.7e9) + b"\x1a\x0dbrain.Event:2")
"""What every event file begins with."""
