"""``dltui task``: the beginning of a task file trains as it is, and a check tells what is in one, or what is wrong."""

import os
from pathlib import Path

import pytest

from dltui.cli import main
from dltui.cli.task import parse
from dltui_trainers.named_task import find_task
from dltui_trainers.taskfile.start import KINDS, start_of

SOUND = """
import torch
from torch import nn

hparams = {"depth": 2}  # hidden layers


def load(h):
    print("reading")
    x = torch.randn(60, 3, generator=torch.Generator().manual_seed(1))
    return x, (x.sum(1) > 0).long()
"""
LATE = """
calls = 0


def loss(output, target):
    global calls
    calls += 1
    if calls > 3:
        raise RuntimeError("too \\x1b often")
    return nn.functional.cross_entropy(output, target)
"""
LEFT = "import os\n\n\ndef load(h):\n    os._exit(3)\n"
KILLED = "import os\n\n\ndef load(h):\n    os.kill(os.getpid(), 9)\n"
NOT_FINITE = """
def loss(output, target):
    return torch.log(output - output).mean()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one; what is made for a while goes into another."""
    for name in ("work", "made"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "made"))
    return tmp_path / "work"


def refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one sentence with which the words are refused."""
    assert main(["task", *words]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("dltui: ") and told.err.count("\n") == 1
    return told.err


@pytest.mark.parametrize("kind", KINDS)
def test_a_beginning_describes_itself_and_marks_what_to_change(kind: str, here: Path) -> None:
    assert main(["task", "new", "mine.py", "--kind", kind]) == 0
    task = find_task(str(here / "mine.py"))
    assert task.own and not task.summary.startswith("your own task")
    assert all(own.help != "of this task" for own in task.own)
    assert (here / "mine.py").read_text().count("Change: ") >= 4


def test_it_tells_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["task", "new", "my task.py"]) == 0
    first, train, tasks = capsys.readouterr().out.splitlines()
    assert first.startswith("my task.py: numbers from numbers; ")
    assert "dltui train 'my task.py'" in train and "dltui tasks 'my task.py'" in tasks


def test_a_file_that_is_there_is_kept_unless_it_is_forced(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text("precious = 1\n")
    assert "'mine.py' is there already; --force replaces it" in refused(["new", "mine.py"], capsys)
    assert (here / "mine.py").read_text() == "precious = 1\n"
    assert main(["task", "new", "mine.py", "--kind", "text", "--force"]) == 0
    assert (here / "mine.py").read_text() == start_of("text")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["new", "mine.txt"], "'mine.txt' is no name of a Python file: let it end in .py"),
        (["new", ".py"], "let it end in .py"),
        (["new", "no/mine.py"], "'no/mine.py' cannot be written: No such file or directory"),
        (["new", "file/mine.py"], "'file/mine.py' cannot be written: Not a directory"),
        (["new", "~nobody-of-that-name/mine.py"], "cannot be written: No such file or directory"),
        (["new", "folder.py"], "'folder.py' is a folder; name a file"),
        (["new", "mine.py", "--kind", "sound"], "invalid choice: 'sound'"),
        (["new", "mine.py", "--set", "lr=1"], "--set goes with 'dltui task check'"),
        (["chekc", "mine.py"], "Did you mean 'check'?"),
        (["check", "digits"], "'digits' is no task file"),
        (["check", "mine.py"], "There is no file "),
        (["check", "mine.py", "--force"], "go with 'dltui task new'"),
        (["check"], "arguments are required: FILE"),
        (["check", "typing.py"], "typing.py:1: "),
        (["check", "sound.py", "--set", "depht=3"], "Did you mean 'depth'?"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    words: list[str], sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "file").write_text("")
    (here / "folder.py").mkdir()
    (here / "typing.py").write_text("def load(h)\n")
    (here / "sound.py").write_text(SOUND)
    before = sorted(here.iterdir())
    assert sentence in refused(words, capsys)
    assert sorted(here.iterdir()) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ones_own_is_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here.chmod(0o500)
    assert "cannot be written: Permission denied" in refused(["new", "mine.py"], capsys)
    here.chmod(0o700)


def test_the_words_are_checked_before_anything_is_read() -> None:
    assert callable(parse(["--runs", "x", "check", "mine.py", "--set", "lr=1"]))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_beginning_trains_as_it_is(kind: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["task", "new", "mine.py", "--kind", kind]) == 0
    assert main(["task", "check", "mine.py"]) == 0
    told = capsys.readouterr()
    assert told.err == "" and " a step " in told.out and not list((here.parent / "made").iterdir())


@pytest.mark.slow
def test_a_check_tells_what_is_in_a_file_and_keeps_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(SOUND)
    assert main(["task", "check", "mine.py", "--set", "width=8"]) == 0
    told = capsys.readouterr()
    assert told.err == "reading\n"
    rows = {line[2:19].strip(): line[19:] for line in told.out.splitlines() if line.startswith("  ")}
    assert rows["data"] == "48 training and 12 validation samples, each of shape 3"
    assert rows["targets"].startswith("2 classes, with ") and "accuracy" in rows["measured"]
    assert rows["network"] == "122 parameters in 3 Linear" and rows["hyperparameters"] == "depth=2"
    assert rows["loss"].startswith("cross_entropy: 0.") and rows["loss"].endswith("knows nothing has 0.6931")
    assert " ms with a batch of 64 on " in rows["a step"] and "30 epochs are 30 steps" in rows["a step"]
    assert told.out.endswith("this trains it:\n  dltui train mine.py --set width=8\n")
    assert [each.name for each in here.iterdir()] == ["mine.py"] and not list((here.parent / "made").iterdir())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "settings", "code", "sentence"),
    [
        (SOUND + LATE, [], 1, "mine.py:20 in loss: RuntimeError: too ␛ often"),
        (SOUND + NOT_FINITE, [], 1, "A value is not finite at step 1: "),
        (LEFT, [], 1, "mine.py line 5: it ended the process by os._exit(3)."),
        (KILLED, [], 1, "Its process was ended by signal 9 and told no reason: was the memory full?"),
        (SOUND, ["train_size=4000"], 2, "train_size = 4000 is more than the 48 training samples of mine."),
    ],
    ids=["late", "not finite", "left", "killed", "too many"],
)
def test_a_check_tells_what_is_wrong(
    text: str, settings: list[str], code: int, sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "mine.py").write_text(text)
    words = [word for setting in settings for word in ("--set", setting)]
    assert main(["task", "check", "mine.py", *words]) == code
    told = capsys.readouterr()
    assert told.err.splitlines()[-1].startswith(f"dltui: {sentence}") and "dltui train" not in told.out
    assert "dltui_trainers" not in told.err and "\x1b" not in told.err + told.out
    assert not list((here.parent / "made").iterdir())


@pytest.mark.slow
def test_a_check_that_nobody_waits_for_any_more_leaves_no_process(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "mine.py").write_text("import os, time\nprint(os.getpid())\ndef load(h):\n    time.sleep(600)\n")
    pids: list[int] = []

    def interrupt(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    monkeypatch.setattr("dltui.cli.task._show", interrupt)
    assert main(["task", "check", "mine.py"]) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert not list((here.parent / "made").iterdir())
