"""The first row of a chart: its title, a sign for each curve, and the readout of the value cursor."""

from collections.abc import Sequence

from dltui.charts.canvas import Canvas, StyleName, cell_text, cell_width, is_wide
from dltui.charts.scale import x_limits
from dltui.charts.spec import ChartSpec, Curve, Kind
from dltui.formatting import format_value

Entry = tuple[str, StyleName]

_GAP = "  "
_SMALL = 50
_ELLIPSIS = "…"
BAND_SIGN = "┣━┫"
_DANGLING = ",;:@(-→"  # what a shortened text must not end with


def put_title_row(canvas: Canvas, spec: ChartSpec, notes: Sequence[str] = (), events: Sequence[Entry] = ()) -> None:
    """Write the first row. ``notes`` and ``events``: those that found no room in the plot."""
    width = canvas.width
    if spec.cursor_x is not None:
        text = readout(spec)
        if width < _SMALL:  # beside a large one, which tells where the cursor is
            text = text.partition(": ")[2]
        text = shorten(text, width)
        canvas.put(0, width - cell_width(text), text, StyleName.CURSOR)
        width -= cell_width(text) + len(_GAP)
    column = 0
    for text, style in fit(_entries(spec, notes, events), width):
        canvas.put(0, column, text, style)
        column += cell_width(text)


def _entries(spec: ChartSpec, notes: Sequence[str], events: Sequence[Entry]) -> list[Entry]:
    title = f"{spec.title} (log)" if spec.y_log else spec.title
    points = [mark for mark in spec.marks if mark.y is not None and mark.text]
    return [
        (cell_text(title), StyleName.TITLE),
        *((note, StyleName.NOTE) for note in notes),
        *((cell_text(f"{spec.legend_sign(curve)} {curve.label}".rstrip()), curve.style) for curve in _named(spec)),
        *((cell_text(f"{mark.sign} {mark.text}"), mark.style) for mark in points),
        *((cell_text(event), style) for event, style in events),
        *([(cell_text(f"{BAND_SIGN} {spec.band.name}"), StyleName.BEST)] if spec.band is not None else []),
    ]


def _named(spec: ChartSpec) -> list[Curve]:
    """The curves that the legend names; all that was undone is one entry, and so are those of another run."""
    return [curve for curve in spec.in_order if curve.label or not (curve.aside or curve.kind is Kind.UNDONE)]


def fit(entries: list[Entry], width: int) -> list[Entry]:
    """The entries with gaps between them, as many as ``width`` has room for; what is left out shows as an ellipsis."""
    kept: list[Entry] = []
    used = 0
    entries = [entry for entry in entries if entry[0].strip()]
    for number, (text, style) in enumerate(entries):
        gap = len(_GAP) if kept else 0
        later = len(_GAP) + 1 if number < len(entries) - 1 else 0
        if used + gap + cell_width(text) + later > width:
            rest = sum(cell_width(other) + len(_GAP) for other, _ in entries[number:])
            if used + rest - (0 if kept else len(_GAP)) > width:
                short = shorten(text, width - used - gap)
                return [*kept, (_GAP[:gap] + short, style)] if short else kept
        kept.append((_GAP[:gap] + text, style))
        used += gap + cell_width(text)
    return kept


def shorten(text: str, width: int) -> str:
    """``text`` without the last words that do not fit, an ellipsis for them; only a lone first word is cut."""
    if cell_width(text) <= width:
        return text
    if width < 1:
        return ""
    kept = _first_cells(text, width - 1)
    ends = text[len(kept)] == " " or is_wide(text[len(kept)])  # between two ideographs a text may end
    words = kept if ends else kept.rsplit(" ", 1)[0]
    words = words.rstrip().rstrip(_DANGLING).rstrip()
    # A sign without its label says nothing.
    return words + _ELLIPSIS if len(words) > 1 else _ELLIPSIS


def _first_cells(text: str, width: int) -> str:
    """As much of ``text`` as fits into ``width`` cells."""
    kept = text[:width]
    while cell_width(kept) > width:
        kept = kept[:-1]
    return kept


def readout(spec: ChartSpec) -> str:
    """The values at the cursor: ``step 1 234: train 0.123 (raw 0.15), val 0.14``; empty without a cursor.

    A value that was recorded elsewhere (a validation every hundred steps) is given with its own x.
    """
    if spec.cursor_x is None:
        return ""
    lo, hi = x_limits(spec)
    near = (hi - lo) / max(spec.width, 1)
    told = [(_readout_kind(curve), text) for curve in spec.in_order if (text := _value(spec, curve, near))]
    faint = [text for kind, text in told if kind is Kind.FAINT]
    plain = [text for kind, text in told if kind not in (Kind.FAINT, Kind.UNDONE)]
    if faint and plain:
        plain[0] += f" ({', '.join(faint)})"
        faint = []
    where = f"{spec.x_name} {spec.x_text(spec.cursor_x)}"
    return cell_text(f"{where}: {', '.join([*plain, *faint]) or 'no value'}")


def _readout_kind(curve: Curve) -> Kind:
    """That of another run's curve has its own place, however faint it is drawn."""
    return Kind.LINE if curve.aside else curve.kind


def _value(spec: ChartSpec, curve: Curve, near: float) -> str:
    """The curve's nearest value with its label; empty where the curve has none around there."""
    reach = curve.trace.x_range(spec.axis)
    if spec.cursor_x is None or reach is None or not reach[0] - near <= spec.cursor_x <= reach[1] + near:
        return ""
    point = curve.trace.value_at(spec.axis, spec.cursor_x)
    if point is None:
        return ""
    name = curve.label if curve.name is None else curve.name
    text = f"{name} {format_value(point[1], spec.unit)}".lstrip()
    return text if abs(point[0] - spec.cursor_x) <= near else f"{text} @ {spec.x_text(point[0])}"
