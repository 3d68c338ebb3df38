"""What ``dltui control`` has to say of a search or a tuning: what was answered, or why nothing was."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from dltui.cli.control_outcome import Outcome
from dltui.formatting import count, duration
from dltui.guide.telling.words import bounded
from dltui.runs.status import RunStatus
from dltui.search.study.folder import age_of, read_study, status_of
from dltui.search.study.records import Answered
from dltui.search.study.study import Study
from dltui.text import safe_text
from dltui_trainers.runlog import Value

LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStudy:
    """The study that is asked, as it is at one moment."""

    folder: Path
    study: Study
    status: RunStatus

    @property
    def name(self) -> str:
        """Its name, as it may be printed."""
        return safe_text(self.folder.resolve().name)

    @property
    def became(self) -> str:
        """What became of it, as the beginning of a sentence."""
        match self.status:
            case RunStatus.FINISHED:
                return f"{self.name} has finished"
            case RunStatus.FAILED:
                error = self.study.supervised.error if self.study.supervised is not None else ""
                return f"{self.name} failed" + (f" ({bounded(error, LONGEST_ERROR).rstrip('.')})" if error else "")
            case status:
                return f"{self.name} was {status}"

    @property
    def resumed(self) -> str:
        """The command that goes on with it."""
        return f"dltui {'tune' if self._is_tuning else 'search'} --resume {quote(safe_text(str(self.folder)))}"

    @property
    def way_on(self) -> str:
        """The same, with more to do for one that has come to its end."""
        more = f" --{'budget' if self._is_tuning else 'trials'} N" if self.status is RunStatus.FINISHED else ""
        return self.resumed + more

    @property
    def _is_tuning(self) -> bool:
        return self.study.begun is not None and self.study.begun.tuning is not None


def asked_study(folder: Path) -> AskedStudy:
    """Return the study in ``folder`` as it is now. Raises :class:`SearchError` for one that cannot be read."""
    study = read_study(folder)
    return AskedStudy(folder=folder, study=study, status=status_of(folder, study, age_of(folder)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyReply:
    """How a command went. ``before``: the study as it was asked, ``after``: when there was nothing more to wait for.

    ``trial``: the one that is to be stopped. ``id`` is None where nothing was asked, ``waited_s`` where nobody waited.
    """

    before: AskedStudy
    after: AskedStudy
    command: str
    trial: Value = None
    id: int | None = None
    answer: Answered | None = None
    waited_s: float | None = None

    @property
    def outcome(self) -> Outcome:
        if self.answer is not None:
            return Outcome.REFUSED if self.answer.refused else Outcome.DONE
        if self.id is not None and self.waited_s is None:
            return Outcome.HANDED_OVER
        return Outcome.NO_ANSWER if self.after.status.alive else Outcome.OVER

    @property
    def exit_code(self) -> int:
        return self.outcome.exit_code

    @property
    def told(self) -> tuple[str, ...]:
        """What was done, in a sentence."""
        match self.outcome:
            case Outcome.DONE:
                return (self._done(),)
            case Outcome.HANDED_OVER if self.before.status.alive:
                return (f"handed to {self.before.name}: its study.jsonl will tell what became of it",)
            case Outcome.HANDED_OVER:
                return (f"{self.before.became}; this holds as soon as '{self.before.resumed}' goes on with it",)
        return ()

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why it was not done."""
        match self.outcome:
            case Outcome.REFUSED if self.answer is not None:
                return (f"{self.command} was refused: {bounded(self.answer.refused)}",)
            case Outcome.OVER:
                when = "" if self.id is None else " before it answered"
                return (
                    f"{self.after.became}{when}: nobody works on it, who could hear a command."
                    f" '{self.after.way_on}' goes on with it.",
                )
            case Outcome.NO_ANSWER:
                return (
                    f"{self.after.name} has not answered within {self.waited_s:g} s. The command stays in its folder"
                    " and is carried out when its supervisor gets there: it may still be starting.",
                )
        return ()

    def json(self) -> dict[str, object]:
        """Return the object that ``--json`` prints."""
        return {
            "study": self.before.name,
            "command": self.command,
            "id": self.id,
            "outcome": str(self.outcome),
            "text": "; ".join((*self.told, *self.complaints)),
            "notes": [],
            "answers": [self._json(self.answer)] if self.answer is not None else [],
        }

    def _json(self, answer: Answered) -> dict[str, object]:
        return {
            "name": answer.command,
            "done": not answer.refused,
            "time": answer.time,
            "reason": answer.refused,
            "trials": self.after.study.most_trials,
            "budget_s": self.after.study.budget_s,
            "text": "; ".join((*self.told, *self.complaints)),
        }

    def _done(self) -> str:
        name = self.after.name
        match self.command:
            case "pause":
                return f"{name} is paused: its trainings stand still until 'resume'"
            case "resume":
                return f"{name} goes on"
            case "stop":
                return f"{name} stops: its trainings write their checkpoints and end; '{self.after.resumed}' goes on"
            case "prune":
                return f"trial {self.trial} of {name} stops for good, and counts as pruned"
        return f"{name}: {', '.join(self._limits())}"

    def _limits(self) -> Iterator[str]:
        before, after = self.before.study, self.after.study
        trials, budget = _trials(after.most_trials), _time(after.budget_s)
        if before.most_trials != after.most_trials:
            trials = f"{_trials(before.most_trials)} → {trials}"
        if before.budget_s != after.budget_s:
            budget = f"{_time(before.budget_s)} → {budget}"
        yield f"trials {trials}"
        yield f"budget {budget}"


def _trials(number: int) -> str:
    return count(number) if number else "no limit"


def _time(seconds: float) -> str:
    return duration(seconds) if seconds else "no limit"
