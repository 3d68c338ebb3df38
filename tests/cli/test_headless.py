"""A training without a terminal: progress lines, a chart in plain text, and how it ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from runlogs import end, evaluation, manifest, step, whole_run

from dltui.cli.headless import progress_line
from dltui.runs.reader import decode
from dltui.series.state import RunState
from dltui_trainers.runlog import AnyRecord, to_line

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


def state_of(*records: AnyRecord) -> RunState:
    """Return the state after those records."""
    state = RunState()
    state.manifest = manifest()
    if records:
        state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return state


def test_a_line_tells_where_the_training_stands() -> None:
    line = progress_line(state_of(*whole_run()[:-1]))
    assert line.startswith("epoch 10/10  step 100  train 0.0")
    assert "val 0.65  best 0.25 @ 6  accuracy 90.0 %  10 it/s  ETA 0:00" in line


def test_a_line_tells_each_task_in_its_own_terms() -> None:
    text = progress_line(state_of(step(1), evaluation(1, 1.5, val_perplexity=4.4817, val_accuracy=0.48)))
    assert "best 1.5 @ 0.1  perplexity 4.482  accuracy 48.0 %" in text
    assert "R2 -0.25" in (table := progress_line(state_of(step(1), evaluation(1, 1.5, val_r2=-0.25))))
    assert "accuracy" not in table and "perplexity" not in table
    assert "perplexity inf" in progress_line(state_of(step(1), evaluation(1, 1e3, val_perplexity="inf")))


def test_a_loss_that_is_nan_is_not_one_that_is_unknown() -> None:
    assert "train –  val –" in progress_line(state_of())
    assert "train nan  val inf" in progress_line(state_of(step(1, float("nan")), evaluation(1, float("inf")), end()))


def train(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``dltui train`` headless in ``folder``."""
    given = {**os.environ, **environment}
    command = [*DLTUI, "train", *words, "--headless"]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.mark.slow
def test_a_training_ends_with_a_chart_and_its_best(tmp_path: Path) -> None:
    done = train(tmp_path, "digits", "--set", "epochs=3", "--name", "mine")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].startswith("runs/mine: training in process ")
    assert any(line.startswith("epoch 3/3  step 69  train ") for line in lines)
    assert any("loss (log)  ┄ raw  ━ train, smoothed 0.9  ● val" in line for line in lines)
    assert lines[-1].startswith("finished after 0:0") and "best validation loss" in lines[-1]
    verdict = next(index for index, line in enumerate(lines) if line.startswith("▼ UNDERFITTING"))
    assert any(line.startswith("  Advice: epochs 3 → ") for line in lines[verdict:])
    assert "  dltui diagnose runs/mine" in lines[verdict:]


@pytest.mark.slow
def test_an_output_without_unicode_gets_no_traceback(tmp_path: Path) -> None:
    done = train(tmp_path, "digits", "--set", "epochs=1", LC_ALL="POSIX", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii() and "(no chart: this output is ascii" in done.stdout


@pytest.mark.slow
def test_a_training_that_fails_says_why_and_where(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "if 'dltui_trainers.worker' in sys.orig_argv:\n"
        "    import dltui_trainers.named_task as named_task\n"
        "    def fail(name): raise ValueError('no such thing')\n"
        "    named_task.find_task = fail\n"
    )
    done = train(tmp_path, "digits", "--name", "mine", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "failed: ValueError: no such thing (runs/mine/stdout.log:1)"
    assert "Traceback" not in done.stdout + done.stderr
