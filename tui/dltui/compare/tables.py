"""The two tables of a comparison: the runs with their numbers, and the hyperparameters with their values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from dltui.charts.run_colours import RunLook
from dltui.compare.differences import HparamRow
from dltui.compare.facts import RunFacts, best_of
from dltui.compare.sheet import Cell, Column, fit
from dltui.formatting import UNKNOWN, count, duration, format_value, short_path
from dltui.runs.status import RunStatus
from dltui.series.scores import ACCURACY, PERPLEXITY, R2, Score
from dltui.signs import STATUS_COLOURS, STATUS_SIGNS, VERDICT_COLOURS, VERDICT_SIGNS
from dltui.texts import Texts
from dltui_trainers.runlog import Value

UNTOLD = "·"
_LEAST_NAME, _LEAST_HPARAM, _LEAST_VALUE = 22, 14, 6
"""Cells to which the name of a run, that of a hyperparameter and a value are cut where there is no room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRun:
    """A row of the comparison. ``facts``: None while the log is not read. ``trouble``: why it cannot be, if so."""

    name: str
    look: RunLook
    facts: RunFacts | None = None
    trouble: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AtCursor:
    """The values of the large chart under its cursor, one a run: ``heading`` says where."""

    heading: str
    values: tuple[str, ...]


def runs_table(
    runs: Sequence[ComparedRun], texts: Texts, at_cursor: AtCursor | None = None, baseline: int | None = None
) -> list[Column]:
    """Return the columns of the table of runs, a cell for each run in each of them.

    ``baseline``: the position of the run that the best validation losses are held against, if any.
    """
    best = best_of([run.facts for run in runs])
    all_over = all(run.facts is not None and run.facts.status in (RunStatus.FINISHED, RunStatus.QUIET) for run in runs)
    columns = [
        _column("", [_sign(run) for run in runs], worth=100),
        _column("run", [_name(run) for run in runs], worth=99, least=_LEAST_NAME),
        _column("verdict", [_verdict(run, texts) for run in runs], worth=98),
        _numbers("best val", runs, best["best_val_loss"], _best_val, worth=97),
        _numbers("at", runs, frozenset(), _best_at, worth=95),
        _numbers("train", runs, best["train_loss"], _train_loss, worth=92),
        *_scores(runs, best),
        _column("state", [_state(run) for run in runs], worth=91 if all_over else 96),
        _numbers("epochs", runs, frozenset(), _epochs, worth=90),
        _numbers("took", runs, frozenset(), _took, worth=80),
        _numbers("parameters", runs, frozenset(), _parameters, worth=70),
    ]
    if at_cursor is not None:
        cells = [Cell(text=text) for text in at_cursor.values]
        columns.insert(3, _column(at_cursor.heading, cells, worth=98, right=True))
    if baseline is not None:
        after = next(at for at, column in enumerate(columns) if column.heading.text == "best val") + 1
        columns.insert(after, _against(runs, baseline))
    return columns


def hparams_table(runs: Sequence[ComparedRun], rows: Sequence[HparamRow], width: int) -> list[Column]:
    """Return the hyperparameters: a row each and a column a run, or the other way round where only that has room."""
    upright = _by_hparam(runs, rows)
    if len(fit(upright, width)) == len(upright):
        return upright
    lying = _by_run(runs, rows)
    return lying if len(fit(lying, width)) == len(lying) else upright


def value_text(value: Value) -> str:
    """Return a hyperparameter as it is shown; a dot where it is not known."""
    if value is None:
        return UNTOLD
    if value == "":
        return UNKNOWN
    return format_value(value) if isinstance(value, float) else str(value)


def _by_hparam(runs: Sequence[ComparedRun], rows: Sequence[HparamRow]) -> list[Column]:
    names = [Cell(text=row.name, colour="chart-label") for row in rows]
    columns = [_column("", names, worth=100, least=_LEAST_HPARAM)]
    for at, run in enumerate(runs):
        cells = tuple(_value(row, at) for row in rows)
        columns.append(Column(heading=_sign(run), cells=cells, worth=99 - at, right=True, least=_LEAST_VALUE))
    return columns


def _by_run(runs: Sequence[ComparedRun], rows: Sequence[HparamRow]) -> list[Column]:
    columns = [_column("", [_sign(run) for run in runs], worth=100)]
    for position, row in enumerate(rows):
        cells = [_value(row, at) for at in range(len(runs))]
        columns.append(_column(row.name, cells, worth=99 - position, right=True))
    return columns


def _value(row: HparamRow, at: int) -> Cell:
    value = row.values[at]
    text = short_path(value) if row.name == "data" and isinstance(value, str) and value else value_text(value)
    return Cell(text=text, dim=text == UNTOLD or not row.differs)


def _column(
    heading: str, cells: Sequence[Cell], *, worth: int, right: bool = False, least: int | None = None
) -> Column:
    title = Cell(text=heading, colour="chart-label")
    return Column(heading=title, cells=tuple(cells), worth=worth, right=right, least=least)


def _numbers(
    heading: str, runs: Sequence[ComparedRun], best: frozenset[int], text: Callable[[RunFacts], str], *, worth: int
) -> Column:
    cells = [
        Cell(text=text(run.facts) if run.facts else "", best=at in best, dim=run.hidden) for at, run in enumerate(runs)
    ]
    return _column(heading, cells, worth=worth, right=True)


def _against(runs: Sequence[ComparedRun], baseline: int) -> Column:
    """By how much the best validation loss of each run is above that of the baseline, or below."""
    base = _loss(runs[baseline])
    cells = []
    for at, run in enumerate(runs):
        loss = _loss(run)
        # a loss of 0, or one below it (a likelihood), is no whole of which another could be a share
        text = UNKNOWN if loss is None or base is None or base <= 0 else f"{100 * (loss / base - 1):+.1f} %"
        cells.append(Cell(text="baseline" if at == baseline else text, dim=run.hidden or at == baseline))
    return _column(f"vs {runs[baseline].look.letter}", cells, worth=96, right=True)


def _loss(run: ComparedRun) -> float | None:
    return run.facts.best_val_loss if run.facts is not None else None


def _sign(run: ComparedRun) -> Cell:
    return Cell(text=run.look.sign, colour=run.look.colour, dim=run.hidden)


def _name(run: ComparedRun) -> Cell:
    return Cell(text=f"{run.name} (hidden)" if run.hidden else run.name, dim=run.hidden)


def _state(run: ComparedRun) -> Cell:
    if run.trouble or run.facts is None:
        return Cell(text="" if run.trouble else "reading", dim=True)
    status = run.facts.status
    return Cell(text=f"{STATUS_SIGNS[status]} {status}", colour=STATUS_COLOURS[status], dim=run.hidden)


def _verdict(run: ComparedRun, texts: Texts) -> Cell:
    if run.trouble and run.facts is None:
        return Cell(text="cannot be read", colour="error")
    if run.facts is None or run.facts.verdict is None:
        return Cell(text="", dim=True)
    verdict = run.facts.verdict
    text = f"{VERDICT_SIGNS[verdict]} {texts.verdict(verdict)}"
    return Cell(text=text, colour=VERDICT_COLOURS[verdict], dim=run.hidden)


def _best_val(facts: RunFacts) -> str:
    return _number(facts.best_val_loss if facts.best_val_loss is not None else facts.val_loss)


def _best_at(facts: RunFacts) -> str:
    if facts.best_epoch is not None:
        return f"epoch {format_value(facts.best_epoch, 'epoch')}"
    return UNKNOWN if facts.best_step is None else f"step {count(facts.best_step)}"


def _train_loss(facts: RunFacts) -> str:
    return _number(facts.train_loss)


def _scores(runs: Sequence[ComparedRun], best: dict[str, frozenset[int]]) -> list[Column]:
    """The best of each score that one of the runs has; where none has any, the column of what most have."""
    names = {PERPLEXITY: "best_perplexity", ACCURACY: "best_accuracy", R2: "best_r2"}
    told = {
        score: name
        for score, name in names.items()
        if any(run.facts is not None and getattr(run.facts, name) is not None for run in runs)
    }
    return [
        _numbers(score.title, runs, best[name], partial(_score, score, name), worth=93)
        for score, name in (told or {ACCURACY: names[ACCURACY]}).items()
    ]


def _score(score: Score, name: str, facts: RunFacts) -> str:
    value: float | None = getattr(facts, name)
    return UNKNOWN if value is None else score.text(value)


def _epochs(facts: RunFacts) -> str:
    if facts.epoch is None:
        return UNKNOWN
    planned = facts.planned_epochs
    done = format_value(facts.epoch // 1, "epoch")
    return done if planned is None else f"{done}/{format_value(planned, 'epoch')}"


def _took(facts: RunFacts) -> str:
    return UNKNOWN if facts.elapsed_s is None else duration(facts.elapsed_s)


def _parameters(facts: RunFacts) -> str:
    return UNKNOWN if facts.parameters is None else count(facts.parameters)


def _number(value: float | None) -> str:
    return UNKNOWN if value is None else format_value(value)
