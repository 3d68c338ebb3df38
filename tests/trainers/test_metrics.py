"""Metrics against a computation by hand."""

import math

import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.metrics import accuracy_of, confusion_matrix, data_loss, evaluate, evaluating, scores


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


class Fixed(nn.Module):
    """Answers with its input; remembers how it was called."""

    def forward(self, x: Tensor) -> Tensor:
        assert not self.training and not torch.is_grad_enabled()
        return x


def test_evaluation_of_many_chunks_is_that_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = torch.randn(101, 5), torch.randint(5, (101,))
    whole = evaluate(Fixed(), x, y, "cross_entropy")
    assert whole.loss == pytest.approx(nn.functional.cross_entropy(x, y).item())
    assert whole.accuracy == pytest.approx((x.argmax(1) == y).double().mean().item())
    monkeypatch.setattr("dltui_trainers.metrics.CHUNK", 10)
    parts = evaluate(Fixed(), x, y, "cross_entropy")
    assert parts.loss == pytest.approx(whole.loss)
    assert (parts.accuracy, parts.precision, parts.recall) == (whole.accuracy, whole.precision, whole.recall)
    assert accuracy_of(Fixed(), x, y) == pytest.approx(whole.accuracy)


def test_a_regression_has_a_loss_only() -> None:
    found = evaluate(Fixed(), torch.zeros(4, 1), torch.full((4, 1), 2.0), "mse")
    assert (found.loss, found.accuracy, found.precision, found.recall) == (4.0, None, None, None)


def test_a_network_that_answers_nan_is_measured_all_the_same() -> None:
    found = evaluate(Fixed(), torch.full((4, 3), math.nan), torch.zeros(4, dtype=torch.int64), "cross_entropy")
    assert math.isnan(found.loss) and found.accuracy is not None


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_given_back_also_after_an_error(training: bool) -> None:
    model = nn.Sequential(nn.Dropout(0.5)).train(training)
    with pytest.raises(ZeroDivisionError), evaluating(model):
        assert not model[0].training
        raise ZeroDivisionError
    assert model.training is model[0].training is training and torch.is_grad_enabled()


def test_label_smoothing_spreads_probability() -> None:
    output, target = torch.zeros(2, 10), torch.tensor([1, 2])
    assert data_loss(output, target, "cross_entropy", label_smoothing=0.1).item() == pytest.approx(math.log(10))
