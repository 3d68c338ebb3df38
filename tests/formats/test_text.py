"""Printed output: the styles that people's scripts print in, among progress bars, colours and their own source."""

import math
from pathlib import Path

import numpy as np
import pytest

from dltui.formats import SavedLog, open_log, state_of
from dltui.formats.text.line import LineReader, read_line
from dltui.runs.status import RunStatus


def opened(tmp_path: Path, text: str, name: str = "train.log") -> SavedLog:
    path = tmp_path / name
    path.write_text(text, newline="")
    return open_log(path)


@pytest.mark.parametrize(
    "text",
    [
        "epoch 1: train loss 0.5, val loss 0.6\nepoch 2: train loss 0.4, val loss 0.5\n",
        "epoch=1 train_loss=0.5 val_loss=0.6\nepoch=2 train_loss=0.4 val_loss=0.5\n",
        "Epoch: [1] | Train Loss: 0.5 | Valid. Loss: 0.6\nEpoch: [2] | Train Loss: 0.4 | Valid. Loss: 0.5\n",
        "\x1b[32mEpoch 1/2\x1b[0m loss: \x1b[1m0.5\x1b[0m - val_loss: 0.6\nEpoch 2/2 loss: 0.4 - val_loss: 0.5\n",
        "Epoch 1/2\n-----\ntrain Loss: 0.5\nval Loss: 0.6\n\nEpoch 2/2\n-----\ntrain Loss: 0.4\nval Loss: 0.5\n",
        "INFO epoch 1 average training loss 0.5, valid loss 0.6\n"
        "INFO epoch 2 average training loss 0.4, valid loss 0.5",
        "[train] epoch 1 loss 0.5\n[val] epoch 1 loss 0.6\n[train] epoch 2 loss 0.4\n[val] epoch 2 loss 0.5\n",
        "{'loss': 0.5, 'epoch': 1.0}\n{'eval_loss': 0.6, 'epoch': 1.0}\n"
        "{'loss': 0.4, 'epoch': 2}\n{'eval_loss': 0.5, 'epoch': 2}\n",
    ],
)
def test_names_and_numbers_are_read_in_any_style(tmp_path: Path, text: str) -> None:
    log = opened(tmp_path, text)
    state = state_of(log)
    assert log.format == "text"
    assert list(state.train_loss.raw.values) == [0.5, 0.4]
    assert list(state.val_loss.raw.values) == [0.6, 0.5]
    assert list(state.train_loss.track.axis("step").values) == [1, 2]
    assert list(state.val_loss.track.axis("step").values) == [1, 2]
    assert state.epoch == 2


def test_nanogpt_prints_losses_of_two_kinds(tmp_path: Path) -> None:
    text = (
        "number of parameters: 10.65M\n"
        "step 0: train loss 4.3, val loss 4.2\niter 0: loss 4.26, time 31663.61ms, mfu -100.00%\n"
        "iter 10: loss 3.2, time 3.0ms, mfu 1.0%\nstep 20: train loss 2.5, val loss nan\niter 20: loss 2.4, time 3ms\n"
    )
    state = state_of(opened(tmp_path, text))
    assert list(state.train_loss.raw.values) == [4.26, 3.2, 2.4]
    assert list(state.train_loss.track.axis("step").values) == [0, 10, 20]
    assert list(state.val_loss.track.axis("step").values) == [0, 20]
    assert math.isnan(state.val_loss.raw.values[1])
    assert math.isnan(state.elapsed_s)


def test_llm_c(tmp_path: Path) -> None:
    state = state_of(
        opened(tmp_path, "s:0 tel:11.0\ns:0 trl:10.9 lr:0.000001 norm:15.3\ns:1 trl:10.8 lr:1e-5 norm:inf\n")
    )
    assert list(state.val_loss.raw.values) == [11.0]
    assert list(state.train_loss.raw.values) == [10.9, 10.8]
    assert list(state.step_metrics["grad_norm"].raw.values) == [15.3, math.inf]


def test_source_code_before_the_log_is_none_of_it(tmp_path: Path) -> None:
    code = "import torch\ntrain_loss = 0.0\ndef loss(x, lr=0.1):\n    val_loss = 0.0\n    return 3\n" + "=" * 80 + "\n"
    lines = "".join(f"step:{n}/9 train_loss:{9 - n}.5 train_time:{n * 300}ms step_avg:nanms\n" for n in range(1, 6))
    state = state_of(opened(tmp_path, code + lines + "step:5/9 val_loss:4.5 train_time:1600ms\n"))
    assert list(state.train_loss.raw.values) == [8.5, 7.5, 6.5, 5.5, 4.5]
    assert list(state.val_loss.raw.values) == [4.5]
    assert state.elapsed_s == pytest.approx(1.3)


WORD_LM = """Namespace(batch_size=20, clip=0.25, data='./a, b', dropout=0.2, epochs=6, lr=20, model='GRU', nlayers=1)
| epoch   1 |   200/ 1000 batches | lr 20.0000 | ms/batch  7.75 | loss  8.08 | ppl  3228.16
| epoch   1 |   400/ 1000 batches | lr 20.0000 | ms/batch  7.52 | loss   nan | ppl      nan
-----------------------------------------------------------------------------------------
| end of epoch   1 | time: 23.49s | valid loss  5.48 | valid ppl   239.90
-----------------------------------------------------------------------------------------
| epoch   2 |   200/ 1000 batches | lr 5.0000 | ms/batch  7.61 | loss  5.51 | ppl   248.33
| end of epoch   2 | time: 23.59s | valid loss   nan | valid ppl   239.90
=========================================================================================
| End of training | test loss  4.87 | test ppl   130.37
python main.py --epochs 6 --model GRU
"""


def test_the_word_language_model_of_pytorch(tmp_path: Path) -> None:
    log = opened(tmp_path, WORD_LM, "model.md")
    steps, evals = log.batch.steps, log.batch.evals
    assert steps is not None and evals is not None
    assert list(steps.step) == [200, 400, 1200]
    assert list(steps.epoch) == [0.2, 0.4, 1.2]
    assert list(steps.values["lr"]) == [20, 20, 5]
    assert np.isnan(steps.values["train_loss"][1])
    assert "train_loss" not in steps.unknown
    assert list(evals.step) == [1000, 2000]
    assert evals.values["val_loss"][0] == 5.48
    assert list(evals.values["val_perplexity"]) == [239.9, 239.9]
    assert log.planned_epochs == 6
    told = {"batch_size": 20, "grad_clip": 0.25, "dropout": 0.2, "epochs": 6, "lr": 20, "layers": 1, "model": "gru"}
    assert log.hparams == told


def test_a_progress_bar_gives_a_row_for_each_place_it_stood_at(tmp_path: Path) -> None:
    text = (
        "Epoch 1:   0%|     | 0/100 [00:00<?, ?it/s]"
        "\rEpoch 1:  50%|###  | 50/100 [00:10<00:10, 5.00it/s, loss=0.9]"
        "\rEpoch 1:  50%|###  | 50/100 [00:10<00:10, 5.00it/s, loss=0.8]"
        "\rEpoch 1: 100%|#####| 100/100 [00:20<00:00, 5.00it/s, loss=0.7]\n"
        "Epoch 2: 100%|#####| 100/100 [00:20<00:00, 5.00it/s, loss=0.5]\n"
    )
    state = state_of(opened(tmp_path, text))
    assert list(state.train_loss.raw.values) == [0.8, 0.7, 0.5]
    assert list(state.train_loss.track.axis("step").values) == [50, 100, 200]


def test_keras_prints_the_epoch_on_a_line_of_its_own(tmp_path: Path) -> None:
    text = "".join(
        f"Epoch {n}/3\n10/10 [====] - 3s 30ms/step - loss: {3 - n} - accuracy: 0.{n} - val_loss: {4 - n}\n"
        for n in (1, 2)
    )
    log = opened(tmp_path, text)
    state = state_of(log)
    assert list(state.train_loss.track.axis("epoch").values) == [1, 2]
    assert list(state.eval_metrics["train_accuracy"].raw.values) == [0.1, 0.2]
    assert log.planned_epochs == 3


def test_the_mnist_example_counts_right_answers(tmp_path: Path) -> None:
    text = (
        "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.300000\nTrain Epoch: 1 [640/60000 (1%)]\tLoss: 1.9\n"
        "\nTest set: Average loss: 0.0500, Accuracy: 9800/10000 (98%)\n\nTrain Epoch: 2 [0/60000 (0%)]\tLoss: 0.3\n"
    )
    state = state_of(opened(tmp_path, text))
    assert list(state.train_loss.raw.values) == [2.3, 1.9, 0.3]
    assert list(state.val_loss.raw.values) == [0.05]
    assert list(state.eval_metrics["val_accuracy"].raw.values) == [0.98]
    assert list(state.val_loss.track.axis("step").values) == [60000]


def test_dates_before_the_lines_are_the_time(tmp_path: Path) -> None:
    text = "".join(f"2024-01-01 10:0{n}:00,500 - INFO - Epoch {n}: train_loss=0.5 val_acc=91.5%\n" for n in range(1, 6))
    state = state_of(opened(tmp_path, text))
    assert state.elapsed_s == pytest.approx(240)
    assert list(state.train_loss.track.axis("step").values) == [1, 2, 3, 4, 5]
    assert state.eval_metrics["val_accuracy"].last == pytest.approx(0.915)


def test_lines_with_a_loss_alone_are_counted(tmp_path: Path) -> None:
    state = state_of(opened(tmp_path, "starting\nloss: 0.5\nloss: 0.4\nloss: 0.3\ndone after epoch 3\n"))
    assert list(state.train_loss.raw.values) == [0.5, 0.4, 0.3]


def test_a_restart_goes_back(tmp_path: Path) -> None:
    text = "".join(f"step {n} loss 0.5\n" for n in (1, 2, 3, 1, 2))
    log = opened(tmp_path, text)
    assert log.batch.steps is not None
    assert list(log.batch.steps.step) == [1, 2, 3, 1, 2]


TRACEBACK = (
    'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\n    run()\nRuntimeError: out of memory\n'
)


def test_output_that_ends_in_a_traceback_is_a_failed_training(tmp_path: Path) -> None:
    failed = opened(tmp_path, "epoch 1 loss 0.5\n" + TRACEBACK)
    assert failed.status is RunStatus.FAILED
    assert state_of(failed).status is RunStatus.FAILED
    began_anew = opened(tmp_path, TRACEBACK + "epoch 1 loss 0.5\n")
    assert began_anew.status is RunStatus.FINISHED
    before_the_first_line = opened(tmp_path, TRACEBACK, "log.csv")
    assert before_the_first_line.batch.steps is None
    assert before_the_first_line.status is RunStatus.FAILED


LINES = (
    "iter {}: loss {:.4f}, time {:.2f}ms, mfu {:.2f}%",
    "Epoch {}:  45%|####  | {}/1000 [00:12<00:34, {:.1f}it/s, v_num=0, train_loss={:.3f}]",
    "step={} train_loss={:.3e} val/loss/{}=7 acc@1 {:.2f}",
    "Test: [{}/{}] Acc@1 {:.2f}% ({:.1f}) layer{}_loss 0.5",
    "Accuracy: {}/{} (98%) loss nan at 12:{}:30, eta 1:02",
    "1.{}e-{} loss .{} {}",
    "{}loss{} loss-{}.5 loss {}",
)


@pytest.mark.parametrize("line", LINES)
def test_a_kind_of_line_that_was_seen_before_is_read_like_the_first(line: str) -> None:
    """How a kind is laid out is kept; what the digits are must make no difference to that."""
    reader = LineReader()
    for number in (1, 7, 20, 300, 12345678901234567890, 0):
        text = line.format(number, number, number, number, number)
        kept, fresh = reader.read(text), read_line(text)
        assert repr(kept) == repr(fresh)  # nan is equal to nan
