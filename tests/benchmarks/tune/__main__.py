"""`make bench-tune`: the doctor beside random search and TPE, ten trainings each, from bad starting points.

`TUNE="--starts digits-slow,cnn-slow --seeds 2"` does some of it; `--keep DIR` keeps what each match came to there, and
takes what is there already. The exit code is 0 if both shares are reached, 1 if one is missed, 2 for a wrong word.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.tune.arena import quiet, settled
from benchmarks.tune.match import SEARCHES, Match
from benchmarks.tune.starts import starts
from benchmarks.tune.table import by_start, missed, shares, table

SEEDS = 5
FIRST = 20
"""The rules were developed with smaller ones."""
PROCESSES = min(2, os.cpu_count() or 1)


def main(words: Sequence[str]) -> int:
    """Measure, print, and return the exit code."""
    given = _parser().parse_args(words)
    if given.keep is None:
        with tempfile.TemporaryDirectory(prefix="bench-tune-") as folder:
            return _measure(given, Path(folder))
    return _measure(given, given.keep.absolute())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tune", description="The doctor beside searches.")
    parser.add_argument("--starts", type=lambda text: text.split(","), metavar="NAME,...", help="only these")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help=f"so many seeds (default: {SEEDS})")
    parser.add_argument("--first", type=int, default=FIRST, metavar="SEED", help=f"from this one on (default: {FIRST})")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep what each match came to there")
    parser.add_argument("--told", action="store_true", help="also searches whose first training is the starting point")
    parser.add_argument("--steps", action="store_true", help="tell what the doctor did")
    return parser


def _measure(given: argparse.Namespace, folder: Path) -> int:
    began = time.monotonic()
    known = starts(folder)
    unknown = set(given.starts or ()) - set(known)
    if unknown:
        print(f"There is no start {', '.join(sorted(unknown))}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    wanted = tuple(name for name, (_, told) in SEARCHES.items() if given.told or not told)
    seeds = range(given.first, given.first + given.seeds)
    work = [(known[name], seed) for seed in seeds for name in given.starts or known]
    found: list[Match] = []
    with multiprocessing.get_context("spawn").Pool(PROCESSES, initializer=quiet) as pool:
        for each in pool.imap_unordered(partial(settled, folder, wanted), work, chunksize=1):
            found.append(each)
            print(f"{len(found)} of {len(work)}: {each.start}, seed {each.seed}", file=sys.stderr, flush=True)
            if given.steps:
                print("\n".join((f"\n{each.start}, seed {each.seed}", *each.steps)))
    order = [(start.name, seed) for start, seed in work]
    found.sort(key=lambda each: (list(known).index(each.start), order.index((each.start, each.seed))))
    print("\n\n".join(("", table(found), by_start(found), shares(found))))
    print(f"{time.monotonic() - began:.0f} s")
    return 1 if missed(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
