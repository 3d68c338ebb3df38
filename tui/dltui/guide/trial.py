"""What a step asks for, and of whom: trials, and the work place that runs them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from dltui.guide.options import Options
from dltui.guide.result import StepResult
from dltui_trainers.hparams import Hparams
from dltui_trainers.looked import DataReport
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import Value

if TYPE_CHECKING:
    from dltui.guide.outcome import Outcome


FINAL = "final"
"""The name of the trial that all of it leads to."""
BEFORE = "before"
"""The trial of the last step with the settings that held before the guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A training that a step asks for. ``name``: within its step, of letters, digits and . _ + -

    ``settings``: beside those that hold already. ``limit_s``: after this long it is stopped, and is a result as it is.
    """

    name: str
    settings: Mapping[str, Value] = field(default_factory=dict)
    limit_s: float = float("inf")


Supervise = Callable[[Sequence["Outcome"]], Collection[str]]
"""Asked again and again while trials run, with all of them as they stand: the names of those to stop."""


class Work(Protocol):
    """What a step is given. A step is a function of it: asked again with the same trials, it comes to the same."""

    @property
    def task(self) -> str:
        """The name of the task."""
        ...

    @property
    def options(self) -> Options:
        """What the user asks for."""
        ...

    @property
    def looked(self) -> DataReport | None:
        """What step 0 saw of the data and the networks; None before."""
        ...

    @property
    def settings(self) -> Mapping[str, Value]:
        """The hyperparameters that hold: the user's, and what earlier steps handed on."""
        ...

    @property
    def info(self) -> TaskInfo:
        """The task, as its data make it: what it reads, what can be chosen."""
        ...

    def hparams(self, settings: Mapping[str, Value] | None = None) -> Hparams:
        """Return every hyperparameter as a trial with these ``settings``, beside those that hold, would have it.

        Raises :class:`dltui_trainers.errors.TrainerError` for what cannot work.
        """
        ...

    @property
    def candidates(self) -> Sequence[Mapping[str, Value]]:
        """What the step before leaves to choose from, each in addition to the settings."""
        ...

    @property
    def workers(self) -> int:
        """How many trials run at a time."""
        ...

    @property
    def left_s(self) -> float:
        """The seconds that are left for this step."""
        ...

    def look(self, models: Sequence[Mapping[str, Value]]) -> DataReport:
        """Return what there is to know of the data, and of networks with these settings.

        Raises :class:`GuideError` where the data cannot be read.
        """
        ...

    def trials(self, wanted: Sequence[Trial], supervise: Supervise | None = None) -> "list[Outcome]":
        """Run the trials, several at a time, and return what each came to, in order.

        A trial that dies is an outcome, too. Names count: one that ran under its name before the guide was killed is
        not run again, so what differs has to be told by the name.
        """
        ...

    def decide(self, name: str, value: Value) -> Value:
        """Return what was decided under that name in this step: the first time ``value``.

        For what depends on the clock. A step that is taken up after a kill must not decide otherwise than before.
        """
        ...

    def show(self, result: StepResult) -> None:
        """Let a person see how it stands; the result that is returned at the end replaces it."""
        ...
