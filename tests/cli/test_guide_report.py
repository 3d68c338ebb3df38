"""``dltui report GUIDE``: a guide's folder or its name, its final run too, and every way to get it wrong."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from guide.sample import sample_guide

from dltui.cli import main
from dltui.guide.folder import write_guide
from dltui.texts import choose_language

ROOT = Path(__file__).parents[2]
NAME = "digits-guide-20261121-181500-3fa2"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> object:
    """The language of the tests, whatever the locale of the machine."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    yield
    choose_language(None)


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
    assert main(["report", str(runs / NAME), "-o", "-", "--format", "txt"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("Guide: digits · finished") and printed.err == ""
    assert all(len(line) <= 80 for line in printed.out.split("\n"))


def test_in_chinese(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(runs / NAME), "-o", "-", "--format", "md", "--lang", "zh_CN"]) == 0
    assert "粗网格" in capsys.readouterr().out


def test_a_file_that_is_there_is_not_replaced(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs.parent / "guide.md"
    path.write_text("mine")
    assert main(["report", str(runs / NAME), "-o", str(path)]) == 2
    assert path.read_text() == "mine" and "--force" in capsys.readouterr().err
    assert main(["report", str(runs / NAME), "-o", str(path), "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["samples/healthy"], "The report of a guide holds nothing else"),
        (["--at", "20"], "--at and --hparams are for the report of a run"),
    ],
)
def test_what_makes_no_sense(words: list[str], said: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(runs / NAME), *words, "-o", "-", "--format", "md"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("state", ['{"format": 99}', "not json", "[]", "\x00\xff", '{"format": 1, "steps": 3}'])
def test_a_state_that_cannot_be_read(state: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (runs / NAME / "guide.json").write_text(state)
    assert main(["report", str(runs / NAME), "-o", "-", "--format", "md"]) == 2
    printed = capsys.readouterr().err
    assert "guide.json" in printed and "Traceback" not in printed and printed.count("\n") == 1


def test_a_final_run_that_was_deleted_does_not_keep_the_steps_from_being_told(
    runs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(runs / NAME / "s6-final")
    assert main(["report", str(runs / NAME), "-o", "-", "--format", "txt"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert str(runs) not in printed
    assert "Step 6: Look at the curves" in printed and "The final run is not in the guide's folder any more" in printed


@pytest.mark.parametrize("name", ["../../secret", "/etc", ".."])
def test_a_state_leads_to_no_other_folder(name: str, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_guide(runs / NAME, msgspec.structs.replace(sample_guide(), final=name))
    assert main(["report", str(runs / NAME), "-o", "-", "--format", "txt"]) == 0
    assert "its name is no name of a run" in " ".join(capsys.readouterr().out.split())


def test_sentences_of_another_version_are_told_by_their_keys(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs / NAME / "guide.json"
    state = json.loads(path.read_text())
    state["steps"][3]["result"]["said"] = {"key": "find_lr.of_tomorrow", "places": {"rate": 0.5}}
    state["new_key"] = 1
    path.write_text(json.dumps(state))
    for format in ("html", "md", "svg", "txt"):
        assert main(["report", str(runs / NAME), "-o", "-", "--format", format]) == 0
        assert "rate=0.5" in capsys.readouterr().out
