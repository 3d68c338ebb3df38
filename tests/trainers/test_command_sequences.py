"""Random sequences of commands, kills and continuations: never a lost record, a corrupt checkpoint, a hung training."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SEQUENCES = int(os.environ.get("DLTUI_SEQUENCES", "100"))
"""``make fuzz`` tries more, and other ones each time."""
SEED = time.time_ns() // 10**6 if "DLTUI_SEQUENCES" in os.environ else 0
SIDE_BY_SIDE = 2
PATIENCE_S = 120.0 + 5.0 * SEQUENCES


@pytest.mark.long
@pytest.mark.slow
def test_whatever_is_asked_for_nothing_is_lost_torn_or_hung() -> None:
    share = -(-SEQUENCES // SIDE_BY_SIDE)
    words = [sys.executable, "-m", "trainers.sequences", "--seed", str(SEED), "--count", str(share)]
    running = [
        subprocess.Popen(
            [*words, "--first", str(number * share)],
            cwd=Path(__file__).parents[1],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for number in range(SIDE_BY_SIDE)
    ]
    try:
        printed = [process.communicate(timeout=PATIENCE_S)[0] for process in running]
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert [process.returncode for process in running] == [0] * SIDE_BY_SIDE, "\n".join(printed)
