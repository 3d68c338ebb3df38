"""The whole of a guide as it lies in its folder: what was asked for, how far it is, and what each step came to."""

from enum import StrEnum

import msgspec

from dltui.guide.options import STEPS, Options
from dltui.guide.result import Judgement, StepResult
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import Number, Value

FORMAT = 1


class StepState(StrEnum):
    """How far a step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    OUT_OF_TIME = "out_of_time"
    """The budget was spent before it."""


class GuideStatus(StrEnum):
    """How far a guide is. One that is ``running`` and that no process works on was killed."""

    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"


class TrialEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One trial: a run of that name in the guide's folder. ``val_loss``: its best one; ``status``: of the run.

    ``by_guide``: the guide stopped it.
    """

    name: str
    settings: dict[str, Value]
    status: str = "starting"
    val_loss: Number | None = None
    seconds: float = 0.0
    by_guide: bool = False
    error: str = ""


class StepEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One step. ``attempt`` counts from 1; ``planned_s``: what of the budget is meant for it, ``seconds``: used.

    ``decided``: what it decided by the clock.
    """

    number: int
    state: StepState = StepState.WAITING
    attempt: int = 1
    planned_s: float = 0.0
    seconds: float = 0.0
    trials: list[TrialEntry] = []
    decided: dict[str, Value] = {}
    result: StepResult | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a command, by its id: ``refused`` tells why it was not carried out; empty if it was."""

    id: int
    command: str
    refused: str = ""


class Guide(msgspec.Struct, frozen=True, kw_only=True):
    """A guide. ``budget_s``: the one that holds, 0 while it is not known. ``chosen``: the settings so far.

    ``final``: the run that all of it leads to; ``error``: why it failed, as a sentence. ``began``: Unix seconds.
    ``accepted``: steps whose fault somebody chose to go on with; ``keep_going``: whatever fault is found. ``answers``:
    to the last commands.
    """

    format: int = FORMAT
    name: str
    task: str
    began: float
    command: list[str]
    options: Options
    status: GuideStatus = GuideStatus.RUNNING
    budget_s: float = 0.0
    looked: DataReport | None = None
    steps: list[StepEntry] = msgspec.field(default_factory=lambda: [StepEntry(number=number) for number in STEPS])
    chosen: dict[str, Value] = {}
    final: str = ""
    error: str = ""
    host: str = ""
    pid: int = 0
    keep_going: bool = False
    accepted: list[int] = []
    answers: list[Answer] = []

    @property
    def seconds(self) -> float:
        """The time used, without that between a quit and its resumption."""
        return sum(step.seconds for step in self.steps)

    @property
    def at(self) -> int | None:
        """The step that is at work, or next; None when all are done."""
        open_ = (step.number for step in self.steps if step.state in (StepState.WAITING, StepState.RUNNING))
        return next(open_, None)

    def is_halted_at(self, step: int) -> bool:
        """Whether the guide does not go on beyond that step, because it found a fault."""
        entry = self.steps[step]
        found = entry.result is not None and entry.result.judgement is Judgement.FAULT
        return found and entry.state is StepState.DONE and not (self.keep_going or step in self.accepted)

    def with_step(self, step: StepEntry) -> "Guide":
        """Return the guide with that step in its place."""
        steps = [step if each.number == step.number else each for each in self.steps]
        return msgspec.structs.replace(self, steps=steps)


def new_guide(
    *, name: str, task: str, options: Options, command: list[str], began: float, keep_going: bool = False
) -> Guide:
    """Return a guide before its first step. Steps that are left out are so from the start, until one is repeated."""
    steps = [
        StepEntry(number=number, state=StepState.SKIPPED if number in options.skip else StepState.WAITING)
        for number in STEPS
    ]
    return Guide(
        name=name,
        task=task,
        began=began,
        command=command,
        options=options,
        budget_s=options.budget_s,
        steps=steps,
        keep_going=keep_going,
    )
