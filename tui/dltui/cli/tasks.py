"""``dltui tasks``: the tasks and the hyperparameters that each one reads."""

from collections.abc import Callable, Iterator, Sequence

from dltui.cli.options import given_in, make_parser
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import CATALOGUE, FAMILIES, Family
from dltui_trainers.registry import TASKS, TaskInfo, find_task


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui tasks", "List the tasks and their hyperparameters.")
    parser.add_argument("task", nargs="?", metavar="TASK", help="show only this task")
    given = given_in(parser, words)

    def call() -> int:
        return tasks(given.task)

    return call


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
        range_text = " | ".join(task.augmentations) if hparam.name == "augment" else hparam.range_text
        yield f"    {hparam.name:<20} {default:<10} {hparam.help} ({range_text}{usual}{off})"
