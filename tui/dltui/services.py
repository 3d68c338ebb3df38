"""What the interface can do outside itself: start, follow, list and stop trainings. A test hands it others.

What reads a log needs numpy, and is imported when it is first asked for: the first paint does not wait for it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dltui.alerts.wanted import Alerts
from dltui.catalog.places import Places
from dltui.errors import LogFormatError
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.runs import control

if TYPE_CHECKING:
    from dltui.advice.change import Change
    from dltui.advice.limits import Limits
    from dltui.alerts.happening import Happening
    from dltui.alerts.sentinel import Sentinel
    from dltui.catalog.listing import Listing
    from dltui.catalog.summary import RunSummary
    from dltui.diagnosis.finding import Diagnosis
    from dltui.guide.follow import GuideSeen
    from dltui.guide.options import Options
    from dltui.processes.belonging import GpuUser
    from dltui.replay.recording import Recording
    from dltui.runs.data import DataSeen
    from dltui.runs.follower import Watch
    from dltui.runs.launch import Launched
    from dltui.runs.update import RunUpdate
    from dltui.search.study.follow import StudySeen
    from dltui.search.study.options import SearchOptions, TuneOptions
    from dltui.search.study.study import Study
    from dltui.series.state import RunState
    from dltui.texts import Texts
    from dltui.texts.guide import GuideTexts
    from dltui.wrapped.again import Again
    from dltui_trainers.kept import Kept
    from dltui_trainers.origin import Origin
    from dltui_trainers.plan import Plan
    from dltui_trainers.registry import TaskInfo
    from dltui_trainers.runlog import Value


class Follower(Protocol):
    """Follows one run until closed; see :class:`dltui.runs.follower.LogFollower`."""

    def start(self) -> None: ...

    def acknowledge(self) -> None: ...

    def close(self) -> None: ...


class GuideFollower(Protocol):
    """Follows one guide until closed; see :class:`dltui.guide.follow.GuideFollower`."""

    def start(self) -> None: ...

    def close(self) -> None: ...


class StudyFollower(Protocol):
    """Follows one study until closed; see :class:`dltui.search.study.follow.StudyFollower`."""

    def start(self) -> None: ...

    def close(self) -> None: ...


class Lister(Protocol):
    """Lists the trainings of some places; see :class:`dltui.catalog.listing.Listing`."""

    @property
    def limit(self) -> str: ...

    def refresh(self) -> "tuple[RunSummary, ...]": ...


class Services:
    """The real ones, for the runs in ``root``. ``options``: what a person tells about logs of other programs.

    ``places``: what is listed, if that is other than the runs in ``root``.
    """

    def __init__(self, root: Path, options: LogOptions = AS_IT_IS, places: Places | None = None) -> None:
        self.root = root
        self.options = options
        self.places = places or Places(runs=root)
        self.auto: dict[Path, Limits] = {}
        """The runs in which live advice is followed unasked, while their screen is open, and within which limits."""
        self._listing: Listing | None = None

    def follow(self, folder: Path, on_update: "Callable[[RunUpdate], None]") -> Follower:
        """Return a follower of the run or the log at ``folder``, not yet started."""
        from dltui.runs.follower import LogFollower

        return LogFollower(self.watch(folder), on_update)

    def watch(self, path: Path) -> "Watch":
        """Return what looks at the run or the log at ``path``."""
        from dltui.runs.find import is_run

        if is_run(path):
            from dltui.runs.follow import FolderWatch

            return FolderWatch(path)
        from dltui.formats.following.copied_run import CopyWatch, is_copy
        from dltui.formats.following.watch import LogWatch

        try:
            ours = is_copy(path)
        except LogFormatError:  # the watch tells it, and looks again
            ours = False
        return CopyWatch(path) if ours else LogWatch(path, self.options)

    def recording(self, path: Path) -> "Recording":
        """Return the run or the log at ``path``, laid out for a replay.

        Raises :class:`~dltui.errors.LogFormatError` if it cannot be read.
        """
        from dltui.formats import open_log
        from dltui.formats.saved import OWN_FORMAT, told_by, used_columns
        from dltui.replay.recording import record

        log = open_log(path, self.options)
        return record(log, told_by(log), "" if log.format == OWN_FORMAT else log.format, used_columns(log))

    def lister(self) -> Lister:
        """Return the lister of the places; there is one, so that nothing is read twice."""
        from dltui.catalog.catalog import Catalog
        from dltui.catalog.facts import read_facts
        from dltui.catalog.listing import Listing

        if self._listing is None:
            read = partial(read_facts, options=self.options)
            self._listing = Listing(Catalog(self.places, read))
        return self._listing

    def note(self, path: Path, state: "RunState", verdict: str) -> None:
        """Let the list know what was read of a log that somebody looked at."""
        from dltui.catalog.facts import facts_of

        if self._listing is not None:
            self._listing.know(path, facts_of(state, verdict))

    def settle(self) -> None:
        """Find and read what there is now, and wait for it; for who has nothing else to do."""
        self.lister()
        if self._listing is not None:
            self._listing.settle()

    def sentinel(
        self, alerts: Alerts, tell: "Callable[[Happening], None]", complain: Callable[[str], None]
    ) -> "Sentinel":
        """Return what keeps an eye on the places, not yet started.

        ``tell`` gets what happens, ``complain`` is told if the command of ``alerts`` fails; both in its thread.
        """
        from dltui.alerts.notify import Notifier
        from dltui.alerts.sentinel import Sentinel

        notifier = Notifier(alerts.command, complain) if alerts.command else None
        return Sentinel(self.lister(), tell, notifier, alerts.since_s)

    def close(self) -> None:
        """End what works in the background."""
        if self._listing is not None:
            self._listing.close()

    def launch(
        self, task: str, settings: dict[str, str], parent: "Origin | None" = None, name: str | None = None
    ) -> "Launched":
        """Start a training; with a ``parent``, ``settings`` are the changes to it.

        Raises what :func:`dltui.runs.launch.launch` and :func:`dltui.wrapped.again.launch_again` raise.
        """
        from dltui.runs.launch import launch
        from dltui.wrapped.again import is_script, launch_again

        if parent is not None and is_script(parent):
            return launch_again(self.root, settings, parent, name)
        return launch(self.root, task, settings, name=name, parent=parent)

    def follow_guide(self, folder: Path, on_change: "Callable[[GuideSeen], None]") -> GuideFollower:
        """Return a follower of the guide in ``folder``, not yet started; ``on_change`` is called in its thread."""
        from dltui.guide import follow

        return follow.GuideFollower(follow.GuideWatch(folder), on_change)

    def launch_guide(self, task: str, options: "Options") -> Path:
        """Start a guide and return its folder. Raises :class:`~dltui.errors.DltuiError`, or a ``TrainerError``."""
        from dltui.guide.engine.launch import launch_guide

        return launch_guide(self.root, task, options)

    def go_on_with_guide(self, folder: Path) -> None:
        """Start an engine for a guide that none is at work on. Raises :class:`~dltui.errors.DltuiError`."""
        from dltui.guide.engine.launch import go_on

        go_on(folder)

    def guide_output(self, folder: Path) -> tuple[str, ...]:
        """Return the last lines that the engine of a guide printed."""
        from dltui.guide.folder import ENGINE_LOG
        from dltui.runs.output import OutputReader

        return OutputReader(folder / ENGINE_LOG).read() or ()

    def follow_study(self, folder: Path, on_change: "Callable[[StudySeen], None]") -> StudyFollower:
        """Return a follower of the study in ``folder``, not yet started; ``on_change`` is called in its thread."""
        from dltui.search.study import follow

        return follow.StudyFollower(follow.StudyWatch(folder), on_change)

    def launch_study(self, task: str, options: "SearchOptions | TuneOptions") -> Path:
        """Start a search or a tuning and return its folder. Raises :class:`~dltui.errors.DltuiError`, or a
        ``TrainerError``.
        """
        from dltui.search.supervisor.launch import launch_study

        return launch_study(self.root, task, options)

    def go_on_with_study(self, folder: Path) -> None:
        """Start a supervisor for a study that none is at work on. Raises :class:`~dltui.errors.DltuiError`."""
        from dltui.search.supervisor.launch import go_on

        go_on(folder)

    def study_output(self, folder: Path) -> tuple[str, ...]:
        """Return the last lines that the supervisor of a study printed."""
        from dltui.runs.output import OutputReader
        from dltui.search.study.folder import SUPERVISOR_LOG

        return OutputReader(folder / SUPERVISOR_LOG).read() or ()

    def importances(self, study: "Study") -> dict[str, float] | None:
        """Return how much each hyperparameter of a search matters, the most first; None with too few trials."""
        from dltui.search.importances import importances
        from dltui.search.space.dimension import Space

        begun = study.begun
        if begun is None or begun.search is None:
            return None
        return importances(study.trials, Space(begun.search.dimensions), study.objective)

    def guide_texts(self) -> "GuideTexts":
        """Return the words of the guide in the present language."""
        from dltui.texts.guide import GuideTexts

        return GuideTexts.load()

    def kept(self, folder: Path) -> "list[Kept]":
        """Return the checkpoints of the run in ``folder``, earliest first."""
        from dltui_trainers.kept import kept_in

        return kept_in(folder)

    def look_at_data(self, task: "TaskInfo", settings: "Mapping[str, str]") -> "DataSeen":
        """Return what the data that ``settings`` name make of the task."""
        from dltui.runs.data import look_at_data

        return look_at_data(task, settings)

    def plan(self, task: str, settings: dict[str, str], origin: "Origin") -> "Plan | Again":
        """Return what :meth:`launch` would start. Raises :class:`TrainerError` for what cannot be."""
        from dltui.wrapped.again import is_script, plan_again
        from dltui_trainers.plan import plan

        if is_script(origin):
            return plan_again(settings, origin)
        return plan(task, settings, origin)

    def diagnose(self, state: "RunState") -> "tuple[Diagnosis, tuple[Change, ...]]":
        """Return what is found in a run, and what to change, best first."""
        from dltui.advice.prescribe import prescribe
        from dltui.diagnosis.examine import examine

        diagnosis = examine(state)
        return diagnosis, prescribe(state, diagnosis)

    def report(self, name: str, state: "RunState", diagnosis: "Diagnosis", changes: "Sequence[Change]") -> Path:
        """Write a report of a run to a new file in the current folder, and return its path.

        Raises :class:`~dltui.errors.DltuiError` if it cannot be written.
        """
        from dltui.formats.meaning.columns import ColumnRole
        from dltui.formats.saved import OWN_FORMAT
        from dltui.log_options import Role
        from dltui.report.make import make_report
        from dltui.report.write import write_report

        report = make_report(
            name=name,
            format=state.format or OWN_FORMAT,
            state=state,
            diagnosis=diagnosis,
            advice=changes,
            texts=self.texts(),
            columns=[ColumnRole(column, Role(role)) for role, column in state.columns],
        )
        path = next(each for each in report_paths(name) if not each.exists())
        write_report(path, [report])
        return path

    def texts(self) -> "Texts":
        """Return the words of the present language."""
        from dltui.texts import Texts

        return Texts.load()

    def parent(self, folder: Path, name: str) -> "tuple[Path, dict[str, Value]] | None":
        """Return folder and hyperparameters of the run that the one in ``folder`` came from; None if it is not here."""
        from dltui.runs.reader import read_manifest

        if name in ("", ".", "..") or Path(name).name != name:
            return None
        for candidate in (folder.parent / name, self.root / name):
            try:
                manifest = read_manifest(candidate)
            except ValueError:  # a name that no folder can have
                return None
            if manifest is not None:
                return candidate, manifest.hparams
        return None

    def gpu_users(self, runs: "Sequence[RunSummary]") -> "tuple[GpuUser, ...] | None":
        """Return the person's processes on the GPUs, with those of ``runs`` that they belong to; None without a GPU."""
        from dltui.processes.belonging import users_of
        from dltui.processes.gpus import look_at_gpus

        seen = look_at_gpus()
        return tuple(users_of(seen.processes, runs)) if seen.gpus else None

    def is_alive(self, folder: Path) -> bool:
        """Return whether the training, the guide or the study in ``folder`` is at work."""
        from dltui.guide.folder import is_at_work, is_guide
        from dltui.runs.liveness import judge
        from dltui.runs.reader import read_manifest, read_tail
        from dltui.search.study import folder as studies

        if is_guide(folder):
            return is_at_work(folder)
        if studies.is_study(folder):
            return studies.is_at_work(folder)
        batch = read_tail(folder)
        return judge(folder, read_manifest(folder), batch.end if batch else None).alive

    def ask(
        self,
        folder: Path,
        command: str,
        *,
        hparam: str | None = None,
        value: "Value" = None,
        also: "Mapping[str, Value] | None" = None,
        by: str = "user",
        reason: str = "",
    ) -> int:
        """Ask the training in ``folder`` for something; return the id that the answer in its log will have.

        Raises :class:`~dltui.errors.ControlError` if that cannot be written.
        """
        return control.ask(folder, command, hparam=hparam, value=value, also=also, by=by, reason=reason)

    def stop(self, folder: Path) -> None:
        """Ask the training in ``folder`` to stop."""
        control.stop(folder)


def report_paths(name: str) -> Iterator[Path]:
    """Return the names that a report of a run may have, in the order in which they are tried."""
    plain = Path(name).stem if Path(name).suffix else name
    yield Path(f"{plain}.html")
    yield from (Path(f"{plain}-{number}.html") for number in count(2))
