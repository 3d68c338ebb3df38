"""What a full redraw of a chart costs: decimation, frame, braille, legend, and the runs that a widget shows.

CPU time, the median of many, beside plotext drawing the same curves reduced to two points a column.
"""

import time
from collections.abc import Callable

import numpy as np
from plotext._figure import _figure_class

from benchmarks.result import Result
from dltui.charts.canvas import SERIES_STYLES, StyleName
from dltui.charts.chart import ChartSpec, Curve, Kind, draw
from dltui.series.smoothing import Ema
from dltui.series.trace import Trace
from dltui.series.track import Track

_ROUNDS = 30
_NO_TARGET = float("inf")


def measure() -> list[Result]:
    """The redraws of DESIGN's table at 1e6 points, the same at 1e7, and plotext's."""
    results = []
    for points in (10**6, 10**7):
        pair = _train_and_raw(points)
        two = ChartSpec(width=120, height=35, title="loss", curves=pair, y_log=True)
        six = ChartSpec(width=200, height=50, title="loss", curves=_six(pair[1].trace), y_log=True)
        results.append(_result(f"redraw, 2 series of {points:.0e} points, 120x35", _cost(two), 3.0))
        results.append(_result(f"redraw, 6 series of {points:.0e} points, 200x50", _cost(six), 10.0))
    results.append(_result("plotext, 2 series reduced to 240 points, 120x35", _plotext_cost(two, 240), _NO_TARGET))
    results.append(_result("plotext, 6 series reduced to 400 points, 200x50", _plotext_cost(six, 400), _NO_TARGET))
    return results


def _result(name: str, milliseconds: float, target: float) -> Result:
    return Result(name=name, value=milliseconds, unit="ms CPU", target=target)


def _train_and_raw(points: int) -> tuple[Curve, Curve]:
    rng = np.random.default_rng(0)
    track = Track()
    track.extend(np.arange(points))
    raw = (2.3 * np.exp(-6 * np.linspace(0, 1, points)) + 0.08) * np.exp(rng.normal(0, 0.3, points))
    return (
        Curve(label="train", trace=Trace(track, Ema(0.999).extend(raw)), style=StyleName.TRAIN),
        Curve(label="raw", trace=Trace(track, raw), style=StyleName.TRAIN_RAW, kind=Kind.FAINT),
    )


def _six(raw: Trace) -> tuple[Curve, ...]:
    """Six curves of their own memory and track, as in a comparison of runs."""
    curves = []
    for number, style in enumerate(SERIES_STYLES):
        track = Track()
        track.extend(raw.track.axis("step").values)
        curves.append(Curve(label=f"run {number}", trace=Trace(track, raw.values * (1 + 0.4 * number)), style=style))
    return tuple(curves)


def _cost(spec: ChartSpec) -> float:
    return _median_ms(lambda: list(draw(spec).rows()), _ROUNDS)


def _plotext_cost(spec: ChartSpec, columns: int) -> float:
    """plotext's own drawing of the same chart, with the reduction left out of the bill."""
    reduced = []
    for curve in spec.curves:
        window = curve.trace.window("step", 0, len(curve.trace), columns // 2)
        y = np.log10(np.stack([window.low, window.high], axis=1).ravel())
        reduced.append((np.repeat(window.pixel, 2).tolist(), y.tolist()))

    def render() -> None:
        figure = _figure_class()
        figure.plotsize(spec.width, spec.height)
        figure._set_size(spec.width, spec.height)
        for x, y in reduced:
            figure.plot(x, y, marker="braille")
        figure.build()

    return _median_ms(render, 3)


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    work()
    costs = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        costs.append(time.process_time() - start)
    return float(np.median(costs)) * 1e3
