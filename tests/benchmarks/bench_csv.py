"""What it costs to open a CSV and JSON lines of 1e6 rows, beside Python's own csv and json and, if installed, pandas
and polars.

CPU time of whole processes, the medians of runs that alternate. Ours ends with the curves of the run; the others end
with columns of numbers. What our imports cost is measured apart and taken off where it says so.
"""

import json
import math
import random
import statistics
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.fresh import Cost, cost
from benchmarks.result import Result

ROWS = 1_000_000
ROUNDS = 3
NAMES = ("step", "epoch", "train_loss", "lr", "grad_norm")

_IMPORTS = """
import numpy
from dltui.formats import open_log, state_of
count = 0
"""
_OURS = """
from dltui.formats import open_log, state_of
state = state_of(open_log(Path(sys.argv[1])))
count = len(state.train_loss)
assert not state.skipped
"""
_CSV_MODULE = """
import csv
with open(sys.argv[1], newline="") as file:
    rows = csv.reader(file)
    columns = [[] for _ in next(rows)]
    for row in rows:
        for column, cell in zip(columns, row):
            column.append(float(cell))
count = len(columns[0])
"""
_JSON_MODULE = """
import json
columns = {}
with open(sys.argv[1]) as file:
    for line in file:
        for name, value in json.loads(line).items():
            columns.setdefault(name, []).append(value)
count = len(columns["step"])
"""
_OTHERS = {
    "csv": {
        "csv + float()": _CSV_MODULE,
        "pandas": "import pandas; count = len(pandas.read_csv(sys.argv[1]))",
        "polars": "import polars; count = len(polars.read_csv(sys.argv[1]))",
    },
    "jsonl": {
        "json.loads": _JSON_MODULE,
        "pandas": "import pandas; count = len(pandas.read_json(sys.argv[1], lines=True))",
        "polars": "import polars; count = len(polars.read_ndjson(sys.argv[1]))",
    },
}
_LIMITS_S = {"csv": 0.5, "jsonl": 1.5}
_MOST_MB = 250


def measure() -> list[Result]:
    """Write both files, and read them by turns."""
    with tempfile.TemporaryDirectory() as folder:
        return [result for kind, write in _WRITERS.items() for result in _measure(kind, write, Path(folder))]


def _measure(kind: str, write: Callable[[Path], None], folder: Path) -> list[Result]:
    path = folder / f"log.{kind}"
    write(path)
    programs = {"imports": _IMPORTS, "ours": _OURS}
    programs |= {name: read for name, read in _OTHERS[kind].items() if " " in name or "." in name or find_spec(name)}
    rounds = [{name: cost(read, path) for name, read in programs.items()} for _ in range(ROUNDS)]
    assert all(each[name].count == ROWS for each in rounds for name in programs if name != "imports")
    spent = {name: _median(rounds, name) for name in programs}
    own = spent["ours"] - spent["imports"]
    peak = max(each["ours"].peak_mb for each in rounds)
    return [
        Result(f"{kind} of 1e6 rows opened, without imports", own, "s CPU", _LIMITS_S[kind]),
        Result(f"{kind} of 1e6 rows opened, with imports", spent["ours"], "s CPU", math.inf),
        Result(f"{kind} of 1e6 rows, memory", peak, "MB", _MOST_MB),
        *(
            Result(f"{kind} read by {name}, with imports", spent[name], "s CPU", math.inf)
            for name in programs
            if name not in ("imports", "ours")
        ),
    ]


def _median(rounds: list[dict[str, Cost]], name: str) -> float:
    return statistics.median(each[name].cpu_s for each in rounds)


def _write_csv(path: Path) -> None:
    with path.open("w") as file:
        file.write(",".join(NAMES) + "\n")
        file.writelines(f"{step},{epoch:.3f},{loss:.6f},{lr},{norm:.4f}\n" for step, epoch, loss, lr, norm in _rows())


def _write_lines(path: Path) -> None:
    with path.open("w") as file:
        file.writelines(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in _rows())


def _rows() -> Iterator[tuple[int, float, float, float, float]]:
    chance = random.Random(0)
    for step in range(ROWS):
        noise = math.exp(chance.gauss(0, 0.3))
        yield step, step / 1000, (2.3 * math.exp(-6 * step / ROWS) + 0.08) * noise, 0.001, chance.uniform(0, 3)


_WRITERS = {"csv": _write_csv, "jsonl": _write_lines}
