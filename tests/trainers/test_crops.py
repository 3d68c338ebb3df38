"""Test-time crops: the views, and the mean of what is said of them."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dltui_trainers.choices import EvalCrops, Loss
from dltui_trainers.crops import averaged_answer, views
from dltui_trainers.metrics import evaluate, evaluating
from dltui_trainers.runlog import EvalRecord
from trainers.trainings import ListLog, make_training


def images(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("shape", [(2, 1, 16, 24), (3, 3, 5, 4), (1, 1, 1, 1)])
def test_five_views_are_the_corners_and_the_centre_in_torchvisions_order(shape: tuple[int, ...]) -> None:
    x = images(*shape)
    height, width = shape[-2:]
    down, right = max(1, round(height / 8)), max(1, round(width / 8))

    def moved(rows: int, columns: int) -> Tensor:
        """Each pixel from so many rows and columns away; beyond the border, from the border."""
        row = (torch.arange(height) + rows).clamp(0, height - 1)
        column = (torch.arange(width) + columns).clamp(0, width - 1)
        return x[..., row, :][..., column]

    # FiveCrop: top left, top right, bottom left, bottom right, centre. TenCrop: the same again, mirrored.
    expected = [moved(-down, -right), moved(-down, right), moved(down, -right), moved(down, right), x]
    five, ten = list(views(x, EvalCrops.FIVE)), list(views(x, EvalCrops.TEN))
    assert all(torch.equal(each, other) for each, other in zip(five, expected, strict=True))
    mirrored = [*expected, *(each.flip(-1) for each in expected)]
    assert all(torch.equal(each, other) for each, other in zip(ten, mirrored, strict=True))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 4))


@pytest.mark.parametrize(("crops", "count"), [(EvalCrops.FIVE, 5), (EvalCrops.TEN, 10)])
def test_the_answer_is_the_mean_of_the_probabilities(crops: EvalCrops, count: int) -> None:
    model, x = network(), images(6, 1, 8, 8)
    each = [model(view) for view in views(x, crops)]
    assert len(each) == count
    answer = averaged_answer(model, x, crops, Loss.CROSS_ENTROPY)
    mean = sum(F.softmax(one, 1) for one in each) / count
    assert torch.allclose(answer.exp(), mean, atol=1e-6)
    # So the cross entropy of the answer is minus the logarithm of the mean probability of the class.
    classes = torch.tensor([0, 1, 2, 3, 0, 1])
    assert torch.allclose(F.cross_entropy(answer, classes), -mean[range(6), classes].log().mean(), atol=1e-6)
    assert torch.allclose(averaged_answer(model, x, crops, Loss.MSE), sum(each) / count, atol=1e-6)


@pytest.mark.parametrize("crops", list(EvalCrops))
def test_the_loop_validates_with_them_in_parts_of_any_size(tmp_path: Path, crops: EvalCrops) -> None:
    log = ListLog()
    training = make_training(tmp_path, "digits", log, epochs=1, test_crops=crops, train_size=64, augment="crop,mixup")
    training.parts.chunk = 100
    training.run()
    logged = [record for record in log.records if isinstance(record, EvalRecord)][-1]

    def answer(x: Tensor) -> Tensor:
        if crops is EvalCrops.NONE:
            return training.model(x)
        return averaged_answer(training.model, x, crops, Loss.CROSS_ENTROPY)

    data = training.data
    with evaluating(training.model):
        expected = evaluate(answer, data.val_x, data.val_y, data.loss)
    assert logged.val_loss == pytest.approx(expected.loss, rel=1e-5)
    assert logged.val_accuracy == pytest.approx(expected.accuracy)


def test_a_validation_never_sees_augmentation(tmp_path: Path) -> None:
    training = make_training(tmp_path, "digits", epochs=1, augment="jitter,erase,crop,mixup", augment_strength=1)
    seen: list[Tensor] = []
    training.model.register_forward_pre_hook(lambda module, inputs: None if module.training else seen.append(inputs[0]))
    state = torch.get_rng_state()
    training._measure()
    assert torch.equal(seen[0], training.data.val_x)  # as they are
    assert torch.equal(torch.get_rng_state(), state)  # and nothing was drawn
