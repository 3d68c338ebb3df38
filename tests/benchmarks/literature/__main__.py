"""`make literature`: prints the tables of this folder, or those named; ``--write``: into docs/literature.md too.

A miss is marked, and is no failure. The exit code is 1 where a table could not be measured, and 2 for a wrong word.
"""

import datetime
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import torch

from benchmarks.literature.table import NotHere, Table
from benchmarks.literature.trainings import Trainings, total_cost
from dltui_trainers.errors import TrainerError

TABLES = ("polynomial", "mnist1d", "batch_norm", "dropout", "optimizers", "train_size", "fashion")
WRITE = "--write"
DOCUMENT = Path(__file__).parents[3] / "docs" / "literature.md"


def main(words: Sequence[str]) -> int:
    """Measure, print, and return the exit code."""
    chosen = [word for word in words if word != WRITE] or list(TABLES)
    refusal = _refusal(chosen, WRITE in words)
    if refusal:
        print(refusal, file=sys.stderr)
        return 2
    texts, costs, failed = [], [], False
    for name in chosen:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        try:
            table, trainings = measured(name)
            costs.append(trainings)
            texts.append(table.text(trainings.cost))
        except NotHere as reason:
            texts.append(f"{name}: skipped. {reason}")
        except TrainerError as error:
            failed = True
            texts.append(f"{name}: could not be measured. {error}")
        print(texts[-1], end="\n\n\n", flush=True)
    total = f"{len(costs)} {'table' if len(costs) == 1 else 'tables'}, {total_cost(costs)}"
    print(total)
    if WRITE in words and not failed:
        DOCUMENT.write_text(document(texts, total), encoding="utf-8")
    return int(failed)


def _refusal(chosen: Sequence[str], writes: bool) -> str:
    unknown = [word for word in chosen if word not in TABLES]
    if unknown:
        return f"There is no table {', '.join(unknown)}. There are {', '.join(TABLES)}, and {WRITE}."
    if writes and set(chosen) != set(TABLES):
        return f"{WRITE} writes all tables; leave the names out."
    return ""


def measured(name: str) -> tuple[Table, Trainings]:
    """Return a table and the trainings that it took. Raises ``NotHere`` and ``TrainerError``."""
    measure = cast(Callable[[Trainings], Table], import_module(f"benchmarks.literature.{name}").measure)
    trainings = Trainings()
    table = measure(trainings)
    return table, trainings


def document(texts: Sequence[str], total: str) -> str:
    """Return the page that keeps the last whole run."""
    where = f"{os.cpu_count()} cores, no GPU, {platform.system()}, PyTorch {torch.__version__.partition('+')[0]}"
    head = f"""# What the literature says, measured here

Tables of published results beside those of the same experiment in dltui, made by its own training loop. A miss is shown
as a miss. What counts as reached was written down before the first measurement.

    make literature                                # all of it
    make literature LITERATURE="mnist1d dropout"   # some tables
    make literature LITERATURE={WRITE}             # all, and this page

Made by the last of these on {datetime.date.today():%Y-%m-%d} ({where}): {total}.
Numbers after `+-` are the standard deviation from seed to seed, `2 s.e.` is two standard errors of a difference.
"""
    blocks = [f"    {line}".rstrip() for text in texts for line in ("", *text.splitlines(), "")]
    return head + "\n".join(blocks).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
