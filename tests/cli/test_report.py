"""``dltui report`` from the words to the file, and every way to get it wrong."""

from pathlib import Path

import pytest
from runlogs import whole_run, write_run

from dltui.cli import main

ROOT = Path(__file__).parents[2]
SAMPLE = str(ROOT / "samples" / "overfitting")

pytestmark = pytest.mark.usefixtures("english")


@pytest.mark.parametrize("suffix", ["html", "md", "svg", "txt"])
def test_a_file_of_each_format(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"x.{suffix}"
    assert main(["report", SAMPLE, "-o", str(path)]) == 0
    assert "OVERFITTING" in path.read_text(encoding="utf-8")
    assert capsys.readouterr().out == f"Wrote '{path}'.\n"


def test_standard_output_has_the_report_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", SAMPLE, "-o", "-", "--format", "md"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("# ") and printed.err == ""


def test_where_a_log_lay_is_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(tmp_path / "mine", whole_run())
    assert main(["report", str(run), "-o", "-", "--format", "html"]) == 0
    page = capsys.readouterr().out
    assert "<h1>mine</h1>" in page and str(tmp_path) not in page


def test_an_earlier_step_other_hyperparameters_another_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "x.csv"
    table.write_text("epoch,a,b\n" + "".join(f"{at},{2 / (1 + at)},{1 + abs(at - 5) / 9}\n" for at in range(30)))
    hparams = tmp_path / "h.json"
    hparams.write_text('{"lr": 0.125}')
    words = ["report", str(table), "-o", "-", "--format", "txt", "--at", "20", "--hparams", str(hparams)]
    assert main([*words, "--map", "train_loss=a", "--map", "val_loss=b"]) == 0
    text = capsys.readouterr().out
    assert "as it stood at step 20" in text and "0.125" in text and "train_loss ← a" in text
    assert main([*words, "--map", "train_loss=a", "--map", "val_loss=b", "--lang", "zh"]) == 0
    assert "超参数" in capsys.readouterr().out


def test_names_of_columns_are_text_and_nothing_else(tmp_path: Path) -> None:
    table = tmp_path / "x.csv"
    name = "train_loss <script>|`\x1b[31m\u202e"
    table.write_text(f"step,{name}\n" + "".join(f"{at},{1 / at}\n" for at in range(1, 30)), encoding="utf-8")
    for suffix in ("html", "md", "txt"):
        path = tmp_path / f"x.{suffix}"
        assert main(["report", str(table), "-o", str(path), "--map", f"train_loss={name}"]) == 0
        text = path.read_text(encoding="utf-8")
        assert "script" in text and "\x1b" not in text and "\u202e" not in text
        assert "<script>" not in text.replace("\\<", "") or suffix == "txt"


def test_several_logs_in_one_file(tmp_path: Path) -> None:
    one, two = (str(write_run(tmp_path / name, whole_run())) for name in ("one", "two"))
    path = tmp_path / "x.html"
    assert main(["report", one, two, "-o", str(path)]) == 0
    assert path.read_text().count("<article>") == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["report", SAMPLE], "-o/--output"),
        (["report", SAMPLE, "-o", "x.pdf"], ".html, .md, .svg or .txt"),
        (["report", SAMPLE, "-o", "-"], "add --format"),
        (["report", SAMPLE, "-o", "-", "--format", "pdf"], "invalid choice: 'pdf'"),
        (["report", SAMPLE, SAMPLE, "-o", "x.svg"], "An SVG shows one run"),
        (["report", SAMPLE, "-o", "missing/x.html"], "cannot be written: No such file or directory"),
        (["report", "no-such-run", "-o", "x.html"], "no-such-run"),
        (["report", SAMPLE, "-o", "x.html", "--at", "soon"], "'soon' is not a step"),
        (["report", SAMPLE, "-o", "x.html", "--map", "nonsense"], "ROLE=COLUMN"),
        (["report", SAMPLE, "-o", "taken.html"], "is there already; --force replaces it"),
        (["report", SAMPLE, "-o", "folder.html"], "is a folder; name a file"),
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
    (tmp_path / "taken.html").write_text("mine")
    (tmp_path / "folder.html").mkdir()
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and sentence in printed.err and printed.err.count("\n") == 1
    assert (tmp_path / "taken.html").read_text() == "mine"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.html", "taken.html"]


def test_force_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")
    assert main(["report", SAMPLE, "-o", str(path), "--force"]) == 0
    assert "OVERFITTING" in path.read_text()
