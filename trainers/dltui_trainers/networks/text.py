"""How the outputs of a network of a text start."""

from torch import nn

from dltui_trainers.choices import Init

DEVIATION = 0.02
"""Of the weights of GPT-2 (Radford et al. 2019). Outputs near 0 call all characters about as likely at the start."""


def start_output(network: nn.Module, init: Init) -> None:
    """Let a network of embedding and output start with a loss of about ln(characters), if ``init`` is the default."""
    output = network.get_submodule("output")
    if init is Init.DEFAULT and isinstance(output, nn.Linear):
        nn.init.normal_(output.weight, std=DEVIATION)
        nn.init.zeros_(output.bias)
