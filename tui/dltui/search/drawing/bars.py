"""Shares as bars lying on their side, the largest on top: how much each hyperparameter matters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dltui.charts.canvas import Canvas, StyleName, cell_text, cell_width
from dltui.charts.legend import fit, shorten
from dltui.wrap import wrap

_PARTS = " ▏▎▍▌▋▊▉"
_LONGEST_LABEL, _NUMBER, _MOST_BAR = 18, 5, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class BarChart:
    """A share for each name. ``note``: what is said beside the title; ``empty``: what stands where there are none.

    ``chosen``: the name that another chart shows.
    """

    title: str
    shares: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    empty: str = ""
    chosen: str = ""


def draw_bar_chart(chart: BarChart, width: int, height: int) -> Canvas:
    """Return the bars, as many as there is room for; the last line tells how many more there are."""
    canvas = Canvas(width, height)
    column = 0
    for text, style in fit([(chart.title, StyleName.TITLE), (chart.note, StyleName.LABEL)], width):
        canvas.put(0, column, text, style)
        column += cell_width(text)
    if not chart.shares:
        for line, sentence in enumerate(wrap(cell_text(chart.empty), width)):
            canvas.put(2 + line, 0, sentence, StyleName.NOTE)
        return canvas
    names = {name: shorten(cell_text(name), _LONGEST_LABEL) for name in chart.shares}
    label = max(map(cell_width, names.values()))
    room = max(height - 1, 0)
    shown = list(chart.shares.items())[: room if len(names) <= room else max(room - 1, 0)]
    bar = max(1, min(_MOST_BAR, width - label - 2 - _NUMBER))
    longest = max(chart.shares.values()) or 1.0
    for line, (name, share) in enumerate(shown, start=1):
        style = StyleName.TITLE if name == chart.chosen else StyleName.LABEL
        canvas.put(line, label - cell_width(names[name]), names[name], style)
        canvas.put(line, label + 1, _bar(share / longest * bar), StyleName.TRAIN)
        canvas.put(line, label + 2 + bar, f"{100 * share:.0f} %".rjust(_NUMBER), style)
    if len(shown) < len(names) and room:
        canvas.put(height - 1, 0, f"↓{len(names) - len(shown)} more", StyleName.LABEL)
    return canvas


def _bar(cells: float) -> str:
    whole, part = divmod(round(max(cells, 0.0) * 8), 8)
    return "█" * whole + _PARTS[part].strip()
