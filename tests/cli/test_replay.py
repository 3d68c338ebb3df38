"""``dltui replay`` without a terminal: the timeline as lines, and one sentence for what cannot be."""

from pathlib import Path

import pytest
from runlogs import whole_run, write_run

from dltui.cli import parse
from dltui.cli.replay import parse as parse_replay
from dltui.errors import DltuiError, LogFormatError, RunNotFoundError, UsageError

SAMPLES = Path(__file__).parents[2] / "samples"
ROWS = (f"{each},{1 / (each + 1):.4f},{0.3 + abs(each - 12) / 40:.4f}\n" for each in range(40))
CSV = "epoch,loss,val_loss\n" + "".join(ROWS)


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Return what the command prints; it must be well."""
    assert parse(["replay", *words])() == 0
    return capsys.readouterr().out.splitlines()


def test_the_timeline_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    printed = lines(capsys, str(SAMPLES / "overfitting"))
    assert printed[0] == str(SAMPLES / "overfitting")
    assert printed[1].split() == ["step", "0", "epoch", "0", "0.0", "s", "verdict:", "inconclusive"]
    came = next(line for line in printed if "+ overfitting (warning)" in line)
    assert "step       667  epoch 29" in came
    assert any("- noisy validation" in line for line in printed) and not any("+ good fit" in line for line in printed)


def test_with_a_step_only_until_then(capsys: pytest.CaptureFixture[str]) -> None:
    printed = lines(capsys, str(SAMPLES / "overfitting"), "--at", "600")
    assert printed and "overfitting" not in "\n".join(printed[1:]) and "good fit" in printed[-2]


def test_in_chinese(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dltui.texts.language._chosen", None, raising=False)
    printed = lines(capsys, str(SAMPLES / "overfitting"), "--lang", "zh_CN")
    parse(["tasks", "--lang", "en"])
    assert any("过拟合" in line for line in printed)


def test_another_programs_log_with_its_columns_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.csv"
    log.write_text(CSV.replace("val_loss", "judge"))
    printed = lines(capsys, str(log), "--map", "val_loss=judge", "--by", "steps")
    assert any("+ overfitting" in line for line in printed)
    assert not any(" s  " in line for line in printed)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["LOG", "--speed", "0"], "0.1 to 1000"),
        (["LOG", "--speed", "fast"], "fast"),
        (["LOG", "--speed", "nan"], "nan"),
        (["LOG", "--at", "-3"], "-3"),
        (["LOG", "--by", "epochs"], "epochs"),
        (["LOG", "--map", "val_loss"], "ROLE=COLUMN"),
        ([], "LOG"),
        (["LOG", "OTHER"], "OTHER"),
    ],
)
def test_words_that_make_no_sense(words: list[str], hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        parse_replay(words)


def test_a_log_without_times_is_not_played_by_time(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(CSV)
    with pytest.raises(UsageError, match=r"log.csv does not tell when .*--by steps"):
        parse(["replay", str(log), "--by", "time"])()


@pytest.mark.parametrize(
    ("content", "kind"), [(b"", DltuiError), (b"\x00\xff" * 500, LogFormatError), (None, RunNotFoundError)]
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes | None, kind: type[DltuiError]) -> None:
    log = tmp_path / "log.csv"
    if content is not None:
        log.write_bytes(content)
    with pytest.raises(kind):
        parse(["replay", str(log)])()


def test_a_run_that_never_wrote_a_record(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "empty", [])
    with pytest.raises(LogFormatError, match="nothing to replay"):
        parse(["replay", str(folder)])()
    (folder / "metrics.jsonl").unlink()
    with pytest.raises(LogFormatError, match="nothing to replay"):
        parse(["replay", str(folder)])()


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "\x1b[2Jrun", whole_run())
    printed = "\n".join(lines(capsys, str(folder)))
    assert "\x1b" not in printed
