"""``dltui replay``: a training again from its beginning, on the run screen; without a terminal, when it said what."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING

from dltui.cli.options import a_step, add_log_options, given_in, log_options, make_parser
from dltui.diagnosis.finding import Symptom
from dltui.errors import LogFormatError
from dltui.formats.find import find_log
from dltui.formatting import count, time_of
from dltui.log_options import LogOptions
from dltui.paths import runs_folder
from dltui.terminal import require_terminal
from dltui.text import safe_text

if TYPE_CHECKING:
    from dltui.diagnosis.timeline import Moment
    from dltui.replay.player import ReplayStart
    from dltui.texts import Texts

SLOWEST, FASTEST = 0.1, 1000.0

_DESCRIPTION = """\
Play a training again on the run screen, with everything as it was said then, and see when each finding came and went.
LOG is the name or the folder of a run, or another program's log. Without a terminal the findings are printed."""
_EPILOG = """\
  dltui replay samples/overfitting
  dltui replay results.csv --by steps --speed 100
  dltui replay samples/overfitting --at 700       # what was said at step 700
"""


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui replay", _DESCRIPTION, _EPILOG)
    parser.add_argument("log", metavar="LOG", help="a run's name or folder, or a log file")
    parser.add_argument(
        "--speed", type=_a_speed, metavar="X", help="0.1 to 1000 (default: the whole run in about half a minute)"
    )
    parser.add_argument("--at", type=a_step, metavar="STEP", help="begin at that step, and wait there")
    parser.add_argument(
        "--by",
        choices=("time", "steps"),
        help="play by recorded time (default, where the log tells it) or by steps, at an even pace",
    )
    add_log_options(parser)
    given = given_in(parser, words)
    options = log_options(given)

    def call() -> int:
        return replay(given.log, given.runs, by=given.by, speed=given.speed, at_step=given.at, options=options)

    return call


def replay(
    log: str, runs: str | None, *, by: str | None, speed: float | None, at_step: float | None, options: LogOptions
) -> int:
    """Open the replay, or print its timeline where there is no terminal; return the exit code.

    Raises :class:`~dltui.errors.DltuiError` for a log that cannot be read, or that has no times to play it by.
    """
    # here, so that wrong words are refused without waiting for numpy
    from dltui.replay.player import Player, ReplayStart
    from dltui.replay.recording import Ruler
    from dltui.services import Services

    root = runs_folder(runs)
    path = find_log(root, log)
    recording = Services(root, options).recording(path)
    if not recording.total:
        raise LogFormatError(f"There is nothing to replay in {safe_text(log)}: it tells no loss yet.")
    start = ReplayStart(recording=recording, by=Ruler(by) if by else None, speed=speed, at_step=at_step)
    Player(recording, start)  # refuses what cannot be, before the screen is taken
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return _print(log, start)
    require_terminal("send the output to a file, and the findings are printed")
    from dltui.app import run_app

    return run_app(root, opened=path, options=options, replay=start)


def _a_speed(text: str) -> float:
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = float("nan")
    if not SLOWEST <= speed <= FASTEST:
        raise argparse.ArgumentTypeError(f"'{text}' is not a speed; take one from {SLOWEST:g} to {FASTEST:g}")
    return speed


def _print(log: str, start: "ReplayStart") -> int:
    """Print when each finding came and went; with a step, only until then."""
    from dltui.diagnosis.timeline import judge_all
    from dltui.texts import Texts

    recording, texts = start.recording, Texts.load()
    assert recording is not None
    timeline = judge_all(recording)
    until = recording.total if start.at_step is None else recording.at_step(start.at_step)
    changes = [moment for moment in timeline.changes if moment.rows <= until]
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # where the output cannot carry a word, the rest still comes
    print(safe_text(log))
    for before, moment in zip([None, *changes], changes, strict=False):
        where = _where(moment, timeline.moments[-1].elapsed_s if recording.has_times else 0.0)
        for said in _said(before, moment, texts):
            print(f"{where}  {safe_text(said)}", flush=True)
    return 0


def _where(moment: "Moment", whole_s: float) -> str:
    epoch = f"epoch {moment.epoch:<6.4g}" if moment.epoch == moment.epoch else ""
    elapsed = f"{time_of(moment.elapsed_s, whole_s):>8}" if whole_s else ""
    return f"  step {count(moment.step):>9}  {epoch}{elapsed}"


def _said(before: "Moment | None", moment: "Moment", texts: "Texts") -> Iterator[str]:
    """What is said at a moment that was not said before, and what no longer."""
    if before is None or before.verdict is not moment.verdict:
        yield texts.ui("verdict_is", verdict=texts.verdict(moment.verdict))
    earlier = before.found if before else {}
    for symptom, severity in moment.found.items():
        if symptom is Symptom.GOOD_FIT:
            continue  # the verdict has told it
        key = "found_came" if symptom not in earlier else "found_is_now"
        if earlier.get(symptom) is not severity:
            yield texts.ui(key, symptom=texts.symptom(symptom), severity=texts.severity(severity))
    for symptom in earlier:
        if symptom not in moment.found and symptom is not Symptom.GOOD_FIT:
            yield texts.ui("found_went", symptom=texts.symptom(symptom))
