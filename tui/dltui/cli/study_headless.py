"""A study without a screen: its supervisor in this process, or one elsewhere that is followed."""

import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from dltui.cli.stopped import stopped_by_signals
from dltui.errors import DltuiError
from dltui.search.study.folder import SUPERVISOR_LOG, StudyReader, is_at_work, read_study
from dltui.search.study.study import Study
from dltui.search.supervisor.launch import take_up
from dltui.search.supervisor.searching import TrialsError
from dltui.search.supervisor.supervisor import make_supervisor
from dltui_trainers.errors import TrainerError

DONE, FAILED, STOPPED = 0, 1, 130
LOOK_EVERY_S = 0.2

Listener = Callable[[Study], None]


def work_or_follow(folder: Path, listener: Listener, *, is_new: bool) -> Study:
    """Be the supervisor of the study in ``folder``, or follow the one that is at work; return the study as it ended.

    Raises what is wrong with what was given; of a new study in which nothing was trained, nothing is left then.
    """
    return _follow(folder, listener) if is_at_work(folder) else _work(folder, listener, is_new=is_new)


def exit_code(study: Study) -> int:
    """Return 0 if it is done, 1 if it failed or no trial came to anything, 130 if it was stopped before its end."""
    status = study.supervised.status if study.supervised is not None else "failed"
    if status == "finished":
        return DONE if study.best is not None or not study.trials else FAILED
    return FAILED if status == "failed" else STOPPED


def _work(folder: Path, listener: Listener, *, is_new: bool) -> Study:
    try:
        supervisor = make_supervisor(folder, take_up(folder), listener)
        with stopped_by_signals(supervisor.stop, "the trials"):
            supervisor.run()
    except TrialsError as error:
        print(f"dltui: {error}", file=sys.stderr, flush=True)
    except (DltuiError, TrainerError):
        if is_new and not any(each.newest_run for each in read_study(folder).trials):
            shutil.rmtree(folder, ignore_errors=True)
        raise
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception:
        with (folder / SUPERVISOR_LOG).open("a") as log:
            traceback.print_exc(file=log)
    return read_study(folder)


def _follow(folder: Path, listener: Listener) -> Study:
    """Tell of a supervisor that is at work elsewhere until it ends. Ctrl-C leaves it at work."""
    print("dltui: another process works on it already and is followed; Ctrl-C leaves it at work", file=sys.stderr)
    reader = StudyReader(folder)
    while True:
        was_at_work = is_at_work(folder)
        if reader.read():
            listener(reader.study)
        if not was_at_work:
            return reader.study
        time.sleep(LOOK_EVERY_S)
