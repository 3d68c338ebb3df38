"""Works on one study until it has ended, and hears what a person wants meanwhile."""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from dltui.errors import DltuiError, EngineError, SearchError
from dltui.search.engines.choose import make_engine
from dltui.search.engines.engine import Engine
from dltui.search.methods.method import Pruner
from dltui.search.study.folder import SUPERVISOR_LOG, StudyFile
from dltui.search.study.options import SearchOptions
from dltui.search.study.records import Supervised
from dltui.search.study.study import Study
from dltui.search.supervisor.commands import Inbox
from dltui.search.supervisor.works import Work, work_of
from dltui.search.trials.desk import TrialDesk
from dltui.search.trials.trials import BudgetSpentError, StopAskedError
from dltui_trainers.errors import TrainerError
from dltui_trainers.worker import sentence

PAUSE_S = 0.1
TOUCH_EVERY_S = 10.0
BUDGET = "budget"
"""Why trials are pruned that are at work when the time is over."""

Status = Literal["running", "paused", "finished", "stopped", "failed"]
Listener = Callable[[Study], None]
"""Is told again and again how the study stands, once it has changed."""


class Supervisor:
    """Works on the study that ``file`` holds, with ``engine``; ``work`` asks for its trials."""

    def __init__(
        self,
        file: StudyFile,
        engine: Engine,
        work: Work,
        *,
        pruner: Pruner | None = None,
        listener: Listener = lambda study: None,
    ) -> None:
        options = file.study.options
        self._file = file
        self._engine = engine
        self._work = work
        self._pruner = pruner
        self._by_diagnosis = options.prune_by_diagnosis if isinstance(options, SearchOptions) else True
        self._workers = options.workers if isinstance(options, SearchOptions) else 0
        self._listener = listener
        self._told = -1
        self._touched_s = 0.0
        self._is_paused = False
        self._is_stopping = False
        self._desk: TrialDesk | None = None
        self._inbox = Inbox(file, self._prune)

    @property
    def study(self) -> Study:
        """The study as it stands."""
        return self._file.study

    def stop(self) -> None:
        """Let it end soon, so that it can be gone on with. A signal may call this."""
        self._is_stopping = True

    def run(self) -> Study:
        """Work until the study has ended, and return it. Its file and its lock are given back then.

        Raises :class:`DltuiError` and :class:`TrainerError`, and whatever else goes wrong; the study tells it as well.
        """
        try:
            self._finish(self._worked())
        except (KeyboardInterrupt, BrokenPipeError):  # who listens is gone, or does not want to wait
            self._finish("stopped")
            raise
        except (DltuiError, TrainerError) as error:
            self._fail(str(error))
            raise
        except Exception as error:
            self._fail(f"{sentence(error)} ({SUPERVISOR_LOG} tells where)")
            raise
        finally:
            self._engine.close()
            self._file.close()
        return self.study

    def _worked(self) -> Status:
        self._note("running")
        self._engine.start()
        self._desk = desk = TrialDesk(
            self._file,
            self._engine,
            pruner=self._pruner,
            prune_by_diagnosis=self._by_diagnosis,
            workers=self._workers,
            listen=self._listen,
        )
        desk.take_up()
        self._hear(at_once=True)  # what was asked for while nobody was there, as more trials, holds from the beginning
        try:
            self._work(desk)
        except StopAskedError:
            desk.halt()
            return "stopped"
        except BudgetSpentError:
            for ended in desk.prune_all(BUDGET):
                desk.tell(ended)
        return "finished"

    def _fail(self, error: str) -> None:
        """Nothing that can still go wrong may hide what went wrong."""
        with contextlib.suppress(EngineError, SearchError):
            if self._desk is not None:
                self._desk.halt()
        with contextlib.suppress(SearchError):
            self._note("failed", error)
        if self._desk is not None:
            self._tell()

    def _finish(self, status: Status) -> None:
        self._note(status)
        self._tell()

    def _note(self, status: Status, error: str = "") -> None:
        is_open = status in ("running", "paused")
        self._file.append(
            Supervised(
                time=time.time(),
                status=status,
                host=socket.gethostname() if is_open else "",
                pid=os.getpid() if is_open else 0,
                error=error,
            )
        )

    def _listen(self) -> None:
        """Do what has been asked for. Raises :class:`StopAskedError` and :class:`BudgetSpentError`."""
        self._hear()
        if self._is_paused:
            self._stand_still()
        self._tell()
        self._touch()
        if self._is_stopping:
            raise StopAskedError
        if self._is_time_up:
            raise BudgetSpentError

    def _hear(self, *, at_once: bool = False) -> None:
        for command in self._inbox.take(at_once=at_once):
            match command:
                case "stop":
                    self._is_stopping = True
                case "pause":
                    self._is_paused = True
                case "resume":
                    self._is_paused = False

    def _stand_still(self) -> None:
        """Wait until somebody lets it go on, or wants it to stop."""
        assert self._desk is not None
        self._note("paused")
        while self._is_paused and not self._is_stopping:
            self._desk.pause()
            self._tell()
            self._touch()
            time.sleep(PAUSE_S)
            self._hear(at_once=True)
        self._is_paused = False
        self._note("running")
        self._desk.resume()

    @property
    def _is_time_up(self) -> bool:
        study = self.study
        return bool(study.budget_s) and study.worked_s + time.time() - study.told_s >= study.budget_s

    def _prune(self, number: int, why: str) -> bool:
        return self._desk is not None and self._desk.prune(number, why)

    def _tell(self) -> None:
        if self._told != self._file.written:
            self._told = self._file.written
            self._listener(self.study)

    def _touch(self) -> None:
        now = time.monotonic()
        if now - self._touched_s >= TOUCH_EVERY_S:
            self._touched_s = now
            self._file.touch()


def make_supervisor(folder: Path, lock: int, listener: Listener = lambda study: None) -> Supervisor:
    """Return a supervisor for the study in ``folder`` with the engine that it names; ``lock``: of the study, taken.

    Raises :class:`SearchError` and :class:`EngineError`; the lock is given back then.
    """
    file = None
    try:
        file = StudyFile(folder, lock)
        begun, options = file.study.begun, file.study.options
        assert begun is not None
        workers = options.workers if isinstance(options, SearchOptions) else 1
        engine = make_engine(options.engine, folder, options.resources, workers)
        return Supervisor(file, engine, work_of(begun), pruner=_pruner(options), listener=listener)
    except BaseException:
        if file is not None:
            file.close()
        else:
            os.close(lock)
        raise


def _pruner(options: object) -> Pruner | None:
    if not isinstance(options, SearchOptions) or options.pruner == "none":
        return None
    from dltui.search.methods.choose import make_pruner

    return make_pruner(options)
