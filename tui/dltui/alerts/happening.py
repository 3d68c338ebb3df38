"""What is worth telling somebody who is not looking: a training ended, fell silent, or is judged otherwise than before.

Pure: it compares what a list says now with what it said before.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from dltui.catalog.summary import OWN, RunSummary
from dltui.formatting import UNKNOWN, count, known
from dltui.runs.status import RunStatus


class HappeningKind(StrEnum):
    """What happened."""

    ENDED = "ended"
    STALLED = "stalled"
    VERDICT = "verdict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to a run. ``verdict_before``: what it was judged until now."""

    kind: HappeningKind
    run: RunSummary
    verdict_before: str

    @property
    def sentence(self) -> str:
        """What happened, in one sentence. The run's name is as its log has it, not made safe for a terminal."""
        run = self.run
        match self.kind:
            case HappeningKind.ENDED:
                return f"{run.name} {_ended(run)}"
            case HappeningKind.STALLED:
                return f"{run.name} has fallen silent at {_where(run)}: it stands still, or is over"
            case HappeningKind.VERDICT:
                return (
                    f"{run.name} is judged {_word(run.verdict)} now, not {_word(self.verdict_before)}: {_losses(run)}"
                )


MOST_WAITS = 10
"""So many looks an end is held back until the last of the log is read: then the numbers that are told are its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was known of a run. ``doubted``: a verdict that came once, at the judgement of that number."""

    status: RunStatus
    was_alive: bool
    verdict: str
    doubted: str = ""
    judged: int = 0
    waited: int = 0


class Happenings:
    """Told the list again and again, it says what happened in between. What was so at the first look is no news.

    A run of ours that began at ``since_s`` (Unix seconds) or later is news from its beginning: it may be over before
    anybody has looked.
    """

    def __init__(self, since_s: float = math.inf) -> None:
        self._since_s = since_s
        self._seen: dict[Path, _Seen] = {}

    def look(self, runs: Iterable[RunSummary], is_last: bool = False) -> tuple[Happening, ...]:
        """Return what happened since the last look, as the list stands now; at the last look nothing is held back."""
        return tuple(happening for run in runs for happening in self._look_at(run, is_last))

    def _look_at(self, run: RunSummary, is_last: bool) -> Iterator[Happening]:
        before = self._seen.get(run.folder)
        if before is None and run.format == OWN and run.began >= self._since_s:
            before = _Seen(status=RunStatus.STARTING, was_alive=True, verdict="")
        if before is None:
            self._seen[run.folder] = _Seen(status=run.status, was_alive=run.status.alive, verdict=run.verdict)
            return
        kind = _change(before, run.status)
        if kind is not None and not run.is_current and before.waited < MOST_WAITS and not is_last:
            self._seen[run.folder] = replace(before, waited=before.waited + 1)  # its end is to be read first
            return
        now = replace(before, status=run.status, was_alive=before.was_alive or run.status.alive, waited=0)
        if kind is HappeningKind.ENDED:
            now = replace(now, was_alive=False)
        now, is_other = _judged(now, run)
        self._seen[run.folder] = now
        if kind is not None:
            yield Happening(kind=kind, run=run, verdict_before=before.verdict)
        if is_other:
            yield Happening(kind=HappeningKind.VERDICT, run=run, verdict_before=before.verdict)


def _change(before: _Seen, status: RunStatus) -> HappeningKind | None:
    if status is RunStatus.QUIET:
        return HappeningKind.STALLED if before.status.alive else None
    return HappeningKind.ENDED if before.was_alive and not status.alive else None


def _judged(seen: _Seen, run: RunSummary) -> tuple[_Seen, bool]:
    """The verdict as it holds now, and whether it is another one than before.

    A verdict may flicker at a border: another one counts when two judgements agree, or when nothing more will come.
    """
    if not seen.verdict or run.verdict in ("", seen.verdict):
        return replace(seen, verdict=seen.verdict or run.verdict, doubted=""), False
    again = seen.doubted == run.verdict and run.judged > seen.judged
    if again or not run.status.alive:
        return replace(seen, verdict=run.verdict, doubted=""), True
    if seen.doubted != run.verdict:
        return replace(seen, doubted=run.verdict, judged=run.judged), False
    return seen, False


def _ended(run: RunSummary) -> str:
    if run.status is RunStatus.FAILED:
        return f"failed at {_where(run)}" + (f": {run.error}" if run.error else "")
    word = {RunStatus.KILLED: "was killed", RunStatus.STOPPED: "was stopped"}.get(run.status, "has finished")
    return f"{word} at {_where(run)}: {_losses(run)}"


def _where(run: RunSummary) -> str:
    return f"epoch {run.epoch:.4g}" if run.epoch == run.epoch and run.epoch else f"step {count(run.step)}"


def _losses(run: RunSummary) -> str:
    told = (("train", run.train_loss), ("val", run.val_loss), ("best val", run.best_val_loss))
    return ", ".join(f"{name} {known(value)}" for name, value in told if known(value) != UNKNOWN) or "no losses"


def _word(verdict: str) -> str:
    return verdict.replace("_", " ")
