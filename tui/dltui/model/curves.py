"""One parameter over time, as charts: its updates, gradient and weights, and what its module puts out."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dltui.charts.canvas import StyleName
from dltui.charts.spec import ChartSpec, Curve, Kind, Level
from dltui.model.rows import TARGET
from dltui.series.parameters import module_of, output_names, ratio_of
from dltui.series.trace import Trace
from dltui.series.track import Track
from dltui.texts.model import ModelTexts
from dltui_trainers.runlog import Number, OutputStats, ParametersRecord, ParameterStats

DECADES = 10.0
"""A chart with the target on it shows at least a decade on either side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One parameter in every record that has it, oldest first; ``outputs``: None where a record has none."""

    name: str
    steps: tuple[float, ...]
    stats: tuple[ParameterStats, ...]
    outputs: tuple[OutputStats | None, ...]


def history_of(name: str, records: Sequence[ParametersRecord], names: Sequence[str]) -> History:
    """Return how the parameter was over time. ``names``: those of all parameters, in the order of the model."""
    told_by = output_names(records[-1] if records else None, map(module_of, names)).get(module_of(name))
    known = [record for record in records if name in record.parameters]
    return History(
        name=name,
        steps=tuple(float(record.step) for record in known),
        stats=tuple(record.parameters[name] for record in known),
        outputs=tuple(None if told_by is None else record.outputs.get(told_by) for record in known),
    )


def parameter_charts(history: History, texts: ModelTexts, cursor: float | None = None) -> list[ChartSpec]:
    """Return the charts, what tells most first. ``cursor``: the step that is looked at, None for the newest."""
    return [ratio_chart(history, texts, cursor), *_charts(history, texts, cursor)]


def ratio_chart(history: History, texts: ModelTexts, cursor: float | None = None) -> ChartSpec:
    """The update-to-weight ratio with the line at 1e-3."""
    values = [_number(ratio_of(stats)) for stats in history.stats]
    usable = [value for value in values if 0 < value < math.inf]
    return _chart(
        texts.ui("chart_ratio"),
        history,
        [(values, "", StyleName.SERIES_1)],
        texts,
        cursor,
        log=True,
        levels=(Level(TARGET, texts.ui("level_target")),),
        y_lo=min([TARGET / DECADES, *usable]) if usable else None,
        y_hi=max([TARGET * DECADES, *usable]) if usable else None,
    )


def _charts(history: History, texts: ModelTexts, cursor: float | None) -> Iterator[ChartSpec]:
    gradient = [_number(stats.grad_norm) for stats in history.stats]
    yield _chart(texts.ui("chart_gradient"), history, [(gradient, "", StyleName.GRAD)], texts, cursor, log=True)
    norm = [_number(stats.norm) for stats in history.stats]
    yield _chart(texts.ui("chart_norm"), history, [(norm, "", StyleName.TRAIN)], texts, cursor)
    shares = [
        (_of(history, lambda each: each.dead), texts.ui("curve_dead"), StyleName.SERIES_5),
        (_of(history, lambda each: each.saturated), texts.ui("curve_saturated"), StyleName.SERIES_2),
    ]
    yield _chart(texts.ui("chart_share"), history, shares, texts, cursor, share=True)
    outputs = [
        (_of(history, lambda each: each.mean), texts.ui("curve_mean"), StyleName.SERIES_1),
        (_of(history, lambda each: each.deviation), texts.ui("curve_deviation"), StyleName.SERIES_3),
    ]
    yield _chart(texts.ui("chart_outputs"), history, outputs, texts, cursor)


def _of(history: History, what: Callable[[OutputStats], Number | None]) -> list[float]:
    return [math.nan if outputs is None else _number(what(outputs)) for outputs in history.outputs]


def _number(value: Number | None) -> float:
    return math.nan if value is None else float(value)


def _chart(
    title: str,
    history: History,
    curves: Sequence[tuple[list[float], str, StyleName]],
    texts: ModelTexts,
    cursor: float | None,
    *,
    log: bool = False,
    share: bool = False,
    levels: tuple[Level, ...] = (),
    y_lo: float | None = None,
    y_hi: float | None = None,
) -> ChartSpec:
    """A chart of curves that have any value; points where lines would be told apart by colour alone."""
    track = Track()
    track.extend(history.steps)
    told = [each for each in curves if any(not math.isnan(value) for value in each[0])]
    drawn = tuple(
        Curve(label=label, trace=Trace(track, values), style=style, kind=Kind.POINTS if at else Kind.LINE)
        for at, (values, label, style) in enumerate(told)
    )
    return ChartSpec(
        width=0,
        height=0,
        title=title,
        curves=drawn,
        levels=levels,
        y_log=log,
        y_lo=0.0 if share else y_lo,
        y_hi=1.0 if share else y_hi,
        unit="percent" if share else "number",
        cursor_x=cursor,
        empty=texts.ui("chart_empty"),
    )
