"""The charts of a study: the objective over the trials with its best so far, and over each hyperparameter."""

import math
from collections.abc import Sequence

from dltui.charts.canvas import StyleName
from dltui.formatting import format_value
from dltui.search.drawing.axis import Axis, axis_of, axis_of_trials
from dltui.search.drawing.points import Group, PointChart
from dltui.search.drawing.values import best_so_far, value_of, values_at
from dltui.search.study.study import Study, TrialEntry, TrialState

POINT_SIGNS = {
    TrialState.FAILED: ("✗", StyleName.FINDING),
    TrialState.PRUNED: ("◇", StyleName.LABEL),
    TrialState.COMPLETE: ("•", StyleName.TRAIN),
    TrialState.RUNNING: ("●", StyleName.VAL),
}
"""The sign of a trial on a chart, and its colour; what comes later is drawn over what was before."""
BEST_SIGN = "★"
NO_TRIALS = "waiting for the first trial to be validated"


def progress_chart(study: Study, chosen: int | None = None, y_log: bool | None = None) -> PointChart:
    """Return the objective of each trial in the order in which they were asked for, and the best so far."""
    objective = study.objective
    axis = axis_of_trials(len(study.trials), study.trials_in_all)
    steps = best_so_far(study.trials, objective.rises)
    places = {trial.number: float(trial.number) for trial in study.trials}
    return _chart(
        study, objective.metric, axis, places, chosen, y_log, steps=steps, steps_label="best so far", corner="trial"
    )


def hparam_chart(
    study: Study, name: str, chosen: int | None = None, y_log: bool | None = None, *, with_legend: bool = True
) -> PointChart:
    """Return the objective of each trial at its value of one hyperparameter."""
    dimensions = study.begun.search.dimensions if study.begun is not None and study.begun.search is not None else ()
    dimension = next((each for each in dimensions if each.name == name), None)
    values = values_at(study, name)
    axis = axis_of(dimension, list(values.values()))
    places = {number: axis.place(value, number) for number, value in values.items()}
    left_out = len(study.trials) - len(values)
    notes = (f"{left_out} without it",) if left_out else ()
    title = f"{study.objective.metric} at {name}"
    return _chart(study, title, axis, places, chosen, y_log, notes=notes, with_legend=with_legend)


def _chart(
    study: Study,
    title: str,
    axis: Axis,
    places: dict[int, float],
    chosen: int | None,
    y_log: bool | None,
    *,
    steps: Sequence[tuple[int, float]] = (),
    steps_label: str = "",
    corner: str = "",
    notes: Sequence[str] = (),
    with_legend: bool = True,
) -> PointChart:
    rises = study.objective.rises
    shown = [(trial, places[trial.number]) for trial in study.trials if trial.number in places]
    worth = {trial.number: value_of(trial, rises) for trial, _ in shown}
    groups = [_group(state, shown, worth) for state in POINT_SIGNS]
    best = study.best
    if best is not None and best.value is not None and best.number in places:
        label = f"best {format_value(best.value)} #{best.number}"
        x, y = [places[best.number]], [best.value]
        groups.append(Group(label=label, sign=BEST_SIGN, style=StyleName.BEST, x=x, y=y))
    numbered = {trial.number: (x, worth[trial.number]) for trial, x in shown if _has_place(trial, worth)}
    return PointChart(
        title=title,
        axis=axis,
        groups=groups,
        steps=steps,
        steps_label=steps_label,
        rises=rises,
        y_log=y_log,
        numbered=numbered,
        chosen=chosen,
        corner=corner,
        empty=NO_TRIALS,
        notes=notes,
        with_legend=with_legend,
    )


def _has_place(trial: TrialEntry, worth: dict[int, float]) -> bool:
    """A failed trial has none, and lies at the edge; others without a value are left out."""
    return trial.state is TrialState.FAILED or math.isfinite(worth[trial.number])


def _group(state: TrialState, shown: Sequence[tuple[TrialEntry, float]], worth: dict[int, float]) -> Group:
    """The points of a state."""
    sign, style = POINT_SIGNS[state]
    at = [(x, worth[trial.number]) for trial, x in shown if trial.state is state and _has_place(trial, worth)]
    return Group(label=str(state), sign=sign, style=style, x=[x for x, _ in at], y=[y for _, y in at])
