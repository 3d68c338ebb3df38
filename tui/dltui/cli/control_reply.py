"""What ``dltui control`` has to say: what was answered, or why nothing was; for a person, and as JSON for scripts."""

from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from dltui.cli.control_outcome import Outcome
from dltui.formatting import count
from dltui.runs.answers import told, told_of_all
from dltui.runs.liveness import judge
from dltui.runs.reader import read_manifest, read_tail
from dltui.runs.status import RunStatus
from dltui.text import safe_text
from dltui_trainers.runlog import CHECKPOINTS, EndRecord, EventRecord, Manifest

LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """The run that is asked, as it is at one moment. ``called``: the word that a shell knows it by."""

    folder: Path
    called: str
    name: str
    manifest: Manifest | None
    status: RunStatus
    end: EndRecord | None
    is_foreign: bool
    """There is a log, and no line of it is one of ours."""

    @property
    def became(self) -> str:
        """What became of it, as the beginning of a sentence."""
        step = f" at step {count(self.end.step)}" if self.end is not None else ""
        match self.status:
            case RunStatus.FINISHED:
                return f"{self.name} has finished{step}"
            case RunStatus.FAILED:
                error = safe_text((self.end.error or "")[:LONGEST_ERROR]) if self.end is not None else ""
                return f"{self.name} failed{step}" + (f" ({error.rstrip('.')})" if error else "")
            case status:
                return f"{self.name} was {status}{step}"

    @property
    def way_on(self) -> str:
        """How the training can be taken up again; empty for one that has come to its end, or has kept nothing."""
        if self.status is RunStatus.FINISHED or not any(self.folder.glob(f"{CHECKPOINTS}/*.pt")):
            return ""
        return f" 'dltui train --from {self.called}@last' goes on from its last checkpoint."


def addressee(folder: Path, called: str) -> Addressee:
    """Return the run in ``folder``, ``called`` so by a person, as it is now."""
    manifest, tail = read_manifest(folder), read_tail(folder)
    end = tail.end if tail is not None else None
    status = judge(folder, manifest, end)
    nothing_ours = tail is not None and tail.skipped > 0 and not (tail.steps or tail.evals or tail.events or end)
    return Addressee(
        folder=folder,
        called=quote(safe_text(called)),
        name=safe_text(folder.resolve().name),
        manifest=manifest,
        status=status,
        end=end,
        is_foreign=manifest is None and not status.alive and nothing_ours,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a command went. ``run``: as it was when there was nothing more to wait for.

    ``id`` is None where nothing was asked, ``waited_s`` where nobody waited. ``notes``: what is unusual about it.
    """

    run: Addressee
    command: str
    id: int | None = None
    answers: tuple[EventRecord, ...] = ()
    notes: tuple[str, ...] = ()
    waited_s: float | None = None

    @property
    def outcome(self) -> Outcome:
        if self.answers:
            return Outcome.DONE if all(each.done for each in self.answers) else Outcome.REFUSED
        if self.id is not None and self.waited_s is None:
            return Outcome.HANDED_OVER
        return Outcome.NO_ANSWER if self.run.status.alive else Outcome.OVER

    @property
    def exit_code(self) -> int:
        return self.outcome.exit_code

    @property
    def told(self) -> tuple[str, ...]:
        """What was done, a sentence for each change."""
        if self.outcome is Outcome.HANDED_OVER:
            return (f"handed to {self.run.name}: its log will tell what became of it",)
        return told_of_all([each for each in self.answers if each.done])

    @property
    def complaints(self) -> tuple[str, ...]:
        """Why it was not done; what is unusual about it, if the training has not said so itself."""
        notes = () if self.answers else self.notes
        return (*(f"note: {note}" for note in notes), *self._reasons())

    def json(self) -> dict[str, object]:
        """Return the object that ``--json`` prints."""
        return {
            "run": self.run.name,
            "command": self.command,
            "id": self.id,
            "outcome": str(self.outcome),
            "text": "; ".join((*self.told, *self._reasons())),
            "notes": list(self.notes),
            "answers": [_json(each) for each in self.answers],
        }

    def _reasons(self) -> tuple[str, ...]:
        match self.outcome:
            case Outcome.REFUSED:
                return tuple(told(each) for each in self.answers if not each.done)
            case Outcome.OVER:
                when = "" if self.id is None else " before it answered"
                return (f"{self.run.became}{when}: no command reaches it any more.{self.run.way_on}",)
            case Outcome.NO_ANSWER:
                return (
                    f"{self.run.name} has not answered within {self.waited_s:g} s. The command stays in its folder and"
                    " is carried out when the training gets there: it may still be starting, or be in a validation.",
                )
            case _:
                return ()


def _json(event: EventRecord) -> dict[str, object]:
    """One answer as it stands in the log, each key there, and its sentence."""
    return {
        "name": event.name,
        "done": event.done,
        "step": event.step,
        "time": event.time,
        "hparam": event.hparam or None,
        "from": event.from_,
        "to": event.to,
        "by": event.by,
        "reason": event.reason,
        "note": event.note,
        "text": told(event),
    }
