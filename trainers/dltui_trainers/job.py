"""One training of a search as a process: ``python -m dltui_trainers.job STUDY/jobs/NAME.json``.

The command is the same at every time and on every machine that sees the folder of the study. It begins the training, or
goes on from the last checkpoint where something has cut it short; it waits where another copy of it is at work, and
does nothing where the training has ended. Exit code: 0 finished or stopped, or there was nothing to do; 1 failed, or
cut short too often; 2 asked for something that cannot be. What the training came to, its log tells.
"""

import argparse
import errno
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from dltui_trainers.attempts import has_kept_its_state, is_done, is_final, newest_checkpoint, wait_until_left, write_end
from dltui_trainers.errors import AttemptsError, JobError, RunFolderError, TrainerError
from dltui_trainers.job_spec import JOBS, JobSpec, attempt_name, attempts_in
from dltui_trainers.origin import Origin
from dltui_trainers.output import by_lines, say, write_to
from dltui_trainers.runlog import CHECKPOINTS, STDOUT
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED, Order, leave, work
from dltui_trainers.writer import RunWriter

SPEC_LIMIT = 1 << 20
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY)
_decoder = msgspec.json.Decoder(JobSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be trained, under which name, in the folder of which study."""

    study: Path
    name: str
    spec: JobSpec

    @property
    def lock(self) -> Path:
        """The file that the one process which works on the job has locked."""
        return self.study / JOBS / f"{self.name}.lock"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one job; return the exit code."""
    by_lines()
    parser = argparse.ArgumentParser(prog="python -m dltui_trainers.job", description="Do one training of a search.")
    parser.add_argument("spec", type=Path, metavar="STUDY/jobs/NAME.json", help="what to train")
    return run(parser.parse_args(arguments).spec)


def run(path: Path) -> int:
    """Do the job whose spec is in the file ``path``; return the exit code."""
    try:
        job = read_job(path)
        with _alone_with(job):
            begun = _begin(job)
            return DONE if begun is None else train(*begun)
    except AttemptsError as error:
        say(str(error))
        return FAILED
    except TrainerError as error:
        say(str(error))
        return BAD_USAGE


def train(order: Order, writer: RunWriter) -> int:
    """Run the training of ``order`` into its open log, and return the exit code."""
    write_to(order.folder / STDOUT)
    return work(order, writer)


def read_job(path: Path) -> Job:
    """Return the job whose spec is in the file ``path``. Raises :class:`JobError`."""
    try:
        content = _read(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise JobError(f"The job {str(path)!r} cannot be read: {reason}.") from error
    path = path.absolute()
    try:
        spec = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise JobError(f"{path} is torn, or is no job of a search: {error}.") from error
    _check(path, spec)
    return Job(study=path.parent.parent, name=path.stem, spec=spec)


def _check(path: Path, spec: JobSpec) -> None:
    if path.parent.name != JOBS or not path.stem:
        raise JobError(f"{path} is not in the folder '{JOBS}' of a search, beside which its runs would be.")
    if spec.attempts < 1 or spec.processes < 1:
        raise JobError(f"{path} wants {spec.attempts} attempts of {spec.processes} processes: at least one of each.")
    if spec.origin and (spec.origin != Path(spec.origin).name or spec.origin == ".." or "\0" in spec.origin):
        raise JobError(f"{path} wants to start from {spec.origin!r}, which is not the name of a run beside its own.")
    if spec.step is not None and not spec.origin:
        raise JobError(f"{path} wants to start from step {spec.step}, but not of which run.")


def _read(path: Path) -> bytes:
    """The content of a regular file: a pipe would be waited for. Raises ``OSError``."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return file.read(SPEC_LIMIT)


@contextmanager
def _alone_with(job: Job) -> Iterator[None]:
    """Wait until no other process works on the job; from then on this one alone does."""
    try:
        fd = os.open(job.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RunFolderError(f"{job.lock} cannot be written: {error.strerror}.") from error
    try:
        _take(fd, job)
        yield
    finally:
        os.close(fd)


def _take(fd: int, job: Job) -> None:
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another process is at work on {job.name}: waiting for its end")
            fcntl.flock(fd, fcntl.LOCK_EX)
    except OSError as error:
        # Some network file systems have no locks. That the log does not grow must do; see wait_until_left.
        say(f"warning: {job.lock} cannot be locked ({error.strerror})")


def _begin(job: Job) -> tuple[Order, RunWriter] | None:
    """Return the next attempt with its open log; None where the training has ended."""
    while True:
        order = _next_order(job)
        if order is None:
            say(f"{job.name} has ended: there is nothing to do")
            return None
        writer = _make_run(order.folder)
        if writer is not None:
            return order, writer


def _next_order(job: Job) -> Order | None:
    """Return what the next attempt is to train; None where there shall be none. Raises :class:`AttemptsError`."""
    attempts = attempts_in(job.study, job.name)
    if attempts:
        wait_until_left(attempts[-1])
        if is_final(attempts[-1]):
            return None
    order = _continued(job, attempts) if attempts else _from_its_start(job)
    killed = sum(not has_kept_its_state(each) for each in attempts)
    if order is not None and killed >= job.spec.attempts:
        raise AttemptsError(
            f"{job.name} was cut short {killed} times, which is as often as it may be begun; what it has come to"
            f" is in {attempts[-1]}."
        )
    return order


def _continued(job: Job, attempts: Sequence[Path]) -> Order | None:
    """Go on from the newest checkpoint of all attempts, and from nothing where none has come so far."""
    for folder in reversed(attempts):
        found = newest_checkpoint(folder)
        if found is None:
            continue
        at, kept = found
        if is_done(kept):
            _tell_as_finished(attempts[-1], kept.step)
            return None
        origin = Origin(folder=folder, step=at)
        return _order(job, len(attempts) + 1, {}, origin)
    return _from_its_start(job, len(attempts) + 1)


def _tell_as_finished(folder: Path, step: int) -> None:
    """It was cut short between its last step and its last record: let everybody see that nothing is left to do."""
    try:
        write_end(folder, step)
    except OSError as error:
        raise RunFolderError(f"The end of {folder} cannot be written: {error.strerror}.") from error


def _from_its_start(job: Job, attempt: int = 1) -> Order:
    spec = job.spec
    origin = Origin(folder=job.study / spec.origin, step=spec.step) if spec.origin else None
    return _order(job, attempt, spec.settings, origin)


def _order(job: Job, attempt: int, settings: dict[str, str], origin: Origin | None) -> Order:
    return Order(
        folder=job.study / attempt_name(job.name, attempt),
        task=job.spec.task,
        settings=settings,
        origin=origin,
        command=job.spec.command,
        processes=job.spec.processes,
    )


def _make_run(folder: Path) -> RunWriter | None:
    """Make the new ``folder`` of a run and return its open log; None where somebody has just made that folder.

    At no time does the run look like one that was killed: the folder appears with its log, which is locked already.
    Raises :class:`RunFolderError`.
    """
    hidden = None
    try:
        hidden = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        (hidden / CHECKPOINTS).mkdir(mode=0o700)
        writer = RunWriter.create(hidden)
        os.rename(hidden, folder)
    except (OSError, TrainerError) as error:
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)
        if isinstance(error, OSError) and error.errno in _TAKEN:
            return None
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise RunFolderError(f"The folder {folder} cannot be made: {reason}.") from error
    writer.folder = folder
    return writer


if __name__ == "__main__":
    leave(main())
