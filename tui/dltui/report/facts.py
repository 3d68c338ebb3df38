"""The facts of a run for a report: its settings, its data and model."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime

from dltui.formats.meaning.columns import ColumnRole
from dltui.formatting import count, duration, format_value, short_path
from dltui.report.report import Setting
from dltui.series.scores import scores_of
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.texts import Texts
from dltui.texts.writing import setting
from dltui_trainers.configure import as_text, without_effect
from dltui_trainers.hparams import CATALOGUE, FAMILIES
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import Manifest, Value
from dltui_trainers.taskfile.names import shown_task

LONGEST = 2000
"""Characters of one text in a report. An error of a compiler fits; a name of ten kilobytes does not matter whole."""
LONGEST_VALUE = 200
MOST_SETTINGS = 200
_MOST_COLUMNS = 40

Facts = Iterator[tuple[str, str]]


def shown(text: str, longest: int = LONGEST) -> str:
    """Return ``text`` without anything that could steer a terminal, and cut where it is too long to be read."""
    return safe_text(text if len(text) <= longest else f"{text[: longest - 1]}…")


def error_of(state: RunState) -> str:
    """What the training said when it failed; empty if it did not."""
    return shown(state.end.error) if state.end is not None and state.end.error else ""


def settings_of(state: RunState) -> tuple[Setting, ...]:
    """The hyperparameters as far as they are known, those without an effect left out, family by family."""
    hparams = state.hparams
    idle = without_effect(hparams)
    names = [name for name in sorted(hparams, key=_family) if name not in idle and not _is_unset(name, hparams[name])]
    task = state.manifest.task if state.manifest else ""
    return tuple(_setting(task, name, hparams[name]) for name in names[:MOST_SETTINGS])


def _is_unset(name: str, value: Value) -> bool:
    """Whether it is a text of ours that says nothing: no file, no column."""
    return value == "" and name in CATALOGUE


def _family(name: str) -> int:
    return FAMILIES.index(CATALOGUE[name].family) if name in CATALOGUE else len(FAMILIES)


def _setting(task: str, name: str, value: Value) -> Setting:
    default = ""
    if task in TASKS and name in CATALOGUE:
        usual = as_text(TASKS[task].defaults.get(name, CATALOGUE[name].default))
        default = usual if usual != as_text(value) else ""
    is_path = name == "data" and isinstance(value, str) and value
    told = short_path(str(value), LONGEST_VALUE) if is_path else value_of(value)
    return Setting(name=shown(name, LONGEST_VALUE), value=told, default=shown(default, LONGEST_VALUE))


def value_of(value: Value) -> str:
    """Return the value as a person types it; a dash where there is none."""
    return shown(setting(value), LONGEST_VALUE) if value not in (None, "") else "–"


def about_run(state: RunState, texts: Texts, columns: Sequence[ColumnRole]) -> tuple[tuple[str, str], ...]:
    """The facts of the run, its data, its model and its log, as labels and texts."""
    about = _manifest(state.manifest, texts) if state.manifest is not None else ()
    facts = [*_results(state, texts), *about, *_log(state, columns)]
    return tuple((texts.ui(f"fact_{label}"), shown(text, LONGEST)) for label, text in facts)


def _results(state: RunState, texts: Texts) -> Facts:
    if state.best is not None:
        best, where = state.best, "epoch" if math.isfinite(state.best.epoch) else "step"
        at = round(best.epoch, 2) if where == "epoch" else best.step
        yield "best", texts.ui(f"fact_best_{where}", best=format_value(best.val_loss), **{where: at})
    if len(state.val_loss):
        yield "last_val", format_value(state.val_loss.last)
    if len(state.train_loss):
        yield "last_train", format_value(float(state.train_loss.smooth.values[-1]))
    for score, value in scores_of(state):
        yield score.metric, score.text(value)
    if math.isfinite(state.elapsed_s) and state.elapsed_s > 0:
        yield "duration", duration(state.elapsed_s)


def _manifest(manifest: Manifest, texts: Texts) -> Facts:
    yield "task", shown_task(manifest.task)
    yield "started", _moment(manifest.created)
    if manifest.parent is not None:
        run, step = manifest.parent.run, manifest.parent.step
        yield "parent", texts.ui("fact_parent_at", run=run, step=step) if step else run
    yield from _data_and_model(manifest)
    if manifest.loss:
        yield "loss", manifest.loss
    if manifest.expected_initial_loss is not None:
        yield "initial_loss", format_value(manifest.expected_initial_loss)
    if manifest.device:
        yield "device", manifest.device
    if manifest.processes > 1:
        yield "processes", str(manifest.processes)
    if manifest.seed is not None:
        yield "seed", str(manifest.seed)
    yield "versions", ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    if manifest.git:
        yield "git", manifest.git
    yield "command", " ".join(manifest.command)


def _data_and_model(manifest: Manifest) -> Facts:
    """What is known of them: of a user's script it may be nothing."""
    data, model = manifest.data, manifest.model
    if data is not None:
        yield "train_samples", count(data.n_train)
        yield "val_samples", count(data.n_val)
        if data.classes is not None:
            yield "classes", count(data.classes)
        yield "input", " × ".join(map(str, data.input_shape))
    if model is not None:
        yield "parameters", count(model.parameters)
        if model.trainable != model.parameters:
            yield "trainable", count(model.trainable)


def _moment(created: str) -> str:
    """A moment to the minute, in the zone that it was written in; as it stands where it is none."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".strip()


def _log(state: RunState, columns: Sequence[ColumnRole]) -> Facts:
    used = [f"{each.role} ← {shown(each.name, LONGEST_VALUE)}" for each in columns if each.role]
    if used:
        yield "columns", ", ".join(used[:_MOST_COLUMNS])
    if state.skipped:
        yield "skipped", count(state.skipped)
