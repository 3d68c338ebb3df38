"""The catalogue of texts: complete in each language, numbers written as a person writes them."""

import ast
import dataclasses
import math
import re
from pathlib import Path
from typing import Any

import pytest

import dltui
from dltui.advice.change import Apply, Change
from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Unit, Verdict
from dltui.errors import UsageError
from dltui.interventions.effect import Effect, Outcome
from dltui.interventions.history import Intervention, Setting
from dltui.texts import LANGUAGES, Texts, choose_language
from dltui.texts.language import present_language
from dltui.texts.writing import fill, measured, named, placeholders, setting
from dltui_trainers.runlog import Value

ROOM = Path(dltui.__file__).parent
CHINESE = re.compile("[\u4e00-\u9fff]")
REASONS = (
    "no_loss",
    "too_few_validations",
    "too_short",
    "no_validation",
    "no_training_loss",
    "restarted",
    "warming_up",
    "range_test",
    "mixed",
)
ENGLISH = Texts.load("en")

overfitting = Finding(
    symptom=Symptom.OVERFITTING,
    severity=Severity.WARNING,
    confidence=0.93,
    since_step=700,
    evidence=(
        Evidence(
            name="val_rise", value=0.14, unit=Unit.RATIO, numbers={"best": 0.0812, "last": 0.0931, "best_step": 7e3}
        ),
        Evidence(name="train_fall", value=0.38, unit=Unit.RATIO, numbers={"first": 0.05, "last": 0.031}),
    ),
    guide_step=6,
)


def change(**different: object) -> Change:
    """Return a change of the weight decay, with some fields different."""
    usual = Change(
        hyperparameter="weight_decay",
        from_=0.0,
        to=1e-4,
        apply=Apply.LIVE,
        symptom=Symptom.OVERFITTING,
        key="weight_decay_up",
    )
    return dataclasses.replace(usual, **different)  # type: ignore[arg-type]


@pytest.fixture(params=LANGUAGES)
def texts(request: pytest.FixtureRequest) -> Texts:
    """Every language in turn."""
    return Texts.load(request.param)


def test_each_language_has_the_same_keys_and_places(texts: Texts) -> None:
    assert texts.keys == ENGLISH.keys
    differing = {
        key: (ours, english)
        for key in ENGLISH.keys
        if (ours := placeholders(texts.template(key))) != (english := placeholders(ENGLISH.template(key)))
    }
    assert differing == {}


def test_no_text_is_empty_or_left_in_another_language(texts: Texts) -> None:
    assert [key for key in texts.keys if not texts.template(key).strip()] == []
    if texts.language == "zh_CN":
        same = [key for key in texts.keys if not CHINESE.search(texts.template(key))]
        assert [key for key in same if not key.endswith(".source") and not key.startswith("sentence.")] == []


def test_every_value_of_the_engine_has_its_texts(texts: Texts) -> None:
    for symptom in Symptom:
        assert texts.symptom(symptom) and all(dataclasses.astuple(texts.explanation(symptom)))
    assert all(map(texts.verdict, Verdict)) and all(map(texts.severity, Severity))
    assert all(map(texts.reason, REASONS))
    assert all(texts.ui(f"apply_{apply}") for apply in Apply)


def keys_in(room: str, call: str, argument: str) -> set[str]:
    """Return the strings that the modules of a room give as that argument: what the catalogue must know."""
    found = set()
    for path in (ROOM / room).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == call:
                given = [each.value for each in node.keywords if each.arg == argument]
                found |= {str(each.value) for each in given if isinstance(each, ast.Constant) and each.value}
    return found


def test_what_the_rules_and_the_prescriptions_name_is_in_the_catalogue() -> None:
    assert {
        name for name in keys_in("diagnosis", "Evidence", "name") if f"evidence.{name}" not in ENGLISH.keys
    } == set()
    assert {name for name in keys_in("advice", "Change", "key") if f"change.{name}.why" not in ENGLISH.keys} == set()
    assert {key for key in keys_in("diagnosis", "Diagnosis", "reason") if f"reason.{key}" not in ENGLISH.keys} == set()


def test_every_change_has_its_four_texts(texts: Texts) -> None:
    keys = {key.split(".")[1] for key in texts.keys if key.startswith("change.")}
    assert len(keys) >= 45
    for key in keys:
        words = texts.change(change(key=key))
        assert all(dataclasses.astuple(words)), key
        assert "{" not in words.expect and "[" not in words.expect


def test_a_finding_is_one_sentence() -> None:
    assert ENGLISH.finding(overfitting) == (
        "Smoothed validation loss rose 14 % above its best (0.0812 → 0.0931); "
        "training loss fell 38 % meanwhile (0.05 → 0.031)."
    )
    chinese = Texts.load("zh").finding(overfitting)
    assert chinese.endswith("\u3002") and "\uff1b" in chinese and "14 %" in chinese and "." not in chinese[-2:]


def test_a_finding_without_evidence_says_its_name() -> None:
    assert ENGLISH.finding(dataclasses.replace(overfitting, evidence=())) == "Overfitting."


@pytest.mark.parametrize(
    ("different", "action"),
    [
        ({}, "weight_decay 0 → 1e-4"),
        ({"from_": 1e-4, "to": 3e-3}, "weight_decay 1e-4 → 3e-3"),
        ({"hyperparameter": "lr", "from_": None, "to": "x0.3", "key": "lr_down"}, "lr x0.3"),
        ({"hyperparameter": "lr", "from_": 0.1, "to": 0.03, "key": "lr_down"}, "lr 0.1 → 0.03"),
        ({"from_": None}, "weight_decay → 1e-4"),
        (
            {"hyperparameter": "augment", "from_": "", "to": "flip,crop", "key": "augment_on"},
            "augment none → flip,crop",
        ),
        ({"hyperparameter": "width", "from_": 64, "to": 128, "key": "width_up"}, "width 64 → 128"),
        ({"with_": {"lr": 3e-4}}, "weight_decay 0 → 1e-4, lr → 3e-4"),
        ({"hyperparameter": "data", "from_": None, "to": None, "key": "more_data"}, "more training data"),
    ],
)
def test_the_action_of_a_change(different: dict[str, object], action: str) -> None:
    assert ENGLISH.change(change(**different)).action == action


def test_a_part_in_brackets_waits_for_its_number(texts: Texts) -> None:
    without = texts.change(change(key="epochs_more")).expect
    told = texts.change(change(key="epochs_more", numbers={"gain_share": 0.063})).expect
    assert "6.3 %" in told and "6.3 %" not in without and len(without) < len(told)
    assert fill("a[ {b}] c[, {d}]", {"b": "1"}) == "a 1 c"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.14, Unit.RATIO, "14 %"),
        (0.0321, Unit.RATIO, "3.2 %"),
        (0.0, Unit.RATIO, "0 %"),
        (1e-9, Unit.RATIO, "under 0.01 %"),
        (12.5, Unit.RATIO, "1 250 %"),
        (5000.0, Unit.RATIO, "5 000x"),
        (2.5, Unit.FACTOR, "2.5x"),
        (1e-4, Unit.FACTOR, "1e-4x"),
        (math.inf, Unit.FACTOR, "inf"),
        (0.08123, Unit.LOSS, "0.08123"),
        (3e-5, Unit.NUMBER, "3e-5"),
        (12500.0, Unit.STEP, "12 500"),
        (9.5, Unit.EPOCH, "9.5"),
        (75.0, Unit.SECONDS, "1:15"),
        (math.nan, Unit.LOSS, "nan"),
    ],
)
def test_a_measured_value_is_written_by_its_unit(value: float, unit: Unit, text: str) -> None:
    assert measured(value, unit) == text


def test_a_further_number_is_written_by_its_name() -> None:
    assert named("first_share", 0.961) == "96.1 %"
    assert named("best_step", 12000) == "12 000"
    assert named("largest", 54210) == "54 210"
    assert named("usual", 3.0, Unit.SECONDS) == "0:03"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-4, "1e-4"), (0.003, "3e-3"), (0.3, "0.3"), (0.05, "0.05"), (128, "128"), ("\x1b[31m", "␛[31m")],
)
def test_a_setting_is_written_as_it_is_typed(value: float | str, text: str) -> None:
    assert setting(value) == text


@pytest.mark.parametrize("name", ["zh", "zh-CN", "zh_CN", "zh_CN.UTF-8", "ZH_cn"])
def test_a_language_has_many_names(name: str) -> None:
    assert Texts.load(name) is Texts.load("zh_CN")


def test_an_unknown_language_is_refused_with_those_that_there_are() -> None:
    for refuse in (Texts.load, choose_language):
        with pytest.raises(UsageError, match="'fr'; the languages are en and zh_CN"):
            refuse("fr")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "", "LC_ALL": "zh_CN.UTF-8"}, "zh_CN"),
    ],
)
def test_the_locale_decides_where_nobody_does(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert present_language() == Texts.load().language == language


def test_what_the_command_line_chose_counts_more_than_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    choose_language("zh")
    try:
        assert Texts.load().language == "zh_CN"
    finally:
        choose_language(None)
    assert Texts.load().language == "en"


def test_a_missing_key_or_number_says_which(texts: Texts) -> None:
    with pytest.raises(KeyError, match=rf"no text 'ui\.nothing' in the language {texts.language}"):
        texts.ui("nothing")
    with pytest.raises(KeyError, match=r"'best'.*evidence\.val_at_best"):
        texts.evidence(Evidence(name="val_at_best", value=0.1, unit=Unit.RATIO, numbers={"last": 1.0}))


def test_errors_are_not_called_losses() -> None:
    for language in ("en", "zh_CN"):
        texts = Texts.load(language)
        loss = Evidence(name="val_rise", value=0.1, unit=Unit.RATIO, numbers={"best": 0.2, "last": 0.22})
        error = dataclasses.replace(loss, of_error=True)
        assert texts.evidence(loss) != texts.evidence(error)
        assert "loss" not in texts.evidence(error) and "损失" not in texts.evidence(error)
        numbers = {"last": 0.2, "predicted": 0.1, "more_share": 0.5}
        neutral = Evidence(name="predicted_gain", value=0.1, unit=Unit.RATIO, numbers=numbers, of_error=True)
        assert texts.evidence(neutral)


def test_every_outcome_has_its_words(texts: Texts) -> None:
    assert all(map(texts.outcome, Outcome))
    for outcome in Outcome:
        for metric in ("val_loss", "train_loss"):
            found = Effect(outcome=outcome, metric=metric, before=1.0, after=0.5, needs=3)
            assert texts.effect(found) and texts.effect_short(found)
            assert texts.effect(dataclasses.replace(found, non_finite=True, before=math.nan))


COMPARED = Effect(
    outcome=Outcome.HELPED,
    metric="val_loss",
    before=1.9203,
    after=0.41,
    change=-1.5103,
    low=-1.6,
    high=-1.42,
    expected=1.8504,
)


@pytest.mark.parametrize(
    ("different", "sentence", "short"),
    [
        (
            {},
            "Validation loss 1.92 → 0.41 (-1.51, 95 % -1.6 to -1.42), where the trend before led to 1.85.",
            "helped: val 1.92 → 0.41",
        ),
        (
            {"outcome": Outcome.TOO_EARLY, "needs": 2},
            "Validations needed before it can be told: 2 more.",
            "too early to tell (validations needed: 2)",
        ),
        (
            {"outcome": Outcome.HURT, "metric": "train_loss", "after": math.nan, "non_finite": True},
            "Training loss 1.92 → not a number.",
            "hurt: train 1.92 → nan",
        ),
        (
            {"before": math.nan, "non_finite": True},
            "Validation loss was not a number, and is 0.41 now.",
            "helped: val nan → 0.41",
        ),
        (
            {"outcome": Outcome.NO_CLEAR_EFFECT, "low": math.nan},
            "There are too few values of the validation loss around the change to compare.",
            "no clear effect: val 1.92 → 0.41",
        ),
    ],
)
def test_an_effect_in_words(different: dict[str, object], sentence: str, short: str) -> None:
    effect = dataclasses.replace(COMPARED, **different)  # type: ignore[arg-type]
    assert (ENGLISH.effect(effect), ENGLISH.effect_short(effect)) == (sentence, short)


def done(name: str, *settings: tuple[str, Value, Value], **rest: Any) -> Intervention:
    """Return something that was done at step 600."""
    given: dict[str, Any] = {"id": 1, "time_s": 1.0, "by": "user", "reason": "", "note": "", "done": True, **rest}
    made = tuple(Setting(hparam=hparam, from_=from_, to=to) for hparam, from_, to in settings)
    return Intervention(name=name, step=600, settings=made, **given)


@pytest.mark.parametrize(
    ("intervention", "words"),
    [
        (done("set", ("lr", 0.1, 0.003)), "set lr 0.1 → 3e-3"),
        (done("set", ("lr", 0.1, 0.003), ("augment", "", "flip")), "set lr 0.1 → 3e-3, augment none → flip"),
        (done("set", ("lr", None, 0.003), done=False), "set lr → 3e-3 (refused)"),
        (done("set", ("lr", 0.1, 0.3), undone_at_step=1200), "set lr 0.1 → 0.3 (undone at step 1 200)"),
        (done("undo", ("", 1200, 600)), "undo: back from step 1 200 to step 600"),
        (done("undo", done=False), "undo (refused)"),
        (done("paused"), "paused"),
        (done("checkpoint", ("", None, "step-00000600.pt")), "checkpoint"),
        (done("oom", ("batch_size", 64, 32)), "out of memory: batch_size 64 → 32"),
        (done("branch", ("", "digits-7", None)), "branch of digits-7"),
        (done("ran\x1b[2J_off"), "ran␛[2J off"),
        (done("x" * 900), "x" * 59 + "…"),
    ],
)
def test_what_was_done_in_words(intervention: Intervention, words: str) -> None:
    assert ENGLISH.intervention(intervention) == words


def test_who_did_it() -> None:
    assert [ENGLISH.by(name) for name in ("user", "advice", "", "night\x1b[m.sh")] == [
        "you",
        "advice",
        "by itself",
        "night␛[m.sh",
    ]
