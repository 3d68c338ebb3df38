"""Whether the data of a run are still what they were, for a training that goes on from one of its checkpoints."""

from datetime import datetime
from pathlib import Path

from dltui_trainers.errors import OriginError
from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Manifest


def refuse_other_data(run: str, manifest: Manifest, task: TaskInfo, hparams: Hparams) -> None:
    """Refuse data of another size or shape than ``run`` had: a checkpoint holds a place in them, and fits their inputs.

    Raises :class:`OriginError`. What the resolver of a task does not tell is not compared. With ``per_class`` it is
    known only when the data are read how many samples there are: the checkpoint tells then, which is of so many.
    """
    before = manifest.data
    if not task.resolver or before is None:
        return
    pairs: list[tuple[int | str, int | str, str]] = []
    if not hparams.per_class:
        pairs.append((before.n_train, task.samples_in_use(hparams), "training samples"))
    if task.input_shape:
        pairs.append((_values(before.input_shape), _values(task.input_shape), "inputs"))
        pairs.append((before.classes or 0, task.classes or 0, "classes"))
    for was, has, what in pairs:
        if was != has:
            raise OriginError(
                f"The data have changed since {run}: there were {was} {what}, and now there are {has}, so its"
                f" checkpoints do not fit; write {run}@start to start anew with its settings."
            )


def changed_since(run: str, manifest: Manifest, path: str, what: str) -> list[str]:
    """Return a warning if the file with the data, or with the code, was written after ``run`` had begun."""
    try:
        written_s = Path(path).stat().st_mtime if path else 0.0
        began_s = datetime.fromisoformat(manifest.created).timestamp()
    except (OSError, ValueError, OverflowError):
        return []
    if written_s <= began_s:
        return []
    return [f"{Path(path).name!r} was changed after {run} had begun: it goes on with other {what}."]


def _values(shape: tuple[int, ...] | list[int]) -> str:
    return " x ".join(map(str, shape))
