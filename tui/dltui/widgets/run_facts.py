"""The hyperparameters of a run and the facts of its data, model and machine, for a panel."""

from collections.abc import Iterator
from dataclasses import replace

from dltui.formatting import count, format_value, short_path
from dltui.series.scores import scores_of
from dltui.series.state import RunState
from dltui.widgets.facts_panel import Fact
from dltui.widgets.machine_facts import machine_facts
from dltui_trainers.configure import as_text, without_effect
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.registry import TASKS
from dltui_trainers.runlog import DataInfo, Manifest, Value

FIRST = ("lr", "batch_size", "optimizer", "schedule", "weight_decay", "dropout", "model", "layers", "width")
"""What a person looks for first stands first; the rest follows in the order of the catalogue."""


def run_facts(state: RunState) -> tuple[Fact, ...]:
    """Everything that the manifest and the last system record tell.

    What there is room for is the beginning: what a person looks for first, what differs from the defaults, what is
    trained and where; then all that is as always.

    Of another program's log: the hyperparameters that it tells, and which of its columns is taken for what.
    """
    manifest = state.manifest
    if manifest is None:
        return (*_told(state), *_columns(state))
    return (
        *_hyperparameters(state, manifest.task),
        *_scores(state),
        *_of_script(state),
        *_about(manifest),
        *machine_facts(state),
    )


def _told(state: RunState) -> Iterator[Fact]:
    known = state.hparams
    for name in dict.fromkeys(name for name in (*FIRST, *known) if name in known):
        yield _fact(name, state)


def _columns(state: RunState) -> Iterator[Fact]:
    for role, column in state.columns:
        if role != column:
            yield Fact(f"{role} ←", column)


def _hyperparameters(state: RunState, task: str) -> list[Fact]:
    """What matters beside the other values; texts that say nothing are left out."""
    known = state.hparams
    idle = without_effect(known) if state.is_ours else frozenset()  # what a script does with its settings, it knows
    order = [name for name in (*FIRST, *known) if name in known and name not in idle and known[name] != ""]
    facts = [(name, _fact(name, state)) for name in dict.fromkeys(order)]
    return [fact if fact.changed else replace(fact, changed=_differs(task, name, known[name])) for name, fact in facts]


def _fact(name: str, state: RunState) -> Fact:
    """The present value, and what it was when the training began if it was changed since."""
    value, first = state.hparams[name], state.first_hparams.get(name)
    if name == "data" and isinstance(value, str) and value == first:
        return Fact(name, short_path(value), whole=value)
    if value == first:
        return Fact(name, _value(value))
    return Fact(name, _value(value) if first is None else f"{_value(value)} (was {_value(first)})", changed=True)


def _value(value: Value) -> str:
    return format_value(value) if isinstance(value, float) else str(value)


def _differs(task: str, name: str, value: Value) -> bool:
    if task not in TASKS or name not in CATALOGUE:
        return False
    default = TASKS[task].defaults.get(name, CATALOGUE[name].default)
    return as_text(value) != as_text(default)


def _scores(state: RunState) -> Iterator[Fact]:
    for score, value in scores_of(state):
        yield Fact(f"val {score.title}", score.text(value))


def _of_script(state: RunState) -> Iterator[Fact]:
    """The newest of each of the numbers that a script logs under names of its own."""
    for name, value in state.metrics.values.items() if state.metrics is not None else ():
        yield Fact(name, format_value(float(value)))


def _about(manifest: Manifest) -> Iterator[Fact]:
    if manifest.model is not None:
        yield Fact("parameters", count(manifest.model.parameters))
    if manifest.data is not None:
        yield from (Fact(name, count(known)) for name, known in _samples(manifest.data) if known)
    if manifest.expected_initial_loss is not None:
        yield Fact("expected first loss", format_value(manifest.expected_initial_loss))


def _samples(data: DataInfo) -> tuple[tuple[str, int], ...]:
    """How much there is to learn from and to validate on; 0 where a script does not tell."""
    return ("train", data.n_train), ("val", data.n_val)
