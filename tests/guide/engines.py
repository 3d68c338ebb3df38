"""An engine without processes and without waiting: a trial takes the seconds that a test says, of a clock it owns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import runlogs
from guide.works import report

from dltui.guide.engine.clock import Clock
from dltui.guide.engine.plan import Engine
from dltui.guide.engine.trials import Tick
from dltui.guide.folder import make_folder, read_guide, write_guide
from dltui.guide.options import Options
from dltui.guide.outcome import Outcome
from dltui.guide.result import Handed, Judgement, StepResult
from dltui.guide.state import Guide, TrialEntry, new_guide
from dltui.guide.trial import Trial, Work
from dltui.runs import control
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.texts.guide import Said
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import Value

Step = Callable[[Work], StepResult]
TICK_S = 0.125


class FakeTime:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class FakeRunner:
    """Runs trials one after the other, each for the seconds of its name (1 unless told). ``at``: what happens when the
    trial of that name has run half of its time; ``while_paused``: at each look while all stands still.
    """

    time: FakeTime
    folder: Path
    seconds: dict[str, float] = field(default_factory=dict)
    at: dict[str, Callable[[], object]] = field(default_factory=dict)
    while_paused: Callable[[], object] = lambda: None
    looked: DataReport = field(default_factory=report)
    began: list[str] = field(default_factory=list)
    """The trials that were begun, in order; those that were known already are not."""
    settings: dict[str, dict[str, Value]] = field(default_factory=dict)
    resumed: int = 0
    closed: bool = False

    def run(
        self,
        wanted: Sequence[Trial],
        settings: Mapping[str, Value],
        workers: int,
        known: Mapping[str, TrialEntry],
        tick: Tick,
    ) -> list[Outcome]:
        done: list[Outcome] = []
        unwanted: set[str] = set()
        for each in wanted:
            if each.name in known:
                entry = known[each.name]
                done.append(_outcome(each, RunStatus(entry.status), entry.seconds, by_guide=entry.by_guide))
            elif each.name not in unwanted:
                self.began.append(each.name)
                self.settings[each.name] = {**settings, **each.settings}
                done.append(self._train(each, done, unwanted, tick))
            unwanted |= set(tick(done))
        return done

    def _train(self, trial: Trial, done: list[Outcome], unwanted: set[str], tick: Tick) -> Outcome:
        length_s, past_s = self.seconds.get(trial.name, 1.0), 0.0
        while past_s < length_s:
            self.time.now_s += TICK_S
            past_s += TICK_S
            if past_s >= length_s / 2:
                self.at.pop(trial.name, lambda: None)()
            unwanted |= set(tick([*done, _outcome(trial, RunStatus.RUNNING, past_s)]))
            if trial.name in unwanted or past_s >= trial.limit_s:
                return _outcome(trial, RunStatus.STOPPED, past_s, by_guide=True)
        return _outcome(trial, RunStatus.FINISHED, past_s)

    def look(
        self,
        settings: Mapping[str, Value],
        models: Sequence[Mapping[str, Value]],
        answer: Path,
        tick: Callable[[], None],
    ) -> None:
        self.time.now_s += 0.5
        tick()
        answer.write_bytes(msgspec.json.encode(self.looked))

    def pause(self) -> None:
        self.time.now_s += 10
        self.while_paused()

    def resume(self) -> None:
        self.resumed += 1

    def close(self) -> None:
        self.closed = True


def _outcome(trial: Trial, status: RunStatus, seconds: float, **rest: Any) -> Outcome:
    state = RunState()
    state.status = status
    return Outcome(trial=trial, state=state, seconds=seconds, **rest)


def sound(**handed: Value) -> StepResult:
    """Return a result that hands on these settings."""
    return StepResult(judgement=Judgement.SOUND, said=Said(key="plain"), handed=Handed(settings=handed))


FAULT = StepResult(judgement=Judgement.FAULT, said=Said(key="plain"))


def step(*names: str, then: StepResult | None = None) -> Step:
    """Return a step that runs the trials of these names and comes to ``then``."""

    def run(work: Work) -> StepResult:
        work.trials([Trial(name=name) for name in names])
        return then or sound()

    return run


def look(work: Work) -> StepResult:
    """Step 0."""
    work.look([{}])
    return sound()


@dataclass
class Bench:
    """A guide in a folder, and engines for it: each call of :meth:`run` is another process."""

    folder: Path
    steps: dict[int, Step]
    seconds: dict[str, float] = field(default_factory=dict)
    at: dict[str, Callable[[], object]] = field(default_factory=dict)
    seen: list[Guide] = field(default_factory=list)
    """What the listener was told."""
    runners: list[FakeRunner] = field(default_factory=list)

    @property
    def guide(self) -> Guide:
        """What lies in the folder."""
        return read_guide(self.folder)

    @property
    def began(self) -> list[str]:
        """The trials that were begun, in the order of time."""
        return [name for runner in self.runners for name in runner.began]

    def ask(self, command: str, value: Value = None, **also: Value) -> int:
        """Do what a person does."""
        return control.ask(self.folder, command, value=value, also=also)

    def engine(self, **changes: Any) -> Engine:
        """Return a new engine."""
        time = FakeTime()
        runner = FakeRunner(time, self.folder, self.seconds, self.at, **changes)
        self.runners.append(runner)
        self.last = Engine(self.folder, self.guide, runner, Clock(time), self.steps, self.seen.append)  # type: ignore[arg-type]
        return self.last

    def run(self, **changes: Any) -> Guide:
        """Let an engine work until it ends, and return what lies in the folder then."""
        self.engine(**changes).run()
        return self.guide


def bench(
    root: Path,
    steps: Mapping[int, Step] | None = None,
    keep_going: bool = False,
    task: str = "digits",
    **options: Any,
) -> Bench:
    """Return a guide of the digits whose steps run two trials each, unless told otherwise."""
    usual: dict[int, Step] = {number: step("a", "b") for number in range(1, 7)}
    folder = make_folder(root, "digits", "guide")
    options = {"budget_s": 100.0, **options}
    write_guide(
        folder,
        new_guide(
            name="guide",
            task=task,
            options=Options(**options),
            command=["dltui", "guide", "digits"],
            began=runlogs.START_S,
            keep_going=keep_going,
        ),
    )
    return Bench(folder, {0: look, **usual, **(steps or {})})
