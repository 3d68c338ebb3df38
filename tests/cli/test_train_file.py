"""``dltui train path/to/task.py``: refused at once with file and line, or trained under the file's name."""

import subprocess
import sys
from pathlib import Path

import pytest

from dltui.cli import main
from dltui_trainers.runlog import MANIFEST, manifest_decoder

CALL = "import sys; from dltui.cli import main; sys.exit(main())"
SAMPLE = Path(__file__).parents[2] / "samples" / "tasks" / "own_task.py"

REFUSED: dict[str, tuple[str, list[str], str]] = {
    "a typing error": ("def load(h)\n    return 1\n", [], "task.py:1: "),
    "no load": ("def laod(h): ...\n", [], "There is no load in task.py"),
    "an unknown name": ("def load(h): return h.dept\n", [], "task.py:1: there is no hyperparameter 'dept'"),
    "a misspelt setting": ("hparams = {'depth': 3}\ndef load(h): ...\n", ["depht=4"], "Did you mean 'depth'"),
    "a value of another kind": ("hparams = {'depth': 3}\ndef load(h): ...\n", ["depth=x"], "depth = x is not a whole"),
    "a network's": ("def load(h): ...\ndef build_model(h, data): ...\n", ["layers=4"], "task does not use layers"),
}


@pytest.mark.parametrize(("text", "settings", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_one_sentence_and_nothing_is_made(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    settings: list[str],
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("task.py").write_text(text)
    words = [word for setting in settings for word in ("--set", setting)]
    assert main(["train", "task.py", *words, "--detach"]) == 2
    told = capsys.readouterr().err
    assert sentence in told and told.count("\n") == 1 and not Path("runs").exists()


def test_a_file_lists_its_hyperparameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", str(SAMPLE)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "own_task (a task of your own) Two spirals that wind around each other: which one is a point on?"
    at = lines.index("  task")
    assert [line.split() for line in lines[at + 1 : at + 3]] == [
        ["depth", "3", "hidden", "layers", "(a", "whole", "number)"],
        ["turns", "1.5", "how", "often", "each", "spiral", "winds", "around", "the", "middle", "(a", "number)"],
    ]


@pytest.mark.slow
def test_the_sample_is_trained_from_another_folder_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "spirals.py").write_text(SAMPLE.read_text())
    words = ["train", "mine/spirals.py", "--set", "epochs=3", "--set", "depth=2", "--headless"]
    done = subprocess.run(
        [sys.executable, "-c", CALL, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [run] = (tmp_path / "runs").iterdir()
    manifest = manifest_decoder.decode((run / MANIFEST).read_bytes())
    assert run.name.startswith("spirals-") and manifest.task == str(tmp_path / "mine" / "spirals.py")
    assert manifest.hparams["depth"] == 2 and manifest.settable is not None and "dropout" in manifest.settable
    assert (run / "stdout.log").read_text().startswith("spirals on ")


@pytest.mark.slow
def test_a_fault_of_the_file_is_shown_with_where_its_lines_are(tmp_path: Path) -> None:
    (tmp_path / "task.py").write_text("def load(h):\n    return open('/no/such/file')\n")
    words = ["train", "task.py", "--headless", "--name", "mine"]
    done = subprocess.run(
        [sys.executable, "-c", CALL, *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1 and "dltui_trainers" not in done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert last.startswith("failed: task.py:2 in load: FileNotFoundError: ") and "(runs/mine/stdout.log:1)" in last
