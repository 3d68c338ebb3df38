"""The columns of the list of runs, and what stands in them."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.theme import Theme

from dltui.catalog.family import LEVEL_CELLS, Member, origin_of
from dltui.catalog.summary import RunSummary
from dltui.charts.legend import shorten
from dltui.charts.run_colours import RunLook
from dltui.diagnosis.finding import Verdict
from dltui.formatting import UNKNOWN, ago, count, known
from dltui.series.scores import BRIEF_CELLS
from dltui.signs import STATUS_COLOURS, STATUS_SIGNS, VERDICT_COLOURS, VERDICT_SIGNS
from dltui.text import safe_text
from dltui.widgets.lineage import changes
from dltui_trainers.runlog import Manifest

COMING = "…"
"""Stands for what is not read yet."""
GAP = 2
"""Blanks between two columns."""
LEAST_NAME, EASY_NAME, MOST_NAME = 18, 28, 60
EASY_NOTE = 44
"""So much room has a name with what was changed, before a column is shown that most can do without."""
EPOCH_CELLS = 9
_STEM_SHARE = 3
"""The lines of the tree take at most this part of the cells of a name."""
_LEAST_NOTE = 12
"""In fewer cells what was changed would be no more than the beginning of a word."""
_LUXURY = 7
"""From this rank on a column is shown only if the names have room enough to be read beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a row is drawn. ``moment``: the present, in Unix seconds. ``mark``: how it is marked, None if it is not.

    ``words``: a verdict in the present language. ``member``: its place in the tree. ``note``: what
    made it another run than its parent.
    """

    theme: Theme
    moment: float
    name_cells: int
    words: Mapping[str, str]
    mark: RunLook | None = None
    member: Member | None = None
    note: str = ""


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
    stem = cut_stem(look.member, look.name_cells) if look.member else ""
    name = cut_name(safe_text(run.name), look.name_cells - len(stem) - cell_len(mark))
    left = look.name_cells - len(stem) - cell_len(mark) - cell_len(name) - GAP
    note = shorten(look.note, left) if left >= _LEAST_NOTE else ""
    return Text.assemble(
        (stem, _colour(look, "chart-label")),
        (mark, _colour(look, look.mark.colour if look.mark else "")),
        name,
        (f"{' ' * GAP}{note}" if note else "", "dim"),
    )


def came_from(member: Member) -> str:
    """Return what made it another run than its parent: ``@700 lr 0.1 → 0.03``, ``anew``; ``from a@700`` if that does
    not stand above it. Empty for a run that came from none.
    """
    origin = origin_of(member.run)
    if origin is None:
        return ""
    at = f"@{count(origin.step)}" if origin.step else ""
    where = (at or "anew") if member.stem else f"from {origin.run}{at}"
    before = member.parent.manifest if member.parent else None
    return safe_text(f"{where} {changes(origin, before.hparams if before else None)}".rstrip())


class Notes:
    """What :func:`came_from` says of the runs of a list, which is read again every second, and seldom different."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[Manifest | None, Manifest | None, bool, str]] = {}

    def of(self, member: Member) -> str:
        """Return it for one of them."""
        run, before, stands = member.run, member.parent.manifest if member.parent else None, bool(member.stem)
        if origin_of(run) is None:
            return ""
        known = self._known.get(run.folder)
        if known is None or known[0] is not run.manifest or known[1] is not before or known[2] != stands:
            known = self._known[run.folder] = (run.manifest, before, stands, came_from(member))
        return known[3]

    def cells_of(self, members: Sequence[Member]) -> tuple[int, int]:
        """Return how many cells the longest name takes with all that belongs to it, and how many let it be read with
        ease.
        """
        longest, noted = 0, 0
        for member in members:
            cells, note = len(member.stem) + len(member.run.name), self.of(member)
            if note:
                cells += GAP + len(note)
                noted = max(noted, cells)
            longest = max(longest, cells)
        return longest, max(EASY_NAME, min(noted, EASY_NOTE))


def cut_stem(member: Member, name_cells: int) -> str:
    """Return the lines before a name: where they would leave it too little room, those of the last levels."""
    levels = max(2, name_cells // _STEM_SHARE // LEVEL_CELLS)
    if member.depth <= levels and len(member.stem) == member.depth * LEVEL_CELLS:
        return member.stem
    return f"{COMING:<{LEVEL_CELLS}}{member.stem[-LEVEL_CELLS * (levels - 1) :]}"


def _epoch(run: RunSummary, look: Look) -> Text:
    if not run.is_read:
        return _number(COMING)
    if run.guide is not None:
        return _number("" if run.guide.step is None else f"step {run.guide.step}/6")
    if run.study is not None:
        done, of = f"tr {run.study.ended}", f"/{run.study.of_trials}" if run.study.of_trials else ""
        return _number(done + of if len(done + of) <= EPOCH_CELLS else done)
    if not math.isfinite(run.epoch):
        return _number(f"s {count(run.step)}" if run.step else UNKNOWN)
    done, planned = f"{run.epoch // 1:.0f}", f"/{run.of_epochs:.0f}" if math.isfinite(run.of_epochs) else ""
    # a plan that is cut would be another one
    return _number(done + planned if len(done + planned) <= EPOCH_CELLS else done)


def _step(run: RunSummary, look: Look) -> Text:
    if run.study is not None or run.guide is not None:  # they have many, each its own
        return _number("")
    return _number(count(run.step) if run.is_read else COMING)


def _value(of: Callable[[RunSummary], float], write: Callable[[float], str]) -> Callable[[RunSummary, Look], Text]:
    return lambda run, look: _number(write(of(run)) if run.is_read else COMING)


def _score(run: RunSummary, look: Look) -> Text:
    if not run.is_read:
        return _number(COMING)
    return _number(run.scores[0][0].brief(run.scores[0][1]) if run.scores else UNKNOWN)


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
    RunColumn(key="score", cells=BRIEF_CELLS, rank=4, draw=_score),
    RunColumn(key="verdict", cells=14, rank=5, draw=_verdict, number=False),
    RunColumn(key="age", cells=6, rank=0, draw=_age),
)


def columns_for(cells: int, easy: int = EASY_NAME) -> tuple[RunColumn, ...]:
    """Return the columns that a table of so many cells has room for, the important ones first to be kept.

    ``easy``: how many cells let the names be read with ease.
    """
    shown = list(COLUMNS)
    while len(shown) > 1:
        least = max(shown, key=lambda column: column.rank)
        name_cells = easy if least.rank >= _LUXURY else LEAST_NAME
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


def cut_name(text: str, cells: int) -> str:
    """Return a name that is too long without its middle: its task comes first, and its end tells it from the others.

    Of a path only the end is kept, which tells most.
    """
    if cell_len(text) <= cells:
        return text
    head = "" if "/" in text else set_cell_size(text, (cells - 1) // 2)
    while text and cell_len(text) > cells - 1 - cell_len(head):
        text = text[1:]
    return f"{head}…{text}"


def _number(text: str) -> Text:
    return Text(text, justify="right")


def _colour(look: Look, name: str) -> str:
    """A colour of the theme. The table measures rich's Text only, so this is where one is named by hand."""
    return look.theme.variables.get(name) or getattr(look.theme, name, None) or ""
