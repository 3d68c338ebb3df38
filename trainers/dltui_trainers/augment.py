"""Augmentation: random changes of the training inputs that keep their classes, the nearest thing to more data.

A batch is changed as a whole on its device, after it is drawn and before the network sees it; validation never comes
here. Inputs are images (samples, channels, height, width), signals (samples, channels, length) or features (samples,
features), normalised to mean 0.

How far each kind goes at strength 1, in between in proportion (all draws uniform, each sample its own):

========  =====================================================================================================
flip      mirrored left to right with probability 1/2, at every strength above 0
crop      moved by up to 25 % of the size along each axis, the border repeated where nothing was
scale     shrunk or enlarged by up to 1.5, as often the one as the other
rotate    turned by up to 30 degrees (images)
affine    sheared along each axis by up to 0.3 (images)
jitter    Gaussian noise of deviation 0.5, where the inputs have 1; images in colour: before it brightness, contrast
          and saturation are multiplied by 0.6 to 1.4 each
erase     a rectangle of up to 30 % of the area, of a shape from 3:10 to 10:3, is set to the mean
mixup     the whole batch is mixed with itself in another order, in a share from Beta(strength, strength)
========  =====================================================================================================

Sources: C. Shorten and T. M. Khoshgoftaar, A survey on Image Data Augmentation for Deep Learning, J. Big Data 6:60,
2019; Z. Zhong et al., Random Erasing Data Augmentation, 2017, arXiv:1708.04896; H. Zhang et al., mixup: Beyond
Empirical Risk Minimization, 2017, arXiv:1710.09412.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional as F

from dltui_trainers import colour
from dltui_trainers.choices import Augmentation, Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.metrics import data_loss
from dltui_trainers.own_loss import OwnLoss
from dltui_trainers.tasks import Scaling

MOST_SHIFT = 0.25
MOST_SCALE = 1.5
MOST_ROTATION = math.radians(30)
MOST_SHEAR = 0.3
MOST_NOISE = 0.5
MOST_COLOUR = 0.4
"""What is usual for torchvision's ``ColorJitter`` since Krizhevsky's networks."""
MOST_ERASED = 0.3
LONGEST = 10 / 3
"""An erased rectangle is at most this many times as long as wide, in shares of the sides (Zhong et al.: 3.33)."""
FLIPPED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmented:
    """A batch as the network is to see it.

    With mixup each ``x`` is ``share`` of a sample of class ``y`` and the rest of one of class ``other_y``.
    """

    x: Tensor
    y: Tensor
    other_y: Tensor | None = None
    share: float = 1.0

    def split(self, count: int) -> Iterator["Augmented"]:
        """Yield the batch in ``count`` parts, as equal as can be."""
        others = [None] * count if self.other_y is None else self.other_y.tensor_split(count)
        for x, y, other_y in zip(self.x.tensor_split(count), self.y.tensor_split(count), others, strict=True):
            yield Augmented(x=x, y=y, other_y=other_y, share=self.share)


def augmented_loss(output: Tensor, batch: Augmented, loss: Loss | OwnLoss, *, label_smoothing: float = 0.0) -> Tensor:
    """Return the mean loss of a batch, which with mixup is the loss of both targets, mixed as the inputs are.

    That mixed loss is what is trained on and what is logged as ``train_loss``: no network brings it to 0.
    """
    first = data_loss(output, batch.y, loss, label_smoothing=label_smoothing)
    if batch.other_y is None:
        return first
    second = data_loss(output, batch.other_y, loss, label_smoothing=label_smoothing)
    return batch.share * first + (1 - batch.share) * second


def make_augmenter(hparams: Hparams, scaling: Scaling | None = None) -> "Augmenter | None":
    """Return the augmenter, ``None`` where nothing is to be changed: then no random number is drawn either.

    ``scaling``: how the inputs were normalised, which the change of colours undoes.
    """
    if not hparams.augment or not hparams.augment_strength:
        return None
    return Augmenter(hparams.augment, hparams.augment_strength, scaling)


class Augmenter:
    """Changes batches at random.

    It has no state: everything is drawn from torch's global random state of the batch's device (and mixup's share from
    the CPU's, so that nobody waits for a GPU). Checkpoints keep both, hence a continuation draws the same.
    """

    def __init__(self, kinds: Iterable[Augmentation], strength: float, scaling: Scaling | None = None) -> None:
        self._kinds = frozenset(kinds)
        self._strength, self._scaling = strength, scaling
        shift = self._up_to(Augmentation.CROP, 2 * MOST_SHIFT)
        zoom = self._up_to(Augmentation.SCALE, math.log(MOST_SCALE))
        turn = self._up_to(Augmentation.ROTATE, MOST_ROTATION)
        shear = self._up_to(Augmentation.AFFINE, MOST_SHEAR)
        self._geometry = (shift, shift, zoom, turn, shear, shear)

    def __call__(self, x: Tensor, y: Tensor) -> Augmented:
        """Return the batch changed, as it is where it is empty; ``x`` and ``y`` themselves stay as they are."""
        if not len(x):
            return Augmented(x=x, y=y)
        flips = Augmentation.FLIP in self._kinds
        if any(self._geometry):
            x = _moved(x, self._geometry, flips=flips)
        elif flips:
            x = _flipped(x)
        if Augmentation.JITTER in self._kinds:
            x = self._jittered(x)
        if Augmentation.ERASE in self._kinds:
            x = _erased(x, self._strength * MOST_ERASED)
        if Augmentation.MIXUP in self._kinds:
            return _mixed(x, y, self._strength)
        return Augmented(x=x, y=y)

    def _jittered(self, x: Tensor) -> Tensor:
        if x.ndim == 4 and x.shape[1] == colour.CHANNELS:
            drawn = 2 * torch.rand(3, len(x), dtype=x.dtype, device=x.device) - 1
            brightness, contrast, saturation = 1 + self._strength * MOST_COLOUR * drawn
            x = colour.recoloured(x, brightness, contrast, saturation, self._scaling)
        return torch.randn_like(x).mul_(self._strength * MOST_NOISE).add_(x)

    def _up_to(self, kind: Augmentation, most: float) -> float:
        return self._strength * most if kind in self._kinds else 0.0


def _flipped(x: Tensor) -> Tensor:
    """Half of the samples mirrored, to the bit: nothing is interpolated."""
    return torch.where(_chosen(x).view(-1, *[1] * (x.ndim - 1)), x.flip(-1), x)


def _chosen(x: Tensor) -> Tensor:
    """Which samples are mirrored."""
    return torch.rand(len(x), device=x.device) < FLIPPED


def _moved(x: Tensor, geometry: tuple[float, ...], *, flips: bool) -> Tensor:
    """Samples mirrored, moved, scaled, turned and sheared in one resampling, by up to ``geometry`` each."""
    most = torch.tensor(geometry, dtype=x.dtype).to(x.device, non_blocking=True).unsqueeze(1)
    drawn = (2 * torch.rand(len(geometry), len(x), dtype=x.dtype, device=x.device) - 1) * most
    right, down, zoom, angle, shear_x, shear_y = drawn
    linear = linear_map(zoom.exp(), angle, shear_x, shear_y)
    if flips:
        linear[:, 0] *= torch.where(_chosen(x), -1, 1).unsqueeze(1)
    return resampled(x, torch.stack([right, down], 1), linear)


def linear_map(zoom: Tensor, angle: Tensor, shear_x: Tensor, shear_y: Tensor) -> Tensor:
    """Return the matrices (samples, 2, 2) that shear, then turn, then zoom; ``angle`` in radians from x towards y."""
    cos, sin = zoom * angle.cos(), zoom * angle.sin()
    entries = [cos - sin * shear_y, cos * shear_x - sin, sin + cos * shear_y, sin * shear_x + cos]
    return torch.stack(entries, 1).view(-1, 2, 2)


def resampled(x: Tensor, shift: Tensor, linear: Tensor) -> Tensor:
    """Return each sample moved by ``shift``, with ``linear`` telling where around the centre a value is taken from.

    Shifts (samples, 2) are to the right and down, in halves of the size; matrices (samples, 2, 2) are in pixels, so
    that an angle is one in an image that is not square, too. Signals are images of height 1. Outside, the border goes
    on: it is the background, whatever number that became when the inputs were normalised.
    """
    images = x if x.ndim == 4 else x.unsqueeze(2)
    height, width = images.shape[-2:]
    points, size = _pixels(height, width, x.dtype, x.device)
    affine = torch.cat([linear, -linear @ (shift * size).unsqueeze(2)], 2)
    # grid_sample counts in halves of each side. (F.affine_grid takes five times as long for this product.)
    places = (affine / size.unsqueeze(1)) @ points
    grid = places.transpose(1, 2).view(len(x), height, width, 2)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False).reshape(x.shape)


@lru_cache(maxsize=8)
def _pixels(height: int, width: int, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """The middles of all pixels seen from the centre, as columns (x, y, 1), and the size (x, y): in half pixels."""
    x = (2 * torch.arange(width, dtype=dtype) + 1 - width).repeat(height)
    y = (2 * torch.arange(height, dtype=dtype) + 1 - height).repeat_interleave(width)
    points = torch.stack([x, y, torch.ones_like(x)])
    return points.to(device), torch.tensor([width, height], dtype=dtype, device=device)


def _erased(x: Tensor, most: float) -> Tensor:
    """A rectangle of up to the share ``most`` of each sample set to 0, which is the mean; nothing else is touched."""
    area, shape, top, left = torch.rand(4, len(x), 1, dtype=x.dtype, device=x.device)
    area = area * most
    if x.ndim == 3:
        return x.masked_fill(_between(left, area, x.shape[2]).unsqueeze(1), 0.0)
    # From LONGEST lying to LONGEST standing, as often the one as the other.
    aspect = torch.exp((2 * shape - 1) * math.log(LONGEST))
    rows = _between(top, (area * aspect).sqrt(), x.shape[2])
    columns = _between(left, (area / aspect).sqrt(), x.shape[3])
    # A product takes a third of the time of masked_fill.
    return x * (~(rows.unsqueeze(2) & columns.unsqueeze(1))).to(x.dtype).unsqueeze(1)


def _between(place: Tensor, length: Tensor, size: int) -> Tensor:
    """Which of ``size`` cells (samples, size) have their middle in an interval of ``length``, both in shares of a side.

    ``place`` 0 puts it at the beginning, 1 at the end.
    """
    start = place * (1 - length)
    middles = (torch.arange(size, dtype=place.dtype, device=place.device) + 0.5) / size
    return (middles >= start) & (middles < start + length)


def _mixed(x: Tensor, y: Tensor, concentration: float) -> Augmented:
    """Mixup: every sample with another one, all in the same share."""
    share = symmetric_beta(concentration)
    other = torch.randperm(len(x), device=x.device)
    return Augmented(x=x.lerp(x[other], 1 - share), y=y, other_y=y[other], share=share)


def symmetric_beta(concentration: float) -> float:
    """Return a number drawn from Beta(a, a), 0 < a <= 1, from the CPU's random state.

    M. D. Joehnk's rejection (1964), in logarithms: for small a, where nearly all draws are 0 or 1, a ratio of powers or
    of gammas would be 0 / 0. At most two tries are needed on average.
    """
    while True:
        # 1 - rand, because rand may be 0 and has no logarithm then.
        first, second = (math.log(1 - each) for each in torch.rand(2, dtype=torch.float64).tolist())
        odds = math.exp(-abs(first - second) / concentration)
        if max(first, second) / concentration + math.log1p(odds) <= 0:
            return (1.0 if first >= second else odds) / (1 + odds)
