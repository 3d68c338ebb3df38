"""One thread, as the trainings take it on a CPU: with more, small networks wait for each other on a busy machine."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from trainers.scripts import on_the_cpu_in_haste


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Trainings of task files in this process, which leave nothing of what their import has changed."""
    on_the_cpu_in_haste(monkeypatch)
    path, finders, modules = sys.path[:], sys.meta_path[:], set(sys.modules)
    yield
    sys.path[:], sys.meta_path[:] = path, finders
    for name in set(sys.modules) - modules:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]
