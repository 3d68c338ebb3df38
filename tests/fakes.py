"""The interface without files and processes: services that a test scripts, and the screen as text."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runlogs import START_S, manifest
from textual.app import App
from textual.pilot import Pilot

from dltui.advice.change import Apply, Change
from dltui.advice.limits import Limits
from dltui.app import DltuiApp
from dltui.catalog.places import Places
from dltui.catalog.summary import RunSummary
from dltui.diagnosis.finding import Diagnosis, Evidence, Finding, Severity, Symptom, Unit, Verdict
from dltui.errors import ControlError, LogFormatError
from dltui.formats.saved import SavedLog
from dltui.guide.follow import GuideSeen
from dltui.guide.options import Options
from dltui.processes.belonging import GpuUser
from dltui.replay.recording import Recording, record
from dltui.runs.data import DataSeen, look_at_data
from dltui.runs.launch import Launched
from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.runs import RunsScreen
from dltui.search.study.follow import StudySeen
from dltui.search.study.options import SearchOptions, TuneOptions
from dltui.search.study.study import Study
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui.texts.guide import GuideTexts
from dltui.widgets.run_footer import RunFooter
from dltui_trainers.configure import as_json, as_settings, configure
from dltui_trainers.kept import Kept
from dltui_trainers.named_task import find_task
from dltui_trainers.origin import Origin
from dltui_trainers.plan import Plan
from dltui_trainers.registry import TaskInfo
from dltui_trainers.runlog import AnyRecord, Parent, Value, to_line

CAPTURES = Path(__file__).parent / "interface" / "captures"
REWRITE = "DLTUI_REWRITE_CAPTURES"
SIZES = ((80, 24), (120, 35), (200, 50))
NO_DIAGNOSIS = Diagnosis(
    verdict=Verdict.INCONCLUSIVE, confidence=0.0, findings=(), at_step=0, reason="too_few_validations"
)

OVERFITTING = Finding(
    symptom=Symptom.OVERFITTING,
    severity=Severity.WARNING,
    confidence=0.93,
    since_step=60,
    evidence=(
        Evidence(name="val_rise", value=1.6, unit=Unit.RATIO, numbers={"best": 0.25, "best_step": 60, "last": 0.65}),
        Evidence(name="train_fall", value=0.38, unit=Unit.RATIO, numbers={"first": 0.016, "last": 0.0099}),
    ),
    guide_step=6,
)
NOISY = Finding(
    symptom=Symptom.NOISY_VALIDATION,
    severity=Severity.INFO,
    confidence=0.7,
    since_step=20,
    evidence=(Evidence(name="val_noise", value=0.12, unit=Unit.RATIO, numbers={"level": 0.4}),),
    guide_step=6,
)
CHANGES = (
    Change(
        hyperparameter="weight_decay",
        from_=0.0,
        to=1e-4,
        apply=Apply.RESTART,
        symptom=Symptom.OVERFITTING,
        key="weight_decay_up",
    ),
    Change(
        hyperparameter="dropout",
        from_=0.2,
        to=0.3,
        apply=Apply.BRANCH,
        symptom=Symptom.OVERFITTING,
        key="dropout_up",
        at_step=60,
    ),
    Change(hyperparameter="lr", from_=None, to="x0.3", apply=Apply.LIVE, symptom=Symptom.LR_TOO_HIGH, key="lr_down"),
    Change(
        hyperparameter="more_data",
        from_=None,
        to=None,
        apply=Apply.RESTART,
        symptom=Symptom.OVERFITTING,
        key="more_data",
    ),
)
PATIENCE = 500
"""Looks at a screen, 10 ms apart, until what a test waits for is given up."""
OVERFITTED = Diagnosis(verdict=Verdict.OVERFITTING, confidence=0.93, findings=(OVERFITTING, NOISY), at_step=100)


@dataclass
class FakeFollower:
    """Says what the test tells it to say."""

    on_update: Callable[[RunUpdate], None]
    first: list[RunUpdate]
    acknowledged: int = 0
    closed: bool = False

    def start(self) -> None:
        for update in self.first:
            self.on_update(update)

    def acknowledge(self) -> None:
        self.acknowledged += 1

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeGuideFollower:
    """Says how a guide stands, when the test tells it to."""

    on_change: Callable[[GuideSeen], None]
    first: GuideSeen | None
    closed: bool = False

    def start(self) -> None:
        if self.first is not None:
            self.on_change(self.first)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeStudyFollower:
    """Says how a study stands, when the test tells it to."""

    on_change: Callable[[StudySeen], None]
    first: StudySeen | None
    closed: bool = False

    def start(self) -> None:
        if self.first is not None:
            self.on_change(self.first)

    def close(self) -> None:
        self.closed = True


@dataclass
class FakeServices:
    """``updates``: what is said of a run as soon as it is followed."""

    root: Path = Path("runs")
    on_gpus: tuple[GpuUser, ...] | None = None
    updates: list[RunUpdate] = field(default_factory=list)
    runs: tuple[RunSummary, ...] = ()
    alive: bool = False
    launches: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    origins: list[Any] = field(default_factory=list)
    diagnosed: tuple[Diagnosis, tuple[Change, ...]] = (NO_DIAGNOSIS, ())
    diagnoses: int = 0
    parents: dict[str, tuple[Path, dict[str, Value]]] = field(default_factory=dict)
    language: str = "en"
    stopped: list[Path] = field(default_factory=list)
    checkpoints: list[Kept] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    auto: dict[Path, Limits] = field(default_factory=dict)
    names: list[str | None] = field(default_factory=list)
    others: dict[str, list[RunUpdate]] = field(default_factory=dict)
    """What is said of runs of these names instead."""
    followers: list[FakeFollower] = field(default_factory=list)
    launch_error: Exception | None = None
    stop_error: str | None = None
    ask_error: str | None = None
    look: Callable[[TaskInfo, dict[str, str]], DataSeen] = look_at_data
    """What the data of a task are found to be."""
    limit: str = ""
    guide: GuideSeen | None = None
    """What is said of a guide as soon as it is followed."""
    guide_followers: list[FakeGuideFollower] = field(default_factory=list)
    guides: list[tuple[str, Options]] = field(default_factory=list)
    gone_on: list[Path] = field(default_factory=list)
    guide_error: Exception | None = None
    engine_output: tuple[str, ...] = ()
    noted: list[tuple[Path, str]] = field(default_factory=list)
    study: StudySeen | None = None
    """What is said of a study as soon as it is followed."""
    study_followers: list[FakeStudyFollower] = field(default_factory=list)
    searches: list[tuple[str, SearchOptions | TuneOptions]] = field(default_factory=list)
    search_error: Exception | None = None
    shares: dict[str, float] | None = None

    def follow(self, folder: Path, on_update: Callable[[RunUpdate], None]) -> FakeFollower:
        self.followers.append(FakeFollower(on_update, self.others.get(folder.name, self.updates)))
        return self.followers[-1]

    def follow_guide(self, folder: Path, on_change: Callable[[GuideSeen], None]) -> FakeGuideFollower:
        self.guide_followers.append(FakeGuideFollower(on_change, self.guide))
        return self.guide_followers[-1]

    def launch_guide(self, task: str, options: Options) -> Path:
        if self.guide_error is not None:
            raise self.guide_error
        self.guides.append((task, options))
        return self.root / "digits-guide"

    def go_on_with_guide(self, folder: Path) -> None:
        if self.guide_error is not None:
            raise self.guide_error
        self.gone_on.append(folder)

    def follow_study(self, folder: Path, on_change: Callable[[StudySeen], None]) -> FakeStudyFollower:
        self.study_followers.append(FakeStudyFollower(on_change, self.study))
        return self.study_followers[-1]

    def launch_study(self, task: str, options: SearchOptions | TuneOptions) -> Path:
        if self.search_error is not None:
            raise self.search_error
        self.searches.append((task, options))
        return self.root / "digits-search"

    def go_on_with_study(self, folder: Path) -> None:
        if self.search_error is not None:
            raise self.search_error
        self.gone_on.append(folder)

    def study_output(self, folder: Path) -> tuple[str, ...]:
        return self.engine_output

    def importances(self, study: Study) -> dict[str, float] | None:
        return self.shares

    def guide_output(self, folder: Path) -> tuple[str, ...]:
        return self.engine_output

    def guide_texts(self) -> GuideTexts:
        return GuideTexts.load(self.language)

    def recording(self, path: Path) -> Recording:
        """Return what the updates tell of the run, as if it had been saved."""
        batch = next((each.batch for each in self.updates if each.batch is not None), None)
        manifest = next((each.manifest for each in self.updates if each.manifest is not None), None)
        status = next((each.status for each in self.updates if each.status is not None), RunStatus.FINISHED)
        if batch is None:
            raise LogFormatError(f"{path.name} cannot be read: it is only a test.")
        return record(SavedLog(path=path, format="dltui", batch=batch, manifest=manifest, status=status), {}, "")

    def lister(self) -> "FakeServices":
        return self

    def refresh(self) -> tuple[RunSummary, ...]:
        return self.runs

    @property
    def places(self) -> Places:
        return Places(runs=self.root)

    def note(self, path: Path, state: RunState, verdict: str) -> None:
        self.noted.append((path, verdict))

    def close(self) -> None: ...

    def launch(self, task: str, settings: dict[str, str], parent: Any = None, name: str | None = None) -> Launched:
        if self.launch_error is not None:
            raise self.launch_error
        self.launches.append((task, settings))
        self.origins.append(parent)
        self.names.append(name)
        return Launched(folder=self.root / "started", pid=1, warnings=(), process=None)  # type: ignore[arg-type]

    def kept(self, folder: Path) -> list[Kept]:
        return self.checkpoints

    def look_at_data(self, task: TaskInfo, settings: dict[str, str]) -> DataSeen:
        return self.look(task, settings)

    def plan(self, task: str, settings: dict[str, str], origin: Origin) -> Plan:
        """Return a branch of the first checkpoint that fits."""
        info = find_task(task)
        kept = [each for each in self.checkpoints if origin.step in ("last", "best") or each.step == origin.step][-1]
        hparams, warnings = configure(info, settings, as_settings(info, kept.hparams)[0])
        values = as_json(hparams, info)
        parent = Parent(run=origin.run, step=kept.step, changed={name: values[name] for name in settings})
        return Plan(task=info, hparams=hparams, warnings=tuple(warnings), parent=parent, kept=kept)

    def diagnose(self, state: RunState) -> tuple[Diagnosis, tuple[Change, ...]]:
        self.diagnoses += 1
        return self.diagnosed

    def texts(self) -> Texts:
        return Texts.load(self.language)

    def parent(self, folder: Path, name: str) -> tuple[Path, dict[str, Value]] | None:
        return self.parents.get(name)

    def gpu_users(self, runs: Sequence[RunSummary]) -> tuple[GpuUser, ...] | None:
        return self.on_gpus

    def is_alive(self, folder: Path) -> bool:
        return self.alive

    def ask(self, folder: Path, command: str, **rest: Any) -> int:
        """Take a command; its id is its number. What a person asks for is not kept as such."""
        if self.ask_error is not None:
            raise ControlError(self.ask_error)
        given = {name: each for name, each in rest.items() if each and each != "user"}
        self.asked.append({"command": command, **given})
        return len(self.asked)

    def stop(self, folder: Path) -> None:
        if self.stop_error is not None:
            raise ControlError(self.stop_error)
        self.stopped.append(folder)


def batch_update(records: list[AnyRecord], **rest: Any) -> RunUpdate:
    """Return the update that reading ``records`` gives."""
    return RunUpdate(batch=decode(b"".join(map(to_line, records)).rstrip(b"\n")), **rest)


def updates_of(records: list[AnyRecord], status: RunStatus, **changes: Any) -> list[RunUpdate]:
    """Return what a follower says of a run with those records."""
    output = ("digits on cpu: 650 parameters", "epoch 10/10  val loss 0.65")
    return [RunUpdate(manifest=manifest("digits-x", **changes), status=status, output=output), batch_update(records)]


def run_app(
    services: FakeServices, opened: str | None = None, guide: str | None = None, study: str | None = None
) -> DltuiApp:
    """Return the application on ``services``; ``opened`` names the run to show first, or the guide, or the study."""
    run, shown, searched = (services.root / name if name else None for name in (opened, guide, study))
    return DltuiApp(services, opened=run, guide=shown, study=searched)  # type: ignore[arg-type]


def screen_text(app: App[Any]) -> str:
    """What a person sees, as text."""
    # the compositor is private; it is what the driver writes from, and there is no public way to text
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())


async def settle(pilot: Pilot[Any]) -> None:
    """Return when no message waits and everything is drawn."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def until(pilot: Pilot[Any], condition: Callable[[], bool]) -> None:
    """Return when ``condition`` holds and it is drawn."""
    for _ in range(PATIENCE):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it never came true; the screen:\n{screen_text(pilot.app)}")


async def with_footer(pilot: Pilot[Any]) -> None:
    """Return when the keys are in the footer: they are laid out anew after what can be done has changed."""
    await settle(pilot)
    footer = pilot.app.screen.query_one(RunFooter)
    while footer.is_stale or not footer.children:
        await pilot.pause(0.01)


def check_capture(name: str, text: str) -> None:
    """Compare with the capture in the file; with DLTUI_REWRITE_CAPTURES=1 write it instead."""
    path = CAPTURES / f"{name}.txt"
    if os.environ.get(REWRITE):
        CAPTURES.mkdir(exist_ok=True)
        path.write_text(text + "\n")
    assert text + "\n" == path.read_text(), f"the screen differs from {path.name}; {REWRITE}=1 accepts what it is now"


def summary(name: str, status: RunStatus, **rest: float) -> RunSummary:
    """Return a run of the list."""
    folder = Path("runs") / name
    return RunSummary(folder=folder, manifest=manifest(name), status=status, step=100, changed=START_S, **rest)


RUNS = (
    summary("digits-c", RunStatus.RUNNING, epoch=4.0, best_val_loss=0.31, val_accuracy=0.9),
    summary("digits-b", RunStatus.FAILED, epoch=1.0),
    summary("mnist1d-a", RunStatus.FINISHED, epoch=10.0, best_val_loss=0.25, val_accuracy=0.95),
)


async def check_list(services: FakeServices, size: tuple[int, int], capture: str) -> None:
    """Compare the list of runs, with a look at the first one, with a capture; no line is longer than the screen."""
    app = run_app(services)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        screen.preview_selected()
        await settle(pilot)
        text = screen_text(app)
        check_capture(f"{capture}-{size[0]}x{size[1]}", text)
        assert all(len(line) <= size[0] for line in text.split("\n"))
