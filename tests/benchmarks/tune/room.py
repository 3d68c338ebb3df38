"""The trials of a match: run one after the other in this process, with the study in memory."""

import math
import time
from pathlib import Path

from benchmarks.tune.training import Training, best_loss, curves, trained
from dltui.search.study.options import SearchOptions, TuneOptions
from dltui.search.study.records import Asked, Begun, Told
from dltui.search.study.study import Study
from dltui.search.trials.trials import Ended, Request
from dltui_trainers.configure import as_text


class Room:
    """A :class:`dltui.search.trials.trials.Trials` whose trainings lie in ``place``. ``given``: settings of all."""

    def __init__(self, task: str, given: dict[str, str], options: TuneOptions | SearchOptions, place: Path) -> None:
        self._task, self._given, self._place = task, given, place
        self._study = Study()
        tuning, search = (options, None) if isinstance(options, TuneOptions) else (None, options)
        self._study.take(Begun(name="match", task=task, time=0.0, command=[], tuning=tuning, search=search))
        self._folders: dict[int, Path] = {}
        self._begun: list[int] = []

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self._study

    @property
    def free(self) -> int:
        """How many trials may be begun now."""
        return 0 if self._begun else 1

    @property
    def folder(self) -> Path:
        """Where all trainings lie."""
        return self._place

    def begin(self, request: Request) -> int:
        """Note the trial; it is trained when somebody waits for it."""
        number = len(self._study.trials)
        asked = Asked(
            number=number,
            time=time.time(),
            settings=dict(request.settings),
            parent=request.parent,
            at_step=request.at_step,
            change=request.change,
            symptom=request.symptom,
            why=request.why,
        )
        self._study.take(asked)
        self._begun.append(number)
        return number

    def poll(self, wait_s: float) -> list[Ended]:
        """Train what was begun."""
        return [self._train(self._begun.pop(0)) for _ in range(len(self._begun))]

    def tell(self, ended: Ended, *, outcome: str = "", kept: bool = False) -> None:
        """Write what came of a trial."""
        told = Told(
            number=ended.trial.number,
            time=time.time(),
            state="complete" if ended.value is not None else "failed",
            value=ended.value,
            run=ended.runs[0],
            outcome=outcome,
            kept=kept,
        )
        self._study.take(told)

    def _train(self, number: int) -> Ended:
        trial = self._study.trials[number]
        settings = self._given | {name: as_text(value) for name, value in trial.settings.items()}
        origin = self._folders[trial.parent] if trial.at_step is not None and trial.parent is not None else None
        wanted = Training(task=self._task, settings=settings, origin=origin, step=trial.at_step)
        folder = self._folders[number] = trained(wanted, self._place)
        state = curves(folder)
        loss = best_loss(state)
        value = loss if math.isfinite(loss) else None
        return Ended(trial=trial, states=[state], runs=[folder.name], seconds=0.0, value=value)
