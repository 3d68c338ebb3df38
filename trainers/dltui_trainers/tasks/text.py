"""A text, character by character: from the characters before it, which one comes next?

A sample is a window of ``context`` characters, and its target the same window one character later: a network answers at
each place, and sees what stands before it in the window. The windows stand side by side, so each character is a target
once; they are in a fixed random order, so that the first ``train_size`` are of the whole text.
"""

import math
import time

import torch
from torch import Tensor, nn

from dltui_trainers.choices import Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.metrics import evaluating
from dltui_trainers.networks import make_language_model
from dltui_trainers.sources.text.resolver import read_text, windows
from dltui_trainers.tasks import TaskData

ORDER_SEED = 5
"""The order is the same for every ``seed``, so that runs can be compared."""
SAMPLE_LENGTH, SAMPLE_S = 300, 0.5
"""Characters that are written at the end, and the time after which it is enough."""
TEMPERATURE = 0.8
"""Below 1 the likely characters get likelier: a small network writes more words and fewer slips."""


def load(hparams: Hparams) -> TaskData:
    """Return the windows, a byte or two a character. Raises :class:`dltui_trainers.errors.DataError`."""
    text = read_text(hparams)
    train_x, train_y = _windows(torch.from_numpy(text.training), hparams.context)
    val_x, val_y = _windows(torch.from_numpy(text.validation), hparams.context)
    generator = torch.Generator().manual_seed(ORDER_SEED)
    order = torch.randperm(len(train_x), generator=generator)[: hparams.train_size or len(train_x)]
    return TaskData(
        train_x=train_x[order],
        train_y=train_y[order],
        val_x=val_x,
        val_y=val_y,
        loss=Loss.CROSS_ENTROPY,
        classes=text.classes,
        expected_initial_loss=math.log(text.classes),
        vocabulary=text.vocabulary,
    )


def build_model(hparams: Hparams, data: TaskData) -> nn.Module:
    """Return the network that ``hparams`` describes."""
    assert data.classes is not None
    return make_language_model(hparams, data.classes)


def sample(model: nn.Module, data: TaskData) -> str:
    """Return what the network writes after the first window of the validation; empty if its answers are not finite.

    It draws from a random state of its own. What a terminal could obey is escaped.
    """
    generator = torch.Generator(device=data.val_x.device).manual_seed(0)
    window, written = data.inputs(data.val_x[:1]), ""
    until = time.monotonic() + SAMPLE_S
    with evaluating(model):
        while len(written) < SAMPLE_LENGTH and time.monotonic() < until:
            # Not the last output: that is the character for all others, which cannot be written.
            chances = (model(window)[0, -1, :-1].float() / TEMPERATURE).softmax(-1)
            if not bool(chances.isfinite().all()):
                break
            drawn = torch.multinomial(chances, 1, generator=generator)
            written += data.vocabulary[int(drawn)]
            window = torch.cat([window[:, 1:], drawn.unsqueeze(0)], 1)
    return "".join(each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in written)


def _windows(codes: Tensor, context: int) -> tuple[Tensor, Tensor]:
    """Cut windows of ``context`` characters, and those one character later, without a copy."""
    n = windows(len(codes), context)
    end = n * context
    return codes[:end].view(n, context), codes[1 : end + 1].view(n, context)
