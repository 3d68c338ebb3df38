"""Decides how a training begins, and checks it whole, without torch: from nothing, from the settings of another run, or
from one of its checkpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from dltui_trainers.configure import as_json, as_settings, as_text, configure, parse, with_data
from dltui_trainers.errors import OriginError
from dltui_trainers.hparams import Hparams
from dltui_trainers.named_task import find_task
from dltui_trainers.origin import Origin, can_branch
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import MANIFEST, Manifest, Parent, Value, manifest_decoder
from dltui_trainers.same_data import changed_since, refuse_other_data

if TYPE_CHECKING:
    from dltui_trainers.kept import Kept

MANIFEST_LIMIT = 16 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A training whose configuration is checked.

    ``kept`` is the checkpoint to go on from, if it is a branch, and ``before`` the hyperparameters that held there.
    """

    task: TaskInfo
    hparams: Hparams
    warnings: tuple[str, ...] = ()
    parent: Parent | None = None
    kept: "Kept | None" = None
    before: Hparams | None = None

    @property
    def turned(self) -> tuple[str, ...]:
        """What a branch changes before its first step, in the training as it was."""
        changed = self.parent.changed if self.parent is not None and self.kept is not None else {}
        return tuple(name for name in changed if self.task.hparam(name).live or name in ("warmup_steps", "max_steps"))

    @property
    def starting(self) -> Hparams:
        """The hyperparameters to begin with: the plan's, but for what is :attr:`turned` then."""
        if self.before is None:
            return self.hparams
        return replace(self.hparams, **{name: getattr(self.before, name) for name in self.turned})

    @property
    def beginning(self) -> str:
        """From what it starts, for a person; empty for a training that starts from nothing."""
        return beginning_of(self.parent, self.kept) if self.parent is not None else ""


def beginning_of(parent: Parent, kept: "Kept | None") -> str:
    """Return from what a training starts that comes from ``parent``: its checkpoint ``kept``, or its settings alone."""
    changes = ", ".join(f"{name} = {as_text(value)}" for name, value in parent.changed.items()) or "nothing changed"
    if kept is None:
        return f"starts anew with the settings of {parent.run}, {changes}"
    return f"goes on from step {parent.step} of {parent.run} ({kept.path.name}), {changes}"


def plan(task: str, settings: Mapping[str, str], origin: Origin | None = None) -> Plan:
    """Return the plan of a training; with an ``origin``, ``settings`` are the changes to the settings of that run.

    Raises :class:`TrainerError`: its subclass :class:`OriginError` for all that is wrong with the origin, or with the
    changes that a checkpoint cannot take.
    """
    info = find_task(task)
    if origin is None:
        info, settings = with_data(info, settings)
        hparams, warnings = configure(info, settings)
        return Plan(task=info, hparams=hparams, warnings=(*info.notes, *warnings))
    manifest = read_parent(origin)
    if manifest.task != task:
        raise OriginError(
            f"The run {origin.run} is a training of {manifest.task}, not of {task}; leave the task out, or start"
            f" {task} without --from."
        )
    info = replace(info, fixed=fixed_in(info, manifest))
    kept = _checkpoint(origin, info) if origin.step is not None else None
    told = manifest.hparams | (kept.hparams if kept else {})
    info, settings = with_data(info, settings, as_settings(info, told)[0])
    base, left_out = as_settings(info, told)
    before, _ = configure(info, {}, base)
    hparams, warnings = configure(info, settings, base)
    changed = _changes(info, hparams, settings, base)
    if kept is not None:
        _refuse_rebuilding(origin, info, changed)
        _refuse_done(origin, kept, hparams)
        refuse_other_data(origin.run, manifest, info, hparams)
        warnings += changed_since(origin.run, manifest, hparams.data, "data")
        warnings += changed_since(origin.run, manifest, info.file, "code")
    return Plan(
        task=info,
        hparams=hparams,
        warnings=(*info.notes, *left_out, *warnings, *_branch_warnings(changed if kept else {})),
        parent=Parent(run=origin.run, step=kept.step if kept else 0, changed=changed),
        kept=kept,
        before=before,
    )


def read_parent(origin: Origin) -> Manifest:
    """Return the manifest of the run to start from. Raises :class:`OriginError`."""
    path = origin.folder / MANIFEST
    if not path.is_file():
        raise OriginError(
            f"The run {origin.run} has no {MANIFEST}, which tells its settings: nothing can start from it."
        )
    try:
        with path.open("rb") as file:
            return manifest_decoder.decode(file.read(MANIFEST_LIMIT))
    except OSError as error:
        raise OriginError(f"{path} cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise OriginError(f"{path} is not the manifest of a run ({error}): nothing can start from it.") from error


def fixed_in(task: TaskInfo, manifest: Manifest) -> tuple[str, ...]:
    """Return which live hyperparameters a run of a task file cannot turn; see :class:`TaskInfo`."""
    if not task.file or manifest.settable is None:
        return ()
    return tuple(name for name in task.reads if task.hparam(name).live and name not in manifest.settable)


def _changes(
    task: TaskInfo, hparams: Hparams, settings: Mapping[str, str], base: Mapping[str, str]
) -> dict[str, Value]:
    """Return what ``settings`` change: a value that is the run's own is no change."""
    values = as_json(hparams, task)
    return {
        name: values[name]
        for name in settings
        if name not in base or hparams.value(name) != parse(task.hparam(name), base[name])
    }


def _checkpoint(origin: Origin, task: TaskInfo) -> "Kept":
    from dltui_trainers.kept import choose  # a restart does without: not even the standard library's parts are free

    assert origin.step is not None
    kept = choose(origin, origin.step)
    if kept.task != task.name:
        raise OriginError(f"{kept.path} is a checkpoint of the task {kept.task}, not of {task.name}.")
    return kept


def _refuse_rebuilding(origin: Origin, task: TaskInfo, changed: Mapping[str, Value]) -> None:
    for name in changed:
        if not can_branch(name, task):
            raise OriginError(
                f"A checkpoint cannot go on with another {name}, which needs a restart: write {origin.run}@start to"
                f" start anew with the settings of {origin.run}."
            )


def _refuse_done(origin: Origin, kept: "Kept", hparams: Hparams) -> None:
    if kept.epoch >= hparams.epochs:
        raise OriginError(
            f"The checkpoint at step {kept.step} of {origin.run} has {kept.epoch} epochs behind it, and"
            f" {hparams.epochs} are planned in all: take an earlier step, or more epochs"
            f" (--set epochs={2 * kept.epoch})."
        )
    if 0 < hparams.max_steps <= kept.step:
        raise OriginError(
            f"The checkpoint at step {kept.step} of {origin.run} is at or behind max_steps = {hparams.max_steps}, where"
            f" the training ends: take an earlier step, or more of them (--set max_steps={2 * kept.step})."
        )


def _branch_warnings(changed: Mapping[str, Value]) -> list[str]:
    if "optimizer" not in changed:
        return []
    return [f"optimizer = {changed['optimizer']} starts without a memory of the steps before."]
