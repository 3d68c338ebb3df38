"""``dltui train text``: refusals before anything is made, and a whole training that shows what it wrote."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dltui.cli import main

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]
WORDS = "the quick brown fox jumps over the lazy dog\n"


@pytest.mark.parametrize(
    ("content", "settings", "said"),
    [
        (b"", [], "is empty"),
        (b"too short", [], "has 9 characters, and context = 64 with val_share = 0.1 needs 650"),
        (b"x" * 5000, [], "over and over"),
        (b"\x7fELF\0\0" * 900, [], "not text: its byte 5, in line 1, is 0"),
        (b"caf\xe9\n" * 900, [], "not UTF-8: its byte 4, in line 1, is 0xe9"),
        (b"\x1f\x8b\x08\0torn", [], "torn or damaged"),
        (WORDS.encode() * 90, ["batch_size=500"], "batch_size = 500 is more than the 55 training samples"),
        (WORDS.encode() * 90, ["train_size=56"], "train_size = 56 is more than the 55 training samples"),
        (WORDS.encode() * 90, ["context=4000"], "or a smaller context"),
    ],
)
def test_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, settings: list[str], said: str
) -> None:
    (tmp_path / "some.txt").write_bytes(content)
    words = [word for each in (f"data={tmp_path / 'some.txt'}", *settings) for word in ("--set", each)]
    assert main(["--runs", str(tmp_path / "runs"), "train", "text", "--detach", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("dltui: ") and captured.err.count("\n") == 1
    assert said in captured.err
    assert not (tmp_path / "runs").exists()


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shakespeare.txt").write_text(WORDS)
    words = ["train", "text", "--detach", "--set", f"data={tmp_path / 'shakspeare.txt'}"]
    assert main(["--runs", str(tmp_path / "runs"), *words]) == 2
    assert capsys.readouterr().err.endswith("is not there. Did you mean 'shakespeare.txt'?\n")


@pytest.mark.slow
def test_a_training_shows_what_the_network_writes(tmp_path: Path) -> None:
    (tmp_path / "some.txt").write_text(WORDS * 100)
    settings = ("data=some.txt", "model=gru", "width=16", "context=16", "batch_size=32", "epochs=2")
    words = [word for each in settings for word in ("--set", each)]
    done = subprocess.run(
        [*DLTUI, "train", "text", *words, "--name", "mine", "--headless"],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "perplexity" in done.stdout
    told = (tmp_path / "runs" / "mine" / "stdout.log").read_text()
    _, _, written = told.partition("what the network writes after 16 steps:\n\n")
    assert len(written.partition("\n\nfinished")[0]) > 10
