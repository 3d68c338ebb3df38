"""What a few steps of a task file told, as lines."""

import math
from collections.abc import Iterator

from dltui.cli.paragraph import paragraph
from dltui.formatting import count, format_value, setting
from dltui.runs.checked_task import Checked
from dltui.text import safe_text
from dltui_trainers.named_task import find_task
from dltui_trainers.runlog import DataInfo, Manifest, ModelInfo

_LABEL = 17
_MOST = 8
"""So many classes are counted one by one."""


def lines(task: str, manifest: Manifest, checked: Checked) -> Iterator[str]:
    """Yield what is known of the data, the network, the loss and the hyperparameters."""
    info = find_task(task)
    yield from paragraph(safe_text(info.summary), f"{safe_text(info.title)}  ", "  ")
    if manifest.data is not None:
        yield from _line("data", _data(manifest.data))
        yield from _line("targets", _targets(manifest.data))
    if manifest.model is not None:
        yield from _line("network", _network(manifest.model))
    yield from _line("loss", _loss(manifest, checked))
    yield from _line("measured", ", ".join(map(safe_text, checked.measured)) or "the loss alone")
    yield from _line("a step", _step(manifest, checked.step_s))
    own = [each.name for each in info.own]
    other = [name for name in info.defaults if name in manifest.hparams]
    yield from _line("hyperparameters", _settings(manifest, own) or "none of its own")
    if other:
        yield from _line("other defaults", _settings(manifest, other))


def _line(label: str, text: str) -> list[str]:
    return paragraph(text, f"  {label:<{_LABEL}}")


def _data(data: DataInfo) -> str:
    shape = " x ".join(map(str, data.input_shape))
    return f"{count(data.n_train)} training and {count(data.n_val)} validation samples, each of shape {shape}"


def _targets(data: DataInfo) -> str:
    if data.classes is None:
        return "numbers (a regression)"
    counts = data.class_counts or []
    if 0 < len(counts) <= _MOST:
        return f"{data.classes} classes, with {', '.join(map(count, counts))} training samples"
    among = f", with {count(min(counts))} to {count(max(counts))} training samples each" if counts else ""
    return f"{count(data.classes)} classes{among}"


def _network(model: ModelInfo) -> str:
    frozen = model.parameters - model.trainable
    modules: dict[str, str] = {}
    for layer in model.layers:
        modules.setdefault(layer.name.rpartition(".")[0], layer.module)
    kinds = list(filter(None, modules.values()))
    named = [f"{kinds.count(kind)} {safe_text(kind)}" for kind in dict.fromkeys(kinds)]
    text = f"{count(model.parameters)} parameters" + (f", {count(frozen)} of them frozen" if frozen else "")
    return f"{text} in {', '.join(named)}" if named else text


def _loss(manifest: Manifest, checked: Checked) -> str:
    guess = manifest.expected_initial_loss
    told = f"{safe_text(manifest.loss or 'unknown')}: {format_value(checked.first_loss)} at the first step"
    return told if guess is None else f"{told}; a network that knows nothing has {format_value(guess)}"


def _step(manifest: Manifest, step_s: float) -> str:
    where = f"on {safe_text(manifest.device)}" if manifest.device else ""
    if math.isnan(step_s):
        return f"was not done {where}".rstrip()
    batch = setting(manifest.hparams.get("batch_size"))
    steps = manifest.steps_per_epoch * manifest.epochs
    return (
        f"{format_value(1000 * step_s)} ms with a batch of {batch} {where}; {count(manifest.epochs)} epochs are"
        f" {count(steps)} steps, about {_about(steps * step_s)}"
    )


def _about(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 1):.0f} s"


def _settings(manifest: Manifest, names: list[str]) -> str:
    found = (name for name in names if name in manifest.hparams)
    return ", ".join(f"{name}={setting(manifest.hparams[name])}" for name in found)
