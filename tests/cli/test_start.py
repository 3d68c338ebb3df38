"""What the first paint waits for, and what it does not."""

import os
import subprocess
import sys

import pytest

from dltui.quick import quick_imports

BLAS_THREADS = "OPENBLAS_NUM_THREADS"


def test_the_first_paint_waits_for_no_large_import() -> None:
    code = (
        "import sys, dltui.app, dltui.cli.browse, dltui.cli.train;"
        "large = {'numpy', 'plotext', 'psutil', 'pynvml', 'torch'};"
        "print(sorted(large & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("given", [None, "4"])
def test_a_training_that_is_started_later_has_all_its_threads(
    monkeypatch: pytest.MonkeyPatch, given: str | None
) -> None:
    monkeypatch.delenv(BLAS_THREADS, raising=False)
    if given is not None:
        monkeypatch.setenv(BLAS_THREADS, given)
    with quick_imports():
        assert os.environ[BLAS_THREADS] == "1"
    assert os.environ.get(BLAS_THREADS) == given
