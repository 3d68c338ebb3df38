"""The charts of a study's report: which ones there are, the same as on the search's screen."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dltui.guide.result import Bars
from dltui.guide.telling.words import LONGEST_VALUE, bounded
from dltui.report.study.tables import state_of
from dltui.search.drawing.axis import axis_of_trials
from dltui.search.drawing.bars import BarChart
from dltui.search.drawing.charts import hparam_chart, progress_chart
from dltui.search.drawing.points import PointChart
from dltui.search.drawing.values import count_of, searched, value_of
from dltui.search.importances import METHOD, NEEDED
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study, TrialState
from dltui.texts.guide import Said

MOST_HPARAMS = 12
"""Of so many hyperparameters there is a chart, of those that matter most where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """``progress``: the objective over the trials with the best so far; ``hparams``: over each hyperparameter.

    ``without``: those that have no chart. ``importances``: how much each matters, None of a tuning, which tries one
    thing after the other; without shares it says why.
    """

    progress: PointChart
    hparams: tuple[PointChart, ...] = ()
    without: tuple[str, ...] = ()
    importances: BarChart | None = None


def charts_of(study: Study, shares: Mapping[str, float] | None, *, is_over: bool) -> Charts | None:
    """Return the charts; None while no trial has a value. ``is_over``: no trial is to come any more."""
    if not any(math.isfinite(value_of(trial, study.objective.rises)) for trial in study.trials):
        return None
    progress = progress_chart(study)
    if is_over:
        groups = [replace(each, label=_CUT.get(each.label, each.label)) for each in progress.groups]
        progress = replace(progress, axis=axis_of_trials(len(study.trials), 0), groups=groups)
    if not isinstance(study.options, SearchOptions):
        return Charts(progress=progress)
    known = shares or {}
    names = sorted(_varied(study), key=lambda name: -known.get(name, 0.0))
    return Charts(
        progress=progress,
        hparams=tuple(hparam_chart(study, name, with_legend=False) for name in names[:MOST_HPARAMS]),
        without=tuple(bounded(name, LONGEST_VALUE) for name in names[MOST_HPARAMS:]),
        importances=_importances(study, shares),
    )


_CUT = {str(state): state_of(state, is_over=True) for state in TrialState}


def as_bars(chart: BarChart) -> Bars:
    """Return the shares as bars of a guide's report, in percent."""
    return Bars(
        title=_plain(f"{chart.title}, in percent ({chart.note})"),
        labels=[bounded(name, LONGEST_VALUE) for name in chart.shares],
        groups=[_plain("share")],
        values=[[round(100 * share, 1) for share in chart.shares.values()]],
    )


def _plain(text: str) -> Said:
    return Said(key="plain", places={"text": text})


def _varied(study: Study) -> list[str]:
    """The hyperparameters with more than one value among the trials; all of them while there is a single trial."""
    names = searched(study)
    differing = [name for name in names if len({str(each.settings.get(name)) for each in study.trials}) > 1]
    return differing or names


def _importances(study: Study, shares: Mapping[str, float] | None) -> BarChart:
    complete = count_of(study.trials, TrialState.COMPLETE)
    empty = f"{METHOD} needs {NEEDED} complete trials, and {complete} are."
    if complete >= NEEDED:
        empty = f"{METHOD} cannot tell it of these trials."
    return BarChart(
        title="What matters", note=f"{METHOD}, {complete} complete trials", shares=shares or {}, empty=empty
    )
