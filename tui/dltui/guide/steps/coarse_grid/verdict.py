"""What a coarse grid came to: the verdict, the doubts, the heat map and the table."""

import math
from dataclasses import dataclass

from dltui.formatting import setting
from dltui.guide.result import Check, Handed, HeatMap, Judgement, StepResult, Table, TableCell, known_number
from dltui.guide.steps.coarse_grid.grid import Cell, Grid, State
from dltui.guide.steps.saying import doubtful, fault, said, sound, worst_first
from dltui.texts.guide import Said
from dltui_trainers.runlog import Value


@dataclass(slots=True, kw_only=True)
class Asked:
    """How the grid was gone about. ``given``: which of the two the user has set. ``grown``: the side where it grew."""

    steps: int
    wanted: int
    steps_per_epoch: int
    given: frozenset[str] = frozenset()
    grown: str = ""


def result_of(asked: Asked, grid: Grid, missing: int, *, underway: bool = False) -> StepResult:
    """Return what there is to say. ``missing``: cells that were not tried, because the time was up."""
    first = (
        sound("coarse_grid.underway", count=grid.tried, wanted=len(grid.cells)) if underway else _verdict(asked, grid)
    )
    checks = [] if underway else worst_first(_checks(asked, grid, missing, first))
    return StepResult(
        judgement=min([first, *checks], key=lambda check: check.judgement.rank).judgement,
        said=first.said,
        checks=checks,
        handed=Handed() if underway or first.judgement is Judgement.FAULT else _handed(asked, grid),
        plot=_heat_map(grid),
        table=_table(grid),
    )


def _verdict(asked: Asked, grid: Grid) -> Check:
    best = grid.best
    if best is None:
        return _nothing(grid)
    places = {
        "lr": best.lr,
        "decay": best.weight_decay,
        "loss": grid.loss(best),
        "epochs": round(asked.steps / asked.steps_per_epoch, 2),
        "count": grid.tried,
    }
    return sound("coarse_grid.found", **places)


def _nothing(grid: Grid) -> Check:
    if not grid.tried:
        return doubtful("coarse_grid.no_time")
    lost = grid.count("failed", "diverged")
    if lost < grid.tried or lost < len(grid.cells):
        return doubtful("coarse_grid.none", count=grid.tried)
    errors = [each.error for each in grid.cells.values() if each is not None and each.failed]
    if len(errors) == grid.tried:
        return fault("coarse_grid.all_failed", count=len(errors), error=next(filter(None, errors), ""))
    return fault("coarse_grid.all_diverged", count=grid.tried, low=grid.rates[0], high=grid.rates[-1])


def _checks(asked: Asked, grid: Grid, missing: int, first: Check) -> list[Check]:
    checks = []
    if missing and grid.tried:
        checks.append(doubtful("coarse_grid.missing", count=grid.tried, wanted=len(grid.cells)))
    errors = [each for each in grid.cells.values() if each is not None and each.failed]
    if errors and first.judgement is not Judgement.FAULT:
        checks.append(doubtful("coarse_grid.failed", count=len(errors), error=errors[0].error))
    side = grid.open_side(asked.given)
    if grid.are_alike:
        checks.append(doubtful("coarse_grid.alike", count=grid.tried))
    elif side and grid.best is not None:
        end = {"decay": grid.best.weight_decay}.get(side, grid.best.lr)
        checks.append(doubtful(f"coarse_grid.at_{side}", end=end))
    elif asked.grown and not missing:
        checks.append(sound(f"coarse_grid.grown_{asked.grown}"))
    if asked.steps < asked.wanted:
        epochs = round(asked.steps / asked.steps_per_epoch, 2)
        checks.append(
            sound("coarse_grid.shorter", epochs=epochs, wanted=round(asked.wanted / asked.steps_per_epoch, 2))
        )
    if stopped := grid.count("stopped"):
        checks.append(sound("coarse_grid.stopped", count=stopped))
    if (diverged := grid.count("diverged")) and first.judgement is not Judgement.FAULT:
        checks.append(sound("coarse_grid.diverged", count=diverged))
    return checks


def _handed(asked: Asked, grid: Grid) -> Handed:
    """The best cell, and some to choose from; what the user has given is not named."""
    settings = [_settings(asked, cell) for cell in grid.candidates]
    return Handed(settings=settings[0], candidates=settings) if settings and settings[0] else Handed()


def _settings(asked: Asked, cell: Cell) -> dict[str, Value]:
    both: dict[str, Value] = {"lr": cell.lr, "weight_decay": cell.weight_decay}
    return {name: value for name, value in both.items() if name not in asked.given}


def _heat_map(grid: Grid) -> HeatMap:
    cells = [[Cell(lr=rate, weight_decay=decay) for rate in grid.rates] for decay in grid.decays]
    return HeatMap(
        title=said("coarse_grid.plot"),
        row_name="weight_decay",
        column_name="lr",
        rows=[setting(decay) for decay in grid.decays],
        columns=[setting(rate) for rate in grid.rates],
        values=[[known_number(grid.loss(cell)) for cell in row] for row in cells],
        states=[[grid.state(cell) if cell in grid.cells else "" for cell in row] for row in cells],
    )


def _table(grid: Grid) -> Table:
    """All cells, the best first; what has no loss comes last."""
    heads = ("lr", "decay", "loss", "last", "epoch", "mark")

    def order(cell: Cell) -> tuple[bool, bool, float, float, float]:
        loss = grid.loss(cell)
        unknown = math.isnan(loss)
        return cell not in grid.ranked, unknown, 0.0 if unknown else loss, cell.weight_decay, cell.lr

    rows: list[list[TableCell]] = []
    for cell in sorted(grid.cells, key=order):
        outcome = grid.cells[cell]
        rows.append(
            [
                setting(cell.lr),
                setting(cell.weight_decay),
                known_number(grid.loss(cell)),
                known_number(outcome.last_loss) if outcome else None,
                known_number(outcome.best_epoch) if outcome else None,
                _mark(grid.state(cell)),
            ]
        )
    return Table(columns=[said(f"coarse_grid.{head}") for head in heads], rows=rows)


def _mark(state: State) -> Said | str:
    return said(f"marks.{'goes_on' if state == 'kept' else state}") if state else ""
