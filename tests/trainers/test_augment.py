"""Augmentation: each kind does what it says, and nothing is drawn or changed where it is off."""

import math
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dltui_trainers.augment import (
    MOST_ERASED,
    MOST_NOISE,
    MOST_SHIFT,
    Augmented,
    Augmenter,
    augmented_loss,
    linear_map,
    make_augmenter,
    resampled,
    symmetric_beta,
)
from dltui_trainers.choices import Augmentation, Loss
from dltui_trainers.hparams import Hparams
from dltui_trainers.registry import TASKS

SIGNALS, IMAGES = TASKS["mnist1d"].augmentations, TASKS["digits"].augmentations
SHAPES = [(64, 1, 8, 8), (1, 1, 8, 8), (5, 3, 9, 6), (64, 1, 40), (1, 2, 7), (3, 1, 1)]
"""Images and signals, also of a single sample, several channels, odd sizes and a single value."""


def batch(*shape: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Inputs of a fixed draw, and classes that tell the samples apart."""
    generator = torch.Generator().manual_seed(3)
    return torch.randn(*shape, dtype=dtype, generator=generator), torch.arange(shape[0])


def augmented(x: Tensor, y: Tensor, kinds: Iterable[str], strength: float = 0.5, *, seed: int = 0) -> Augmented:
    torch.manual_seed(seed)
    return Augmenter([Augmentation(kind) for kind in kinds], strength)(x, y)


def kinds_for(shape: tuple[int, ...]) -> tuple[Augmentation, ...]:
    return IMAGES if len(shape) == 4 else SIGNALS


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("strength", [1e-6, 0.5, 1.0])
def test_whatever_is_on_the_batch_stays_one(shape: tuple[int, ...], dtype: torch.dtype, strength: float) -> None:
    x, y = batch(*shape, dtype=dtype)
    before = x.clone()
    for kinds in (*([kind] for kind in kinds_for(shape)), kinds_for(shape)):
        found = augmented(x, y, kinds, strength)
        assert found.x.shape == x.shape and found.x.dtype == dtype and found.x.device == x.device
        assert torch.isfinite(found.x).all()
        assert torch.equal(found.y, y) and torch.equal(x, before)
        assert (found.other_y is None) == (Augmentation.MIXUP not in kinds)


@pytest.mark.parametrize("shape", [(64, 1, 8, 8), (64, 1, 40)])
def test_the_same_random_state_gives_the_same_batch(shape: tuple[int, ...]) -> None:
    x, y = batch(*shape)
    first, second = (augmented(x, y, kinds_for(shape), seed=7) for _ in range(2))
    assert torch.equal(first.x, second.x) and first.share == second.share
    assert first.other_y is not None and second.other_y is not None and torch.equal(first.other_y, second.other_y)
    assert not torch.equal(first.x, augmented(x, y, kinds_for(shape), seed=8).x)


@pytest.mark.parametrize("shape", [(8, 1, 8, 8), (8, 1, 40)])
def test_all_is_drawn_from_the_random_state_that_checkpoints_keep(shape: tuple[int, ...]) -> None:
    x, y = batch(*shape)
    augmenter = Augmenter(kinds_for(shape), 0.5)
    augmenter(x, y)
    state = torch.get_rng_state()
    first = [augmenter(x, y).x for _ in range(5)]
    torch.set_rng_state(state)
    again = Augmenter(kinds_for(shape), 0.5)
    assert all(torch.equal(each, again(x, y).x) for each in first)


@pytest.mark.parametrize("shape", [(8, 1, 8, 8), (8, 1, 40)])
def test_all_happens_on_the_device_of_the_batch(shape: tuple[int, ...]) -> None:
    x, y = torch.empty(shape, device="meta"), torch.empty(8, dtype=torch.int64, device="meta")
    found = augmented(x, y, kinds_for(shape))
    assert found.x.device == x.device and found.x.shape == x.shape
    assert found.other_y is not None and found.other_y.device == x.device


@pytest.mark.parametrize("kind", Augmentation)
def test_each_kind_changes_something_and_the_order_of_the_kinds_nothing(kind: Augmentation) -> None:
    x, y = batch(64, 1, 8, 8)
    assert not torch.equal(augmented(x, y, [kind]).x, x)
    there, back = (augmented(x, y, kinds) for kinds in ([kind, "crop"], ["crop", kind, kind]))
    assert torch.equal(there.x, back.x)


@pytest.mark.parametrize(
    "hparams",
    [Hparams(), Hparams(augment=tuple(Augmentation), augment_strength=0.0), Hparams(augment_strength=1.0)],
)
def test_off_is_off(hparams: Hparams) -> None:
    assert make_augmenter(hparams) is None


def test_on_is_what_the_hyperparameters_say() -> None:
    x, y = batch(8, 1, 8, 8)
    augmenter = make_augmenter(Hparams(augment=(Augmentation.JITTER,), augment_strength=0.3))
    assert augmenter is not None
    torch.manual_seed(0)
    assert torch.equal(augmenter(x, y).x, augmented(x, y, ["jitter"], 0.3).x)


@pytest.mark.parametrize("shape", [(1000, 1, 4, 5), (1000, 2, 9)])
def test_flip_mirrors_half_of_the_samples_exactly_and_left_to_right(shape: tuple[int, ...]) -> None:
    x, y = batch(*shape)
    once = augmented(x, y, ["flip"], 0.1)
    mirrored = (once.x != x).flatten(1).any(1)
    assert torch.equal(once.x[mirrored], x[mirrored].flip(-1)) and torch.equal(once.x[~mirrored], x[~mirrored])
    assert mirrored.double().mean().item() == pytest.approx(0.5, abs=0.06)
    assert torch.equal(augmented(once.x, y, ["flip"], 0.1).x, x)  # the same samples again, and back


def still(n: int) -> Tensor:
    """Matrices that leave everything where it is."""
    return torch.eye(2).expand(n, 2, 2)


def turned(x: Tensor, degrees: float) -> Tensor:
    none = torch.zeros(len(x))
    linear = linear_map(none + 1, none + math.radians(degrees), none, none)
    return resampled(x, torch.zeros(len(x), 2), linear)


@pytest.mark.parametrize("shape", [(4, 2, 8, 8), (4, 1, 9, 6), (4, 2, 13)])
def test_no_move_is_none(shape: tuple[int, ...]) -> None:
    x, _ = batch(*shape)
    assert torch.allclose(resampled(x, torch.zeros(4, 2), still(4)), x, atol=1e-6)


def test_quarter_and_half_turns_are_exact() -> None:
    x, _ = batch(3, 2, 8, 8)
    assert torch.allclose(turned(x, 90), x.rot90(1, (2, 3)), atol=1e-5)
    oblong, _ = batch(3, 1, 5, 9)
    assert torch.allclose(turned(oblong, 180), oblong.flip(2, 3), atol=1e-5)
    # What is square in the middle of an oblong image turns as in a square one: angles are in pixels.
    assert torch.allclose(turned(oblong, 90)[..., 2:7], oblong[..., 2:7].rot90(1, (2, 3)), atol=1e-5)


def test_a_turn_and_a_move_are_those_of_torch() -> None:
    x, _ = batch(3, 2, 8, 8)
    angle, shift = math.radians(20), torch.tensor([0.25, -0.5])
    linear = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    theta = torch.cat([linear, -linear @ shift.unsqueeze(1)], 1).expand(3, 2, 3)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    expected = F.grid_sample(x, grid, padding_mode="border", align_corners=False)
    none = torch.zeros(3)
    found = resampled(x, shift.expand(3, 2), linear_map(none + 1, none + angle, none, none))
    assert torch.allclose(found, expected, atol=1e-5)


def test_a_move_by_whole_pixels_repeats_the_border() -> None:
    x, _ = batch(2, 1, 4, 8)
    right, down = torch.tensor([[0.5, 0.0]]).expand(2, 2), torch.tensor([[0.0, 0.5]]).expand(2, 2)
    assert torch.allclose(resampled(x, right, still(2)), x[..., [0, 0, 0, 1, 2, 3, 4, 5]], atol=1e-5)
    assert torch.allclose(resampled(x, down, still(2)), x[..., [0, 0, 1, 2], :], atol=1e-5)
    signal, _ = batch(2, 3, 8)
    assert torch.allclose(resampled(signal, right, still(2)), signal[..., [0, 0, 0, 1, 2, 3, 4, 5]], atol=1e-5)


def test_zoom_and_shear_take_values_from_where_they_say() -> None:
    ramp = torch.linspace(-7, 7, 8).expand(1, 1, 8, 8)  # in half pixels: a value is its own place
    one, none = torch.ones(1), torch.zeros(1)
    zoomed = resampled(ramp, torch.zeros(1, 2), linear_map(one / 2, none, none, none))
    assert torch.allclose(zoomed, ramp / 2, atol=1e-5)
    sheared = resampled(ramp, torch.zeros(1, 2), linear_map(one, none, none + 0.25, none))
    assert torch.allclose(sheared, (ramp + 0.25 * ramp.mT).clamp(-7, 7), atol=1e-5)


@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_crop_moves_by_up_to_a_quarter(strength: float) -> None:
    ramp = torch.linspace(-1, 1, 41).expand(2000, 1, 41)
    moved = ramp[:, 0, 20] - augmented(ramp, torch.zeros(2000), ["crop"], strength).x[:, 0, 20]
    most = 2 * MOST_SHIFT * strength * 41 / 40  # in halves of the size, as the ramp
    assert -most <= moved.min().item() < -0.95 * most and 0.95 * most < moved.max().item() <= most + 1e-6


@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_jitter_has_its_deviation(strength: float) -> None:
    x, y = batch(500, 1, 8, 8)
    noise = augmented(x, y, ["jitter"], strength).x - x
    assert noise.std().item() == pytest.approx(strength * MOST_NOISE, rel=0.03)
    assert noise.mean().item() == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("shape", [(500, 2, 20, 30), (500, 2, 200)])
@pytest.mark.parametrize("strength", [0.4, 1.0])
def test_erase_leaves_the_rest_untouched(shape: tuple[int, ...], strength: float) -> None:
    x, y = batch(*shape)
    found = augmented(x, y, ["erase"], strength).x
    erased = found == 0
    assert torch.equal(found[~erased], x[~erased])
    assert torch.equal(erased[:, 0], erased[:, 1])  # all channels alike
    share = erased.flatten(1).double().mean(1)
    most = strength * MOST_ERASED
    assert share.max().item() <= 1.25 * most  # whole pixels are erased
    assert share.mean().item() == pytest.approx(most / 2, rel=0.1)
    for sides in range(2, len(shape)):
        # A rectangle: along each side the erased ones are neighbours.
        others = tuple(side for side in range(1, len(shape)) if side != sides)
        changes = erased.any(others).int().diff(dim=1).abs().sum(1)
        assert changes.max().item() <= 2


def test_erase_reaches_every_place() -> None:
    x, y = torch.ones(2000, 1, 8, 8), torch.zeros(2000)
    erased = (augmented(x, y, ["erase"], 1.0).x == 0).double().mean(0)
    assert erased.min().item() > 0.01


def test_mixup_is_the_formula_in_inputs_and_loss() -> None:
    x, y = batch(16, 1, 8, 8)
    found = augmented(x, y, ["mixup"], 1.0)
    assert found.other_y is not None and 0 < found.share < 1
    assert sorted(found.other_y.tolist()) == y.tolist()  # another order of the same
    mixed = found.share * x + (1 - found.share) * x[found.other_y]  # the classes are the places
    assert torch.allclose(found.x, mixed, atol=1e-6)
    output = torch.randn(16, 16)
    for smoothing in (0.0, 0.1):
        ways = [F.cross_entropy(output, each, label_smoothing=smoothing) for each in (y, found.other_y)]
        expected = found.share * ways[0] + (1 - found.share) * ways[1]
        assert torch.allclose(augmented_loss(output, found, Loss.CROSS_ENTROPY, label_smoothing=smoothing), expected)


def test_without_mixup_the_loss_is_the_plain_one() -> None:
    x, y = batch(6, 1, 8, 8)
    output = torch.randn(6, 6)
    found = augmented_loss(output, Augmented(x=x, y=y), Loss.CROSS_ENTROPY, label_smoothing=0.1)
    assert torch.equal(found, F.cross_entropy(output, y, label_smoothing=0.1))
    targets = torch.randn(6, 1)
    assert torch.equal(
        augmented_loss(output[:, :1], Augmented(x=x, y=targets), Loss.MSE), F.mse_loss(output[:, :1], targets)
    )


def test_one_sample_is_mixed_with_itself() -> None:
    x, y = batch(1, 1, 8, 8)
    found = augmented(x, y, ["mixup"])
    assert torch.equal(found.x, x) and found.other_y is not None and torch.equal(found.other_y, y)


@pytest.mark.parametrize("concentration", [1.0, 0.5, 0.1])
def test_the_share_is_drawn_from_beta(concentration: float) -> None:
    torch.manual_seed(0)
    drawn = torch.tensor([symmetric_beta(concentration) for _ in range(4000)])
    assert drawn.mean().item() == pytest.approx(0.5, abs=0.03)
    # The variance of Beta(a, a) is 1 / (4 (2 a + 1)).
    assert drawn.var().item() == pytest.approx(1 / (4 * (2 * concentration + 1)), rel=0.05)


@pytest.mark.parametrize("concentration", [1e-3, 1e-300, 5e-324])
def test_the_weakest_mixup_takes_one_of_the_two(concentration: float) -> None:
    torch.manual_seed(0)
    drawn = [symmetric_beta(concentration) for _ in range(100)]
    assert all(0 <= each <= 1 for each in drawn) and 20 < sum(drawn) < 80


@pytest.mark.parametrize("count", [1, 3, 16])
def test_a_batch_in_parts_is_the_whole(count: int) -> None:
    x, y = batch(16, 1, 8, 8)
    whole = augmented(x, y, ["crop", "mixup"])
    parts = list(whole.split(count))
    assert len(parts) == count
    assert torch.equal(torch.cat([each.x for each in parts]), whole.x)
    output = torch.randn(16, 16)
    losses = [
        augmented_loss(out, each, Loss.CROSS_ENTROPY) * len(each.x)
        for out, each in zip(output.tensor_split(count), parts, strict=True)
    ]
    assert torch.allclose(torch.stack(losses).sum() / 16, augmented_loss(output, whole, Loss.CROSS_ENTROPY))
    assert all(each.other_y is None for each in Augmented(x=x, y=y).split(count))


def test_every_task_that_augments_says_how() -> None:
    for task in TASKS.values():
        assert ("augment" in task.reads) == ("augment_strength" in task.reads) == bool(task.augmentations)


@pytest.mark.parametrize("kinds", [["jitter"], ["mixup"], ["jitter", "mixup"]])
def test_features_are_augmented_as_well(kinds: list[str]) -> None:
    x, y = batch(64, 5)
    found = augmented(x, y, kinds)
    assert found.x.shape == x.shape and not torch.equal(found.x, x) and torch.equal(found.y, y)


def test_mixup_of_numbers_trains_as_the_mixed_target_would() -> None:
    x, _ = batch(16, 5)
    y = torch.randn(16, 1)
    found = augmented(x, y, ["mixup"], 1.0)
    assert found.other_y is not None
    gradients = []
    for mixed in (False, True):
        output = torch.zeros(16, 1, requires_grad=True)
        target = found.share * y + (1 - found.share) * found.other_y
        loss = F.mse_loss(output, target) if mixed else augmented_loss(output, found, Loss.MSE)
        torch.autograd.backward(loss)
        assert output.grad is not None
        gradients.append(output.grad)
    assert torch.allclose(*gradients, atol=1e-6)


def test_a_mirrored_and_moved_image_is_the_mirrored_one_moved() -> None:
    x, y = batch(400, 1, 9, 7)
    symmetric = x + x.flip(-1)
    moved, both = (augmented(symmetric, y, kinds, 0.3).x for kinds in (["crop"], ["crop", "flip"]))
    assert torch.allclose(moved, both, atol=1e-5)  # the same draws of the moves
    both = augmented(x, y, ["crop", "flip"], 0.3).x
    moves = augmented(x, y, ["crop"], 0.3).x
    of_mirrored = augmented(x.flip(-1), y, ["crop"], 0.3).x
    plain, mirrored = ((both - each).abs().flatten(1).amax(1) < 1e-4 for each in (moves, of_mirrored))
    assert (plain ^ mirrored).all() and 150 < mirrored.sum().item() < 250
