"""Studies as supervisors write them: a search with trials in every state, a tuning with what each change did."""

import math
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from dltui.search.space.dimension import Dimension
from dltui.search.study.options import Objective, SearchOptions, TuneOptions
from dltui.search.study.records import (
    STUDY,
    Asked,
    Begun,
    Reported,
    StudyRecord,
    Submitted,
    Supervised,
    Told,
    to_line,
)
from dltui.search.study.study import Study
from dltui_trainers.runlog import Value

BEGAN = 1_795_300_000.0
EPOCHS = 30
SPACE = (
    Dimension(name="lr", low=1e-5, high=1.0, log=True),
    Dimension(name="weight_decay", low=1e-6, high=1e-1, log=True, also=(0.0,)),
    Dimension(name="dropout", low=0.0, high=0.6),
    Dimension(name="width", low=16, high=256, log=True, whole=True),
    Dimension(name="optimizer", choices=("adam", "adamw", "sgd")),
    Dimension(name="norm", choices=("none", "batch", "layer")),
)
VERDICTS = ("good_fit", "overfitting", "underfitting", "inconclusive")
HOSTILE = "\x1b[2J\u202eevil\n[red]markup[/red] 学习率"


def search_records(
    trials: int = 40,
    ended: int = 31,
    *,
    status: str = "running",
    name: str = "digits-search-20261121-181500-3fa2",
    objective: Objective | None = None,
) -> list[StudyRecord]:
    """Return a Bayesian search of ``trials``, of which ``ended`` have, two are at work, and one waits."""
    options = SearchOptions(
        dimensions=SPACE, trials=trials, workers=2, pruner="median", objective=objective or Objective()
    )
    records: list[StudyRecord] = [
        Begun(name=name, task="digits", time=BEGAN, command=["dltui", "search", "digits"], search=options),
        Supervised(time=BEGAN + 1, status="running", host="here", pid=4711),
    ]
    chance = random.Random(7)
    for number in range(min(trials, ended + 3)):
        at_work = number - ended
        records += _trial(chance, number, BEGAN + 2 + 6 * number, at_work, options.objective)
    if status != "running":
        records.append(Supervised(time=BEGAN + 6 * trials + 9, status=status))  # type: ignore[arg-type]
    return records


def _trial(
    chance: random.Random, number: int, began: float, at_work: int, objective: Objective
) -> Iterator[StudyRecord]:
    settings = _settings(chance, number)
    job = f"t{number:04d}"
    yield Asked(number=number, time=began, settings=settings)
    if at_work > 1:
        return
    yield Submitted(trial=number, job=job, seed=0, time=began, handle=str(1000 + number))
    loss = _loss(settings, chance)
    diverged = float(str(settings["lr"])) > 0.5
    fate = "failed" if number in (5, 23) else "pruned" if diverged or (loss > 0.6 and number > 8) else "complete"
    last = {"failed": 2, "pruned": 9, "complete": EPOCHS}[fate] if at_work < 0 else 11 - 6 * at_work
    points = [(float(e), _at(loss, e, objective.rises, diverged, chance)) for e in range(1, last + 1)]
    state = "running" if at_work >= 0 else "stopped" if fate == "pruned" else "finished"
    yield Reported(
        trial=number, job=job, time=began + last * 0.2, run=job, state=state, points=points,  # type: ignore[arg-type]
        step=last * 20, epoch=float(last), epochs=float(EPOCHS),
    )  # fmt: skip
    if at_work >= 0:
        return
    values = [value for _, value in points]
    best = max(values) if objective.rises else min(values)
    yield Told(
        number=number, time=began + 6, state=fate, value=None if fate == "failed" or diverged else best,  # type: ignore[arg-type]
        step=last * 20, seconds=0.21 * last, run=job,
        pruned_by=("diagnosis: diverged" if diverged else "median") if fate == "pruned" else "",
        verdict="" if fate == "failed" else "diverged" if diverged else VERDICTS[number % 4],
        error="CUDA out of memory: tried to allocate 2.1 GB." if fate == "failed" else "",
    )  # fmt: skip


def _settings(chance: random.Random, number: int) -> dict[str, Value]:
    focus = min(number / 25, 1.0)  # the longer it searches the nearer it stays to what was good
    lr = 10 ** (chance.gauss(-2.6, 0.35) if chance.random() < focus else chance.uniform(-5, 0))
    settings: dict[str, Value] = {
        "lr": float(f"{lr:.3g}"),
        "weight_decay": 0.0 if chance.random() < 0.3 else float(f"{10 ** chance.uniform(-6, -1):.3g}"),
        "dropout": round(chance.uniform(0, 0.6), 3),
        "width": int(2 ** chance.uniform(4, 8)),
        "optimizer": chance.choice(("adam", "adamw", "sgd")),
    }
    if chance.random() < 0.8:
        settings["norm"] = chance.choice(("none", "batch", "layer"))
    return settings


def _loss(settings: dict[str, Value], chance: random.Random) -> float:
    lr, dropout = float(str(settings["lr"])), float(str(settings["dropout"]))
    away = abs(math.log10(lr) + 2.6)
    return 0.07 + 0.28 * away**1.6 + 0.2 * abs(dropout - 0.2) + chance.uniform(0, 0.03)


def _at(loss: float, epoch: int, rises: bool, diverged: bool, chance: random.Random) -> float:
    if diverged:
        return 2.3 * 3.0**epoch
    value = loss + (2.3 - loss) * math.exp(-epoch / 5) + chance.uniform(0, 0.01)
    return 1 / (1 + value) if rises else value


def tune_records(status: str = "running") -> list[StudyRecord]:
    """Return a tuning of ten trials: what helped is kept, what hurt is backed out, one is at work."""
    begun = Begun(
        name="digits-tune-20261121-190000-77c1",
        task="digits",
        time=BEGAN,
        command=["dltui", "tune", "digits"],
        tuning=TuneOptions(settings={"lr": "0.3"}, trials=10),
    )
    records: list[StudyRecord] = [begun, Supervised(time=BEGAN + 1, status="running", host="here", pid=4711)]
    for number, (parent, name, before, after, symptom, value, outcome, kept) in enumerate(CHANGES):
        began = BEGAN + 2 + 9 * number
        job = f"t{number:04d}"
        records.append(
            Asked(
                number=number, time=began, settings={"lr": 0.3, name: after} if name else {"lr": 0.3}, parent=parent,
                at_step=400 if number in (4, 5) else None, change={name: (before, after)} if name else {},
                symptom=symptom, why=f"{symptom} since epoch 4" if symptom else "the settings that it starts from",
            )
        )  # fmt: skip
        records.append(Submitted(trial=number, job=job, seed=0, time=began, handle="1"))
        last = EPOCHS if value is not None else 12
        points = [(float(e), (value or 0.1) + 2.0 * math.exp(-e / 5)) for e in range(1, last + 1)]
        records.append(
            Reported(trial=number, job=job, time=began + 5, run=job, state="running", points=points, step=20 * last,
                     epoch=float(last), epochs=float(EPOCHS))
        )  # fmt: skip
        if value is not None:
            verdict = "good_fit" if number > 5 else VERDICTS[(number + 1) % 3]
            records.append(
                Told(number=number, time=began + 8, state="complete", value=value, seconds=7.5, run=job,
                     verdict=verdict, finding=symptom, outcome=outcome, kept=kept)
            )  # fmt: skip
    if status != "running":
        records.append(Supervised(time=BEGAN + 100, status=status))  # type: ignore[arg-type]
    return records


CHANGES: tuple[tuple[int | None, str, Value, Value, str, float | None, str, bool], ...] = (
    (None, "", None, None, "", 1.912, "", True),
    (0, "lr", 0.3, 0.03, "lr_too_high", 0.412, "helped", True),
    (1, "lr", 0.03, 0.01, "lr_too_high", 0.431, "no_clear_effect", False),
    (1, "width", 32, 128, "underfitting", 0.198, "helped", True),
    (3, "dropout", 0.0, 0.3, "overfitting", 0.166, "helped", True),
    (4, "weight_decay", 0.0, 1e-2, "overfitting", 0.244, "hurt", False),
    (4, "augment", "none", "shift", "overfitting", 0.121, "helped", True),
    (6, "schedule", "constant", "cosine", "noisy_validation", None, "", False),
)


def study_of(records: Iterable[StudyRecord]) -> Study:
    """Return the study that the records make."""
    study = Study()
    for record in records:
        study.take(record)
    return study


def write_study(folder: Path, records: Iterable[StudyRecord]) -> Path:
    """Write a study into ``folder``, which is made, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STUDY).write_bytes(b"".join(map(to_line, records)))
    return folder
