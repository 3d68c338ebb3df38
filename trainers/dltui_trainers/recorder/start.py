"""``start_run``: finds out whether this process is to write, makes the run's folder and opens its log."""

import os
import sys
from pathlib import Path

import msgspec

from dltui_trainers.recorder import folder
from dltui_trainers.recorder.branch import take_branch
from dltui_trainers.recorder.changes import change
from dltui_trainers.recorder.describe import describe, flat, script_name
from dltui_trainers.recorder.ending import sentence, watch_over
from dltui_trainers.recorder.lines import Lines
from dltui_trainers.recorder.ranks import Ranks, find_ranks
from dltui_trainers.recorder.run import Run
from dltui_trainers.recorder.told import Told
from dltui_trainers.recorder.warn import Warner
from dltui_trainers.runlog import MANIFEST, Manifest, manifest_decoder

Place = str | os.PathLike[str]


def start_run(
    name: str | None = None,
    *,
    hparams: object = None,
    task: str | None = None,
    epochs: int | None = None,
    steps_per_epoch: int | None = None,
    n_train: int | None = None,
    n_val: int | None = None,
    classes: int | None = None,
    loss: str | None = None,
    expected_initial_loss: float | None = None,
    seed: int | None = None,
    runs: Place | None = None,
) -> Run:
    """Begin a run of this script and return it; never raises, and what is wrong is told in one line.

    Args:
        name: What the run and its folder are called; a number is added if there is one already. The script's name
            without it.
        hparams: The settings, as a mapping, a dataclass or a namespace; nested ones get names with dots.
        task: What is trained: runs of one task are compared. The script's name without it.
        epochs: How many there will be, if that is known.
        steps_per_epoch: The optimiser's steps in each; then ``log`` knows the epoch by the step.
        n_train: The samples to learn from.
        n_val: The samples to validate on.
        classes: How many there are.
        loss: ``cross_entropy``, ``mse`` ...
        expected_initial_loss: What an untrained model should have; with ``cross_entropy`` the classes tell it.
        seed: What the random numbers began with.
        runs: The folder of the runs; else ``$DLTUI_RUNS``, else ``runs`` in the current folder.
    """
    warner = Warner()
    settings = _settings(hparams, warner)
    told = Told(
        task=task,
        epochs=epochs,
        steps_per_epoch=steps_per_epoch,
        n_train=n_train,
        n_val=n_val,
        classes=classes,
        loss=loss,
        expected_initial_loss=expected_initial_loss,
        seed=seed,
    )
    try:
        return _start(name, settings, told, runs, warner)
    except OSError as error:
        where = error.filename or "the run's folder"
        warner.once("start", f"{where}: {error.strerror or error}; the training goes on and is not recorded.")
    except Exception as error:  # the border: whatever goes wrong here, the training goes on
        warner.once("start", f"the training goes on and is not recorded ({sentence(error)}).")
    return Run(name=str(name or "run"), hparams=settings, warner=warner, ranks=Ranks())


def _start(name: str | None, settings: dict[str, object], told: Told, runs: Place | None, warner: Warner) -> Run:
    branch = take_branch(warner)
    told_names = frozenset(settings)
    change(settings, branch.settings if branch else {})
    ranks = find_ranks()
    name = folder.clean(name or told.task or script_name() or "run", warner)
    if not ranks.is_first or _is_being_imported():
        silent = Run(name=name, hparams=settings, warner=warner, ranks=ranks, branch=branch)
        watch_over(silent)  # it takes part in what all processes decide together, and lets go of that at the end
        return silent
    adopted = folder.adopt()
    place = adopted or folder.make(runs, name)
    run = Run(
        name=place.name,
        hparams=settings,
        warner=warner,
        ranks=ranks,
        folder=place,
        manifest=_with_supervisor(place, describe(place.name, told, settings, branch, warner)),
        lines=Lines(place, warner),
        branch=branch,
        told=told_names,
        is_adopted=adopted is not None,
    )
    run.rewrite_manifest()
    watch_over(run)
    run.listen()
    return run


def _settings(hparams: object, warner: Warner) -> dict[str, object]:
    try:
        return flat(hparams)
    except Exception as error:  # the object's own code
        warner.once("hparams", f"hparams cannot be read ({sentence(error)}); the run has none.")
        return {}


def _with_supervisor(place: Path, manifest: Manifest) -> Manifest:
    """Keep what ``dltui run`` knows better: what the person typed, and when."""
    try:
        theirs = manifest_decoder.decode((place / MANIFEST).read_bytes())
    except (OSError, msgspec.DecodeError, UnicodeError):
        return manifest
    return msgspec.structs.replace(
        manifest, created=theirs.created, command=theirs.command, cwd=theirs.cwd or manifest.cwd
    )


def _is_being_imported() -> bool:
    """Whether a new process of multiprocessing reads the script only to find a function in it."""
    processes = sys.modules.get("multiprocessing.process")
    return processes is not None and getattr(processes.current_process(), "_inheriting", False)
