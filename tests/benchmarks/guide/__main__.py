"""`make bench-guide`: the guide beside a random search of 60 trials, on validation loss and on a test set.

`GUIDE="digits polynomial"` names the tasks; `--seeds 3` repeats both with as many seeds and tells medians; `--keep DIR`
keeps all runs there, and takes a search that is there already, saying so. Without it they are gone afterwards. The exit
code is 0 if every target is met, 1 if one is missed, and 2 for a wrong word.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.guide.grounds import Ground, grounds
from benchmarks.guide.guided import guided
from benchmarks.guide.match import Match, Matches, choices, table
from benchmarks.guide.search import search, searched_before
from benchmarks.guide.worth import worth_of

NAMES = ("digits", "mnist1d", "polynomial", "tabular")


def main(words: Sequence[str]) -> int:
    """Measure, print, and return the exit code."""
    given = _parser().parse_args(words)
    torch.set_num_threads(1)
    if given.keep is None:
        with tempfile.TemporaryDirectory(prefix="bench-guide-") as folder:
            return _measure(given.tasks or NAMES, given.seeds, Path(folder))
    given.keep.mkdir(parents=True, exist_ok=True)
    return _measure(given.tasks or NAMES, given.seeds, given.keep.absolute())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guide", description="The guide beside a random search.")
    parser.add_argument("tasks", nargs="*", metavar="TASK", type=_task, help=", ".join(NAMES))
    parser.add_argument("--seeds", type=_count, default=1, metavar="N", help="repeat both with seeds 0 to N - 1")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the runs there")
    return parser


def _task(word: str) -> str:
    if word not in NAMES:
        raise argparse.ArgumentTypeError(f"there is no task {word}; there are {', '.join(NAMES)}")
    return word


def _count(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word} is no number of seeds")
    return int(word)


def _measure(names: Sequence[str], seeds: int, folder: Path) -> int:
    ready, found = grounds(folder), []
    for name in names:
        found.append(Matches([match(ready[name], folder, seed) for seed in range(seeds)]))
        print(f"\n{table(found[-1:])}\n\n{choices(found[-1:])}\n", flush=True)
    missed = [sentence for each in found for sentence in each.missed]
    if len(found) > 1:
        print(f"\n{table(found)}\n\n{choices(found)}")
    print("\n" + ("\n".join(missed) or "Every target is met."))
    return 1 if missed else 0


def match(ground: Ground, folder: Path, seed: int) -> Match:
    """Let both work on a ground, one after the other: each has the machine for itself."""
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{ground.name}, seed {seed}: {text} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)

    say("the guide begins")
    by_guide = guided(ground, _fresh(folder / f"guide-{ground.name}-{seed}"), seed)
    place = folder / f"search-{ground.name}-{seed}"
    by_search = searched_before(place)
    say(f"the search is that in {place}" if by_search else "the search begins")
    by_search = by_search or search(ground, place, seed, say)
    test = ground.test()
    return Match(
        task=ground.name,
        seed=seed,
        guided=by_guide,
        searched=by_search,
        by_guide=worth_of(by_guide.final, test) if by_guide.guide.final else None,
        by_search=worth_of(by_search.best, test),
    )


def _fresh(place: Path) -> Path:
    """A folder that is not there yet: kept guides are never written over."""
    number = 1
    while (free := place if number == 1 else place.with_name(f"{place.name}.{number}")).exists():
        number += 1
    return free


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
