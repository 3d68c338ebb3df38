"""``dltui report GUIDE``: a guide's folder or its name, its final run too, and every way to get it wrong."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from cli.reporting import check_not_replaced, printed_report, refusal
from guide.sample import sample_guide

from dltui.cli import main
from dltui.guide.folder import write_guide

ROOT = Path(__file__).parents[2]
NAME = "digits-guide-20261121-181500-3fa2"

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A runs folder with one guide in it, whose final run is there."""
    folder = tmp_path / "runs" / NAME
    folder.mkdir(parents=True)
    write_guide(folder, sample_guide())
    shutil.copytree(ROOT / "samples" / "healthy", folder / "s6-final")
    return tmp_path / "runs"


@pytest.mark.parametrize("suffix", ["html", "md", "svg", "txt"])
def test_a_guide_by_its_name_in_each_format(suffix: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs.parent / f"guide.{suffix}"
    assert main(["report", NAME, "--runs", str(runs), "-o", str(path)]) == 0
    assert capsys.readouterr().out == f"Wrote '{path}'.\n"
    text = path.read_text(encoding="utf-8").replace("\\", "")
    assert "Guide: digits" in text and "Coarse grid" in text and "The final run" in text
    assert "s6-final" in text and str(runs) not in text
    if suffix != "svg":
        assert "GOOD FIT" in text  # the report of the final run


def test_a_guide_by_its_folder_on_standard_output(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = printed_report([str(runs / NAME)], "txt", capsys)
    assert printed.startswith("Guide: digits · finished")
    assert all(len(line) <= 80 for line in printed.split("\n"))


def test_in_chinese(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "粗网格" in printed_report([str(runs / NAME), "--lang", "zh_CN"], "md", capsys)


def test_a_file_that_is_there_is_not_replaced(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check_not_replaced(runs / NAME, runs.parent / "guide.md", capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["samples/healthy"], "The report of a guide holds nothing else"),
        (["--at", "20"], "--at and --hparams are for the report of a run"),
    ],
)
def test_what_makes_no_sense(words: list[str], said: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refusal([str(runs / NAME), *words], capsys)


@pytest.mark.parametrize("state", ['{"format": 99}', "not json", "[]", "\x00\xff", '{"format": 1, "steps": 3}'])
def test_a_state_that_cannot_be_read(state: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / NAME / "guide.json").write_text(state)
    assert "guide.json" in refusal([str(runs / NAME)], capsys)


def test_a_final_run_that_was_deleted_does_not_keep_the_steps_from_being_told(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(runs / NAME / "s6-final")
    printed = " ".join(printed_report([str(runs / NAME)], "txt", capsys).split())
    assert str(runs) not in printed
    assert "Step 6: Look at the curves" in printed and "The final run is not in the guide's folder any more" in printed


@pytest.mark.parametrize("name", ["../../secret", "/etc", ".."])
def test_a_state_leads_to_no_other_folder(name: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_guide(runs / NAME, msgspec.structs.replace(sample_guide(), final=name))
    told = " ".join(printed_report([str(runs / NAME)], "txt", capsys).split())
    assert "its name is no name of a run" in told


def test_sentences_of_another_version_are_told_by_their_keys(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs / NAME / "guide.json"
    state = json.loads(path.read_text())
    state["steps"][3]["result"]["said"] = {"key": "find_lr.of_tomorrow", "places": {"rate": 0.5}}
    state["new_key"] = 1
    path.write_text(json.dumps(state))
    for format in ("html", "md", "svg", "txt"):
        assert "rate=0.5" in printed_report([str(runs / NAME)], format, capsys)
