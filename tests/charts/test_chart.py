from dataclasses import replace

import numpy as np
import pytest
from charts.scenes import curve, loss, several, training
from charts.test_canvas import HOSTILE
from rich.cells import cell_len

from dltui.charts.canvas import Canvas, StyleName
from dltui.charts.chart import ChartSpec, Curve, Kind, Mark, draw, readout
from dltui.charts.frame import draw_frame
from dltui.charts.legend import fit, shorten
from dltui.series.trace import Trace
from dltui.series.track import AXES, Track

BRAILLE = range(0x2801, 0x2900)


def _chart(*curves: Curve) -> ChartSpec:
    return ChartSpec(width=60, height=15, title="loss", curves=curves)


def _check(canvas: Canvas, spec: ChartSpec) -> None:
    assert canvas.chars.shape == canvas.styles.shape == (max(spec.height, 0), max(spec.width, 0))
    for runs in canvas.rows():
        text = "".join(run for run, _ in runs)
        assert text.isprintable() and cell_len(text) == max(spec.width, 0)


def _style_cells(canvas: Canvas, style: StyleName) -> int:
    return int((canvas.styles[1:] == style).sum())


@pytest.mark.parametrize("size", [(120, 35), (80, 24), (60, 15), (20, 5)])
def test_nothing_overlaps_the_frame(size: tuple[int, int]) -> None:
    spec = loss(*size)
    canvas = draw(spec)
    lines = canvas.text().split("\n")
    axis = lines[-2].index("└")
    assert set(line[axis] for line in lines[1:-2]) <= {"│", "┤"}
    assert set(lines[-2][axis + 1 :]) <= {"─", "┬"}
    for line in (*(line[:axis] for line in lines[1:-1]), lines[-1]):
        assert not any(ord(character) in BRAILLE for character in line)
    assert canvas.area is not None and canvas.area.left == axis + 1


def test_curves_differ_without_colour() -> None:
    canvas = draw(loss(80, 24))
    text = canvas.text()
    assert "●" in text.split("\n", 1)[1] and "▼" in text.split("\n", 1)[1]
    raw = canvas.chars[canvas.styles == StyleName.TRAIN_RAW]
    stippled = [code for code in raw.tolist() if code in BRAILLE]
    assert stippled and all(bin(code - 0x2800).count("1") <= 4 for code in stippled)
    compared = draw(several(80, 24)).text().split("\n", 1)[1]
    assert all(digit in compared for digit in "1234")


def test_markers_leave_the_line_between_them() -> None:
    for evals in (3, 30, 300, 3000):
        row = draw(_chart(curve(np.ones(evals), StyleName.VAL, Kind.POINTS))).text().split("\n")
        marked = next(line for line in row[1:] if "●" in line)
        assert "●●" not in marked and (marked.count("●") >= 3)


def test_markers_stay_on_their_values_as_more_come() -> None:
    values = np.random.default_rng(0).normal(size=60)
    specs = [_chart(curve(values[:count], StyleName.VAL, Kind.POINTS)) for count in (50, 60)]
    few, more = (draw(replace(spec, x_hi=100.0, y_lo=-4.0, y_hi=4.0)) for spec in specs)
    before = {tuple(cell) for cell in np.argwhere(few.chars == ord("●")).tolist()}
    after = {tuple(cell) for cell in np.argwhere(more.chars == ord("●")).tolist()}
    assert len(before - after) <= 1  # the newest of then


@pytest.mark.parametrize(
    ("values", "y_log", "message"),
    [
        ([], False, "waiting for the first record"),
        ([np.nan] * 5, False, "no finite value yet"),
        ([np.inf], True, "no finite value yet"),
        ([-1.0, 0.0], True, "no value > 0 for a log axis"),
    ],
)
def test_an_empty_chart_says_why(values: list[float], y_log: bool, message: str) -> None:
    assert message in draw(replace(_chart(curve(values)), y_log=y_log)).text()


def test_an_axis_that_the_log_does_not_have_is_told() -> None:
    track = Track()
    track.extend([1, 2])
    spec = replace(_chart(Curve(label="train", trace=Trace(track, [1, 2]), style=StyleName.TRAIN)), axis="epoch")
    assert "no epoch in this log" in draw(spec).text()


@pytest.mark.parametrize("value", [0.0, 0.5, -3.0, 1e-300, 1e300, 2.0**60])
def test_a_constant_curve_is_a_line(value: float) -> None:
    canvas = draw(_chart(curve([value] * 400)))
    columns = (canvas.styles[1:] == StyleName.TRAIN).any(axis=0)
    assert canvas.area is not None and columns.sum() == canvas.area.width


def test_what_is_not_shown_is_said() -> None:
    values = np.exp(-np.arange(100) / 20)
    values[[10, 20, 30]] = [0.0, -1.0, np.nan]
    text = draw(replace(_chart(curve(values)), y_log=True)).text()
    assert "2 values <= 0 not on a log axis" in text
    assert "1 not finite" in text
    assert "<= 0" not in draw(_chart(curve(values))).text()


def test_first_values_leave_the_chart_visibly() -> None:
    values = np.r_[25.0, 12.0, np.linspace(1, 0.1, 200)]
    assert "first values up to 25 above the chart ▲" in draw(_chart(curve(values))).text()
    assert "above the chart" not in draw(replace(_chart(curve(values)), y_log=True)).text()
    assert "above the chart" not in draw(_chart(curve(values[::-1]))).text()  # only a start may be cut
    assert "above the chart" not in draw(_chart(curve(values[:6]))).text()  # too few to speak of a start


def test_limits_that_are_asked_for_are_kept() -> None:
    text = draw(replace(_chart(curve([0.0, 5.0])), y_lo=0.0, y_hi=1.0)).text()
    assert "values up to 5 above the chart ▲" in text and text.count("above the chart") == 1
    assert draw(replace(_chart(curve([0.2, 0.4])), y_lo=0.0, y_hi=1.0)).text().split("\n")[1].strip().startswith("1.0┤")


def test_a_gap_is_a_gap() -> None:
    values = np.ones(50)
    values[20:30] = np.nan
    canvas = draw(_chart(curve(values)))
    drawn = np.flatnonzero((canvas.styles[1:] == StyleName.TRAIN).any(axis=0))
    assert np.diff(drawn).max() > 8


def test_the_cursor_reads_the_values_below_it() -> None:
    spec = replace(loss(100, 20), cursor_x=1000.0)
    text = readout(spec)
    assert text.startswith("step 1 000: train 0.") and "(raw 0." in text and "val 0." in text
    assert text in draw(spec).text().split("\n")[0]
    assert _style_cells(draw(spec), StyleName.CURSOR) > 5
    assert readout(replace(spec, cursor_x=1e9)) == "step 1 000 000 000: no value"
    assert readout(loss(100, 20)) == ""


def test_events_are_told_beside_their_line_or_in_the_title_row() -> None:
    beside = draw(replace(loss(80, 24), marks=(Mark(x=1500, text="lr 1e-3→3e-4"),)))
    assert "┆lr 1e-3→3e-4" in beside.text().split("\n", 1)[1]
    before = draw(replace(loss(80, 24), marks=(Mark(x=1950, text="lr 1e-3→3e-4"),)))
    assert "lr 1e-3→3e-4┆" in before.text().split("\n", 1)[1]
    long = "lr 1e-3→3e-4 until the end of the training"
    no_room = draw(replace(loss(80, 24), marks=(Mark(x=1000, text=long, style=StyleName.FINDING),)))
    assert f"┆ {long}" in no_room.text().split("\n")[0]
    assert (no_room.styles[0] == StyleName.FINDING).sum() == len(long) + 4  # in its own colour there too


@pytest.mark.parametrize("width", range(0, 60))
def test_the_legend_never_ends_inside_a_word(width: int) -> None:
    entries = [
        ("loss (log)", StyleName.TITLE),
        ("━ train", StyleName.TRAIN),
        ("▼ best 0.0812 @ epoch 9", StyleName.BEST),
    ]
    text = "".join(part for part, _ in fit(entries, width))
    assert len(text) <= width
    words = ["loss", "(log)", "━", "train", "▼", "best", "0.0812", "@", "epoch", "9"]
    assert all(word.rstrip("…") in ["", *words] or width < 6 for word in text.split())
    assert width < 50 or not text.endswith("…")


def test_shortening() -> None:
    assert shorten("best 0.0812 @ epoch 9", 15) == "best 0.0812…"
    assert shorten("averyverylongname", 8) == "averyve…"
    assert shorten("short", 5) == "short"
    assert shorten("short", 0) == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_labels_stay_text(text: str) -> None:
    train, raw, val, best = training(50, 5)
    spec = ChartSpec(
        width=90,
        height=20,
        title=text,
        curves=tuple(replace(part, label=text, symbol=text[:1]) for part in (train, raw, val)),
        marks=(replace(best, text=text, symbol=text[:1]), Mark(x=20, text=text, symbol=text[:1])),
        cursor_x=25,
        empty=text,
    )
    _check(draw(spec), spec)
    _check(draw(replace(spec, curves=())), replace(spec, curves=()))


@pytest.mark.parametrize("height", range(0, 9))
@pytest.mark.parametrize("width", [0, 1, 5, 15, 16, 17, 20, 33])
def test_tiny_sizes(width: int, height: int) -> None:
    for spec in (replace(loss(20, 5), width=width, height=height), ChartSpec(width=width, height=height, title="loss")):
        _check(draw(spec), spec)


def test_the_frame_is_drawn_once() -> None:
    draw_frame.cache_clear()
    for n in range(100, 150):
        draw(replace(_chart(curve(np.linspace(1, 0.5, n))), x_hi=1000.0))
    assert draw_frame.cache_info().misses == 1


def _random_values(rng: np.random.Generator, length: int) -> np.ndarray:
    values = rng.normal(size=length) * 10.0 ** rng.integers(-300, 300) + rng.choice([0.0, 1.0, -1e9])
    special = rng.random(length) < rng.choice([0.0, 0.0, 0.1, 1.0])
    values[special] = rng.choice([np.nan, np.inf, -np.inf, 0.0, -1.0, 1e308, 5e-324], int(special.sum()))
    return np.asarray(values)


@pytest.mark.parametrize("seed", range(300))
def test_no_data_and_no_size_makes_it_fail(seed: int) -> None:
    rng = np.random.default_rng(seed)
    curves = []
    for _ in range(rng.integers(0, 4)):
        length = int(rng.choice([0, 1, 2, 7, 300, 3000]))
        track = Track()
        steps = (
            np.cumsum(rng.choice([0.0, 1.0, 1e-9, 1e12], length)) if rng.random() < 0.7 else _random_values(rng, length)
        )
        track.extend(steps, epoch=_random_values(rng, length))
        style, kind = StyleName(int(rng.integers(len(StyleName)))), list(Kind)[rng.integers(3)]
        curves.append(
            Curve(
                label=str(rng.choice(HOSTILE)), trace=Trace(track, _random_values(rng, length)), style=style, kind=kind
            )
        )
    odd = [None, None, 0.0, 1.0, -1e300, 1e300, 1e-300, np.nan, np.inf, 500.0]

    def limit() -> float | None:
        return odd[rng.integers(len(odd))]

    spec = ChartSpec(
        width=int(rng.integers(0, 130)),
        height=int(rng.integers(0, 40)),
        title=str(rng.choice(HOSTILE)),
        curves=tuple(curves),
        marks=tuple(
            Mark(x=limit() or 3.0, y=limit(), text=str(rng.choice(HOSTILE))) for _ in range(rng.integers(0, 4))
        ),
        axis=AXES[rng.integers(3)],
        x_lo=limit(),
        x_hi=limit(),
        y_lo=limit(),
        y_hi=limit(),
        y_log=bool(rng.random() < 0.5),
        unit=("number", "percent", "time", "step", "epoch")[rng.integers(5)],
        cursor_x=limit(),
    )
    _check(draw(spec), spec)
