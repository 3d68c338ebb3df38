"""``dltui tasks``: the tasks in a line each, or the hyperparameters that one of them reads."""

from collections.abc import Callable, Iterator, Sequence

from dltui.cli.options import given_in, make_parser
from dltui.cli.paragraph import paragraph
from dltui.formatting import short_path
from dltui.text import safe_text
from dltui.widgets.hparam_values import default_text, is_open, offered
from dltui_trainers.hparam import Hparam
from dltui_trainers.hparams import FAMILIES
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TASKS, TaskInfo
from dltui_trainers.taskfile.names import absolute_task

EPILOG = """\
without a TASK: the tasks, a line each
with one: the hyperparameters that it reads, with default, meaning and range, and where its data come from"""
_NAME, _DEFAULT = 20, 14
_MORE = "'dltui tasks TASK' lists the hyperparameters of one, 'dltui train TASK --set NAME=VALUE' trains it."


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser("dltui tasks", "List the tasks, or the hyperparameters of one.", EPILOG)
    parser.add_argument(
        "task", nargs="?", metavar="TASK", help="show this task, or a file of your own (path/to/task.py)"
    )
    parser.add_argument("--all", action="store_true", help="show every task with its hyperparameters")
    given = given_in(parser, words)

    def call() -> int:
        return tasks(given.task, every=given.all)

    return call


def tasks(name: str | None, every: bool = False) -> int:
    """Print one task, every task, or a list of them; return the exit code. Raises :class:`UnknownTaskError`."""
    if name is None and not every:
        print("\n".join(_list()))
        return 0
    chosen = [find_task(absolute_task(name))] if name else list(TASKS.values())
    print("\n\n".join("\n".join(_lines(task)) for task in chosen))
    return 0


def _list() -> Iterator[str]:
    for task in TASKS.values():
        yield from paragraph(task.summary, f"{task.name:<12}{task.kind:<16}")
    yield ""
    yield from paragraph(_MORE)


def _lines(task: TaskInfo) -> Iterator[str]:
    kind = "a task of your own" if task.file else task.kind
    yield from paragraph(f"{safe_text(task.title)}  ({kind})  {safe_text(task.summary)}", rest="  ")
    yield from _data_of(task)
    for family in sorted(FAMILIES, key=lambda each: each != "task"):  # a person's own come first
        hparams = [offered(task, name) for name in task.hparams if name in task.reads]
        members = [each for each in hparams if each.family == family and is_open(each)]
        if members:
            yield f"  {family}"
        for hparam in members:
            yield from paragraph(_told(hparam), f"    {hparam.name:<{_NAME}} {_default(task, hparam):<{_DEFAULT}} ")


def _default(task: TaskInfo, hparam: Hparam) -> str:
    return safe_text(default_text(task, hparam.name)) or "-"


def _told(hparam: Hparam) -> str:
    usual = f"; usual {hparam.typical_text}" if hparam.typical else ""
    off = f"; 0: {hparam.zero}" if hparam.zero else ""
    return safe_text(f"{hparam.help} ({hparam.range_text}{usual}{off})")


def _data_of(task: TaskInfo) -> Iterator[str]:
    """How to name the data of a task, and what of them is here already."""
    match task.name:
        case "images":
            yield from _images()
        case "tabular":
            yield "  dltui train tabular --set data=FILE.csv --set target=COLUMN"
        case "text":
            yield "  dltui train text --set data=FILE.txt"
        case _ if task.file:
            yield f"  dltui train {safe_text(short_path(task.name, 200))}"


def _images() -> Iterator[str]:
    from dltui_trainers.sources.images.places import VARIABLE, places
    from dltui_trainers.sources.images.resolver import found

    sets = found()
    yield "  dltui train images --set data=FOLDER"
    yield from paragraph(
        f"looked for in {', '.join(map(safe_text, places()))}; ${VARIABLE} names other folders",
        "  ",
    )
    if not sets:
        yield "  found: none"
    for at, (name, path) in enumerate(sets):
        first = " (taken where data says nothing)" if at == 0 else ""
        yield f"  found: {safe_text(name)} in {short_path(str(path), 200)}{first}"
