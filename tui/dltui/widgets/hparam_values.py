"""Hyperparameters as a form has them: texts, some of them half typed, and which of them matter beside the rest."""

from collections.abc import Mapping
from dataclasses import replace

from dltui_trainers.configure import as_text, parse, without_effect
from dltui_trainers.errors import InvalidHyperparameterError
from dltui_trainers.hparam import Hparam
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

_DATA_OF = {
    "images": "a folder, or a name that 'dltui tasks images' lists; empty: what is found first",
    "tabular": "the path of a CSV file",
    "text": "the path of a text file; empty: some English that Python brings along",
}


def offered(task: TaskInfo, name: str) -> Hparam:
    """Return the description of a hyperparameter, with what can work in the task alone."""
    hparam = task.hparam(name)
    if name == "data":
        return replace(hparam, means=_DATA_OF.get(task.name, hparam.means))
    return replace(hparam, choices=task.choices(name)) if hparam.choices else hparam


def is_open(hparam: Hparam) -> bool:
    """Whether there is anything to choose."""
    return not hparam.choices or hparam.many or len(hparam.choices) > 1


def default_text(task: TaskInfo, name: str) -> str:
    """Return what holds in the task where nothing is said, as a person would type it."""
    return as_text(task.defaults.get(name, task.hparam(name).default))


def idle_beside(task: TaskInfo, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the hyperparameters that change nothing beside the others, and for each the choice that makes it so.

    A text that is no value decides nothing: the default stands in for it while it is being typed.
    """
    if task.is_script:  # what matters beside what is its own affair
        return {}
    idle = without_effect({name: _value(task, name, texts.get(name)) for name in task.reads})
    # With a strength of 0 the changes do nothing, but they are what makes the strength matter at all: were each left
    # out for the other, neither could be found again.
    idle.pop("augment", None)
    return idle


def _value(task: TaskInfo, name: str, text: str | None) -> Value:
    hparam = task.hparam(name)
    usual = task.defaults.get(name, hparam.default)
    try:
        value = usual if text is None else parse(hparam, text)
    except InvalidHyperparameterError:
        value = usual
    return as_text(value) if hparam.many or hparam.choices else value
