"""What can be set in a running training, and to which values: known before anything is asked of it."""

from collections.abc import Mapping
from typing import Any

from dltui.text import safe_text
from dltui_trainers.configure import as_settings, as_text, configure, parse
from dltui_trainers.errors import InvalidHyperparameterError, UnknownHyperparameterError, suggestion
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.origin import can_branch
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value


def settable(
    run: str, task: TaskInfo | None, present: Mapping[str, Value], wanted: Mapping[str, str]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return the values of ``wanted`` (name -> text) as they are asked for, and warnings about them.

    ``run`` is what a shell knows the run by; ``task`` (as its manifest tells it) and the hyperparameters ``present``
    are its own. ``task`` is None for one that this version does not know, and while the training has not told it: then
    only what holds for all tasks is checked.
    Raises :class:`UnknownHyperparameterError` or :class:`InvalidHyperparameterError`.
    """
    texts = {name: safe_text(text) for name, text in wanted.items()}
    for name, text in texts.items():
        _refuse_unsettable(run, task, name, text)
    values = {name: _value(parse(_known(task)[name], text)) for name, text in texts.items()}
    if task is None:
        return values, ()
    _, warnings = configure(task, texts, as_settings(task, present)[0])
    return values, tuple(warnings)


def _known(task: TaskInfo | None) -> Mapping[str, Hparam]:
    return CATALOGUE if task is None else {name: task.hparam(name) for name in task.hparams}


def _refuse_unsettable(run: str, task: TaskInfo | None, name: str, text: str) -> None:
    known = _known(task)
    if task is not None and task.is_script:
        _refuse_in_script(task, name)
        return
    if name not in known:
        live = [each.name for each in known.values() if each.live]
        raise UnknownHyperparameterError(
            f"There is no hyperparameter '{safe_text(name)}'.{suggestion(name, list(known))}"
            f" In a running training these can be set: {', '.join(live)}."
        )
    if known[name].live or (task is not None and name not in task.reads):  # of what it does not read, that is told
        return
    other, at = ("a branch", "last") if can_branch(name, task) else ("a new run", "start")
    raise InvalidHyperparameterError(
        f"{name} cannot be set while a training runs, but {other} can have another one:"
        f" 'dltui train --from {run}@{at} --set {name}={text}'."
    )


def _refuse_in_script(task: TaskInfo, name: str) -> None:
    can = [each for each in task.reads if task.hparam(each).live]
    if name in can:
        return
    if not can:
        raise InvalidHyperparameterError(
            "Nothing can be set in this script: it has not called 'run.watch(model, optimizer)', which would allow it."
        )
    known = f"In this script can be set: {', '.join(can)}."
    if name in CATALOGUE:
        raise InvalidHyperparameterError(
            f"{name} cannot be set in a running script, where it is in your hands. {known}"
        )
    raise UnknownHyperparameterError(f"There is no hyperparameter '{safe_text(name)}'.{suggestion(name, can)} {known}")


def _value(value: Any) -> Value:
    """As JSON has it: numbers as numbers, everything that is chosen as it is typed."""
    return value if type(value) in (int, float) else as_text(value)
