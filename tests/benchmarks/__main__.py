"""Runs every ``bench_*.py`` beside this file, or those named, and prints one table.

A miss is marked, and is no failure: machines differ, and a person must look at it.
"""

import math
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from benchmarks.result import Result

PREFIX = "bench_"


def main(names: list[str]) -> int:
    """Measure, print, and return the exit code."""
    known = sorted(path.stem.removeprefix(PREFIX) for path in Path(__file__).parent.glob(f"{PREFIX}*.py"))
    chosen = [name.removeprefix(PREFIX) for name in names] or known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are {', '.join(known)}.", file=sys.stderr)
        return 2
    results = []
    for name in chosen:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        results += _measure(name)
    print(table(results))
    return 0


def table(results: list[Result]) -> str:
    """Return the results as aligned lines."""
    rows = [("name", "measured", "target", "")]
    for result in results:
        sign = "<=" if result.lower_is_better else ">="
        compared = math.isfinite(result.target)  # a baseline has no target of its own
        target = f"{sign} {result.target:g}" if compared else "(baseline)"
        verdict = ("ok" if result.met else "MISSED") if compared else ""
        rows.append((result.name, f"{result.value:.4g} {result.unit}", target, verdict))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)


def _measure(name: str) -> list[Result]:
    measure = cast(Callable[[], list[Result]], import_module(f"benchmarks.{PREFIX}{name}").measure)
    return measure()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
