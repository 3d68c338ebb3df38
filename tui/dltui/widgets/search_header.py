"""The first lines of the search screen: what it is doing, how far it is, and the best trial so far."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from dltui.formatting import count, duration, format_value
from dltui.runs.status import RunStatus
from dltui.search.drawing.charts import BEST_SIGN
from dltui.search.drawing.values import count_of, seconds_used
from dltui.search.study.follow import StudySeen
from dltui.search.study.study import Study, TrialState
from dltui.search.telling import of_them
from dltui.signs import STATUS_COLOURS, STATUS_SIGNS
from dltui.text import safe_text
from dltui.widgets.facts_line import FactsLine
from dltui.widgets.run_cells import cut_name
from dltui.widgets.run_header import progress_bar
from dltui.widgets.trials_words import settings_text
from dltui_trainers.taskfile.names import shown_task

_NARROW, _SHORT_NAME = 100, 26
_TOLD_STATES = (TrialState.RUNNING, TrialState.PRUNED, TrialState.FAILED)


class SearchHeader(FactsLine):
    """Tells of a study what there is room for."""

    def show(self, name: str, seen: StudySeen, now_s: float, asked: Sequence[str] = ()) -> None:
        """Show the study called ``name`` as it stands. ``asked``: commands that it has not answered yet."""
        cells = _SHORT_NAME if self.app.size.width < _NARROW else 60
        self.facts = tuple(_facts(cut_name(safe_text(name), cells), seen, now_s, asked))


def _facts(name: str, seen: StudySeen, now_s: float, asked: Sequence[str]) -> Iterator[Content]:
    yield Content.styled(name, "bold")
    study = seen.study
    if study is None or study.begun is None:
        return
    yield status_content(study, seen.status)
    if asked:
        yield Content.styled(f"asked to {', '.join(asked)} …", "$warning")
    yield Content(_trials(study))
    counts = [f"{number} {state}" for state in _TOLD_STATES if (number := count_of(study.trials, state))]
    if counts:
        yield Content(", ".join(counts))
    yield Content(_time(study, seen.status, now_s))
    share = _share(study, seen.status, now_s)
    if share is not None:
        yield Content.styled(progress_bar(share), "$primary on $boost")
    yield Content(method_text(study))
    yield Content(safe_text(shown_task(study.begun.task)))


def _trials(study: Study) -> str:
    ended = sum(each.state.has_ended for each in study.trials)
    return f"{ended}/{study.trials_in_all} trials" if study.trials_in_all else of_them(ended, "trial")


def _time(study: Study, status: RunStatus, now_s: float) -> str:
    used = duration(seconds_used(study, now_s if status.alive else None))
    return f"{used} of {duration(study.budget_s)}" if study.budget_s else used


def _share(study: Study, status: RunStatus, now_s: float) -> float | None:
    """How far it is, by whichever limit comes first; None where none is set."""
    shares = []
    if study.trials_in_all:
        shares.append(sum(each.state.has_ended for each in study.trials) / study.trials_in_all)
    if study.budget_s:
        shares.append(seconds_used(study, now_s if status.alive else None) / study.budget_s)
    return min(max(shares), 1.0) if shares else None


def status_content(study: Study, status: RunStatus) -> Content:
    """Return the sign and the word of what a study is doing."""
    if status is RunStatus.RUNNING and study.supervised is not None and study.supervised.status == "paused":
        return Content.styled("‖ paused", "$warning")
    return Content.styled(f"{STATUS_SIGNS[status]} {status}", f"${STATUS_COLOURS[status]}")


def method_text(study: Study) -> str:
    """Return how the trials are chosen: ``bayes (tpe)``, ``grid of 12``, ``tune``."""
    begun = study.begun
    if begun is None or begun.search is None:
        return "tune"
    search = begun.search
    method = f"{search.method} ({search.sampler})" if search.method == "bayes" else search.method
    if begun.configurations and (search.method == "grid" or begun.configurations < study.most_trials):
        method += f" of {count(begun.configurations)}"
    pruner = f", {search.pruner} pruning" if search.pruner != "none" else ""
    return f"{method}{pruner}" + (f" on {search.engine}" if search.engine != "local" else "")


def best_line(study: Study) -> Content:
    """Return the best trial so far with its settings."""
    best = study.best
    if best is None or best.value is None:
        goal = "maximise" if study.objective.rises else "minimise"
        return Content.styled(f"{goal} {safe_text(study.objective.metric)}: no trial is complete yet", "$chart-label")
    return Content.assemble(
        (f"{BEST_SIGN} best  ", "$chart-label"),
        (f"{safe_text(study.objective.metric)} {format_value(best.value)}", "bold $text-success"),
        (f"  #{best.number}  ", "$chart-label"),
        settings_text(best.settings),
    )


def search_notice(seen: StudySeen) -> Content | None:
    """Return what a person has to know of a study that is not at work; None if there is nothing."""
    if seen.trouble:
        return Content.styled(safe_text(seen.trouble), "$text-warning")
    if seen.study is None:
        return Content.styled("Nothing of it could be read yet.", "$chart-label")
    told = _told(seen.study, seen.status)
    return Content.styled(told, "$text-warning") if told else None


def _told(study: Study, status: RunStatus) -> str:
    match status:
        case RunStatus.FAILED:
            error = " ".join((study.supervised.error if study.supervised else "").split())
            return f"✗ It failed: {safe_text(error) or 'o shows what was printed.'}  c goes on."
        case RunStatus.KILLED:
            return "† Its supervisor was killed. c goes on where it was; no trial is lost."
        case RunStatus.STOPPED:
            return "■ It was stopped. c goes on where it was, + changes how many trials there shall be."
    if study.skipped:
        return f"! {study.skipped} lines of its file cannot be read, and are left out."
    return ""
