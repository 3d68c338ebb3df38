"""A chart of trials as SVG: a point for each, by its state, and the staircase of the best so far."""

import math
from collections.abc import Iterator
from html import escape

import numpy as np
from rich.cells import cell_len

from dltui.charts.canvas import StyleName, cell_text
from dltui.charts.legend import shorten
from dltui.charts.scale import Scale
from dltui.charts.ticks import linear_ticks, log_labels, log_ticks, tick_labels
from dltui.formatting import format_value
from dltui.report.paths import crosses_path, dots_path, number, triangle
from dltui.report.plot import BOTTOM, CELL, RIGHT, Plot
from dltui.search.drawing.points import Group, PointChart, is_log_chart, limits_of
from dltui.texts import Texts

_FIRST_ROW, _ROW, _BELOW = 32.0, 18.0, 14.0
_SAMPLE, _GAP = 16.0, 18.0
_PIXELS_PER_Y_TICK = 31.0
_LONGEST_TITLE = 60
_MOST_TOLD = 200
"""So many points tell their number and value to a pointer over them; more of that would be most of the file."""
_BEYOND = {False: "▲", True: "▼"}


def draw_point_chart(spec: PointChart, width: float, height: float, key: str, texts: Texts) -> str:
    """Return the chart as the inside of an ``svg`` of that size. ``key`` tells its ids from those of other charts."""
    log = is_log_chart(spec)
    values = [y for group in spec.groups for y in group.y if math.isfinite(y)]
    limits = limits_of(values, log, spec.rises)
    title = texts.ui("chart_log", title=title_of(spec)) if log else title_of(spec)
    heading = f'<text class="title" x="0" y="14">{escape(title)}</text>'
    if limits is None:
        middle = f'x="{number(width / 2)}" y="{number(height / 2)}" text-anchor="middle"'
        return f'{heading}<text class="muted" {middle}>no value to show</text>'
    return heading + "".join(_shapes(spec, Scale(*limits, 2, log), width, height, key))


def describe_point_chart(spec: PointChart) -> str:
    """Return what the chart shows in words, for who cannot see it."""
    told = [f"{len(group.x)} {group.label}" for group in spec.groups if len(group.x) and group.style != StyleName.BEST]
    told += [group.label for group in spec.groups if len(group.x) and group.style == StyleName.BEST]
    return cell_text("; ".join(told)) or title_of(spec)


def title_of(spec: PointChart) -> str:
    """Return what the chart is called, harmless and short enough for its head."""
    return shorten(cell_text(spec.title), _LONGEST_TITLE)


def _shapes(spec: PointChart, scale: Scale, width: float, height: float, key: str) -> Iterator[str]:
    beyond = any(_is_beyond(y, scale, spec.rises) for group in spec.groups for y in group.y)
    rows, top = _legend(spec, beyond, width)
    yield rows
    ticks = _y_ticks(scale, height - top - BOTTOM)
    left = max((len(label) for _, label in ticks), default=1) * CELL + 10
    x = Scale(spec.axis.lo, spec.axis.hi, max(int(width - RIGHT - left), 1) + 1)
    y = Scale(scale.lo, scale.hi, max(int(height - top - BOTTOM), 1) + 1, scale.log)
    plot = Plot(left=left, top=top, x=x, y=y)
    yield from _axes(spec, plot, ticks)
    yield from _staircase(spec, plot, key)
    for group in spec.groups:
        yield from _group(group, plot, spec.rises)
    yield from _told(spec, plot)


def _legend(spec: PointChart, beyond: bool, width: float) -> tuple[str, float]:
    """The rows of what the signs mean, and where the plot may begin below them."""
    entries: list[tuple[StyleName | None, str]] = []
    if spec.with_legend:
        entries += [(group.style, group.label) for group in reversed(spec.groups) if len(group.x)]
    if spec.steps and spec.steps_label:
        entries.append((None, spec.steps_label))
    notes = [f"{_BEYOND[spec.rises]} beyond"] if beyond else []
    shapes, x, y = [], 0.0, _FIRST_ROW
    for style, text in entries + [(StyleName.NOTE, note) for note in [*notes, *spec.notes]]:
        sample = 0.0 if style is StyleName.NOTE else _SAMPLE
        wide = sample + cell_len(text) * CELL
        if x and x + wide > width:
            x, y = 0.0, y + _ROW
        middle = y - 4
        if style is None:
            shapes.append(f'<path class="line best" d="M{number(x)} {number(middle)}h{number(_SAMPLE - 4)}"/>')
        else:
            shapes.append(_signs(style, np.array([x + 5.0]), np.array([middle])))
        shapes.append(f'<text class="legend" x="{number(x + sample)}" y="{number(y)}">{escape(cell_text(text))}</text>')
        x += wide + _GAP
    return "".join(shapes), (y + _BELOW if shapes else _FIRST_ROW - 6)


def _y_ticks(scale: Scale, height: float) -> list[tuple[float, str]]:
    count = max(2, int(height / _PIXELS_PER_Y_TICK))
    ticks = log_ticks(scale.lo, scale.hi, count) if scale.log else linear_ticks(scale.lo, scale.hi, count)
    labels = log_labels(ticks) if scale.log else tick_labels(ticks, "number")
    return list(zip(ticks, labels, strict=True))


def _axes(spec: PointChart, plot: Plot, ticks: list[tuple[float, str]]) -> Iterator[str]:
    left, right, bottom = (number(each) for each in (plot.left, plot.right, plot.bottom))
    for tick, label in ticks:
        y = float(plot.at_y(np.array([tick]))[0])
        if plot.top - 0.5 <= y <= plot.bottom + 0.5:
            yield f'<path class="grid" d="M{left} {number(y)}H{right}"/>'
            yield _label(plot.left - 6, y + 4, label, "end")
    yield f'<path class="axis" d="M{left} {bottom}H{right}"/>'
    at, labels = spec.axis.ticks(int(plot.width / CELL))
    for place, label in zip(at, labels, strict=True):
        if plot.shows(place):
            x = plot.at_x(place)
            yield f'<path class="axis" d="M{number(x)} {bottom}v4"/>'
            yield _label(x, plot.bottom + 17, label, "middle")
    if spec.corner:
        yield _label((plot.left + plot.right) / 2, plot.bottom + 34, spec.corner, "middle")


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="tick" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}">{escape(text)}</text>'


def _staircase(spec: PointChart, plot: Plot, key: str) -> Iterator[str]:
    """From each step to the right up to the next one, the last to the end; cut off at the edges of the plot."""
    if not spec.steps:
        return
    heights = plot.at_y(np.array([value for _, value in spec.steps])).tolist()
    path = ""
    for (x, _), y in zip(spec.steps, heights, strict=True):
        place = number(plot.at_x(x))
        path += f"H{place}V{number(y)}" if path else f"M{place} {number(y)}"
    size = f'width="{number(plot.width)}" height="{number(plot.height + 2)}"'
    area = f'<rect x="{number(plot.left)}" y="{number(plot.top - 1)}" {size}/>'
    yield f'<clipPath id="{key}">{area}</clipPath>'
    yield f'<path class="line best" clip-path="url(#{key})" d="{path}H{number(plot.right)}"/>'


def _group(group: Group, plot: Plot, rises: bool) -> Iterator[str]:
    """The points of a state, and at the edge those that have no value, or one that lies beyond."""
    x, y = np.asarray(group.x, dtype=np.float64), np.asarray(group.y, dtype=np.float64)
    known = np.isfinite(x) & (x >= plot.x.lo) & (x <= plot.x.hi)
    if not known.any():
        return
    across = plot.left + plot.x.dot(x[known])
    beyond = np.array([_is_beyond(value, plot.y, rises) for value in y[known].tolist()])
    edge = plot.bottom if rises else plot.top
    # what has no value has no place on a log scale either
    finite = np.isfinite(y[known]) & ((y[known] > 0) if plot.y.log else True)
    down = np.where(finite, np.clip(plot.at_y(np.where(finite, y[known], plot.y.lo)), plot.top, plot.bottom), edge)
    if not beyond.all():
        yield _signs(group.style, across[~beyond], down[~beyond])
    for at in across[beyond].tolist():
        shape = f"M{number(at)} {number(edge)}l4.5 -8h-9z" if rises else triangle(at, edge)
        yield f'<path class="beyond" d="{shape}"/>'


def _is_beyond(value: float, scale: Scale, rises: bool) -> bool:
    return math.isfinite(value) and (value < scale.lo if rises else value > scale.hi)


def _signs(style: StyleName, x: "np.typing.NDArray[np.float64]", y: "np.typing.NDArray[np.float64]") -> str:
    """The sign of a state at each of the places: another shape for each, so that none is told by its colour alone."""
    if style is StyleName.NOTE:
        return ""
    if style is StyleName.FINDING:
        return f'<path class="cross found" d="{crosses_path(x, y)}"/>'
    if style is StyleName.LABEL:
        diamonds = "".join(
            f"M{number(at)} {number(down - 4)}l4 4l-4 4l-4 -4z" for at, down in zip(x.tolist(), y.tolist(), strict=True)
        )
        return f'<path class="diamond" d="{diamonds}"/>'
    if style is StyleName.BEST:
        places = zip(x.tolist(), y.tolist(), strict=True)
        return "".join(f'<circle class="ring best" cx="{number(a)}" cy="{number(b)}" r="5.5"/>' for a, b in places)
    return f'<path class="dot {"val" if style is StyleName.VAL else "train"}" d="{dots_path(x, y)}"/>'


def _told(spec: PointChart, plot: Plot) -> Iterator[str]:
    """What a pointer over a point is told."""
    if len(spec.numbered) > _MOST_TOLD:
        return
    edge = plot.bottom if spec.rises else plot.top
    for at, (x, y) in spec.numbered.items():
        if not plot.shows(x):
            continue
        has_place = plot.has(x, y)
        down = min(max(float(plot.at_y(np.array([y]))[0]), plot.top), plot.bottom) if has_place else edge
        told = f"number {at}: {format_value(y)}" if math.isfinite(y) else f"number {at}"
        place = f'cx="{number(plot.at_x(x))}" cy="{number(down)}"'
        yield f'<circle class="spot" {place} r="6"><title>{told}</title></circle>'
