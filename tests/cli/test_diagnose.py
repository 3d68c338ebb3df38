"""``dltui diagnose``: the JSON that scripts read, the page that a person reads, and every way to get it wrong."""

import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_record
from rich.cells import cell_len
from runlogs import end, manifest, tuned_run, whole_run, write_run

from dltui.advice.change import Apply, Change
from dltui.cli import diagnose, main
from dltui.cli.judged import Judged
from dltui.cli.judged_text import Paper, as_text
from dltui.diagnosis.finding import Diagnosis, Evidence, Finding, Severity, Symptom, Unit, Verdict
from dltui.errors import LogFormatError
from dltui.runs.reader import decode
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui.wrap import wrap
from dltui_trainers.runlog import EvalRecord, to_line

EVIDENCE = Evidence(
    name="val_rise", value=0.14, unit=Unit.RATIO, numbers={"best": 0.081, "last": math.inf, "best_step": 70.0}
)
FINDING = Finding(
    symptom=Symptom.OVERFITTING,
    severity=Severity.WARNING,
    confidence=0.93,
    since_step=70.0,
    evidence=(EVIDENCE, replace(EVIDENCE, value=math.inf)),
    guide_step=6,
)
ADVICE = (
    Change(
        hyperparameter="weight_decay",
        from_=0.0,
        to=1e-4,
        apply=Apply.LIVE,
        symptom=Symptom.OVERFITTING,
        key="weight_decay_up",
    ),
    Change(
        hyperparameter="lr",
        from_=None,
        to="x0.3",
        apply=Apply.BRANCH,
        symptom=Symptom.OVERFITTING,
        key="lr_down",
        at_step=70.0,
    ),
)
GOOD = Diagnosis(verdict=Verdict.GOOD_FIT, confidence=0.8, findings=(), at_step=100.0)
BAD = Diagnosis(verdict=Verdict.OVERFITTING, confidence=0.93, findings=(FINDING,), at_step=100.0)
UNSURE = Diagnosis(verdict=Verdict.INCONCLUSIVE, confidence=0.0, findings=(), at_step=3.0, reason="too_few_validations")

pytestmark = pytest.mark.usefixtures("english")


def judged(log: str = "mine", diagnosis: Diagnosis = BAD, advice: tuple[Change, ...] = ADVICE) -> Judged:
    """Return what was found in a run of 100 steps and 10 epochs."""
    state = RunState()
    state.manifest = manifest()
    state.extend(decode(b"".join(map(to_line, whole_run())).rstrip(b"\n")))
    return Judged(log=log, format="dltui", state=state, diagnosis=diagnosis, advice=advice)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float | None, dict[str, Any]]]:
    """Put hand-made diagnoses in the place of the engine: one for each name of a log; tells what was asked for."""
    calls: list[tuple[str, float | None, dict[str, Any]]] = []

    def judge(log: str, root: Path, at_step: float | None, told: dict[str, Any], *_: object) -> Judged:
        calls.append((log, at_step, told))
        if log.startswith("broken"):
            raise LogFormatError(f"'{log}' is empty: try again in a moment.")
        return judged(log, {"good": GOOD, "unsure": UNSURE}.get(log, BAD), () if log == "good" else ADVICE)

    monkeypatch.setattr(diagnose, "judge", judge)
    return calls


Asked = list[tuple[str, float | None, dict[str, Any]]]
Said = pytest.CaptureFixture[str]


def test_json_has_the_shape_that_scripts_read(asked: Asked, capsys: Said) -> None:
    assert main(["diagnose", "mine", "--json"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    document = json.loads(said.out, parse_constant=pytest.fail)
    finding, *_ = document.pop("findings")
    advice = document.pop("advice")
    assert document == {
        "log": "mine",
        "format": "dltui",
        "steps": 100,
        "epochs": 10.0,
        "last_step": 100,
        "verdict": "overfitting",
        "interventions": [],
    }
    evidence = finding.pop("evidence")
    assert evidence[0] == {
        "name": "val_rise",
        "value": 0.14,
        "unit": "ratio",
        "text": "smoothed validation loss rose 14 % above its best (0.081 → inf)",
    }
    assert evidence[1]["value"] == "inf"
    assert finding.pop("text").startswith("Smoothed validation loss rose 14 %")
    assert finding == {
        "symptom": "overfitting",
        "severity": "warning",
        "confidence": 0.93,
        "since_step": 70,
        "guide_step": 6,
    }
    words = [[change.pop(key) for key in ("why", "expect", "check", "source")] for change in advice]
    assert all(all(texts) for texts in words)
    assert advice == [
        {"hyperparameter": "weight_decay", "from": 0.0, "to": 1e-4, "apply": "live", "for": "overfitting"},
        {"hyperparameter": "lr", "from": None, "to": "x0.3", "apply": "branch", "for": "overfitting"},
    ]


def test_several_logs_are_a_list_and_an_unreadable_one_stands_in_its_place(asked: Asked, capsys: Said) -> None:
    assert main(["diagnose", "good", "broken", "mine", "--json"]) == 2
    said = capsys.readouterr()
    documents = json.loads(said.out)
    assert [each["log"] for each in documents] == ["good", "broken", "mine"]
    assert documents[1] == {"log": "broken", "error": "'broken' is empty: try again in a moment."}
    assert documents[0]["findings"] == documents[0]["advice"] == []
    assert said.err == "dltui: 'broken' is empty: try again in a moment.\n"


def test_an_unreadable_log_does_not_keep_the_others_from_being_read(asked: Asked, capsys: Said) -> None:
    assert main(["diagnose", "broken", "mine", "good"]) == 2
    said = capsys.readouterr()
    assert said.out.index("OVERFITTING") < said.out.index("GOOD FIT")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["mine", "--fail-on", "overfitting"], 1),
        (["mine", "--fail-on", "diverged,overfitting"], 1),
        (["mine", "--fail-on", "diverged", "--fail-on", "good_fit"], 0),
        (["good", "mine", "--fail-on", "overfitting"], 1),
        (["good", "--fail-on", "good_fit"], 1),
        (["unsure", "--fail-on", "inconclusive"], 1),
        (["broken", "mine", "--fail-on", "overfitting"], 2),
        (["mine"], 0),
    ],
)
def test_the_exit_code_tells_what_a_script_asked(asked: Asked, words: list[str], code: int) -> None:
    assert main(["diagnose", *words]) == code


def test_options_may_stand_anywhere(asked: Asked) -> None:
    assert main(["--lang", "en", "diagnose", "a", "--at", "60", "b", "--json", "c"]) == 0
    assert [(log, at_step) for log, at_step, _ in asked] == [("a", 60.0), ("b", 60.0), ("c", 60.0)]


def test_the_texts_are_in_the_language_that_was_asked_for(asked: Asked, capsys: Said) -> None:
    assert main(["diagnose", "mine", "--json", "--lang", "zh-CN"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["verdict"] == document["advice"][0]["for"] == "overfitting"
    assert document["findings"][0]["text"].startswith("平滑后的验证损失比最低点上升了 14 %")
    assert "权重" in document["advice"][0]["why"]


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["mine", "--lang", "fr"], "en and zh_CN"),
        (["mine", "--fail-on", "overfiting"], "'overfitting'"),
        (["mine", "--fail-on", "xyzzy"], "train_val_mismatch"),
        (["mine", "--fail-on", ","], "--fail-on overfitting,diverged"),
        (["mine", "--at", "soon"], "'soon' is not a step"),
        (["mine", "--at", "-1"], "--at"),
        (["mine", "--at", "nan"], "'nan' is not a step"),
        ([], "LOG"),
        (["mine", "--hparams", "nowhere.json"], "nowhere.json"),
    ],
)
def test_words_that_make_no_sense_are_refused_before_a_log_is_opened(
    asked: Asked, capsys: Said, words: list[str], hint: str
) -> None:
    assert main(["diagnose", *words]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("dltui: ") and said.err.count("\n") == 1
    assert hint in said.err
    assert asked == []


def test_hyperparameters_of_a_log_come_from_a_file(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "h.json").write_text(
        '{"lr": 0.1, "batch_size": 64, "optimizer": "adam", "augment": ["flip", "crop"], "dropout": null}'
    )
    (tmp_path / "h.toml").write_text('lr = 1e-3\nschedule = "cosine"\n')
    assert main(["diagnose", "mine", "--hparams", str(tmp_path / "h.json")]) == 0
    assert main(["diagnose", "mine", "--hparams", str(tmp_path / "h.toml")]) == 0
    assert asked[0][2] == {"lr": 0.1, "batch_size": 64, "optimizer": "adam", "augment": "flip,crop"}
    assert asked[1][2] == {"lr": 1e-3, "schedule": "cosine"}
    assert type(asked[0][2]["optimizer"]) is str


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("h.json", '{"learning": 0.1}', "learning"),
        ("h.json", '{"weightdecay": 0.1}', "Did you mean 'weight_decay'?"),
        ("h.json", '{"lr": "fast"}', "lr = fast is not a number"),
        ("h.json", '{"lr": -1}', "out of range"),
        ("h.json", '{"lr": true}', "lr = True"),
        ("h.json", '{"optimizer": "addam"}', "'adam'"),
        ("h.json", '{"lr": {"value": 1}}', "lr"),
        ("h.json", "[1, 2]", '{"lr": 0.1'),
        ("h.json", '{"lr": ', "no JSON"),
        ("h.json", b"\xff\xfe\x00", "no JSON"),
        ("h.json", "[" * 100_000, "no JSON"),
        ("h.toml", "lr = ", "no TOML"),
        ("h.toml", "[optim]\nlr = 0.1\n", "'optim'"),
        ("h.yaml", "lr: 0.1", ".toml"),
    ],
)
def test_a_file_of_hyperparameters_that_is_not_right(
    asked: Asked, capsys: Said, tmp_path: Path, name: str, content: str | bytes, hint: str
) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert main(["diagnose", "mine", "--hparams", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert hint in said and name in said and said.count("\n") == 1
    assert asked == []


@pytest.mark.parametrize("language", ["en", "zh_CN"])
@pytest.mark.parametrize("columns", [80, 60])
def test_the_page_of_a_person_fits_its_lines(language: str, columns: int) -> None:
    text = as_text(judged(), Texts.load(language), Paper(columns=columns))
    assert max(map(cell_len, text.splitlines())) <= columns
    assert "\x1b" not in text
    closing = tuple("\uff0c\u3002\uff1b\uff09")
    assert [line for line in text.splitlines() if line.strip().startswith(closing)] == []


def test_the_page_of_a_person_tells_all_of_it() -> None:
    text = as_text(judged(), Texts.load("en"), Paper(columns=100))
    lines = text.splitlines()
    assert lines[0].startswith("mine  dltui · ") and lines[0].endswith("10 epochs · 100 steps")
    assert lines[2] == "▲ OVERFITTING   confidence 0.93"
    assert "train, smoothed" in text
    assert "▲ overfitting  since epoch 7 (step 70) · confidence 0.93 · guide step 6" in lines
    assert "1  weight_decay 0 → 1e-4" in lines and "2  lr x0.3" in lines
    assert "   branch from epoch 7 · for: overfitting" in lines
    assert all(re.search(rf"^   {word} ", text, re.MULTILINE) for word in ("why", "expect", "check", "source"))


def test_an_inconclusive_diagnosis_says_why_and_what_would_help() -> None:
    text = as_text(judged(diagnosis=UNSURE, advice=()), Texts.load("en"), Paper(columns=80))
    assert "? I cannot tell yet\n  There are too few validations to see a trend; validate more often" in text
    assert "Nothing stands out." in text and "Nothing to change." in text


def test_colours_only_where_they_show() -> None:
    assert "\x1b[1;33m▲ OVERFITTING\x1b[0m" in as_text(judged(), Texts.load("en"), Paper(columns=80, colour=True))


def test_an_output_without_unicode_gets_signs_that_it_has() -> None:
    text = as_text(judged(), Texts.load("en"), Paper(columns=80, encoding="ascii"))
    assert text.isascii()
    assert "! OVERFITTING" in text and "weight_decay 0 -> 1e-4" in text and "a chart needs UTF-8" in text


def test_json_is_utf8_whatever_the_locale_is(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    assert main(["diagnose", "mine", "--json", "--lang", "zh"]) == 0
    assert "验证损失" in json.loads(written.getvalue().decode("utf-8"))["findings"][0]["text"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a fall of 14 % is much", ["- a fall", "  of 14 %", "  is much"]),
        ("验证损失上升\u3002", ["- 验证损", "  失上", "  升\u3002"]),
        ("incomprehensibilities", ["- incomprehensibilities"]),
        ("", ["-"]),
    ],
)
def test_lines_are_broken_by_cells(text: str, lines: list[str]) -> None:
    assert wrap(text, 9 if text.isascii() else 8, "- ") == lines


def test_the_name_of_no_log(capsys: Said, tmp_path: Path) -> None:
    pytest.importorskip("dltui.advice.prescribe")
    for name in ("nosuch", "x" * 5000, "no\x1b[31m"):
        assert main(["--runs", str(tmp_path), "diagnose", name]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1 and len(said.err) < 500 and "\x1b" not in said.err


def test_the_whole_way_from_a_file_to_the_document(capsys: Said, tmp_path: Path) -> None:
    pytest.importorskip("dltui.advice.prescribe")
    rows = [f"{epoch},{1 / (1 + epoch):.4f},{0.5 + abs(epoch - 12) / 40:.4f}" for epoch in range(60)]
    (tmp_path / "log.csv").write_text("epoch,train_loss,val_loss\n" + "\n".join(rows) + "\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "h.json").write_text('{"weight_decay": 0, "lr": 0.001}')
    write_run(tmp_path / "runs" / "mine", whole_run())
    words = ["diagnose", str(tmp_path / "log.csv"), str(tmp_path / "empty.csv"), "mine", "--json"]
    hparams = ["--hparams", str(tmp_path / "h.json")]
    assert main(["--runs", str(tmp_path / "runs"), *words, *hparams]) == 2
    csv, empty, run = json.loads(capsys.readouterr().out)
    assert (csv["format"], csv["verdict"], run["format"]) == ("csv", "overfitting", "dltui")
    assert "empty" in empty["error"]
    assert csv["findings"] and csv["advice"]
    assert main(["diagnose", str(tmp_path / "log.csv"), "--at", "12", "--json"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert before["verdict"] != "overfitting" and before["last_step"] <= 12


def compared(capsys: Said, folder: Path, *words: str) -> list[bool]:
    """Diagnose, and return for each log whether an option without effect was found, and then advised upon."""
    main(["--runs", str(folder), "diagnose", *words, "--json"])
    document = json.loads(capsys.readouterr().out)
    found = []
    for each in document if isinstance(document, list) else [document]:
        symptoms = [finding["symptom"] for finding in each.get("findings", [])]
        advised = [change["for"] for change in each.get("advice", [])]
        assert ("option_without_effect" in symptoms) == ("option_without_effect" in advised)
        found.append("option_without_effect" in symptoms)
    return found


def test_an_option_without_effect_is_seen_in_two_logs(capsys: Said, tmp_path: Path) -> None:
    """The same curve with another dropout: nobody reads it."""
    hparams = {"lr": 0.001, "batch_size": 64, "optimizer": "adam"}
    write_run(tmp_path / "a", whole_run(), hparams={**hparams, "dropout": 0.2})
    write_run(tmp_path / "b", whole_run(), hparams={**hparams, "dropout": 0.5})
    write_run(tmp_path / "again", whole_run(), hparams={**hparams, "dropout": 0.5})
    write_run(tmp_path / "unknown", whole_run(), hparams={})
    other = [
        replace_record(record, val_loss=record.val_loss * 1.1) if isinstance(record, EvalRecord) else record
        for record in whole_run()
    ]
    write_run(tmp_path / "other", other, hparams={**hparams, "dropout": 0.3})
    assert compared(capsys, tmp_path, "a") == [False]
    assert compared(capsys, tmp_path, "a", "b") == [False, True]
    assert compared(capsys, tmp_path, "b", "again", "a") == [False, False, True]
    assert compared(capsys, tmp_path, "a", "nosuch", "b") == [False, False, True]
    assert compared(capsys, tmp_path, "a", "unknown", "other", "b") == [False] * 4
    assert compared(capsys, tmp_path, "a", "b", "--at", "70") == [False, True]


def test_what_is_told_of_all_logs_differs_in_none(capsys: Said, tmp_path: Path) -> None:
    for name, dropout in (("a", 0.2), ("b", 0.5)):
        write_run(tmp_path / name, whole_run(), hparams={"dropout": dropout})
    (tmp_path / "h.json").write_text('{"dropout": 0.2}')
    assert compared(capsys, tmp_path, "a", "b", "--hparams", str(tmp_path / "h.json")) == [False, False]


def test_the_readme_names_every_option() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert [option for option in ("--json", "--at", "--hparams", "--fail-on", "--lang") if option not in readme] == []


def test_a_log_without_epochs_is_told_in_steps(tmp_path: Path, capsys: Said) -> None:
    log = tmp_path / "log.csv"
    rows = [f"{2.3 * 0.9**row},{2.3 * 0.9**row if row < 15 else 0.5 + 0.02 * row}" for row in range(40)]
    log.write_text("\n".join(["loss,val_loss", *rows]) + "\n")
    assert main(["diagnose", str(log)]) == 0
    said = capsys.readouterr().out
    assert "▲ overfitting  since step " in said or "✖ overfitting  since step " in said
    assert "@ step 1" in said
    assert "nan" not in said and "inf" not in said


class TestInterventions:
    """What was done while the training ran, for scripts."""

    @pytest.fixture
    def tuned(self, tmp_path: Path) -> str:
        return str(write_run(tmp_path / "tuned", [*tuned_run(), end()]))

    def told(self, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
        assert main(["diagnose", *words, "--json"]) == 0
        return json.loads(capsys.readouterr().out)["interventions"]

    def test_each_command_is_told_with_what_came_of_it(self, tuned: str, capsys: pytest.CaptureFixture[str]) -> None:
        told = self.told(capsys, tuned)
        assert [each["name"] for each in told] == ["set", "undo", "paused", "resumed", "set", "set", "checkpoint"]
        first, undo, *_, both, refused, _ = told
        assert first["settings"] == [{"hyperparameter": "lr", "from": 0.001, "to": 0.03}]
        assert first["undone_at_step"] == 60 and first["effect"]["outcome"] == "hurt" and first["by"] == "user"
        assert undo["settings"][0] == {"hyperparameter": None, "from": 60, "to": 40} and undo["effect"] is None
        assert [each["hyperparameter"] for each in both["settings"]] == ["lr", "dropout"]
        assert not refused["done"] and refused["effect"] is None

    def test_an_earlier_step_knows_nothing_of_what_came_later(
        self, tuned: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = self.told(capsys, tuned, "--at", "72")
        assert [each["step"] for each in told][-1] == 70
        assert told[-2]["effect"] is None

    def test_there_is_none_where_nothing_was_done(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.told(capsys, "samples/healthy") == []
