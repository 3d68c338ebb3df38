"""Whole charts as text. ``DLTUI_REWRITE_CAPTURES=1 pytest tests/charts`` writes them anew: look at what changed."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from charts.scenes import compared, compared_lines, curve, loss, several

from dltui.charts.canvas import StyleName
from dltui.charts.chart import ChartSpec, Mark, draw

CAPTURES = Path(__file__).parent / "captures"
SIZES = ((80, 24), (60, 15), (20, 5))


def _loss(width: int, height: int) -> ChartSpec:
    spec = loss(width, height)
    return replace(spec, marks=(*spec.marks, Mark(x=1500, text="lr 1e-3→3e-4 (you)")))


def _by_epoch(width: int, height: int) -> ChartSpec:
    return replace(loss(width, height), axis="epoch", y_log=False, x_hi=50.0)


def _cursor(width: int, height: int) -> ChartSpec:
    return replace(loss(width, height), cursor_x=1234.0)


def _long(width: int, height: int) -> ChartSpec:
    return replace(loss(width, height, points=200_000, evals=100), axis="time")


def _few(width: int, height: int) -> ChartSpec:
    return loss(width, height, points=5, evals=5)


def _cut(width: int, height: int) -> ChartSpec:
    values = np.r_[25.0, 24.0, 10.0, 3.0, np.linspace(1, 0.1, 596)]
    values[300:330] = np.nan
    return ChartSpec(width=width, height=height, title="loss", curves=(curve(values),))


def _accuracy(width: int, height: int) -> ChartSpec:
    values = curve(1 - 0.9 * np.exp(-np.arange(300) / 60), style=StyleName.ACCURACY, label="val")
    return ChartSpec(width=width, height=height, title="accuracy", unit="percent", curves=(values,))


def _waiting(width: int, height: int) -> ChartSpec:
    return ChartSpec(width=width, height=height, title="loss", curves=(curve([]),))


SCENES: dict[str, Callable[[int, int], ChartSpec]] = {
    "loss": _loss,
    "epoch": _by_epoch,
    "cursor": _cursor,
    "long": _long,
    "few": _few,
    "several": several,
    "compared": compared,
    "compared-lines": compared_lines,
    "cut": _cut,
    "accuracy": _accuracy,
    "waiting": _waiting,
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_chart_looks_as_captured(scene: str, size: tuple[int, int]) -> None:
    text = draw(SCENES[scene](*size)).text() + "\n"
    path = CAPTURES / f"{scene}-{size[0]}x{size[1]}.txt"
    if os.environ.get("DLTUI_REWRITE_CAPTURES"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
