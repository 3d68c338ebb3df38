"""Brightness, contrast and saturation: what torchvision's functions do, for each sample of a batch."""

import pytest
import torch
from torch import Tensor

from dltui_trainers.augment import MOST_COLOUR, Augmenter
from dltui_trainers.choices import Augmentation
from dltui_trainers.colour import recoloured
from dltui_trainers.tasks import Scaling

SCALING = Scaling(
    mean=torch.tensor([100.0, 120.0, 90.0]).view(3, 1, 1), deviation=torch.tensor([50.0, 60.0, 40.0]).view(3, 1, 1)
)


def pictures(count: int = 4) -> Tensor:
    """Bytes far from black and white, so that no factor reaches them."""
    return torch.randint(80, 150, (count, 3, 5, 6), generator=torch.Generator().manual_seed(2)).float()


def grey(x: Tensor) -> Tensor:
    return (x * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(-3, keepdim=True)


def by_hand(x: Tensor, brightness: float, contrast: float, saturation: float) -> Tensor:
    """torchvision's adjust_brightness, adjust_contrast and adjust_saturation, one after the other, of one image."""
    x = brightness * x
    x = contrast * x + (1 - contrast) * grey(x).mean()
    return saturation * x + (1 - saturation) * grey(x)


@pytest.mark.parametrize("scaling", [None, SCALING])
def test_each_sample_is_changed_by_its_own_factors(scaling: Scaling | None) -> None:
    x = pictures()
    factors = torch.tensor([[0.7, 1.2, 1.0, 1.0], [1.3, 1.0, 0.6, 1.0], [0.8, 1.0, 1.0, 0.0]])
    expected = torch.stack([by_hand(image, *each.tolist()) for image, each in zip(x, factors.T, strict=True)])
    seen = scaling or (lambda images: images)
    found = recoloured(seen(x), *factors, scaling=scaling)
    assert torch.allclose(found, seen(expected), atol=1e-3 if scaling is None else 1e-5)


def test_factors_of_one_change_nothing() -> None:
    x = SCALING(pictures())
    ones = torch.ones(len(x))
    assert torch.allclose(recoloured(x, ones, ones, ones, SCALING), x, atol=1e-6)


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_jitter_changes_the_colours_of_colour_images(monkeypatch: pytest.MonkeyPatch, strength: float) -> None:
    drawn: list[Tensor] = []

    def kept(x: Tensor, *factors: object) -> Tensor:
        drawn.extend(each for each in factors if isinstance(each, Tensor))
        return x

    monkeypatch.setattr("dltui_trainers.colour.recoloured", kept)
    augmenter = Augmenter([Augmentation.JITTER], strength, SCALING)
    augmenter(torch.zeros(4000, 3, 2, 2), torch.zeros(4000))
    assert len(drawn) == 3
    for factors in drawn:
        most = strength * MOST_COLOUR
        assert 1 - most <= factors.min() < 1 - 0.98 * most and 1 + 0.98 * most < factors.max() <= 1 + most
    drawn.clear()
    augmenter(torch.zeros(4, 1, 2, 2), torch.zeros(4))
    augmenter(torch.zeros(4, 3, 2), torch.zeros(4))
    assert not drawn  # neither gray images nor signals have colours
