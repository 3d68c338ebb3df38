"""A folder of runs, and terminals that run dltui on it; both are cleared away with whatever still runs in them."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from terminal.program import Program, trainings


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Path]:
    """A folder for runs. A training that a test leaves behind ends with it."""
    folder = tmp_path / "runs"
    folder.mkdir()
    yield folder
    for process in trainings(folder):
        process.kill()


@pytest.fixture
def dltui(runs: Path) -> Iterator[Program]:
    """Call it with the words of a command line: the terminal in which dltui runs them."""
    with ExitStack() as terminals:
        yield Program(runs, terminals)
