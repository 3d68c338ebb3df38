"""``dltui report`` for tests: what it prints, what it refuses, and that it replaces nothing unasked."""

from pathlib import Path

import pytest

from dltui.cli import main


def printed_report(words: list[str], format: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the report of what the words name, from standard output; nothing else may be said."""
    assert main(["report", *words, "-o", "-", "--format", format]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def refusal(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one sentence that says why there is no report of what the words name."""
    assert main(["report", *words, "-o", "-", "--format", "md"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and "Traceback" not in printed.err and printed.err.count("\n") == 1
    return printed.err


def check_not_replaced(folder: Path, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Check that a file that is there stays as it is, and gives way to the report of ``folder`` with ``--force``."""
    path.write_text("mine")
    assert main(["report", str(folder), "-o", str(path)]) == 2
    assert path.read_text() == "mine" and "--force" in capsys.readouterr().err
    assert main(["report", str(folder), "-o", str(path), "--force"]) == 0
    assert path.read_text() != "mine"
