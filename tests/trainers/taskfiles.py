"""Task files for tests, and trainings of them in this process."""

from pathlib import Path
from textwrap import dedent

SOUND = '''
"""Above or below a line."""
import torch
from torch import nn

hparams = {"epochs": 4, "batch_size": 16, "width": 8, "depth": 2}  # hidden layers


def load(h):
    x = torch.randn(100, 3, generator=torch.Generator().manual_seed(1))
    y = (x.sum(1) > 0).long()
    return (x[:80], y[:80]), (x[80:], y[80:])


def build_model(h, data):
    layers, width = [], data.input_shape[0]
    for _ in range(h.depth):
        layers += [nn.Linear(width, h.width), nn.ReLU(), nn.Dropout(h.dropout)]
        width = h.width
    return nn.Sequential(*layers, nn.Linear(width, data.classes))
'''
LOAD = """
import torch
from torch import nn


def load(h):
    x = torch.randn(60, 3, generator=torch.Generator().manual_seed(1))
    y = (x.sum(1) > 0).long()
    return (x[:40], y[:40]), (x[40:], y[40:])
"""


def write(folder: Path, text: str, name: str = "task.py") -> str:
    """Write a task file; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(dedent(text).lstrip())
    return str(path)
