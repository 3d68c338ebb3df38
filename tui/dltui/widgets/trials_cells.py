"""The columns of the table of trials, and what stands in them: those that matter least go first where room is short."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from rich.cells import set_cell_size

from dltui.charts.canvas import StyleName, cell_text, cell_width
from dltui.charts.legend import shorten
from dltui.formatting import UNKNOWN, format_value, setting
from dltui.search.drawing.charts import BEST_SIGN
from dltui.search.drawing.values import progress_of, seconds_of, value_of, values_so_far
from dltui.search.study.study import Study, TrialState
from dltui.widgets.trials_order import NUMBER, TIME, TREE, VALUE, Row, is_tuning
from dltui.widgets.trials_words import TrialWords, change_text, span, spark, state_words

GAP = 2
_MOST_SETTING, _LEAST_SETTING = 14, 4
_MOST_NOTE, _LEAST_NOTE = 60, 16
_CURVE = 10
_MOST_EPOCHS = 9
_PLACES = "²³"
_MOSTLY = 2 / 3
"""Of its room: a cell whose whole words fill less of it is cut within a word."""
Cell = tuple[str, StyleName]
_NONE: Cell = ("", StyleName.BLANK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the rows are drawn from. ``places``: of the complete trials by their objective. ``now_s``: the present."""

    study: Study
    places: Mapping[int, int]
    words: TrialWords
    now_s: float

    @property
    def rises(self) -> bool:
        """Whether more is better."""
        return self.study.begun is not None and self.study.objective.rises


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialColumn:
    """One column. ``worth``: where there is no room the one with the least is left out first. ``key``: what a click on
    its heading sorts by, empty for what cannot be sorted by. ``most``: how wide it may become where there is room.
    """

    key: str
    heading: str
    cells: int
    worth: int
    cell: Callable[[Row, Shown], Cell]
    right: bool = True
    most: int = 0


def columns_for(shown: Shown, rows: Sequence[Row], names: Sequence[str], width: int) -> list[TrialColumn]:
    """Return the columns that have room in ``width`` cells. ``names``: the hyperparameters that are worth one."""
    told = _of_tuning(shown, rows) if is_tuning(shown.study) else _of_search(shown, rows, names)
    while len(told) > 1 and width_of(told) > width:
        told.remove(min(told, key=lambda column: column.worth))
    return _widened(told, width - width_of(told))


def width_of(columns: Sequence[TrialColumn]) -> int:
    """Return how many cells the columns take together."""
    return sum(column.cells for column in columns) + GAP * (len(columns) - 1)


def _widened(columns: Sequence[TrialColumn], spare: int) -> list[TrialColumn]:
    """The columns with what is left over, as far as they need it, the first ones first."""
    widened = []
    for column in columns:
        more = max(0, min(column.most - column.cells, spare))
        widened.append(replace(column, cells=column.cells + more))
        spare -= more
    return widened


def _of_search(shown: Shown, rows: Sequence[Row], names: Sequence[str]) -> list[TrialColumn]:
    metric = shown.study.objective.metric
    told = [
        _column(NUMBER, "#", _number_cells(rows), 100, _number),
        _column("", "state", 10, 96, _state, right=False),
        _column(VALUE, metric, 8, 99, _value, most_heading=13),
        _column("", "epochs", _epoch_cells(rows), 70, _epochs),
        _column("", "curve", _CURVE, 28, _curve, right=False),
        _column(TIME, "time", 5, 32, _time),
        _column("", "verdict", 14, 80, _verdict, right=False),
    ]
    # the first two tell more than a verdict's epoch count, the rest come after it
    told += [_setting_column(name, rows, 85 - 4 * at if at < 2 else 62 - at) for at, name in enumerate(names)]
    return told + _note_column(shown, rows, 30)


def _of_tuning(shown: Shown, rows: Sequence[Row]) -> list[TrialColumn]:
    changes = max((cell_width(change_text(row.trial.change)) for row in rows), default=0)
    against = max((cell_width(shown.words.symptom(row.trial.against)) for row in rows), default=0)
    told = [
        _column(TREE, "#", max(4, max((len(row.stem) for row in rows), default=0) + _number_cells(rows)), 100, _branch,
                right=False),
        _column("", "state", 10, 40, _state, right=False),
        _column(VALUE, shown.study.objective.metric, 8, 99, _value, most_heading=13),
        _column("", "change", max(6, min(changes, 20)), 98, _change, right=False, most=changes),
        _column("", "against", max(7, min(against, 14)), 70, _symptom, right=False, most=against),
        _column("", "outcome", 17, 97, _outcome, right=False),
        _column("", "", 10, 85, _kept, right=False),
        _column("", "epochs", _epoch_cells(rows), 60, _epochs),
        _column("", "curve", _CURVE, 28, _curve, right=False),
        _column(TIME, "time", 5, 32, _time),
        _column("", "verdict", 14, 80, _verdict, right=False),
    ]  # fmt: skip
    return told + _note_column(shown, rows, 30)


def _column(
    key: str,
    heading: str,
    cells: int,
    worth: int,
    cell: Callable[[Row, Shown], Cell],
    *,
    right: bool = True,
    most: int = 0,
    most_heading: int = 0,
) -> TrialColumn:
    heading = cell_text(heading)
    cells = max(cells, min(cell_width(heading) + 1, most_heading or cells))
    return TrialColumn(key=key, heading=heading, cells=cells, worth=worth, cell=cell, right=right, most=most)


def _setting_column(name: str, rows: Sequence[Row], worth: int) -> TrialColumn:
    longest = max((cell_width(_setting_text(row, name)) for row in rows), default=0)
    cells = max(_LEAST_SETTING, min(_MOST_SETTING, max(longest, cell_width(cell_text(name)))))
    numbers = not any(isinstance(row.trial.settings.get(name), str) for row in rows)

    def cell(row: Row, shown: Shown) -> Cell:
        known = name in row.trial.settings
        return _setting_text(row, name), StyleName.BLANK if known else StyleName.LABEL

    return _column(name, name, cells, worth, cell, right=numbers)


def _setting_text(row: Row, name: str) -> str:
    value = row.trial.settings.get(name)
    return cell_text(setting(value)) if value is not None else UNKNOWN


def _note_column(shown: Shown, rows: Sequence[Row], worth: int) -> list[TrialColumn]:
    """Why trials ended, if any did for a reason."""
    longest = max((cell_width(shown.words.why_ended(row.trial)) for row in rows), default=0)
    if not longest:
        return []
    cells = min(max(longest, 4), _LEAST_NOTE)
    return [_column("", "note", cells, worth, _note, right=False, most=min(longest, _MOST_NOTE))]


def _number_cells(rows: Sequence[Row]) -> int:
    return 2 + max((len(str(row.trial.number)) for row in rows), default=1)


def _number(row: Row, shown: Shown) -> Cell:
    if shown.places.get(row.trial.number) == 1:
        return f"{BEST_SIGN} {row.trial.number}", StyleName.BEST
    return str(row.trial.number), StyleName.LABEL


def _branch(row: Row, shown: Shown) -> Cell:
    is_best = shown.places.get(row.trial.number) == 1
    text = f"{row.stem}{row.trial.number}"
    return (f"{text} {BEST_SIGN}", StyleName.BEST) if is_best else (text, StyleName.LABEL)


def _state(row: Row, shown: Shown) -> Cell:
    return state_words(row.trial)


def _value(row: Row, shown: Shown) -> Cell:
    """The objective; what is not final yet is dim, and the places after the best one have their number."""
    value, place = value_of(row.trial, shown.rises), shown.places.get(row.trial.number, 0)
    if value != value:  # NaN
        return UNKNOWN, StyleName.LABEL
    text = format_value(value)
    if place == 1:
        return text, StyleName.BEST
    mark = _PLACES[place - 2] if 2 <= place <= 1 + len(_PLACES) else ""
    return f"{mark}{text}", StyleName.BLANK if row.trial.state is TrialState.COMPLETE else StyleName.LABEL


def _epochs(row: Row, shown: Shown) -> Cell:
    done, planned = progress_of(row.trial)
    if not planned:
        return (UNKNOWN if row.trial.state.has_ended else ""), StyleName.LABEL
    style = StyleName.TRAIN if row.trial.state is TrialState.RUNNING else StyleName.LABEL
    text = f"{done:.0f}/{planned:.0f}"
    return text if len(text) <= _MOST_EPOCHS else f"{100 * done / planned:.0f} %", style


def _epoch_cells(rows: Sequence[Row]) -> int:
    """As wide as the longest plan needs, ``400/400``; a longer one is told in percent."""
    planned = max((progress_of(row.trial)[1] for row in rows), default=0.0)
    return max(6, min(_MOST_EPOCHS, 2 * len(f"{planned:.0f}") + 1))


def _curve(row: Row, shown: Shown) -> Cell:
    style = StyleName.VAL if row.trial.state is TrialState.RUNNING else StyleName.TRAIN_RAW
    return spark(values_so_far(row.trial), _CURVE), style


def _time(row: Row, shown: Shown) -> Cell:
    return span(seconds_of(row.trial, shown.now_s)), StyleName.LABEL


def _verdict(row: Row, shown: Shown) -> Cell:
    return shown.words.verdict(row.trial.verdict) if row.trial.verdict else _NONE


def _note(row: Row, shown: Shown) -> Cell:
    return shown.words.why_ended(row.trial), StyleName.LABEL


def _change(row: Row, shown: Shown) -> Cell:
    if not row.trial.change:
        return ("where it starts", StyleName.LABEL) if row.trial.parent is None else (UNKNOWN, StyleName.LABEL)
    return change_text(row.trial.change), StyleName.BLANK


def _symptom(row: Row, shown: Shown) -> Cell:
    return shown.words.symptom(row.trial.against) if row.trial.against else "", StyleName.LABEL


def _outcome(row: Row, shown: Shown) -> Cell:
    """What the change did; before that is known, and where it is not, how the trial is."""
    if row.trial.outcome:
        return shown.words.outcome(row.trial.outcome)
    return _NONE if row.trial.state is TrialState.COMPLETE else state_words(row.trial)


def _kept(row: Row, shown: Shown) -> Cell:
    if not row.trial.state.has_ended or row.trial.parent is None:
        return _NONE
    return ("kept", StyleName.BLANK) if row.trial.kept else ("backed out", StyleName.LABEL)


def fitted(text: str, width: int) -> str:
    """Return what stands in a cell in so many cells: without its last words where it is too long, or the end of one."""
    words = shorten(cell_text(text), width)
    if cell_width(words) >= _MOSTLY * min(width, cell_width(text)):
        return words
    return f"{set_cell_size(cell_text(text), width - 1).rstrip()}…" if width > 0 else ""
