"""``dltui train --auto``: its words, and a real training that it helps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dltui.cli import main
from dltui.formats import open_log, state_of
from dltui.interventions.history import history
from dltui.series.state import RunState

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--auto", "--detach"], "--detach leaves it: take --headless"),
        (["--auto-hparams", "lr"], "set limits to --auto, which is missing"),
        (["--auto-every", "3"], "set limits to --auto, which is missing"),
        (["--auto", "--auto-hparams", "width"], "'width' cannot be set while a training runs"),
        (["--auto", "--auto-hparams", "dropuot"], "Did you mean 'dropout'?"),
        (["--auto", "--auto-hparams", "\x1b[31m"], "cannot be set"),
        (["--auto", "--auto-hparams", " , "], "names nothing"),
        (["--auto", "--auto-every", "0"], "no number of epochs"),
        (["--auto", "--auto-every", "nan"], "no number of epochs"),
    ],
)
def test_words_that_make_no_sense(words: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "digits", *words]) == 2
    told = capsys.readouterr().err
    assert complaint in told and len(told.splitlines()) == 1 and "\x1b" not in told


LONG = 24_000
"""Epochs: long before their end it has seen what is wrong, also on a machine that does much else."""

LEAPS = 1.0
"""Such a loss is a leap: untouched it comes to 4.6 again and again, and the noise of the data alone makes 0.13. After
the advice, which comes at another step each time, the rate is still high, and some 0.25 are seen."""


def train(folder: Path, name: str, epochs: int, *words: str) -> tuple[list[str], RunState]:
    """Train a parabola with steps three hundred times as long as usual; return what was printed and the run."""
    settings = ["lr=9", "schedule=constant", f"epochs={epochs}"]
    given = [word for setting in settings for word in ("--set", setting)]
    command = [*DLTUI, "train", "polynomial", "--headless", "--name", name, *given, *words]
    done = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=True)
    return done.stdout.splitlines(), state_of(open_log(folder / "runs" / name))


def worst_of_the_end(state: RunState) -> float:
    """The highest validation loss of the last tenth."""
    losses = state.val_loss.raw.values
    return float(max(losses[-len(losses) // 10 :]))


@pytest.mark.long
@pytest.mark.slow
def test_a_learning_rate_far_too_high_is_lowered(tmp_path: Path) -> None:
    lines, auto = train(tmp_path, "auto", LONG, "--auto", "--auto-hparams", "lr")
    _, untouched = train(tmp_path, "untouched", 12_000)
    first = next(line for line in lines if line.startswith("auto: "))
    assert first.startswith("auto: lr 9 → ") and "(advice: " in first
    assert any(line.startswith("auto: set lr 9 → ") and ": val " in line for line in lines)
    done = [each for each in history(auto) if each.by == "advice"]
    assert done and all(each.done and each.reason.startswith("advice: ") for each in done)
    assert float(auto.hparams["lr"]) < 9  # type: ignore[arg-type]
    assert worst_of_the_end(auto) < LEAPS < worst_of_the_end(untouched)
    assert history(untouched) == ()
