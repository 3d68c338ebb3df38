"""Starts a person's own command again: a script from one of its checkpoints, or from the beginning with other settings.

The command is the one that the run was started with, in the folder where it was. What is to be different is told to the
script in ``$DLTUI_FROM``; its recorder applies it. Everything that can be known to be wrong is refused before.
"""

import os
import shlex
import shutil
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dltui.runs.launch import Launched
from dltui.runs.script_task import branched_task
from dltui.text import safe_text
from dltui_trainers.configure import as_text, parse
from dltui_trainers.errors import OriginError, TrainerError, UnknownHyperparameterError, suggestion
from dltui_trainers.origin import At, Origin
from dltui_trainers.plan import beginning_of, read_parent
from dltui_trainers.recorder.branch import FROM, Branch
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import CHECKPOINTS, Manifest, Parent, Value

if TYPE_CHECKING:
    from dltui_trainers.kept import Kept

STATE = "from.pt"
"""The parent's checkpoint under a name of its own in the new run's folder: a parent at work replaces its files."""
NOT_KEPT = (
    "The run {run} has kept no checkpoint to go on from: its script has to hand its state over,"
    " 'run.checkpoint(lambda: {{...}})'. Write {run}@start to start it anew."
)
_LONGEST_SHOWN = 200
_MOST_NAMES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A command that can be started again. ``kept``: the checkpoint that it goes on from, None from the beginning."""

    words: tuple[str, ...]
    cwd: Path
    parent: Parent
    kept: "Kept | None" = None
    warnings: tuple[str, ...] = ()

    @property
    def beginning(self) -> str:
        """From what it starts, for a person."""
        return beginning_of(self.parent, self.kept)


def is_script(origin: Origin) -> bool:
    """Whether the run to start from is a command of a person's own. Raises :class:`OriginError`."""
    return read_parent(origin).source != "worker"


def plan_again(settings: Mapping[str, str], origin: Origin) -> Again:
    """Return what starts the command of ``origin`` again with ``settings`` changed (name -> text).

    Raises :class:`TrainerError`: an :class:`OriginError` for all that is wrong with the run, else for the settings.
    """
    manifest = read_parent(origin)
    words, cwd = _command(origin, manifest)
    if manifest.source == "command":
        _refuse_changes(origin, settings, words)
        parent = Parent(run=origin.run, step=0, changed={})
        return Again(words=words, cwd=cwd, parent=parent, warnings=tuple(_warnings(origin, manifest)))
    kept = None if origin.step is None else _checkpoint(origin, origin.step)
    told = manifest.hparams | (kept.hparams if kept is not None else {})
    changed = _changes(origin, branched_task(manifest), settings, told)
    before = manifest.parent
    inherited = {**before.inherited, **before.changed} if before is not None else {}
    if kept is not None and kept.hparams.get("dropout") not in (None, manifest.hparams.get("dropout")):
        inherited["dropout"] = kept.hparams["dropout"]  # it was set live, and no state tells it
    parent = Parent(run=origin.run, step=kept.step if kept else 0, changed=changed, inherited=inherited)
    warnings = (*_warnings(origin, manifest), *_warnings_of_end(kept, told | changed))
    return Again(words=words, cwd=cwd, parent=parent, kept=kept, warnings=warnings)


def launch_again(root: Path, settings: Mapping[str, str], origin: Origin, name: str | None = None) -> Launched:
    """Start it, and return once the command runs; its folder in ``root`` tells the rest.

    Raises what :func:`plan_again` and :func:`dltui.wrapped.launch.launch_command` raise.
    """
    from dltui.wrapped.launch import launch_command

    again = plan_again(settings, origin)

    def prepare(folder: Path) -> Mapping[str, str]:
        state = _held(again.kept.path, folder) if again.kept is not None else None
        parent = again.parent
        branch = Branch(
            run=parent.run,
            step=parent.step,
            checkpoint=None if state is None else str(state.resolve()),
            changed=parent.changed,
            inherited=parent.inherited,
        )
        return {FROM: msgspec.json.encode(branch).decode()}

    launched = launch_command(root, again.words, name=name, cwd=again.cwd, parent=again.parent, prepare=prepare)
    return replace(launched, warnings=again.warnings, told=f"It {again.beginning}.")


def _command(origin: Origin, manifest: Manifest) -> tuple[tuple[str, ...], Path]:
    """The command and its folder, both of them there."""
    words = tuple(manifest.command)
    if not words:
        raise OriginError(
            f"The run {origin.run} does not tell a command that could be started again: it was begun in a notebook, at"
            " a prompt, or by a launcher. Put it into a script, and start that with 'dltui run -- ...'."
        )
    cwd = Path(manifest.cwd or ".")
    if not (manifest.cwd and cwd.is_dir()):
        where = _shown(manifest.cwd) if manifest.cwd else "the folder where it was started"
        raise OriginError(f"The command of {origin.run} cannot be started again: {where} is gone.{_host(manifest)}")
    missing = _missing(words, cwd)
    if missing:
        raise OriginError(
            f"The command of {origin.run} cannot be started again: {_shown(missing)} is gone.{_host(manifest)}"
        )
    return words, cwd


def _missing(words: Sequence[str], cwd: Path) -> str:
    """The program, or the script that it is given, if it is not there any more."""
    program = words[0]
    if not shutil.which(str(cwd / program) if os.sep in program else program):
        return program
    script = next((word for word in words[1:] if not word.startswith("-")), "")
    options = words[1 : words.index(script)] if script else ()
    is_script_of_python = "python" in Path(program).name and not any(option in ("-c", "-m") for option in options)
    return script if is_script_of_python and script.endswith(".py") and not (cwd / script).exists() else ""


def _host(manifest: Manifest) -> str:
    """Where it may be instead."""
    return "" if _is_of_here(manifest) else f" It was started on {safe_text(manifest.host)}, and this is another host."


def _is_of_here(manifest: Manifest) -> bool:
    return manifest.host == socket.gethostname()


def _warnings(origin: Origin, manifest: Manifest) -> list[str]:
    if _is_of_here(manifest):
        return []
    return [f"{origin.run} ran on {safe_text(manifest.host)}; its command starts here, on {socket.gethostname()}."]


def _warnings_of_end(kept: "Kept | None", hparams: Mapping[str, Value]) -> list[str]:
    """How long it trains, the script decides; it usually ends where it has told."""
    epochs = hparams.get("epochs")
    if kept is None or not isinstance(epochs, int) or kept.epoch < epochs:
        return []
    return [f"step {kept.step} has {kept.epoch} epochs behind it, and epochs = {epochs}: the script may end at once."]


def _refuse_changes(origin: Origin, settings: Mapping[str, str], words: Sequence[str]) -> None:
    if origin.step is not None:
        raise OriginError(
            f"The run {origin.run} is a command that runs as it is and has kept no checkpoint: write {origin.run}@start"
            " to start it anew."
        )
    if settings:
        command = safe_text(shlex.join(words))
        command = command if len(command) <= _LONGEST_SHOWN else f"{command[:_LONGEST_SHOWN]}..."
        raise OriginError(
            f"The settings of {origin.run} are the words of its command: start it with others, 'dltui run --"
            f" {command}'."
        )


def _checkpoint(origin: Origin, at: At) -> "Kept":
    from dltui_trainers.kept import PATTERNS, choose

    folder = origin.folder / CHECKPOINTS
    if not any(any(folder.glob(pattern)) for pattern in PATTERNS):
        raise OriginError(NOT_KEPT.format(run=origin.run))
    return choose(origin, at)


def _changes(
    origin: Origin, task: TaskInfo, settings: Mapping[str, str], told: Mapping[str, Value]
) -> dict[str, Value]:
    """What ``settings`` change: a value that is the run's own is no change."""
    changed: dict[str, Value] = {}
    for name, text in settings.items():
        if name not in task.reads:
            known = sorted(task.reads)
            some = ", ".join(known[:_MOST_NAMES]) + (" ..." if len(known) > _MOST_NAMES else "")
            raise UnknownHyperparameterError(
                f"The script of {origin.run} tells no setting '{safe_text(name)}'.{suggestion(name, known)} Those that"
                f" it tells to start_run(hparams=...), or lets be set by run.watch: {some or 'none'}."
            )
        value = parse(task.hparam(name), text)
        if name not in told or value != _parsed(task, name, told[name]):
            changed[name] = value
    return changed


def _parsed(task: TaskInfo, name: str, value: Value) -> object:
    """The value of a run as it would be typed; None for one that nobody could type."""
    try:
        return parse(task.hparam(name), as_text("" if value is None else value))
    except TrainerError:
        return None


def _held(path: Path, folder: Path) -> Path:
    """Give the checkpoint a second name in ``folder``, which nobody removes. On another disk it stays where it is."""
    held = folder / CHECKPOINTS / STATE
    try:
        os.link(path, held)
    except FileNotFoundError as error:
        raise OriginError(f"{path} has just been replaced by a newer one: try again.") from error
    except OSError:
        return path
    return held


def _shown(word: str) -> str:
    return f"'{safe_text(word[:_LONGEST_SHOWN])}'"
