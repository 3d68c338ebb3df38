"""What lies in ``study.jsonl``: one record a line, appended and never changed. The first one begins the study.

A line that is torn at the end of the file was never written; whoever goes on with the study cuts it off. All times are
Unix seconds, all names of runs those of folders beside the file.
"""

from typing import Literal, TypeAlias

import msgspec

from dltui.search.study.options import Change, SearchOptions, TuneOptions
from dltui_trainers.runlog import Value

FORMAT = 1
STUDY = "study.jsonl"


class Begun(msgspec.Struct, tag_field="record", tag="begun", kw_only=True, frozen=True):
    """A study of ``task`` was begun by ``command``: a search, or a tuning where ``tuning`` is there.

    ``configurations``: so many different trials its space has room for; 0 where that is not known, or has no end.
    """

    format: int = FORMAT
    name: str
    task: str
    time: float
    command: list[str]
    search: SearchOptions | None = None
    tuning: TuneOptions | None = None
    configurations: int = 0


class Supervised(msgspec.Struct, tag_field="record", tag="supervised", kw_only=True, frozen=True):
    """A supervisor takes the study up; ``running``: until a later record ends it. ``error``: why it failed."""

    time: float
    status: Literal["running", "paused", "finished", "stopped", "failed"]
    host: str = ""
    pid: int = 0
    error: str = ""


class Raised(msgspec.Struct, tag_field="record", tag="raised", kw_only=True, frozen=True):
    """The limits were changed: ``trials`` and ``budget_s`` hold from now on."""

    time: float
    trials: int
    budget_s: float


class Asked(msgspec.Struct, tag_field="record", tag="asked", kw_only=True, frozen=True):
    """Trial ``number`` (from 0, none left out) was chosen; ``settings`` are those beside the ones given for all.

    Of a tuning: ``parent`` is the trial that it starts from (``at_step``: a branch from that step of it, None: a
    restart), ``change`` what was changed, for which ``symptom``, and ``why``, a sentence.
    """

    number: int
    time: float
    settings: dict[str, Value]
    parent: int | None = None
    at_step: int | None = None
    change: Change = {}
    symptom: str = ""
    why: str = ""


class Submitted(msgspec.Struct, tag_field="record", tag="submitted", kw_only=True, frozen=True):
    """A training of a trial was given to the engine, which knows it by ``handle``. ``job``: its name."""

    trial: int
    job: str
    seed: int
    time: float
    handle: str


class Reported(msgspec.Struct, tag_field="record", tag="reported", kw_only=True, frozen=True):
    """A training tells how it stands. ``run``: the folder of its newest attempt, empty while there is none.

    ``points``: the validations since the last such record: epoch (or step, where there are no epochs) and objective.
    """

    trial: int
    job: str
    time: float
    run: str
    state: Literal["queued", "running", "finished", "stopped", "failed", "lost"]
    points: list[tuple[float, float]] = []
    step: int = 0
    epoch: float = 0.0
    epochs: float = 0.0
    note: str = ""


class Told(msgspec.Struct, tag_field="record", tag="told", kw_only=True, frozen=True):
    """Trial ``number`` has ended, and counts once: ``complete``, ``pruned`` by ``pruned_by``, or ``failed``.

    ``value``: the objective, None where there is none. ``verdict``: of the diagnosis; ``finding``: its worst symptom.
    ``run``: the run that stands for it. ``seconds``: of training, all seeds. Of a tuning: ``outcome`` of the change
    against its parent, and whether it is ``kept``.
    """

    number: int
    time: float
    state: Literal["complete", "pruned", "failed"]
    value: float | None = None
    step: int = 0
    pruned_by: str = ""
    verdict: str = ""
    finding: str = ""
    run: str = ""
    seconds: float = 0.0
    error: str = ""
    outcome: str = ""
    kept: bool = False


class Answered(msgspec.Struct, tag_field="record", tag="answered", kw_only=True, frozen=True):
    """What became of a person's command, by its id; ``refused``: why it was not carried out, empty if it was."""

    id: int
    time: float
    command: str
    refused: str = ""


StudyRecord: TypeAlias = Begun | Supervised | Raised | Asked | Submitted | Reported | Told | Answered

study_decoder = msgspec.json.Decoder(StudyRecord)
"""Decodes one line. Raises ``msgspec.DecodeError`` for what is no record."""


def to_line(record: StudyRecord) -> bytes:
    """Return the record as one line of JSON, newline included. A number that is not finite becomes null."""
    return msgspec.json.encode(record) + b"\n"
