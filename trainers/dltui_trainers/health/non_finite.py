"""Where the first value came from that is no number: the step is done once more, and each module is looked at."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from dltui_trainers.health.outputs import tensors_in
from dltui_trainers.health.parameters import bare, measurable

What = Literal["output", "gradient", "weights", "input", "loss"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """``where``: the module or the parameter, empty for what is part of none; ``reason``: a sentence."""

    where: str
    what: What
    reason: str


@dataclass(slots=True, kw_only=True)
class _Call:
    """A run of a module: what went in and came out, and the runs of its parts; ``number`` counts them as they begin."""

    name: str
    module: nn.Module
    number: int
    inputs: list[Tensor] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    inner: "list[_Call]" = field(default_factory=list)


def trace(model: nn.Module, compute_loss: Callable[[], Tensor], targets: Tensor | None = None) -> Origin | None:
    """Return where the first value that is not finite arises when the loss is computed once more, and its gradient.

    To be asked before the optimiser's step: after it the weights are no longer those that led there, and all that is
    left to tell is that they are not finite. ``compute_loss`` runs the network; weights, gradients, statistics of
    norms and random numbers are as before. ``None`` where all is finite this time (a dropout that fell otherwise) or
    where there is no memory for it.
    """
    model = bare(model)
    if (found := weights_not_finite(model)) is not None:
        return found
    if targets is not None and not _is_finite(targets):
        return Origin(where="", what="input", reason=f"{_count(targets)} of the targets of this batch")
    try:
        with _as_if_never(model), torch.enable_grad(), _followed(model) as calls:
            loss = compute_loss()
        return _in_inputs(model, calls) or _in_forward(calls, loss) or _in_backward(calls, loss)
    except RuntimeError:  # no memory, or a loss that has no gradient
        return None


def weights_not_finite(model: nn.Module) -> Origin | None:
    """Return the first parameter of which a value is not finite; waits for the device."""
    for name, each in measurable(bare(model).named_parameters()):
        if not _is_finite(each):
            reason = f"{_count(each)} of the weights {name}, before this step; an update was not finite already"
            return Origin(where=name, what="weights", reason=reason)
    return None


def _in_inputs(model: nn.Module, calls: list[_Call]) -> Origin | None:
    for each in (each for call in calls if call.module is model for each in call.inputs):
        if _is_broken(each):
            return Origin(where="", what="input", reason=f"{_count(each)} of the inputs of this batch")
    return None


def _in_forward(calls: list[_Call], loss: Tensor) -> Origin | None:
    """The first module that made it of finite inputs. A mask may put out -inf, so it counts only if nothing else is."""
    made = [each for each in calls if not any(map(_is_broken, each.inputs))]
    for is_wrong in (_is_broken, lambda tensor: not _is_finite(tensor)):
        for call in made:
            if not _is_finite(loss) and any(map(is_wrong, call.outputs)):
                return Origin(where=call.name, what="output", reason=_told(call))
    if not _is_finite(loss):
        outputs = _sizes(calls[-1].outputs if calls else [], "outputs")
        reason = (
            f"the loss is {_kind(loss)} though the network's outputs are finite: the loss function made it{outputs}"
        )
        return Origin(where="", what="loss", reason=reason)
    return None


def _told(call: _Call) -> str:
    wrong = next(each for each in call.outputs if not _is_finite(each))
    return f"{call.name} ({type(call.module).__name__}) made {_kind(wrong)}{_sizes(call.inputs, 'inputs')}"


def _sizes(tensors: list[Tensor], what: str) -> str:
    largest = max((float(each.detach().abs().max()) for each in tensors if each.numel()), default=None)
    return "" if largest is None else f" of {what} up to {largest:.3g}"


def _in_backward(calls: list[_Call], loss: Tensor) -> Origin | None:
    """The module nearest the loss that was given a finite gradient and passes on one that is not."""
    tensors = {id(each): each for call in calls for each in _of(call) if each.requires_grad}
    found = torch.autograd.grad(loss, list(tensors.values()), allow_unused=True)
    wrong = {key for key, each in zip(tensors, found, strict=True) if each is not None and not _is_finite(each)}
    for call in sorted(calls, key=lambda each: each.number, reverse=True):
        passes_on = [*call.inputs, *call.module.parameters(recurse=False)]
        passes_on += [output for part in call.inner for output in part.outputs]
        if any(id(each) in wrong for each in passes_on) and not any(id(each) in wrong for each in call.outputs):
            reason = f"the gradient was finite until it came back through {call.name} ({type(call.module).__name__})"
            return Origin(where=call.name, what="gradient", reason=reason)
    if wrong:
        return Origin(where="", what="gradient", reason="the gradient of the loss function is not finite")
    return None


def _of(call: _Call) -> Iterator[Tensor]:
    yield from (*call.inputs, *call.outputs, *call.module.parameters(recurse=False))


@contextmanager
def _followed(model: nn.Module) -> Iterator[list[_Call]]:
    """Keep what every module is given and puts out, in the order in which they end: the whole network comes last."""
    begun: list[_Call] = []
    ended: list[_Call] = []

    def begins(name: str, module: nn.Module, args: Any, kwargs: Any) -> None:
        call = _Call(name=name, module=module, number=len(ended) + len(begun), inputs=_numbers((args, kwargs)))
        if begun:
            begun[-1].inner.append(call)
        begun.append(call)

    def ends(name: str, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        call = begun.pop()
        call.outputs = _numbers(output)
        ended.append(call)

    hooks: list[RemovableHandle] = []
    for name, module in model.named_modules():
        name = name or type(module).__name__
        hooks.append(module.register_forward_pre_hook(partial(begins, name), with_kwargs=True))
        hooks.append(module.register_forward_hook(partial(ends, name), with_kwargs=True))
    try:
        yield ended
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def _as_if_never(model: nn.Module) -> Iterator[None]:
    """Put the statistics of norms and the random numbers back as they were."""
    kept = [(each, each.clone()) for each in model.buffers()]
    devices = sorted({each.device.index or 0 for each in model.parameters() if each.is_cuda})
    try:
        with torch.random.fork_rng(devices):
            yield
    finally:
        with torch.no_grad():
            for each, before in kept:
                each.copy_(before)


def _numbers(value: object) -> list[Tensor]:
    return [each for each in tensors_in(value) if each.is_floating_point() and not each.is_meta]


def _is_finite(tensor: Tensor) -> bool:
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.detach()).all())


def _is_broken(tensor: Tensor) -> bool:
    """Whether there is NaN or infinity in it; -inf stands in masks, too."""
    return bool((tensor.detach().isnan() | tensor.detach().isposinf()).any())


def _kind(tensor: Tensor) -> str:
    return "NaN" if bool(tensor.detach().isnan().any()) else "infinity"


def _count(tensor: Tensor) -> str:
    wrong = int((~torch.isfinite(tensor.detach())).sum())
    return f"{_kind(tensor)} in {wrong} of {tensor.numel()}"
