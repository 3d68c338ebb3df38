"""The tables of a study's report: what was tried of each hyperparameter, and all trials."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dltui.formatting import UNKNOWN, format_value, setting
from dltui.guide.telling.step_words import TableWords, seconds_text
from dltui.guide.telling.words import LONGEST_VALUE, bounded, value_of
from dltui.search.drawing.charts import BEST_SIGN
from dltui.search.drawing.values import ranked, searched, seconds_of
from dltui.search.drawing.values import value_of as objective_of
from dltui.search.space.dimension import Dimension
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialEntry, TrialState
from dltui.search.telling import ending_of, settings_text
from dltui.texts import Texts
from dltui.tune.telling import seen_in
from dltui_trainers.runlog import Value

MOST_COLUMNS = 8
"""Of more hyperparameters the settings of a trial stand in one cell."""
SETTINGS = "settings"
MOST_ROWS = 2000
_LONGEST_ERROR = 300


def hparams_table(study: Study) -> TableWords:
    """Return each hyperparameter with what was tried of it, or given for all, and what the best trial has."""
    options = study.options
    if isinstance(options, SearchOptions):
        heading, told = "tried", {each.name: values_of(each) for each in options.dimensions}
        told |= {name: f"{value_of(value)}, given for all" for name, value in options.settings.items()}
        first: Mapping[str, Value] = options.settings
    else:
        heading, first = "at first", _first(study)
        told = {name: value_of(first.get(name)) for name in dict.fromkeys((*searched(study), *first))}
    names, rows = ["hyperparameter", heading], [[bounded(name, LONGEST_VALUE), text] for name, text in told.items()]
    if study.best is not None:
        best = {**first, **study.best.settings}
        names.append("the best")
        rows = [[*row, value_of(best.get(name))] for name, row in zip(told, rows, strict=True)]
    return TableWords(
        columns=tuple(names), rows=tuple(tuple(row) for row in rows), numbers=(False, False, True)[: len(names)]
    )


def _first(study: Study) -> dict[str, Value]:
    """The settings that a tuning began with: what was given, and what a change tells of the value before it."""
    settings: dict[str, Value] = {**study.options.settings, **(study.trials[0].settings if study.trials else {})}
    for trial in study.trials:
        for name, (before, _) in trial.change.items():
            settings.setdefault(name, before)
    return settings


def values_of(dimension: Dimension) -> str:
    """Return the values that a hyperparameter might take: ``1e-5 to 0.1, log``, ``16, 32, 64``, ``0, or 1 to 9``."""
    if dimension.is_choice:
        return bounded(", ".join(map(setting, dimension.choices)), LONGEST_VALUE)
    ends = [int(each) if dimension.whole else each for each in (dimension.low, dimension.high)]
    told = " to ".join(map(setting, ends))
    beside = "".join(f"{setting(value)}, or " for value in dimension.also)
    step = f", in steps of {setting(dimension.step)}" if dimension.step else ""
    return bounded(f"{beside}{told}{', log' if dimension.log else ''}{step}", LONGEST_VALUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """What the rows of the trials are told from. ``names``: of the hyperparameters with a column of their own."""

    study: Study
    names: list[str]
    best: TrialEntry | None
    texts: Texts
    now_s: float
    is_over: bool

    def row(self, trial: TrialEntry) -> Iterator[str]:
        """The cells of one trial."""
        yield f"{trial.number} {BEST_SIGN}" if trial is self.best else str(trial.number)
        error = " ".join(trial.error.split())
        ending = ending_of(trial) if trial.state.has_ended else state_of(trial.state, is_over=self.is_over)
        yield bounded(f"{ending}{f': {error}' if error else ''}", _LONGEST_ERROR)
        value = objective_of(trial, self.study.objective.rises)
        so_far = "" if trial.state.has_ended else " so far"
        yield f"{format_value(value)}{so_far}" if value == value else UNKNOWN  # not NaN
        seconds = seconds_of(trial, self.now_s)
        yield seconds_text(seconds) if seconds > 0 else UNKNOWN
        yield bounded(seen_in(trial, self.texts), LONGEST_VALUE)
        settings: dict[str, Value] = {**self.study.options.settings, **trial.settings}
        if self.names:
            yield from (value_of(settings.get(name)) for name in self.names)
        else:
            yield bounded(settings_text(trial.settings)) or UNKNOWN


def trials_table(study: Study, texts: Texts, now_s: float, *, is_over: bool) -> TableWords:
    """Return a row for each trial: of a search the best first, then those not complete; of a tuning in order.

    ``is_over``: what was at work has been cut short.
    """
    names = searched(study)
    names = names if len(names) <= MOST_COLUMNS else []
    metric = bounded(study.objective.metric, LONGEST_VALUE)
    settings = tuple(bounded(name, LONGEST_VALUE) for name in names) or (SETTINGS,)
    trials = _best_first(study) if isinstance(study.options, SearchOptions) else study.trials
    rows = _Rows(study=study, names=names, best=study.best, texts=texts, now_s=now_s, is_over=is_over)
    return TableWords(
        columns=("number", "state", metric, "time", "seen", *settings),
        rows=tuple(tuple(rows.row(trial)) for trial in trials[:MOST_ROWS]),
        numbers=(False, False, True, True, False, *(bool(names) for _ in settings)),
        left_out=max(0, len(trials) - MOST_ROWS),
    )


def state_of(state: TrialState, *, is_over: bool) -> str:
    """Return how trials are. ``is_over``: nobody is at work on them any more."""
    return _CUT.get(state, str(state)) if is_over else str(state)


_CUT = {TrialState.RUNNING: "cut short", TrialState.WAITING: "not begun"}


def _best_first(study: Study) -> list[TrialEntry]:
    places = ranked(study)
    return sorted(study.trials, key=lambda each: (places.get(each.number, math.inf), each.number))
