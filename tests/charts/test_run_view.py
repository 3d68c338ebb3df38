"""How a person looks at a run: each key makes a new view, and none leads off the axis."""

import pytest

from dltui.charts.run_view import SMOOTHING_STEPS, RunView

WHOLE = (0.0, 100.0)


def test_the_axes_go_round_and_forget_window_and_cursor() -> None:
    view = RunView(window=(1, 2), cursor=1.5)
    assert view.with_next_axis() == RunView(axis="epoch")
    assert view.with_next_axis().with_next_axis().with_next_axis().axis == "step"


def test_smoothing_stays_on_its_steps() -> None:
    assert RunView().smoother(1).smoothing > RunView().smoothing
    assert RunView().smoother(-100).smoothing == 0.0
    assert RunView().smoother(100).smoothing == SMOOTHING_STEPS[-1]


def test_zoom_keeps_what_is_looked_at_in_its_place() -> None:
    assert RunView().zoomed(0.5, WHOLE).window == (50.0, 100.0)
    assert RunView(cursor=20.0).zoomed(0.5, WHOLE).window == (10.0, 60.0)
    assert RunView().zoomed(0.5, WHOLE, around=0.0).window == (0.0, 50.0)
    assert RunView(window=(25.0, 75.0)).zoomed(2, WHOLE, around=50.0).window is None
    assert RunView().zoomed(2, WHOLE).window is None


def test_zoom_ends_before_rounding_does() -> None:
    view = RunView()
    for _ in range(200):
        view = view.zoomed(0.5, WHOLE, around=30.0)
    assert view.window is not None and view.window[0] < 30.0 < view.window[1]


@pytest.mark.parametrize(
    ("share", "window"), [(1, (80.0, 100.0)), (-1, (20.0, 40.0)), (-9, (0.0, 20.0)), (9, (80.0, 100.0))]
)
def test_the_window_stays_on_the_axis(share: float, window: tuple[float, float]) -> None:
    start = (60.0, 80.0) if share in (1, 9) else (40.0, 60.0)
    assert RunView(window=start).panned(share, WHOLE).window == window
    assert RunView().panned(share, WHOLE) == RunView()


def test_the_window_follows_the_cursor() -> None:
    view = RunView(window=(40.0, 60.0))
    assert view.with_cursor(50.0, WHOLE).window == (40.0, 60.0)
    assert view.with_cursor(62.0, WHOLE).window == (42.0, 62.0)
    assert view.with_cursor(35.0, WHOLE).window == (35.0, 55.0)
    assert view.with_cursor(1000.0, WHOLE).cursor == 100.0
    assert view.with_cursor(None, WHOLE).cursor is None
