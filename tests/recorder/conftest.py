"""Every test has a current folder and an environment of its own, and its hooks into the process are taken back."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dltui_trainers.recorder import branch
from recorder.kept import CLEARED


@pytest.fixture(autouse=True)
def _of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in CLEARED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(branch, "_taken", False)
    hook = sys.excepthook
    yield
    sys.excepthook = hook
