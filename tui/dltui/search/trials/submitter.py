"""Gives jobs to the engine: the job's file first, then the engine, then the handle into the study."""

import time

import msgspec

from dltui.errors import SearchError
from dltui.search.engines.engine import Job
from dltui.search.study.file import StudyFile
from dltui.search.study.records import Submitted
from dltui.search.trials.patient import PatientEngine
from dltui.search.trials.training import Training
from dltui_trainers.atomic import write_whole
from dltui_trainers.job_spec import JOBS


class Submitter:
    """Submits the trainings of the study that ``file`` holds to ``engine``."""

    def __init__(self, file: StudyFile, engine: PatientEngine) -> None:
        self._file = file
        self._engine = engine

    def submit(self, training: Training) -> bool:
        """Give a training to the engine; return whether it took it.

        Attempts from before the study was taken up do not count. Raises :class:`SearchError` for a full disk, and
        :class:`EngineError`.
        """
        options, path = self._file.study.options, self._file.folder / JOBS / f"{training.name}.json"
        spec = msgspec.structs.replace(training.spec, attempts=training.had + options.attempts)
        try:
            write_whole(path, msgspec.json.encode(spec))
        except OSError as error:
            raise SearchError(f"Cannot write to {path.parent}: {error.strerror}. Mend that and go on.") from error
        job = Job(name=training.name, spec=path, output=training.output, resources=options.resources)
        handle = self._engine.submit(job)
        if handle is None:
            return False
        training.submitted(handle)
        self._file.append(
            Submitted(trial=training.trial, job=training.name, seed=training.seed, time=time.time(), handle=handle)
        )
        return True
