"""Which settings of a space go together: what cannot be trained, and what has no effect beside the rest."""

from collections.abc import Mapping

from dltui_trainers.configure import as_json, as_text, configure, without_effect
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

Settings = dict[str, Value]
"""What a trial has of a space."""


class Rules:
    """What holds for the ``names`` of a space of ``task`` beside ``settings``, which are given.

    Raises what :func:`dltui_trainers.configure.configure` raises for given settings that make no sense.
    """

    def __init__(self, task: TaskInfo, settings: Mapping[str, str], names: tuple[str, ...]) -> None:
        self._task = task
        self._settings = settings
        self._names = names
        self._default = as_json(configure(task, settings)[0], task)
        # A name that is not chosen yet switches nothing off; only of the optimizer would None be a choice.
        unchosen = dict.fromkeys(name for name in names if name != "optimizer")
        self._open = {**unchosen, **{name: value for name, value in self._default.items() if name not in names}}

    def refusal(self, chosen: Mapping[str, Value]) -> str:
        """Return why these settings cannot be trained, empty if they can."""
        try:
            configure(self._task, {**self._settings, **as_settings(chosen)})
        except TrainerError as error:
            return str(error)
        return ""

    def allow(self, chosen: Mapping[str, Value]) -> bool:
        """Whether these settings can be trained."""
        return not self.refusal(chosen)

    def switched_off(self, chosen: Mapping[str, Value]) -> dict[str, str]:
        """Return the names that have no effect beside what is chosen so far, and the choice that makes it so."""
        idle = without_effect({**self._open, **chosen})
        return {name: why for name, why in idle.items() if name in self._names}

    def effective(self, chosen: Mapping[str, Value]) -> Settings:
        """Return a whole choice without the names that have no effect; what is left out has its default."""
        left = dict(chosen)
        while idle := left.keys() & without_effect({**self._default, **left}).keys():
            left = {name: value for name, value in left.items() if name not in idle}
        return left


def as_settings(chosen: Mapping[str, Value]) -> dict[str, str]:
    """Return a trial's settings as they would be typed."""
    return {name: as_text(value) for name, value in chosen.items()}
