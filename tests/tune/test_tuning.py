"""The doctor's loop over the trials of a study, with an engine that runs nothing: what it notes, what a kill costs."""

from pathlib import Path

import numpy as np
import pytest
from advice.cases import configuration, manifest
from diagnosis.curves import Values, falling, jittered
from runlogs import append, end, evaluation, step
from search.scripted import ScriptedEngine, begin_run, open_file

from dltui.errors import SearchError
from dltui.runs.control import ask
from dltui.search.engines.engine import Job
from dltui.search.study.folder import make_study, read_study
from dltui.search.study.options import TuneOptions
from dltui.search.study.records import Begun, Supervised
from dltui.search.study.study import Study, TrialState
from dltui.search.supervisor.supervisor import Supervisor
from dltui.tune.ending import Ending, base_of, ending_of
from dltui.tune.tuning import work
from dltui_trainers.configure import as_text
from dltui_trainers.job_spec import JobSpec
from dltui_trainers.runlog import MANIFEST, manifest_decoder

EPOCHS = 40
SLOW = {"lr": "1e-5", "epochs": str(EPOCHS)}


class Clinic(ScriptedEngine):
    """Its trainings come to what their settings deserve: nothing below lr 1e-4, more with batch norm, less if wide."""

    def submit(self, job: Job) -> str:
        self.acts[job.name] = [self._train]
        return super().submit(job)

    def _train(self, engine: ScriptedEngine, job: Job) -> None:
        settings = self._settings(engine.specs[job.name])
        train, val = _curves(settings)
        records = [step(at + 1, float(loss)) for at, loss in enumerate(train)]
        records += [evaluation(10 * (at + 1), float(loss)) for at, loss in enumerate(val)]
        records.sort(key=lambda each: each.step)
        made = manifest("digits", configuration("digits", settings))
        begin_run(engine, job, records, hparams=made.hparams, data=made.data, epochs=EPOCHS, steps_per_epoch=10)
        append(engine.folder(job.name), end())
        engine.leave(job)

    def _settings(self, spec: JobSpec) -> dict[str, str]:
        if not spec.origin:
            return spec.settings
        told = manifest_decoder.decode((self.study / spec.origin / MANIFEST).read_bytes()).hparams
        return {name: as_text(value) for name, value in told.items()} | spec.settings


def _curves(settings: dict[str, str]) -> tuple[Values, Values]:
    if float(settings["lr"]) < 1e-4:
        return np.full(10 * EPOCHS, 2.3), np.full(EPOCHS, 2.3)
    last = 0.3 - 0.1 * (settings.get("norm") == "batch") + 0.1 * (int(settings.get("width", 64)) > 64)
    return jittered(falling(10 * EPOCHS, last=last), 0.01), falling(EPOCHS, last=last)


def begun(root: Path, **options: object) -> Path:
    tuning = TuneOptions(settings=SLOW, fixed=("epochs",), **options)  # type: ignore[arg-type]
    return make_study(root, Begun(name="tuning", task="digits", time=1.0, command=["dltui"], tuning=tuning))


def treated(folder: Path, listener: object = lambda study: None) -> Study:
    file = open_file(folder)
    return Supervisor(file, Clinic(study=folder), work, listener=listener).run()  # type: ignore[arg-type]


def record(study: Study) -> list[object]:
    return [
        (each.number, each.settings, each.parent, each.change, each.symptom, each.value, each.outcome, each.kept)
        for each in study.trials
    ]


def test_it_ends_when_the_curves_are_healthy(tmp_path: Path) -> None:
    study = treated(begun(tmp_path))
    first, second = study.trials
    assert first.kept and first.finding == "not_learning" and first.why
    assert second.change == {"lr": (1e-5, 1e-3)} and (second.outcome, second.kept) == ("helped", True)
    assert second.verdict == "good_fit" and not second.finding
    assert ending_of(study) is Ending.HEALTHY and base_of(study) is second is study.best


def test_a_thorough_one_keeps_what_helps_and_backs_out_of_what_hurts(tmp_path: Path) -> None:
    study = treated(begun(tmp_path, thorough=True, trials=9))
    assert len(study.trials) == 9 and ending_of(study) is Ending.SPENT
    outcomes = {name: each for each in study.trials for name in each.change}
    assert outcomes["norm"].kept and outcomes["norm"].outcome == "helped"
    assert outcomes["width"].outcome == "hurt" and not outcomes["width"].kept
    base = 0
    for each in study.trials:
        assert each.parent == (None if each.number == 0 else base)
        base = each.number if each.kept else base
    assert base_of(study) is study.trials[base] and study.trials[base].settings["norm"] == "batch"


class Mortal(Clinic):
    """Its supervisor dies with the training ``dies_at``, which is done then, and not noted to be submitted."""

    dies_at = "t0003"

    def submit(self, job: Job) -> str:
        handle = super().submit(job)
        if job.name == self.dies_at:
            raise KeyboardInterrupt
        return handle


def test_a_killed_one_goes_on_as_it_would_have(tmp_path: Path) -> None:
    whole = treated(begun(tmp_path / "whole", thorough=True, trials=7))
    folder = begun(tmp_path / "cut", thorough=True, trials=7)

    def dies(study: Study) -> None:
        if len(study.trials) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        treated(folder, dies)
    with pytest.raises(KeyboardInterrupt):
        Supervisor(open_file(folder), Mortal(study=folder), work).run()
    assert 2 < len(read_study(folder).trials) < 7
    assert record(treated(folder)) == record(whole)


def test_more_trainings_than_at_first(tmp_path: Path) -> None:
    folder = begun(tmp_path, thorough=True, trials=2)
    assert len(treated(folder).trials) == 2
    ask(folder, "raise", value=4)
    assert len(treated(folder).trials) == 4


def test_a_start_that_cannot_be_trained_ends_it(tmp_path: Path) -> None:
    folder = begun(tmp_path)

    class Broken(ScriptedEngine):
        def submit(self, job: Job) -> str:
            def fail(engine: ScriptedEngine, job: Job) -> None:
                begin_run(engine, job, [step(1, 1.0)])
                append(engine.folder(job.name), end("failed", error="It broke."))
                engine.leave(job)

            self.acts[job.name] = [fail]
            return super().submit(job)

    file = open_file(folder)
    with pytest.raises(SearchError, match="It broke"):
        Supervisor(file, Broken(study=folder), work).run()
    assert read_study(folder).trials[0].state is TrialState.FAILED


@pytest.mark.parametrize(
    ("status", "options", "expected"),
    [
        ("running", {}, None),
        ("stopped", {}, None),
        ("failed", {}, None),
        ("finished", {"trials": 0, "budget_s": 60.0}, Ending.NOTHING_LEFT),
    ],
)
def test_why_it_ended(status: str, options: dict[str, float], expected: Ending | None) -> None:
    study = Study()
    study.take(Begun(name="t", task="digits", time=1.0, command=[], tuning=TuneOptions(**options)))  # type: ignore[arg-type]
    study.take(Supervised(time=2.0, status=status))  # type: ignore[arg-type]
    assert ending_of(study) is expected
