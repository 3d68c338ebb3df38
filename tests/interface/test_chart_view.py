"""The chart on the screen: which cells are sent when it changes."""

from dltui.charts.canvas import Canvas, StyleName
from dltui.widgets.canvas_view import changed_cells


def canvas_with(text: str) -> Canvas:
    canvas = Canvas(6, 1)
    canvas.put(0, 1, text, StyleName.FINDING)
    return canvas


def test_a_wide_character_is_sent_whole() -> None:
    before = canvas_with("过拟")
    assert not changed_cells(before, canvas_with("过拟")).any()
    assert changed_cells(before, canvas_with("过合"))[0].tolist() == [False, False, False, True, True, False]
    assert changed_cells(before, canvas_with("过"))[0].tolist() == [False, False, False, True, True, False]
    assert changed_cells(canvas_with("ab"), canvas_with("ac"))[0].tolist() == [False, False, True, False, False, False]
