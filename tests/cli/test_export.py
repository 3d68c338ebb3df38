"""``dltui export`` from the words to the file, and every way to get it wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from runlogs import whole_run, write_run

from dltui.cli import main
from dltui.formats import open_log

ROOT = Path(__file__).parents[2]
SAMPLE = str(ROOT / "samples" / "overfitting")


@pytest.mark.parametrize(("name", "format"), [("x.csv", "csv"), ("x.jsonl", "dltui"), ("tb", "tfevents")])
def test_the_name_of_the_output_says_the_format(
    name: str, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", SAMPLE, "-o", str(tmp_path / name)]) == 0
    assert open_log(tmp_path / name).format == format
    assert capsys.readouterr().out.startswith(f"Wrote '{tmp_path / name}")


def test_the_format_can_be_said(tmp_path: Path) -> None:
    assert main(["export", SAMPLE, "-o", str(tmp_path / "x.log"), "--to", "csv"]) == 0
    assert (tmp_path / "x.log").read_text().startswith("step,epoch,time,train_loss")
    assert main(["export", SAMPLE, "-o", str(tmp_path / "deep" / "tb.v1"), "--to", "tensorboard"]) == 0
    assert open_log(tmp_path / "deep" / "tb.v1").format == "tfevents"


def test_standard_output_has_the_rows_and_nothing_else() -> None:
    code = "import sys; from dltui.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", code, "export", SAMPLE, "-o", "-", "--to", "csv"]
    done = subprocess.run(words, capture_output=True, check=True)
    assert done.stdout.startswith(b"step,epoch,time") and done.stderr == b""


def test_who_has_read_enough_may_go(tmp_path: Path) -> None:
    run = write_run(tmp_path / "long", whole_run(20_000))
    code = "import sys; from dltui.cli import main; sys.exit(main())"
    words = [sys.executable, "-c", code, "export", str(run), "-o", "-", "--to", "jsonl"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_a_run_without_a_record_is_not_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "new", [])
    assert main(["export", str(run), "-o", str(tmp_path / "x.csv")]) == 2
    assert "has no curve yet" in capsys.readouterr().err and not (tmp_path / "x.csv").exists()


def test_columns_of_another_program_are_named(tmp_path: Path) -> None:
    table = tmp_path / "x.csv"
    table.write_text("step,a,b\n1,3.0,9\n2,2.0,9\n3,1.0,9\n")
    assert main(["export", str(table), "-o", str(tmp_path / "y.csv"), "--map", "train_loss=a"]) == 0
    assert (tmp_path / "y.csv").read_text().splitlines()[:2] == ["step,train_loss", "1,3.0"]


def test_event_files_of_another_log_are_not_joined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "tb"
    assert main(["export", SAMPLE, "-o", str(folder)]) == 0
    assert main(["export", SAMPLE, "-o", str(folder)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["export", SAMPLE, "-o", str(folder), "--force"]) == 0
    assert len(os.listdir(folder)) == 1
    assert main(["export", str(ROOT / "samples" / "healthy"), "-o", str(folder), "--force"]) == 2
    assert "event files of another log" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["export", SAMPLE], "-o/--output"),
        (["export", SAMPLE, "-o", "x.xlsx"], "--to says the format"),
        (["export", SAMPLE, "-o", "-"], "add --to csv or --to jsonl"),
        (["export", SAMPLE, "-o", "-", "--to", "tensorboard"], "add --to csv or --to jsonl"),
        (["export", SAMPLE, "-o", "x.csv", "--to", "parquet"], "invalid choice"),
        (["export", SAMPLE, "-o", "missing/x.csv"], "cannot be written: No such file or directory"),
        (["export", "no-such-run", "-o", "x.csv"], "no-such-run"),
        (["export", SAMPLE, "-o", "taken.csv"], "is there already; --force replaces it"),
        (["export", SAMPLE, "-o", "taken.csv", "--to", "tensorboard"], "cannot be written: File exists"),
        (["export", SAMPLE, "-o", ".", "--to", "csv"], "is a folder; name a file"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.csv").write_text("mine")
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and sentence in printed.err and printed.err.count("\n") == 1
    assert os.listdir(tmp_path) == ["taken.csv"] and (tmp_path / "taken.csv").read_text() == "mine"
