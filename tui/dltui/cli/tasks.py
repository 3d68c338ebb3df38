"""``dltui tasks``: the tasks and the hyperparameters that each one reads."""

from collections.abc import Iterator

from dltui_trainers.configure import as_text
from dltui_trainers.hparams import CATALOGUE, FAMILIES, Family
from dltui_trainers.registry import TASKS, TaskInfo, find_task


def tasks(name: str | None) -> int:
    """Print one task, or all of them; return the exit code. Raises :class:`UnknownTaskError`."""
    chosen = [find_task(name)] if name else list(TASKS.values())
    print("\n\n".join("\n".join(_lines(task)) for task in chosen))
    return 0


def _lines(task: TaskInfo) -> Iterator[str]:
    yield f"{task.name}  ({task.kind})  {task.summary}"
    for family in FAMILIES:
        yield from _family(task, family)


def _family(task: TaskInfo, family: Family) -> Iterator[str]:
    members = [CATALOGUE[name] for name in CATALOGUE if name in task.reads and CATALOGUE[name].family == family]
    if members:
        yield f"  {family}"
    for hparam in members:
        default = as_text(task.defaults.get(hparam.name, hparam.default))
        usual = f"; usual {hparam.typical_text}" if hparam.typical else ""
        off = f"; 0: {hparam.zero}" if hparam.zero else ""
        yield f"    {hparam.name:<20} {default:<10} {hparam.help} ({hparam.range_text}{usual}{off})"
