"""Runs the trials of a study on an engine, and writes into the study what becomes of them.

The order of what is written is such that a kill at any moment loses nothing: a trial is in the study before any of its
jobs is made, a job's file is there before the engine has it, and its handle is written at once. What a training came to
its folder alone tells, so a trial that ended while nobody was there is told when somebody is.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from dltui.search.engines.engine import Engine, JobState, JobStatus
from dltui.search.methods.method import Pruner
from dltui.search.study.file import StudyFile
from dltui.search.study.records import Asked
from dltui.search.study.study import Study, TrialEntry
from dltui.search.trials.fault import is_past_its_best
from dltui.search.trials.following import Following
from dltui.search.trials.halting import Halting
from dltui.search.trials.jobs import jobs_of, seeds_of, spec_of
from dltui.search.trials.judge import Judge
from dltui.search.trials.objective import check_metric
from dltui.search.trials.outcome import ended_trial, told_of
from dltui.search.trials.patient import PatientEngine
from dltui.search.trials.reporter import Reporter
from dltui.search.trials.submitter import Submitter
from dltui.search.trials.training import Training
from dltui.search.trials.trials import Ended, Request
from dltui_trainers.job_spec import JOBS

STOP_GRACE_S = 30.0
"""A training that was asked to stop ends after its current step; one that does not in this time is cancelled."""
SETTLE_S = 5.0
"""On a cluster the end of a log may be seen here later than the end of its process."""
LOOK_EVERY_S = 0.1


class TrialDesk:
    """The trials of the study that ``file`` holds; see :class:`dltui.search.trials.trials.Trials`.

    ``workers``: trainings at a time, 0: as many as ``engine`` suggests. ``listen`` is called in each :meth:`poll`, and
    may raise to leave it. :meth:`take_up` comes before anything else.
    """

    def __init__(
        self,
        file: StudyFile,
        engine: Engine,
        *,
        pruner: Pruner | None = None,
        prune_by_diagnosis: bool = True,
        workers: int = 0,
        listen: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file
        self._engine = PatientEngine(engine, clock)
        self._judge = Judge(pruner, prune_by_diagnosis, clock)
        self._reporter = Reporter(file, clock)
        self._submitter = Submitter(file, self._engine)
        self._slots = workers or engine.slots
        self._listen = listen
        self._clock = clock
        self._at_work: dict[int, list[Training]] = {}
        self._handed: set[int] = set()
        self._paused = False
        self._knows_metric = any(each.value is not None for each in self.study.trials)

    @property
    def folder(self) -> Path:
        """The folder of the study."""
        return self._file.folder

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self._file.study

    @property
    def free(self) -> int:
        """How many trials may be begun now. What waits for room, as the second seed of a trial, comes first."""
        return 0 if self._paused else max(0, self._slots - len(self._under_way()))

    def take_up(self) -> None:
        """Go on with the trials that are chosen and not told."""
        for trial in self.study.trials:
            if not trial.state.has_ended:
                jobs = jobs_of(trial.number, seeds_of(self.study))
                self._at_work[trial.number] = [self._training(trial, *each) for each in jobs]
        for each in self._under_way():
            each.look(self._clock())
            each.had, each.saved_before = each.following.attempts, each.following.saved
            if each.following.state.paused:  # who paused it was killed
                each.ask("resume")

    def begin(self, request: Request) -> int:
        """Begin a trial and return its number."""
        number = len(self.study.trials)
        asked = Asked(
            number=number,
            time=time.time(),
            settings=dict(request.settings),
            parent=request.parent,
            at_step=request.at_step,
            change=dict(request.change),
            symptom=request.symptom,
            why=request.why,
        )
        self._file.append(asked)
        trial = self.study.trials[number]
        self._at_work[number] = [self._training(trial, *each) for each in jobs_of(number, request.seeds)]
        self._submit_waiting()
        return number

    def poll(self, wait_s: float) -> list[Ended]:
        """Look after the trials at work; return those that have ended, each once."""
        self._listen()
        self._submit_waiting()
        self._ask_engine(wait_s)
        for each in self._under_way():
            self._look_after(each)
        for number in self._at_work:
            self._prune_hopeless(number)
        for each in self._trainings():
            self._report(each)
        return list(self._ended())

    def tell(self, ended: Ended, *, outcome: str = "", kept: bool = False) -> None:
        """Write what a trial came to."""
        self._file.append(told_of(ended, self.study.objective, outcome=outcome, kept=kept))
        self._at_work.pop(ended.trial.number, None)
        self._handed.discard(ended.trial.number)

    def prune(self, number: int, why: str) -> bool:
        """Let a trial stop for good; return whether it was at work."""
        under_way = [each for each in self._at_work.get(number, ()) if not each.is_over]
        for each in under_way:
            each.prune(why, self._clock())
        return bool(under_way)

    def prune_all(self, why: str, grace_s: float = STOP_GRACE_S) -> list[Ended]:
        """Let all trials at work stop for good, and return them when they have."""
        for number in self._at_work:
            self.prune(number, why)
        found: list[Ended] = []
        until = self._clock() + 2 * grace_s
        while self._under_way() and self._clock() < until:
            self._ask_engine(LOOK_EVERY_S)
            for each in self._under_way():
                self._look_after(each)
                self._report(each)
        found.extend(self._ended())
        return found

    def pause(self) -> None:
        """Let the trainings stand still. Called again while they do, for those that had not begun."""
        self._paused = True
        for each in self._under_way():
            each.look(self._clock())
            if not each.paused and each.following.run:
                each.paused = True
                each.ask("pause")

    def resume(self) -> None:
        """Let them go on."""
        self._paused = False
        for each in self._under_way():
            if each.paused:
                each.paused = False
                each.ask("resume")

    def halt(self, grace_s: float = STOP_GRACE_S) -> None:
        """Let all that is under way end so that it can be gone on with later; return when it has, or is cancelled."""
        halting = Halting(self._engine, self._clock() + grace_s)
        while rest := [each for each in self._under_way() if each.handle]:
            now = self._clock()
            halting.press(rest, now)
            self._ask_engine(LOOK_EVERY_S)
            for each in rest:
                each.look(now)
                each.is_over = each.is_gone or halting.is_late(now)
        for each in self._trainings():
            self._report(each, at_once=True)

    def _trainings(self) -> Iterator[Training]:
        for trainings in self._at_work.values():
            yield from trainings

    def _under_way(self) -> list[Training]:
        return [each for each in self._trainings() if not each.is_over]

    def _training(self, trial: TrialEntry, job: str, seed: int) -> Training:
        entry = trial.jobs.get(job)
        training = Training(
            trial=trial.number,
            name=job,
            seed=seed,
            spec=spec_of(self.study, trial, seed),
            output=self._file.folder / JOBS / f"{job}.out",
            following=Following(self._file.folder, job, self.study.objective.metric),
            handle=entry.handle if entry is not None else "",
        )
        if entry is not None and entry.points:
            training.reported_x = entry.points[-1][0]
        return training

    def _submit_waiting(self) -> None:
        """Give the engine what it does not have yet, as far as there is room."""
        waiting = [each for each in self._under_way() if not each.handle and not each.pruned_by]
        if not waiting or self._paused:
            return
        room = self._slots - sum(1 for each in self._under_way() if each.handle)
        for each in waiting[: max(0, room)]:
            if not each.has_ended and not self._submitter.submit(each):
                return

    def _ask_engine(self, wait_s: float) -> None:
        """Have the engine tell how the jobs stand."""
        known = {each.handle: each for each in self._under_way() if each.handle}
        found = self._engine.poll(list(known), wait_s)
        if found is not None:
            for handle, each in known.items():
                each.status = found.get(handle, JobStatus(state=JobState.LOST))

    def _look_after(self, training: Training) -> None:
        """Read on, and see whether it is over, or has to be begun again."""
        now = self._clock()
        news = training.look(now)
        if news or training.is_gone or not training.handle:
            self._check_metric(training)
            if training.has_ended:
                training.finish()
                return
        training.gone_s = (now if training.gone_s is None else training.gone_s) if training.is_gone else None
        if training.asked_s is not None:
            self._press(training, now - training.asked_s)
        elif training.gone_s is not None and now - training.gone_s >= self._settle_s:
            self._begin_again(training)

    @property
    def _settle_s(self) -> float:
        return 0.0 if self._engine.is_local else SETTLE_S

    def _press(self, training: Training, since_s: float) -> None:
        """See that it stops which is to: it has, if it is dead, and it is cancelled if it does not hear."""
        if training.is_gone or not training.handle:
            training.finish()
            return
        training.press()
        overdue = training.status.state is JobState.QUEUED or since_s > STOP_GRACE_S
        if overdue and training.cancelled != training.handle:
            self._engine.cancel(training.handle)
            training.cancelled = training.handle

    def _begin_again(self, training: Training) -> None:
        """It was killed, preempted or lost."""
        if why := training.stopped_for_good():
            training.pruned_by = why
            training.finish()
        elif training.cut_short >= self.study.options.attempts:
            training.is_over, training.error = True, training.gave_up()
        else:
            training.let_go()
            self._report(training, at_once=True)

    def _check_metric(self, training: Training) -> None:
        self._knows_metric = self._knows_metric or bool(training.following.measured)
        if not self._knows_metric:
            check_metric(training.following.state, training.following.run, self.study.objective)

    def _prune_hopeless(self, number: int) -> None:
        """Stop a trial that is not worth its time, also if only one of its seeds shows that."""
        for each in self._at_work[number]:
            if each.is_over:
                if each.error or (each.pruned_by and not is_past_its_best(each.pruned_by)):
                    self.prune(number, each.pruned_by or "failed")
            elif each.asked_s is None and each.following.state.end is None:
                self._stop_for(each, self._judge.examined(each, self.study))

    def _report(self, training: Training, *, at_once: bool = False) -> None:
        has_news = self._reporter.report(training, at_once=at_once or training.is_over)
        if has_news and not training.is_over and training.asked_s is None:
            self._stop_for(training, self._judge.compared(training, self.study))

    def _stop_for(self, training: Training, why: str) -> None:
        if is_past_its_best(why):
            training.prune(why, self._clock())
        elif why:
            self.prune(training.trial, why)

    def _ended(self) -> Iterator[Ended]:
        for number, trainings in self._at_work.items():
            if number not in self._handed and all(each.is_over for each in trainings):
                self._handed.add(number)
                yield ended_trial(self.study.trials[number], trainings, self.study.objective)
