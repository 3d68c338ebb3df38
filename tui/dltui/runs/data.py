"""Looks at the data of a task before a training of it is started: what they make of it, what settings may be."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dltui.formatting import count
from dltui.text import safe_text
from dltui_trainers.configure import with_data
from dltui_trainers.errors import TrainerError
from dltui_trainers.registry import TASKS, TaskInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSeen:
    """``task`` as its data make it, ``settings`` with what was found for them, ``words`` that each of them may be.

    ``trouble`` says why nothing can be made of the data; then ``task`` and ``settings`` are as they were.
    """

    task: TaskInfo
    settings: Mapping[str, str]
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)
    trouble: str = ""

    @property
    def found(self) -> str:
        """What the data are, for a person: ``wine.csv: 142 training samples, 13 inputs, 3 classes``."""
        task, path = self.task, self.settings.get("data", "")
        if self.trouble or not task.resolver or task.summary != TASKS[task.name].summary:
            return task.summary
        facts = [f"{count(task.n_train)} training samples"]
        facts += [f"{count(math.prod(task.input_shape))} inputs"] if task.input_shape else []
        facts += [f"{count(task.classes)} classes"] if task.classes else []
        facts += ["a number to tell"] if task.kind == "regression" else []
        name = safe_text(Path(path).name) if path else "what Python brings along"
        return f"{name}: {', '.join(facts)}"


def look_at_data(task: TaskInfo, settings: Mapping[str, str]) -> DataSeen:
    """Return what the data that ``settings`` name make of the task. It may read a large file, and remembers it."""
    words = words_for(task, settings.get("data", ""))
    try:
        found, completed = with_data(task, settings)
    except TrainerError as error:
        return DataSeen(task=task, settings=settings, words=words, trouble=str(error))
    read = {name: text for name, text in completed.items() if name in found.reads}
    return DataSeen(task=found, settings=read, words=words)


def words_for(task: TaskInfo, data: str) -> Mapping[str, Sequence[str]]:
    """Return what settings of the task may name: data sets on this machine, the columns of a table."""
    if task.name == "images":
        from dltui_trainers.sources.images.resolver import found

        return {"data": _typable(name for name, _ in found())}
    if task.name == "tabular" and data:
        from dltui_trainers.sources.tables.resolver import column_names

        columns = _typable(column_names(data))
        return {"target": columns, "ignore": columns}
    return {}


def _typable(names: Iterable[str]) -> list[str]:
    """Return those of the names that a terminal shows as they are; a comma would make two of one."""
    return [name for name in names if safe_text(name) == name and "," not in name]
