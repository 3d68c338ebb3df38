"""What a report says, before any markup."""

import math
from dataclasses import replace

import pytest
from reports import HOSTILE, hostile, judged, report_of, sample
from runlogs import START_S, end, evaluation, step, whole_run

from dltui.charts.canvas import StyleName
from dltui.charts.spec import ChartSpec
from dltui.formats.meaning.columns import ColumnRole
from dltui.log_options import Role
from dltui.report.facts import LONGEST, about_run
from dltui.report.interventions import MOST_INTERVENTIONS
from dltui.report.report import Report, Tone
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.texts import Texts
from dltui_trainers.runlog import EventRecord


def words_of(report: Report) -> list[str]:
    """Every text of a report."""
    found: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, tuple):
            for each in value:
                walk(each)
        elif isinstance(value, ChartSpec):
            walk((value.title, *(mark.text for mark in value.marks), *(curve.label for curve in value.curves)))
        elif hasattr(value, "__dataclass_fields__"):
            for name in value.__dataclass_fields__:
                walk(getattr(value, name))

    walk(report)
    return found


def test_an_overfitting_run_is_told_with_its_evidence_and_its_advice() -> None:
    report = sample("overfitting")
    assert report.verdict.word == "OVERFITTING" and report.verdict.tone is Tone.WARN
    assert report.findings[0].facts[0].startswith("since epoch 27")
    assert "rose 48 %" in report.findings[0].text
    assert report.advice[0].action == "dropout 0 → 0.3" and report.advice[0].made == "branch from epoch 27"
    assert [label for label, _ in report.advice[0].rows] == ["why", "expect", "check", "source"]
    settings = {each.name: each for each in report.settings}
    assert settings["width"].value == "512" and settings["width"].default != ""
    assert settings["lr"].default == ""
    assert dict(report.about)["best validation loss"] == "0.4301 at epoch 27"
    assert [chart.title for chart in report.charts] == ["loss", "accuracy", "learning rate", "gradient norm"]


@pytest.mark.parametrize(
    ("scores", "charts", "facts"),
    [
        ({"val_perplexity": 4.5, "val_accuracy": 0.5}, ["perplexity"], {"last perplexity": "4.5"}),
        ({"val_r2": 0.75}, ["R2"], {"last R2": "0.75"}),
    ],
)
def test_a_report_tells_a_task_in_its_own_terms(
    scores: dict[str, float], charts: list[str], facts: dict[str, str]
) -> None:
    records = [*(step(n) for n in range(1, 30)), *(evaluation(10 * n, 1.0 / n, **scores) for n in (1, 2, 3)), end()]
    report = report_of(records)
    assert [chart.title for chart in report.charts][1 : 1 + len(charts)] == charts
    assert facts.items() <= dict(report.about).items()
    labels = [label for label, _ in report.about]
    assert labels.index(next(iter(facts))) < labels.index("task")


def test_the_finding_is_named_where_the_verdict_is_another() -> None:
    report = sample("overfitting")
    assert report.first_finding == report.findings[0].text
    other = replace(report, verdict=replace(report.verdict, word="GOOD FIT"))
    assert other.first_finding == f"▲ overfitting: {report.findings[0].text}"
    assert replace(report, findings=()).first_finding == ""


def test_an_earlier_step_ends_the_charts_and_its_best() -> None:
    report = sample("overfitting", at_step=300)
    assert "as it stood at step 299" in report.facts  # the last one that was logged
    losses = report.charts[0]
    assert losses.x_hi == 299
    assert all(mark.x <= 299 for mark in losses.marks)
    best = next(mark for mark in losses.marks if mark.style is StyleName.BEST)
    assert best.y is not None and best.y > 0.43  # the best of the whole run comes later


def test_what_was_done_is_told_in_the_order_of_the_log() -> None:
    events = [
        EventRecord(
            step=20, time=START_S + 2, name="set", hparam="lr", from_=0.001, to=0.0003, by="user", reason="too fast"
        ),
        EventRecord(step=30, time=START_S + 3, name="checkpoint"),
        EventRecord(step=40, time=START_S + 4, name="pause", done=False, by="user"),
        EventRecord(step=50, time=START_S + 5, name="stop", by="signal"),
    ]
    report = report_of([*whole_run(), *events])
    told = [(each.step, each.epoch, each.name, each.by) for each in report.interventions]
    assert told == [
        ("20", "2", "set lr 1e-3 → 3e-4", "you"),
        ("40", "4", "pause (refused)", "you"),
        ("50", "5", "stop", "signal"),
    ]
    assert [mark.text for mark in report.charts[0].marks if mark.style is StyleName.MARK] == ["lr 1e-3→3e-4 (you)"]


def test_of_very_many_interventions_the_first_are_told_and_the_rest_counted() -> None:
    events = [EventRecord(step=each, time=START_S, name="set", to=each) for each in range(1000)]
    report = report_of([*whole_run(), *events])
    assert len(report.interventions) == MOST_INTERVENTIONS
    assert report.more_interventions == 1000 - MOST_INTERVENTIONS


def test_a_log_of_another_program_tells_what_its_columns_were_read_as() -> None:
    columns = (ColumnRole("my_loss", Role.TRAIN_LOSS), ColumnRole("ignored", Role.UNUSED))
    about = dict(about_run(RunState(), Texts.load("en"), columns))
    assert about == {"columns read as": "train_loss ← my_loss"}


def test_a_failed_run_says_why() -> None:
    assert report_of([*whole_run()[:-1], end("failed", error="out of memory")]).error == "out of memory"
    assert report_of(whole_run()).error == ""


def test_a_loss_that_is_mostly_negative_gets_a_linear_axis() -> None:
    records = [step(each, 0.5 - each / 10) for each in range(1, 50)]
    assert not report_of(records).charts[0].y_log
    assert report_of(whole_run()).charts[0].y_log
    assert report_of([step(1, 3.0), *(step(each, math.nan) for each in range(2, 50))]).charts[0].y_log


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_smallest_runs_have_a_report(language: str) -> None:
    for records in ([], [step(1)], [evaluation(1, 0.5)], [step(1, math.nan)], [end("failed", error="early")]):
        report = report_of(list(records), language=language)
        assert report.charts and report.verdict.word and (report.verdict.reason or report.findings)
    assert judged(RunState(), "nothing", language).settings == ()


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_log_is_taken_in_as_it_came(text: str) -> None:
    for word in words_of(hostile(text)):
        assert word == safe_text(word) and len(word) <= 2 * LONGEST
