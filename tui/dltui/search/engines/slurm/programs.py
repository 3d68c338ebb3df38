"""Slurm's programs, and what they answer. Nothing else of it is used: they are there wherever jobs can be submitted."""

import os
import re
import subprocess
from collections.abc import Sequence
from shutil import which

from dltui.errors import EngineError
from dltui.text import safe_text

NEEDED = ("sbatch", "squeue", "scancel", "sinfo")
TIMEOUT_S = 60.0
"""Slurm's programs wait for the controller by themselves, some 10 s a try; there is nothing to hope for after this."""
LONGEST_WORDS = 240

_OF_ANOTHER_JOB = re.compile(r"SLURMD?_(?!CONF$|CLUSTERS$)|(SQUEUE|SINFO|SACCT|SCANCEL)_")
"""Variables of a job that the supervisor itself may run in, over which its own jobs would stumble, and those by which a
person has made the lists of these programs their own."""
_NO_ANSWER = re.compile(
    r"unable to contact|socket timed out|connection (refused|reset|timed out)|zero bytes|transport endpoint"
    r"|not responding|temporarily un|unable to (connect|establish)|standby mode|being reconfigured"
    r"|invalid authentication credential|munge encode",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^slurm_\w+( error)?: |^allocation failure: |^(\w+: )?((error|fatal): )?", re.IGNORECASE)
_SAYS_LITTLE = re.compile(r"^(batch job submission failed|allocation failure): ", re.IGNORECASE)


class NoAnswerError(EngineError):
    """Slurm could not be reached. It may be back in a minute, and jobs go on without it."""


def missing_programs() -> list[str]:
    """Return which of Slurm's programs are not on the PATH."""
    return [name for name in NEEDED if which(name) is None]


def ask(words: Sequence[str], text: str = "") -> str:
    """Run one of Slurm's programs with ``text`` as its input, and return what it prints.

    Raises :class:`NoAnswerError` where the controller is not reached, and :class:`EngineError` with Slurm's own words,
    shortened, for everything else.
    """
    try:
        done = subprocess.run(
            words,
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            env=_environment(),
            # Ctrl-C in the terminal is for the supervisor: a submission is not to be torn in the middle.
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswerError(f"{words[0]} had no answer in {TIMEOUT_S:.0f} s") from None
    except OSError as error:
        raise EngineError(f"{words[0]} cannot be run: {error.strerror}.") from error
    if done.returncode == 0:
        return done.stdout
    said = spoken(done.stderr) or f"{words[0]} ended with exit code {done.returncode}"
    if _NO_ANSWER.search(done.stderr):
        raise NoAnswerError(said)
    raise EngineError(said)


def spoken(stderr: str) -> str:
    """Return what a program said went wrong, in one short line that is safe to show; its last words weigh most."""
    lines: list[str] = []
    for line in stderr.splitlines():
        words = _SAYS_LITTLE.sub("", _PREFIX.sub("", safe_text(line.strip()), count=1)).rstrip(". ")
        if words and words.lower() not in (each.lower() for each in lines) and not words.startswith("Try "):
            lines.append(words)
    text = "; ".join(lines[-2:])
    return text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1] + "…"


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not _OF_ANOTHER_JOB.match(name)}
