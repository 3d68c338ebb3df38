"""Remedies that change what the network can compute."""

from dltui.advice.case import Case
from dltui.advice.change import Change
from dltui.advice.lint import DROPOUT_WITH_BATCH_NORM
from dltui.diagnosis.finding import Finding
from dltui_trainers.choices import Activation, Model, Norm
from dltui_trainers.configure import as_text
from dltui_trainers.runlog import Value

ENOUGH_WIDTH = 64
MOST_WIDTH = 1024
ENOUGH_CHANNELS = 16
MOST_CHANNELS = 128
WIDE_FOR_OVERFITTING = 128
MOST_LAYERS = 6
DEEP = 3
DROPOUT_BESIDE_BATCH_NORM = 0.1


def wider(case: Case, finding: Finding) -> Change | None:
    """Twice the width, at least 64 units (or channels, at least 16)."""
    if not case.number("layers") and case.number("layers") is not None:
        return None
    for name, enough, most in (("width", ENOUGH_WIDTH, MOST_WIDTH), ("channels", ENOUGH_CHANNELS, MOST_CHANNELS)):
        width = case.number(name)
        if width is not None and width < most:
            return case.change(finding, name, _fitting(case, name, max(enough, 2 * width)), "width_up")
    return case.change(finding, "width", "x2", "width_up") if "width" not in case.values and not case.task else None


def deeper(case: Case, finding: Finding) -> Change | None:
    """One more layer; two where there is none."""
    layers = case.number("layers")
    if layers is None or layers >= MOST_LAYERS:
        return None
    return case.change(finding, "layers", int(layers) + 1 if layers else 2, "layers_up")


def shallower(case: Case, finding: Finding) -> Change | None:
    """Half of the layers of a deep network."""
    layers = case.number("layers")
    if layers is None or layers <= DEEP:
        return None
    return case.change(finding, "layers", max(2, int(layers) // 2), "layers_down")


def convolution(case: Case, finding: Finding) -> Change | None:
    """A convolutional network for inputs that have neighbours."""
    shape = case.run.data.input_shape if case.run.data else []
    is_plain = case.values.get("model") == Model.MLP  # without hidden layers too, where every network is the linear one
    if not is_plain or len(shape) < 2 or (case.task is not None and Model.CNN not in case.task.models):
        return None
    layers = case.number("layers")
    with_: dict[str, Value] = {} if layers is None or layers >= 2 else {"layers": 2}
    kernel = case.values.get("kernel_size")
    if isinstance(kernel, int) and kernel % 2 == 0:
        with_["kernel_size"] = kernel + 1
    return case.change(finding, "model", str(Model.CNN), "model_cnn", with_=with_)


def narrower(case: Case, finding: Finding) -> Change | None:
    """Half the width of a wide network."""
    width = case.number("width")
    if width is None or width < WIDE_FOR_OVERFITTING:
        return None
    return case.change(finding, "width", _fitting(case, "width", width // 2), "width_down")


def smaller(case: Case, finding: Finding) -> Change | None:
    """Half the width (or channels), for a network that does not fit into memory; one that trains in parts does."""
    if any(each.name == "memory_parts" for each in finding.evidence):
        return None
    for name in ("width", "channels"):
        width = case.number(name)
        if width is not None and width >= 2:
            return case.change(finding, name, _fitting(case, name, width // 2), "smaller_network")
    return None


def _fitting(case: Case, name: str, size: float) -> int:
    return case.configuration.width_near(size) if name == "width" else int(size)


def higher_degree(case: Case, finding: Finding) -> Change | None:
    """One degree more."""
    degree = case.number("degree")
    return None if degree is None else case.change(finding, "degree", int(degree) + 1, "degree_up")


def lower_degree(case: Case, finding: Finding) -> Change | None:
    """Half the degree."""
    degree = case.number("degree")
    if degree is None or degree < 2:
        return None
    return case.change(finding, "degree", int(degree) // 2, "degree_down")


def relu(case: Case, finding: Finding) -> Change | None:
    """ReLU in place of what saturates."""
    if case.word("activation") not in (Activation.SIGMOID, Activation.TANH):
        return None
    return case.change(finding, "activation", str(Activation.RELU), "activation_relu")


def leaky_relu(case: Case, finding: Finding) -> Change | None:
    """An activation that lets a little through everywhere, in place of ReLU."""
    if case.word("activation") != Activation.RELU:
        return None
    return case.change(finding, "activation", str(Activation.LEAKY_RELU), "activation_leaky")


def init(case: Case, finding: Finding) -> Change | None:
    """The one that fits the network: He's, Xavier or orthogonal."""
    start, to = case.word("init"), case.configuration.start
    if not start or not case.number("layers"):
        return None
    return None if start == to else case.change(finding, "init", str(to), "init_reset")


def _less_dropout_beside(case: Case) -> dict[str, Value]:
    shares = case.shares("layer_dropout")
    if max(shares, default=case.number("dropout") or 0.0) < DROPOUT_WITH_BATCH_NORM:
        return {}
    if shares:
        return {"layer_dropout": as_text(tuple(min(each, DROPOUT_BESIDE_BATCH_NORM) for each in shares))}
    return {"dropout": DROPOUT_BESIDE_BATCH_NORM}


def batch_norm(case: Case, finding: Finding) -> Change | None:
    """Batch norm where there is none and batches are large enough for it; else layer norm."""
    if case.word("norm") != Norm.NONE or not case.number("layers"):
        return None
    batch, samples = case.number("batch_size"), case.configuration.samples
    recurrent = case.word("model") == Model.GRU  # whose statistics would be others at each place
    if batch is not None and batch >= 16 and samples != 1 and not recurrent:
        return case.change(finding, "norm", str(Norm.BATCH), "norm_batch", with_=_less_dropout_beside(case))
    return case.change(finding, "norm", str(Norm.LAYER), "norm_layer")
