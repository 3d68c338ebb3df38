"""What the manifest tells of a network, ours or a user's: every parameter tensor by its name."""

from collections.abc import Collection, Iterable

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from dltui_trainers.runlog import LayerInfo, ModelInfo


def describe_model(model: nn.Module, optimized: Collection[Tensor] | None = None) -> ModelInfo:
    """Return the parameters of ``model``, one by one and in all; ``optimized`` are those that an optimiser has."""
    return describe_models([("", model)], optimized)


def describe_models(models: Iterable[tuple[str, nn.Module]], optimized: Collection[Tensor] | None = None) -> ModelInfo:
    """Return the parameters of several models, each with a prefix for the names of its own."""
    known = None if optimized is None else {id(each) for each in optimized}
    layers = [
        LayerInfo(
            name=prefix + name,
            shape=[] if is_lazy(each) else list(each.shape),  # a lazy one has its shape from the first batch on
            parameters=0 if is_lazy(each) else each.numel(),
            trainable=each.requires_grad,
            module=type(model.get_submodule(name.rpartition(".")[0])).__name__,
            optimized=known is None or id(each) in known,
        )
        for prefix, model in models
        for name, each in model.named_parameters()
    ]
    return ModelInfo(
        parameters=sum(layer.parameters for layer in layers),
        trainable=sum(layer.parameters for layer in layers if layer.trainable),
        layers=layers,
    )
