"""``dltui report STUDY``: a search's or a tuning's folder or its name, and every way to get it wrong."""

import os
import shutil
from pathlib import Path

import pytest
from cli.reporting import check_not_replaced, printed_report, refusal
from search.studies import search_records, tune_records, write_study

from dltui.cli import main

ROOT = Path(__file__).parents[2]
SEARCH, TUNING = "digits-search-20261121-181500-3fa2", "digits-tune-20261121-190000-77c1"

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A runs folder with a search and a tuning in it."""
    write_study(tmp_path / "runs" / SEARCH, search_records(40, 31, status="finished"))
    write_study(tmp_path / "runs" / TUNING, tune_records("finished"))
    return tmp_path / "runs"


@pytest.mark.parametrize("suffix", ["html", "md", "svg", "txt"])
@pytest.mark.parametrize(("name", "title"), [(SEARCH, "Search: digits"), (TUNING, "Tuning: digits")])
def test_a_study_by_its_name_in_each_format(
    suffix: str, name: str, title: str, runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = runs.parent / f"study.{suffix}"
    assert main(["report", name, "--runs", str(runs), "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"Wrote '{path}'.\n"
    text = path.read_text(encoding="utf-8").replace("\\", "")
    assert title in text and name in text and "FINISHED" in text and str(runs) not in text
    if suffix != "svg":
        assert "dltui train digits --set" in text


def test_by_its_folder_on_standard_output_with_what_matters(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_report([str(runs / SEARCH)], "txt", capsys)
    assert printed.startswith("Search: digits\n")
    assert "What matters  PED-ANOVA, 26 complete trials" in printed and " 49 %" in printed


def test_what_the_diagnosis_says_is_in_the_language_that_was_asked_for(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "学习率" in printed_report([str(runs / TUNING), "--lang", "zh_CN"], "md", capsys)


def test_one_whose_supervisor_is_gone_says_how_it_goes_on(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_study(runs / "cut", search_records(40, 10))
    os.utime(folder / "study.jsonl", (0, 0))  # another machine wrote it, and has said nothing for long
    assert "dltui search --resume cut" in printed_report(["cut", "--runs", str(runs)], "md", capsys)


def test_a_line_that_is_torn_or_of_another_version_keeps_nothing_from_being_told(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (runs / SEARCH / "study.jsonl").open("ab") as file:
        file.write(b'{"record":"of tomorrow"}\n{"record":"told","numb')
    told = " ".join(printed_report([str(runs / SEARCH)], "txt", capsys).split())
    assert "lines that could not be read: 1" in told and "All trials" in told


def test_a_file_that_is_there_is_not_replaced(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_not_replaced(runs / SEARCH, runs.parent / "search.md", capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["samples/healthy"], "The report of a search or a tuning holds nothing else"),
        (["--at", "20"], "--at and --hparams are for the report of a run; that of a search or a tuning"),
    ],
)
def test_what_makes_no_sense(words: list[str], said: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refusal([str(runs / SEARCH), *words], capsys)


def test_a_format_that_there_is_not(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(runs / SEARCH), "-o", "search.pdf"]) == 2
    assert "A report ends in .html, .md, .svg or .txt" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"not json\n", b'{"record":"begun","format":99}\n', b"\x00\xff\n"])
def test_a_study_that_cannot_be_read(content: bytes, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / SEARCH / "study.jsonl").write_bytes(content)
    assert "study.jsonl" in refusal([str(runs / SEARCH)], capsys)


def test_a_trial_of_a_search_has_the_report_of_a_run(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(ROOT / "samples" / "healthy", runs / SEARCH / "t0007")
    assert "GOOD FIT" in printed_report([f"{SEARCH}/t0007", "--runs", str(runs)], "txt", capsys)
