"""The checkpoints that a run has kept, looked at without torch: which there are, and of which step each is.

torch takes more than a second to import, and the interface never does; a person who asks for a step that was not kept
should hear so at once.
"""

import pickletools
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from dltui_trainers.errors import OriginError
from dltui_trainers.origin import At, Origin
from dltui_trainers.runlog import CHECKPOINTS, Value

PATTERNS = ("best.pt", "last.pt", "step-*.pt")
PICKLE = "/data.pkl"
HEAD_BYTES = 8192
"""The head is the first 1000 bytes or so of the pickle."""
_ATOMS = {"BINUNICODE", "BININT", "BININT1", "BININT2", "LONG1"}
_MOST_ATOMS = 16
_WAITED = "validations_since"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checkpoint on the disk, and what its head says. ``epoch`` counts whole epochs.

    ``hparams``: the hyperparameters as they were then; some may have been changed while the training ran. ``waited``:
    how many validations early stopping had counted since the best one.
    """

    path: Path
    step: int
    epoch: int
    task: str
    hparams: dict[str, Value]
    waited: int = 0


def choose(origin: Origin, at: At) -> Kept:
    """Return the newest checkpoint of ``origin`` at or before the step ``at``, its best one, or the newest of all.

    A file that is torn is passed over for another that fits, unless it was asked for by name. Raises
    :class:`OriginError` with the steps that there are.
    """
    found = {path: read_head(path) for path in _paths(origin.folder)}
    foreign = [path for path, each in found.items() if each is None]
    kept = _in_order(each for each in found.values() if each)
    fitting = [each for each in kept if _fits(each, at)]
    if at == "last":  # it is the newest also after an undo, which leaves others of later steps
        fitting = [each for each in kept if each.path.name == "last.pt"] or fitting
    named = [path for path in foreign if path.name == f"{at}.pt"]
    if named or (foreign and not fitting):
        path = (named or foreign)[0]
        raise OriginError(f"{path} is torn, or is no checkpoint of dltui; {_else(kept)}.")
    if not fitting:
        wanted = "best.pt" if at == "best" else f"checkpoint at or before step {at}" if kept else "checkpoint"
        raise OriginError(f"The run {origin.run} has kept no {wanted}; {_else(kept)}.")
    return fitting[-1]


def kept_in(folder: Path) -> list[Kept]:
    """Return the checkpoints of the run in ``folder``, earliest first; files that are none are left out."""
    return _in_order(each for path in _paths(folder) if (each := read_head(path)))


def _in_order(kept: Iterable[Kept]) -> list[Kept]:
    """By their steps; of one step there are several after a change, and again after an undo: the newest comes last."""
    return sorted(kept, key=lambda each: (each.step, _written(each.path)))


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # removed meanwhile
        return 0


def read_head(path: Path) -> Kept | None:
    """Return what the head of a checkpoint says, ``None`` for a file that is torn or none of ours.

    A checkpoint is a zip file with a pickle in it. Of that only the first words are read, and no object is made.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(each for each in archive.namelist() if each.endswith(PICKLE))
            with archive.open(name) as pickled:
                head = _atoms(pickled.read(HEAD_BYTES))
    except (OSError, EOFError, ValueError, StopIteration, NotImplementedError, RuntimeError):
        return None
    except (zipfile.BadZipFile, zlib.error):
        return None
    match head:
        case ["step", int(step), "epoch", int(epoch), "task", str(task), "settings", str(settings), *rest]:
            hparams = _hparams(settings)
            if hparams is not None:
                return Kept(path=path, step=step, epoch=epoch, task=task, hparams=hparams, waited=_waited(rest))
    return None


def is_whole(path: Path) -> bool:
    """Whether every byte of a checkpoint is as it was written; all of it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, EOFError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile, zlib.error):
        return False


def _hparams(settings: str) -> dict[str, Value] | None:
    try:
        return msgspec.json.decode(settings, type=dict[str, Value])
    except (msgspec.DecodeError, RecursionError):
        return None


def _waited(atoms: Sequence[Any]) -> int:
    return next((after for name, after in pairwise(atoms) if name == _WAITED and isinstance(after, int)), 0)


def _atoms(pickled: bytes) -> list[Any]:
    """Return the first strings and whole numbers of a pickle, of which only the beginning is here."""
    found: list[Any] = []
    with suppress(ValueError):
        for opcode, argument, _ in pickletools.genops(BytesIO(pickled)):
            if opcode.name in _ATOMS:
                found.append(argument)
            if len(found) == _MOST_ATOMS:
                break
    return found


def _paths(folder: Path) -> list[Path]:
    found = [path for pattern in PATTERNS for path in (folder / CHECKPOINTS).glob(pattern)]
    return [path for path in found if path.is_file()]


def _fits(kept: Kept, at: At) -> bool:
    match at:
        case "best":
            return kept.path.name == "best.pt"
        case "last":
            return True
    return kept.step <= at


def _else(kept: list[Kept]) -> str:
    if not kept:
        return "write @start to start anew with its settings"
    *earlier, last = sorted({each.step for each in kept})
    if not earlier:
        return f"there is one of step {last}"
    return f"there are those of the steps {', '.join(map(str, earlier))} and {last}"
