"""What stands still on a chart: the values that curves are held against, and the part of x that matters."""

import math

from dltui.charts.canvas import Canvas, StyleName, cell_text, cell_width
from dltui.charts.plot import Plot
from dltui.charts.raster import DOTS_X, DOTS_Y
from dltui.charts.spec import Band, Level

LEVEL_SIGN = "╌"
_UNDER_TEXT = frozenset(map(ord, (" ", LEVEL_SIGN)))
_THICK = {ord("─"): ord("━"), ord("┬"): ord("┯"), ord(" "): ord("━")}
_ENDS = "┣┫"


def put_level(plot: Plot, level: Level) -> None:
    """The dashed line of a level, beneath all that is drawn later."""
    row = _row(plot, level)
    if row is not None:
        plot.put_text(row, 0, LEVEL_SIGN * plot.width, StyleName.LEVEL)


def put_level_name(plot: Plot, level: Level) -> bool:
    """Write the name of a level on its line, or beside it; False if there is no room."""
    row = _row(plot, level)
    if row is None:
        return True  # out of view, and so is its name
    text = f" {cell_text(level.name)} "
    width = cell_width(text)
    for at in (row, row - 1, row + 1):
        for start in (plot.width - width, 0, (plot.width - width) // 2):
            if 0 <= at < plot.height and 0 <= start <= plot.width - width and _is_free(plot, at, start, start + width):
                plot.put_text(at, start, text, StyleName.LEVEL)
                return True
    return False


def put_band(canvas: Canvas, plot: Plot, band: Band) -> None:
    """Make the x axis, which is the row below the plot, thick where the band is."""
    area = canvas.area
    if area is None or not (math.isfinite(band.lo) and math.isfinite(band.hi)):
        return
    lo, hi = max(band.lo, plot.x.lo), min(band.hi, plot.x.hi)
    first, last = plot.x.cell(lo, DOTS_X), plot.x.cell(hi, DOTS_X)
    if first is None or last is None or lo > hi:
        return
    cells = canvas.chars[1 + plot.height, area.left + first : area.left + last + 1]
    cells[:] = [_THICK.get(int(each), int(each)) for each in cells]
    cells[0], cells[-1] = ord(_ENDS[0]), ord(_ENDS[1])
    canvas.styles[1 + plot.height, area.left + first : area.left + last + 1] = StyleName.BEST


def _row(plot: Plot, level: Level) -> int | None:
    cell = plot.y.cell(level.y, DOTS_Y)
    return None if cell is None else plot.height - 1 - cell


def _is_free(plot: Plot, row: int, start: int, stop: int) -> bool:
    return all(int(each) in _UNDER_TEXT for each in plot.chars[row, start:stop])
