"""``make bench-models``: every script with a fault and every sound one, and what is said of them."""

import tempfile
from pathlib import Path

from planted.faults import FAULTS
from planted.healthy import HEALTHY
from planted.table import table

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(table(FAULTS, HEALTHY, Path(folder)))
