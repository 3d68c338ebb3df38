"""What a ``set`` asks for, checked whole against the running training before anything is touched."""

from collections.abc import Mapping
from dataclasses import dataclass

from dltui_trainers.answers import nothing_to_change, wanted
from dltui_trainers.configure import as_json, as_settings, configure, without_effect
from dltui_trainers.errors import InvalidHyperparameterError
from dltui_trainers.hparams import CATALOGUE, Hparams
from dltui_trainers.loop import Training
from dltui_trainers.origin import can_branch
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Command, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The hyperparameters as they are to be, and the ``names`` of those that change."""

    hparams: Hparams
    names: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def changes_training(self) -> bool:
        """Whether anything changes beside what is told and kept."""
        return any(CATALOGUE[name].family != "log" for name in self.names)  # those of a task file are never live


def wish(training: Training, command: Command) -> Wish:
    """Return what ``command`` asks of ``training``. Raises :class:`TrainerError` with the reason to refuse it."""
    texts = wanted(command)
    settings, _ = as_settings(training.task, as_json(training.hparams, training.task))
    hparams, warnings = configure(training.task, texts, settings)
    _refuse_not_live(training.task, texts)
    _refuse_epochs(training, hparams)
    _refuse_without_effect(training.task, hparams, texts)
    names = tuple(name for name in texts if _plain(hparams, name, training.task) != present(training, name))
    if not names:
        raise nothing_to_change(texts)
    return Wish(hparams=hparams, names=names, warnings=tuple(warnings))


def present(training: Training, name: str) -> Value:
    """Return the present value of a hyperparameter; of the learning rate the one that the next step would use."""
    if name == "lr":
        return training.learning_rate.at(training.step)
    return _plain(training.hparams, name, training.task)


def _plain(hparams: Hparams, name: str, task: TaskInfo) -> Value:
    return as_json(hparams, task)[name]


def _refuse_not_live(task: TaskInfo, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if not task.hparam(name).live:
            at = "last" if can_branch(name, task) else "start"
            raise InvalidHyperparameterError(
                f"{name} cannot change while the training runs; start another with it: --from RUN@{at}"
                f" --set {name}={text}"
            )


def _refuse_epochs(training: Training, hparams: Hparams) -> None:
    if hparams.epochs <= training.epoch and hparams.epochs != training.hparams.epochs:
        raise InvalidHyperparameterError(
            f"epochs = {hparams.epochs} is too few: {training.epoch} are done already; stop ends the training now"
        )


def _refuse_without_effect(task: TaskInfo, hparams: Hparams, texts: Mapping[str, str]) -> None:
    idle = without_effect(as_json(hparams, task))
    for name in texts:
        if name in idle:
            raise InvalidHyperparameterError(f"{name} has no effect with {idle[name]}")
