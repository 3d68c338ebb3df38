"""What can be asked of a training that is a user's own script, as far as its manifest tells."""

from collections.abc import Collection, Iterator
from dataclasses import replace

from dltui.text import safe_text
from dltui_trainers.configure import as_text, parse
from dltui_trainers.errors import TrainerError
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Manifest, Value
from dltui_trainers.taskfile.own import own_hparam

TOLD = "as the script tells it"


def task_of_script(manifest: Manifest) -> TaskInfo:
    """Return the script as a task: it has the numbers of our catalogue that it tells of by the same names.

    Those that it does not let be set are fixed. Its choices are its own: its ``model`` is none of our networks. How
    many samples it has bounds nothing that we know of.
    """
    can = tuple(manifest.settable or ())
    reads = tuple(name for name, each in CATALOGUE.items() if name in can or _tells(each, manifest.hparams.get(name)))
    return TaskInfo(
        name=manifest.task,
        summary=f"your own script {manifest.task}",
        kind="regression" if manifest.loss in ("mse", "mae") else "classification",
        module="",
        n_train=0,
        reads=reads,
        classes=manifest.data.classes if manifest.data else None,
        fixed=tuple(name for name in reads if name not in can),
        is_script=True,
    )


def branched_task(manifest: Manifest) -> TaskInfo:
    """Return the script as a task that is to be started again: with all that it has told and all that can be set.

    What is none of our catalogue's has the kind of the value that was told.
    """
    can = [name for name in manifest.settable or () if name in CATALOGUE]
    told = [name for name in manifest.hparams if name and "=" not in name and safe_text(name) == name]
    return replace(
        task_of_script(manifest),
        reads=tuple(dict.fromkeys((*can, *told))),
        own=tuple(_own(manifest, can)),
        fixed=(),
    )


def takes(manifest: Manifest | None, command: str) -> bool:
    """Whether the training listens to such a command; one that does not say so listens to all."""
    return manifest is None or manifest.commands is None or command in manifest.commands


def _own(manifest: Manifest, can: Collection[str]) -> Iterator[Hparam]:
    for name, value in manifest.hparams.items():
        if name not in can and not (name in CATALOGUE and _tells(CATALOGUE[name], value)):
            yield own_hparam(name, "" if value is None else value, TOLD)


def _tells(hparam: Hparam, value: Value) -> bool:
    """Whether a script's value is one that the number of ours can have."""
    if value is None or hparam.choices or hparam.many or hparam.scale == "text":
        return False
    try:
        parse(hparam, as_text(value))
    except TrainerError:
        return False
    return True
