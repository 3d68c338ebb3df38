"""Charts with realistic data, the same on every machine."""

import numpy as np

from dltui.charts.canvas import SERIES_STYLES, StyleName
from dltui.charts.chart import ChartSpec, Curve, Kind, Mark
from dltui.charts.run_colours import run_look
from dltui.series.smoothing import Ema
from dltui.series.trace import Trace
from dltui.series.track import Track


def curve(values: object, style: StyleName = StyleName.TRAIN, kind: Kind = Kind.LINE, label: str = "train") -> Curve:
    """A curve over the steps 0, 1, 2, ..."""
    column = np.asarray(values, dtype=float)
    track = Track()
    track.extend(np.arange(len(column)), epoch=np.arange(len(column)) / 100, time=np.arange(len(column)) * 0.7)
    return Curve(label=label, trace=Trace(track, column), style=style, kind=kind)


def training(points: int, evals: int, seed: int = 0) -> tuple[Curve, Curve, Curve, Mark]:
    """A noisy training loss with its smoothing, a validation loss that rises in the end, and the mark of its best."""
    rng = np.random.default_rng(seed)
    progress = np.linspace(0, 1, points)
    raw = (2.3 * np.exp(-6 * progress) + 0.08) * np.exp(rng.normal(0, 0.3, points))
    steps = Track()
    steps.extend(np.arange(1, points + 1), epoch=progress * evals, time=progress * 3723)
    at = np.arange(1, evals + 1) / evals
    val = 2.3 * np.exp(-6 * at) + 0.12 + 0.5 * np.maximum(at - 0.45, 0) ** 1.5 + rng.normal(0, 0.006, evals)
    validations = Track()
    validations.extend(np.round(at * points), epoch=np.arange(1, evals + 1), time=at * 3723)
    best = int(np.argmin(val))
    mark = Mark(
        x=float(np.round(at * points)[best]),
        y=float(val[best]),
        text=f"best {val[best]:.4f} @ epoch {best + 1}",
        style=StyleName.BEST,
    )
    smooth = Ema(0.98 if points > 100 else 0.5).extend(raw)
    return (
        Curve(label="train", trace=Trace(steps, smooth), style=StyleName.TRAIN),
        Curve(label="raw", trace=Trace(steps, raw), style=StyleName.TRAIN_RAW, kind=Kind.FAINT),
        Curve(label="val", trace=Trace(validations, val), style=StyleName.VAL, kind=Kind.POINTS),
        mark,
    )


def loss(width: int, height: int, points: int = 2000, evals: int = 30) -> ChartSpec:
    """The large chart of a run."""
    train, raw, val, best = training(points, evals)
    return ChartSpec(width=width, height=height, title="loss", curves=(train, raw, val), marks=(best,), y_log=True)


def several(width: int, height: int, count: int = 4) -> ChartSpec:
    """The training losses of several runs, overlaid."""
    curves = []
    for number in range(count):
        train, *_ = training(2000, 30, seed=number)
        scaled = Trace(train.trace.track, train.trace.values * (1 + 0.4 * number))
        curves.append(Curve(label=f"run-{number}", trace=scaled, style=SERIES_STYLES[number]))
    return ChartSpec(width=width, height=height, title="train_loss", curves=tuple(curves), y_log=True)


def compared(width: int, height: int, count: int = 3) -> ChartSpec:
    """The validation losses of several runs of different lengths, as the comparison overlays them."""
    curves, marks = [], []
    for number in range(count):
        look = run_look(number)
        _, _, val, best = training(1000 + 500 * number, 15 + 5 * number, seed=number)
        scaled = Trace(val.trace.track, val.trace.values * 2.0**number)
        given = {"trace": scaled, "style": look.style, "symbol": look.marker, "end": look.letter}
        curves.append(Curve(label=f"run-{number}", name=look.letter, kind=Kind.POINTS, **given))
        marks.append(Mark(x=best.x, y=2.0**number * (best.y or 0.0), style=look.style))
    title = "validation loss"
    return ChartSpec(width=width, height=height, title=title, curves=tuple(curves), marks=tuple(marks), y_log=True)


def compared_lines(width: int, height: int, count: int = 3) -> ChartSpec:
    """The smoothed training losses of several runs; the last two lie on each other."""
    curves = []
    for number in range(count):
        look = run_look(number)
        train, *_ = training(1500, 30, seed=min(number, count - 2))
        scaled = Trace(train.trace.track, train.trace.values * 2.0 ** min(number, count - 2))
        given = {"trace": scaled, "style": look.style, "symbol": look.marker, "end": look.letter}
        curves.append(Curve(label=f"run-{number}", name=look.letter, **given))
    return ChartSpec(width=width, height=height, title="training loss", curves=tuple(curves), y_log=True)
