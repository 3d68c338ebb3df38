"""The report of a search or a tuning for ``dltui report``: its folder, read as it stands."""

import time
from collections.abc import Sequence
from pathlib import Path

from dltui.errors import UsageError
from dltui.search.study.folder import age_of, is_study, read_study, status_of
from dltui.search.study.study import Study


def study_among(logs: Sequence[str], root: Path) -> Path | None:
    """Return the folder of the search or the tuning that the words name; None if they name runs and logs.

    Raises :class:`UsageError` for one beside others: its report is a whole page.
    """
    for log in logs:
        for folder in (root / log, Path(log).expanduser()):
            if is_study(folder):
                if len(logs) > 1:
                    raise UsageError(f"The report of a search or a tuning holds nothing else: name {log} alone.")
                return folder
    return None


def study_report(folder: Path, format: str) -> str:
    """Return the report of the study in ``folder`` as it stands. Raises :class:`SearchError` if it cannot be read."""
    from dltui.report.study.report import make_study_report
    from dltui.report.study.write import render_study
    from dltui.texts import Texts

    study = read_study(folder)
    status = status_of(folder, study, age_of(folder))
    name = folder.resolve().name
    report = make_study_report(study, name, status, time.time(), Texts.load(), _importances(study))
    return render_study(report, format)


def _importances(study: Study) -> dict[str, float] | None:
    """How much each hyperparameter of a search matters; None where that cannot be told."""
    from dltui.search.importances import importances
    from dltui.search.space.dimension import Space
    from dltui.search.study.options import SearchOptions

    options = study.options
    if not isinstance(options, SearchOptions):
        return None
    return importances(study.trials, Space(options.dimensions), study.objective)
