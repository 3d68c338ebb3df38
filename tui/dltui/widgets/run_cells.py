"""The columns of the list of runs, and what stands in them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text
from textual.theme import Theme

from dltui.catalog.summary import RunSummary
from dltui.charts.run_colours import RunLook
from dltui.diagnosis.finding import Verdict
from dltui.formatting import UNKNOWN, ago, count, known, percent
from dltui.signs import STATUS_COLOURS, STATUS_SIGNS, VERDICT_COLOURS, VERDICT_SIGNS
from dltui.text import safe_text

COMING = "…"
"""Stands for what is not read yet."""
GAP = 2
"""Blanks between two columns."""
LEAST_NAME, EASY_NAME, MOST_NAME = 18, 28, 60
EPOCH_CELLS = 9
_LUXURY = 7
"""From this rank on a column is shown only if the names have room enough to be read beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a row is drawn. ``moment``: the present, in Unix seconds. ``mark``: how it is marked, None if it is not.

    ``words``: a verdict in the present language.
    """

    theme: Theme
    moment: float
    name_cells: int
    words: Mapping[str, str]
    mark: RunLook | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunColumn:
    """A column. ``rank``: where there is less room the lower ones are shown. ``short``: its title there."""

    key: str
    cells: int
    rank: int
    draw: Callable[[RunSummary, Look], Text]
    title: str = ""
    number: bool = True


def _state(run: RunSummary, look: Look) -> Text:
    if run.problem:
        return Text.assemble(("! no curve", look.theme.warning or ""))
    return Text.assemble((f"{STATUS_SIGNS[run.status]} {run.status}", _colour(look, STATUS_COLOURS[run.status])))


def _name(run: RunSummary, look: Look) -> Text:
    mark = f"{look.mark.sign} " if look.mark else ""
    name = cut_left(safe_text(run.name), look.name_cells - cell_len(mark))
    return Text.assemble((mark, _colour(look, look.mark.colour if look.mark else "")), name)


def _epoch(run: RunSummary, look: Look) -> Text:
    if not run.is_read:
        return _number(COMING)
    if not math.isfinite(run.epoch):
        return _number(f"s {count(run.step)}" if run.step else UNKNOWN)
    done, planned = f"{run.epoch // 1:.0f}", f"/{run.of_epochs:.0f}" if math.isfinite(run.of_epochs) else ""
    # a plan that is cut would be another one
    return _number(done + planned if len(done + planned) <= EPOCH_CELLS else done)


def _step(run: RunSummary, look: Look) -> Text:
    return _number(count(run.step) if run.is_read else COMING)


def _value(of: Callable[[RunSummary], float], write: Callable[[float], str]) -> Callable[[RunSummary, Look], Text]:
    return lambda run, look: _number(write(of(run)) if run.is_read else COMING)


def _format(run: RunSummary, look: Look) -> Text:
    return Text.assemble((safe_text(run.format), "dim"))


def _verdict(run: RunSummary, look: Look) -> Text:
    if not run.verdict:
        return Text("" if run.is_read else COMING)
    verdict = Verdict(run.verdict)
    word = look.words.get(run.verdict, run.verdict)
    return Text.assemble((f"{VERDICT_SIGNS[verdict]} {word}", _colour(look, VERDICT_COLOURS[verdict])))


def _age(run: RunSummary, look: Look) -> Text:
    return _number(ago(look.moment - run.began))


COLUMNS: tuple[RunColumn, ...] = (
    RunColumn(key="state", cells=10, rank=0, draw=_state, number=False),
    RunColumn(key="run", cells=LEAST_NAME, rank=0, draw=_name, number=False),
    RunColumn(key="format", cells=8, rank=7, draw=_format, number=False),
    RunColumn(key="epoch", cells=EPOCH_CELLS, rank=1, draw=_epoch),
    RunColumn(key="step", cells=9, rank=8, draw=_step),
    RunColumn(key="train", cells=7, rank=3, draw=_value(lambda run: run.train_loss, known)),
    RunColumn(key="best val", cells=8, rank=0, draw=_value(lambda run: run.best_val_loss, known)),
    RunColumn(key="accuracy", cells=7, rank=4, draw=_value(lambda run: run.val_accuracy, percent), title="acc"),
    RunColumn(key="verdict", cells=14, rank=5, draw=_verdict, number=False),
    RunColumn(key="age", cells=6, rank=0, draw=_age),
)


def columns_for(cells: int) -> tuple[RunColumn, ...]:
    """Return the columns that a table of so many cells has room for, the important ones first to be kept."""
    shown = list(COLUMNS)
    while len(shown) > 1:
        least = max(shown, key=lambda column: column.rank)
        name_cells = EASY_NAME if least.rank >= _LUXURY else LEAST_NAME
        if width_of(shown) + name_cells - LEAST_NAME <= cells:
            break
        if least.rank == 0:
            break
        shown.remove(least)
    return tuple(shown)


def name_cells_for(columns: tuple[RunColumn, ...], cells: int, longest: int) -> int:
    """Return how wide the names may be: as wide as the longest, if there is room."""
    spare = cells - width_of(columns)
    return max(LEAST_NAME // 2, min(LEAST_NAME + spare, max(LEAST_NAME, longest), MOST_NAME))


def width_of(columns: list[RunColumn] | tuple[RunColumn, ...]) -> int:
    """Return the cells that the columns take with the shortest names."""
    return sum(column.cells + GAP for column in columns)


def cut_left(text: str, cells: int) -> str:
    """Return the end of a text that is too long: of a path the end tells most."""
    if cell_len(text) <= cells:
        return text
    while text and cell_len(text) > cells - 1:
        text = text[1:]
    return f"…{text}"


def _number(text: str) -> Text:
    return Text(text, justify="right")


def _colour(look: Look, name: str) -> str:
    """A colour of the theme. The table measures rich's Text only, so this is where one is named by hand."""
    return look.theme.variables.get(name) or getattr(look.theme, name, None) or ""
