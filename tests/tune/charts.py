"""Trainings for the doctor to look at: curves that a diagnosis knows, with a configuration, and the trials of a study.

patient = patient_with(tried(0), curves={0: dead(lr="1e-5")})
"""

from collections.abc import Mapping

import msgspec
import numpy as np
from advice.cases import configuration, manifest
from diagnosis.curves import Values, falling, jittered, run, turning

from dltui.search.study.options import Change, TuneOptions
from dltui.search.study.study import TrialEntry, TrialState
from dltui.series.state import RunState
from dltui.tune.patient import Patient
from dltui_trainers.runlog import Value

EPOCHS = 60


def dead(**settings: str) -> RunState:
    """Nothing is learned."""
    return _run(np.full(600, 2.3), np.full(EPOCHS, 2.3), settings)


def healthy(**settings: str) -> RunState:
    """Nothing asks for a change."""
    return _run(falling(600), falling(EPOCHS, last=0.32), settings)


def slow(**settings: str) -> RunState:
    """It has come a little way, and the network holds no more."""
    return _run(falling(600, last=1.9), falling(EPOCHS, last=1.9), settings)


def by_heart(turn: float = 0.3, **settings: str) -> RunState:
    """It overfits from the share ``turn`` of the training on."""
    return _run(falling(600, last=0.01), turning(EPOCHS, turn=turn), settings)


def _run(train: Values, val: Values, settings: Mapping[str, str]) -> RunState:
    made = manifest("digits", configuration("digits", settings))
    made = msgspec.structs.replace(made, epochs=EPOCHS)
    return run(jittered(train, 0.01), jittered(val, 0.002, seed=1), manifest=made)


def tried(number: int, value: float | None = 1.0, *, change: Change | None = None, **rest: object) -> TrialEntry:
    """A trial that has ended; its settings are what was changed unless others are given."""
    settings: dict[str, Value] = {name: after for name, (_, after) in (change or {}).items()}
    state = TrialState.COMPLETE if value is not None else TrialState.FAILED
    told = {"settings": settings, "state": state, "kept": number == 0, "run": f"t{number:04d}", **rest}
    return TrialEntry(number=number, asked=0.0, value=value, change=change or {}, **told)  # type: ignore[arg-type]


def patient_with(*trials: TrialEntry, curves: Mapping[int, RunState], **options: object) -> Patient:
    """A patient with those trials; ``curves`` by their numbers, without any for a trial that left none."""
    return Patient(
        options=TuneOptions(**options),  # type: ignore[arg-type]
        trials=trials,
        curves=lambda trial: curves.get(trial.number),
    )
