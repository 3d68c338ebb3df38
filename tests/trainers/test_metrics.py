"""Metrics against a computation by hand."""

import math

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.choices import Loss
from dltui_trainers.metrics import (
    CHUNK,
    Evaluation,
    accuracy_of,
    chunk_of,
    confusion_matrix,
    data_loss,
    evaluate,
    evaluating,
    scores,
)


def test_scores_by_hand() -> None:
    target = torch.tensor([0, 0, 0, 1, 1, 2])
    predicted = torch.tensor([0, 0, 1, 1, 1, 1])
    confusion = confusion_matrix(predicted, target, 3)
    assert confusion.tolist() == [[2, 1, 0], [0, 2, 0], [0, 1, 0]]
    # Class 2 is never predicted: precision 0. Precision of 1: 2 of 4.
    assert scores(confusion) == pytest.approx((4 / 6, (1 + 0.5 + 0) / 3, (2 / 3 + 1 + 0) / 3))


def test_a_class_without_samples_is_left_out() -> None:
    confusion = confusion_matrix(torch.tensor([0, 2]), torch.tensor([0, 0]), 3)
    assert scores(confusion) == pytest.approx((0.5, 1.0, 0.5))


def same(x: Tensor) -> Tensor:
    """Answers with its input."""
    return x


def test_evaluation_of_many_chunks_is_that_of_one() -> None:
    x, y = torch.randn(101, 5), torch.randint(5, (101,))
    whole = evaluate(same, x, y, Loss.CROSS_ENTROPY)
    assert whole.loss == pytest.approx(nn.functional.cross_entropy(x, y).item())
    assert whole.accuracy == pytest.approx((x.argmax(1) == y).double().mean().item())
    parts = evaluate(same, x, y, Loss.CROSS_ENTROPY, 10)
    assert parts.loss == pytest.approx(whole.loss)
    assert (parts.accuracy, parts.precision, parts.recall) == (whole.accuracy, whole.precision, whole.recall)
    assert accuracy_of(same, x, y) == accuracy_of(same, x, y, 10) == pytest.approx(whole.accuracy)


def of_numbers(answers: Tensor, targets: Tensor, chunk: int = CHUNK) -> Evaluation:
    """Evaluate a regression whose network answers ``answers``."""
    return evaluate(same, answers, targets, Loss.MSE, chunk)


def test_r2_is_the_share_of_the_variance_that_is_explained() -> None:
    targets = torch.tensor([[1.0], [2.0], [6.0]])
    assert of_numbers(targets, targets).r2 == 1.0
    assert of_numbers(torch.full((3, 1), 3.0), targets).r2 == pytest.approx(0.0, abs=1e-6)
    # Squared errors 1 + 0 + 4 of 4 + 1 + 9.
    found = of_numbers(torch.tensor([[2.0], [2.0], [4.0]]), targets)
    assert (found.loss, found.r2) == (pytest.approx(5 / 3), pytest.approx(1 - 5 / 14))
    worse = of_numbers(-targets, targets).r2
    assert worse is not None and worse < 0
    assert (found.accuracy, found.precision, found.recall, found.perplexity) == (None, None, None, None)


@pytest.mark.parametrize("chunk", [1, 7, 50, 101, 4096])
def test_r2_is_the_same_in_chunks_of_any_size(chunk: int) -> None:
    targets = 1e4 + torch.randn(101, 1, generator=torch.Generator().manual_seed(0))
    answers = targets + 0.5 * torch.randn(101, 1, generator=torch.Generator().manual_seed(1))
    by_hand = 1 - (answers - targets).double().square().sum() / (targets - targets.double().mean()).square().sum()
    assert of_numbers(answers, targets, chunk).r2 == pytest.approx(by_hand.item(), abs=1e-4)


@pytest.mark.parametrize("value", [0.0, 2.0, 0.1, 1e6 / 3])
def test_targets_that_are_all_the_same_have_no_r2(value: float) -> None:
    found = of_numbers(torch.zeros(1001, 1), torch.full((1001, 1), value))
    assert found.r2 is None and found.loss == pytest.approx(value**2)


def test_mse_on_classes_is_taken_to_1_for_the_class_and_0_for_the_others() -> None:
    x, y = torch.randn(20, 5), torch.arange(20) % 5
    found = evaluate(same, x, y, Loss.MSE, 6)
    assert found.loss == pytest.approx(nn.functional.mse_loss(x, nn.functional.one_hot(y, 5).float()).item())
    assert found.accuracy == pytest.approx((x.argmax(1) == y).double().mean().item())
    assert found.precision is not None and found.recall is not None and found.r2 is None


@pytest.mark.parametrize("kind", [torch.uint8, torch.int16, torch.int32, torch.int64])
@pytest.mark.parametrize("chunk", [1, 4, 64])
def test_a_text_has_a_perplexity_and_no_scores_of_characters(kind: torch.dtype, chunk: int) -> None:
    x = torch.randn(10, 8, 30)
    y = torch.randint(30, (10, 8)).to(kind)
    found = evaluate(same, x, y, Loss.CROSS_ENTROPY, chunk)
    expected = nn.functional.cross_entropy(x.flatten(0, 1), y.flatten().long()).item()
    assert found.loss == pytest.approx(expected, rel=1e-5)
    assert found.perplexity == pytest.approx(math.exp(expected), rel=1e-4)
    assert found.accuracy == pytest.approx((x.argmax(-1) == y).double().mean().item())
    assert (found.precision, found.recall, found.r2) == (None, None, None)
    assert accuracy_of(same, x, y, chunk) == found.accuracy


def test_a_perplexity_may_be_more_than_a_float_holds() -> None:
    x = torch.tensor([[[1000.0, 0.0]] * 3])
    assert evaluate(same, x, torch.ones(1, 3, dtype=torch.uint8), Loss.CROSS_ENTROPY).perplexity == math.inf
    lost = evaluate(same, x * math.nan, torch.ones(1, 3, dtype=torch.uint8), Loss.CROSS_ENTROPY)
    assert lost.perplexity is not None and math.isnan(lost.perplexity) and math.isnan(lost.loss)


def test_a_network_that_does_not_choose_has_the_perplexity_of_its_classes() -> None:
    found = evaluate(same, torch.zeros(4, 6, 50), torch.randint(50, (4, 6)), Loss.CROSS_ENTROPY)
    assert found.perplexity == pytest.approx(50, rel=1e-5)


@pytest.mark.parametrize(
    ("x", "y", "samples"),
    [((8, 8), (), 4096), ((1, 28, 28), (), 334), ((3, 32, 32), (), 85), ((64,), (64,), 64), ((65536,), (65536,), 1)],
)
def test_a_pass_of_a_validation_is_smaller_for_large_samples(
    x: tuple[int, ...], y: tuple[int, ...], samples: int
) -> None:
    assert chunk_of(torch.zeros(2, *x), torch.zeros(2, *y)) == samples


def test_a_network_that_answers_nan_is_measured_all_the_same() -> None:
    found = evaluate(same, torch.full((4, 3), math.nan), torch.zeros(4, dtype=torch.int64), Loss.CROSS_ENTROPY)
    assert math.isnan(found.loss) and found.accuracy is not None
    numbers = of_numbers(torch.full((4, 1), math.nan), torch.arange(4.0).unsqueeze(1))
    assert numbers.r2 is not None and math.isnan(numbers.loss) and math.isnan(numbers.r2)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_given_back_also_after_an_error(training: bool) -> None:
    model = nn.Sequential(nn.Dropout(0.5)).train(training)
    with pytest.raises(ZeroDivisionError), evaluating(model):
        assert not model[0].training
        raise ZeroDivisionError
    assert model.training is model[0].training is training and torch.is_grad_enabled()


def test_label_smoothing_spreads_probability() -> None:
    output, target = torch.zeros(2, 10), torch.tensor([1, 2])
    assert data_loss(output, target, Loss.CROSS_ENTROPY, label_smoothing=0.1).item() == pytest.approx(math.log(10))


def test_a_part_that_does_not_train_is_so_after_a_look_too() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Dropout())
    model[1].eval()
    with evaluating(model):
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == [True, True, False, True]
