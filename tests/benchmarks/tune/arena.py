"""Where matches are played, in processes of their own: apart from ``__main__``, which those cannot import."""

import os
import warnings
from pathlib import Path

import msgspec
import torch

from benchmarks.guide.grounds import Samples, grounds
from benchmarks.tune.match import DOCTOR, Match, Names, played
from benchmarks.tune.starts import Start
from dltui_trainers.atomic import write_whole


def settled(folder: Path, wanted: Names, work: tuple[Start, int]) -> Match:
    """Return what a match came to, after letting those of ``wanted`` play of whom ``folder`` does not tell."""
    start, seed = work
    file = folder / f"match-{start.name}-{seed}.json"
    known = msgspec.json.decode(file.read_bytes(), type=Match) if file.exists() else None
    if known is not None and {DOCTOR, *wanted} <= set(known.scores):
        return known
    match = played(start, seed, folder, _test_set(start, folder), known, wanted)
    write_whole(file, msgspec.json.encode(match))
    return match


def _test_set(start: Start, folder: Path) -> Samples | None:
    """The samples that none of them sees; None where there are none. The grounds write a file: each process its own."""
    place = folder / f"grounds-{os.getpid()}"
    place.mkdir(exist_ok=True)
    ground = grounds(place).get(start.task)
    return ground.test() if ground is not None else None


def quiet() -> None:
    """One thread for each process; what a training prints goes nowhere."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
