"""A guide without a terminal: its engine in this process, or one elsewhere that is followed."""

import argparse
import shutil
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from dltui.cli.document import print_json
from dltui.cli.guide import ask_changes
from dltui.cli.guide_json import document
from dltui.cli.guide_lines import GuideLines
from dltui.cli.stopped import stopped_by_signals
from dltui.errors import DltuiError
from dltui.guide.engine.launch import begin, take_up
from dltui.guide.engine.plan import make_engine
from dltui.guide.folder import ENGINE_LOG, is_at_work, read_guide
from dltui.guide.follow import GuideWatch
from dltui.guide.options import Options
from dltui.guide.state import Guide, GuideStatus
from dltui.texts.guide import GuideTexts
from dltui_trainers.errors import TrainerError

DONE, FAILED, STOPPED = 0, 1, 130
LOOK_EVERY_S = 0.1


def run_headless(root: Path, task: str, options: Options | None, folder: Path | None, given: argparse.Namespace) -> int:
    """Work on the guide until it ends, and return the exit code. ``folder``: one to go on with, which takes no options.

    Raises what is wrong with what was given, also where only a look at the data could tell; nothing is left then.
    """
    texts = GuideTexts.load()
    is_new = folder is None
    if folder is None:
        assert options is not None
        folder = begin(root, task, options, given.name, given.keep_going)
    elif options is None:
        ask_changes(folder, given)
    lines = GuideLines(folder, texts)
    listener = (lambda guide: None) if given.json else lines.take
    at_work = is_at_work(folder)
    guide = _follow(folder, listener) if at_work else _work(folder, given.keep_going, listener, is_new)
    if given.json:
        print_json(document(guide, folder, texts))
    else:
        lines.conclude(guide)
    return exit_code(guide)


def exit_code(guide: Guide) -> int:
    """Return 0 if it is done, 1 if it failed or ended at a fault, 130 if it was stopped before its end."""
    if guide.status is GuideStatus.FINISHED:
        return DONE
    halted = any(guide.is_halted_at(each.number) for each in guide.steps)
    return FAILED if halted or guide.status is GuideStatus.FAILED else STOPPED


def _work(folder: Path, keep_going: bool, listener: Callable[[Guide], None], is_new: bool) -> Guide:
    """Be its engine. What fails before any trial is a matter of what was given, and raised."""
    lock = take_up(folder, keep_going)
    engine = make_engine(folder, read_guide(folder), listener)
    try:
        with stopped_by_signals(engine.stop, "the trials"):
            engine.run(lock)
    except (DltuiError, TrainerError) as error:
        if not any(entry.trials for entry in engine.guide.steps):
            if is_new:
                shutil.rmtree(folder, ignore_errors=True)
            raise
        print(f"dltui: {error}", file=sys.stderr, flush=True)
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception:
        with (folder / ENGINE_LOG).open("a") as log:
            traceback.print_exc(file=log)
    return engine.guide


def _follow(folder: Path, listener: Callable[[Guide], None]) -> Guide:
    """Tell of an engine that is at work elsewhere until it ends. Ctrl-C leaves it at work."""
    print("dltui: another process works on it already and is followed; Ctrl-C leaves it at work", file=sys.stderr)
    watch = GuideWatch(folder)
    while True:
        was_at_work = is_at_work(folder)
        seen = watch.look(check_status=False)
        if seen is not None and seen.guide is not None:
            listener(seen.guide)
        if not was_at_work:
            return read_guide(folder)
        time.sleep(LOOK_EVERY_S)
