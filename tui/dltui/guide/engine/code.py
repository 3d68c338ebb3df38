"""Whether the file of a person's own task is still what it was when a step began, or an earlier one.

Each trial runs the file as it is at that moment; so a step whose trials were to be compared may have compared two
programs.
"""

import hashlib
from pathlib import Path

import msgspec

from dltui.guide.result import Check, Judgement, StepResult
from dltui.guide.state import Guide, StepEntry
from dltui.guide.steps.saying import doubtful, worst_first
from dltui_trainers.runlog import Value
from dltui_trainers.taskfile.names import is_task_file, split_name

CODE = "code"
"""What the state of the file is kept as, in what a step has decided."""


def code_of(task: str) -> dict[str, Value]:
    """Return the state of the task's file, as a step keeps it; nothing of a built-in task, or a file that is gone."""
    if not is_task_file(task):
        return {}
    try:
        content = Path(split_name(task)[0]).read_bytes()
    except OSError:
        return {}
    return {CODE: hashlib.sha256(content).hexdigest()[:16]}


def with_changes(guide: Guide, entry: StepEntry, result: StepResult) -> StepResult:
    """Return the result of a step with a word on the file, if it was changed meanwhile, or since the step before."""
    now, began = code_of(guide.task).get(CODE), entry.decided.get(CODE)
    if now is None or began is None:
        return result
    file = Path(split_name(guide.task)[0]).name
    if now != began:
        return _with(result, doubtful("marks.file_changed", file=file))
    before = next((each for each in reversed(guide.steps[: entry.number]) if CODE in each.decided), None)
    if before is not None and before.decided[CODE] != began:
        return _with(result, doubtful("marks.file_changed_since", file=file, step=str(before.number)))
    return result


def _with(result: StepResult, check: Check) -> StepResult:
    judgement = min(result.judgement, Judgement.DOUBTFUL, key=lambda each: each.rank)
    return msgspec.structs.replace(result, checks=worst_first([*result.checks, check]), judgement=judgement)
