"""Random brightness, contrast and saturation of colour images, as one matrix for each image.

What torchvision's ``ColorJitter`` does to one image, for a batch on its device, each sample by its own draw. There each
of the three cuts off at black and white; here nothing is cut off, so that they are one product.
"""

from functools import lru_cache

import torch
from torch import Tensor

from dltui_trainers.tasks import Scaling

CHANNELS = 3
_GREY = (0.299, 0.587, 0.114)
"""How bright red, green and blue are to the eye (ITU-R BT.601)."""


def recoloured(
    x: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor, scaling: Scaling | None = None
) -> Tensor:
    """Return the images (samples, 3, height, width) with each factor, (samples,), applied in this order; 1 is none.

    Brightness multiplies, contrast goes away from the mean grey of the image, saturation from the grey of each pixel.
    ``scaling`` tells what became of black and of the channels; without it 0 is black and all are alike.
    """
    grey, black, deviation = _grey(x.dtype, x.device), *_origin(x, scaling)
    weights = grey * deviation
    colour = (brightness * contrast).view(-1, 1, 1)
    greyed = weights / deviation.unsqueeze(1)  # the grey of a pixel, as each channel writes it
    matrices = colour * torch.lerp(
        greyed, torch.eye(CHANNELS, dtype=x.dtype, device=x.device), saturation[:, None, None]
    )
    mean_grey = (x.mean((2, 3)) - black) @ weights
    offset = ((1 - contrast) * brightness * mean_grey).unsqueeze(1) / deviation
    constant = (black + offset).unsqueeze(2) - matrices @ black.unsqueeze(1)
    return torch.baddbmm(constant, matrices, x.flatten(2)).view(x.shape)


def _origin(x: Tensor, scaling: Scaling | None) -> tuple[Tensor, Tensor]:
    """Black, and the deviation of each channel."""
    if scaling is None:
        return x.new_zeros(CHANNELS), x.new_ones(CHANNELS)
    mean, deviation = scaling.mean.flatten().to(x.dtype), scaling.deviation.flatten().to(x.dtype)
    return -mean / deviation, deviation


@lru_cache(maxsize=8)
def _grey(dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor(_GREY, dtype=dtype, device=device)
