"""The report of a search and of a tuning in each format: all that they came to, and nothing that a text could do."""

import math
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import msgspec
import pytest
from search.studies import HOSTILE, SPACE, search_records, study_of, tune_records

from dltui.report.report import Tone
from dltui.report.study.points import draw_point_chart
from dltui.report.study.report import StudyReport, make_study_report
from dltui.report.study.tables import values_of
from dltui.report.study.write import render_study
from dltui.report.write import FORMATS
from dltui.runs.status import RunStatus
from dltui.search.drawing.charts import progress_chart
from dltui.search.space.dimension import Dimension
from dltui.search.study.options import Objective, SearchOptions
from dltui.search.study.records import Asked, Begun, StudyRecord, Told
from dltui.search.study.study import Study
from dltui.texts import Texts
from dltui_trainers.runlog import Value

TEXTS = Texts.load("en")
SHARES = {"lr": 0.62, "dropout": 0.3, "width": 0.08}
EVIL = f"</pre></script><script>alert(1)</script> | `x` {HOSTILE}"
NOW = 1_795_301_000.0


def report_of(
    study: Study, status: RunStatus = RunStatus.FINISHED, shares: dict[str, float] | None = None, name: str = "mine"
) -> StudyReport:
    return make_study_report(study, name, status, NOW, TEXTS, shares)


def hostile_records() -> list[StudyRecord]:
    """A search whose every text was written by somebody else."""
    options = SearchOptions(
        dimensions=(Dimension(name=EVIL, choices=(EVIL, "b")), *SPACE),
        settings={"note": EVIL},
        objective=Objective(metric=EVIL),
    )
    records: list[StudyRecord] = [Begun(name=EVIL, task=EVIL, time=1e300, command=[EVIL], search=options)]
    for number, state in enumerate(("complete", "failed", "pruned", "complete")):
        records.append(Asked(number=number, time=2.0, settings={EVIL: EVIL if number else "b", "lr": 0.1 * number}))
        records.append(
            Told(number=number, time=3.0, state=state, value=None if number == 1 else 0.5 + number, verdict=EVIL,  # type: ignore[arg-type]
                 finding=EVIL, error=EVIL if number == 1 else "", pruned_by=EVIL if number == 2 else "", run=EVIL)
        )  # fmt: skip
    return records


def hostile_tuning() -> list[StudyRecord]:
    begun, *rest = tune_records("finished")
    asked = Asked(
        number=0, time=2.0, settings={EVIL: EVIL}, parent=99, at_step=4, change={EVIL: (EVIL, None)}, symptom=EVIL,
        why=EVIL,
    )  # fmt: skip
    told = Told(number=0, time=3.0, state="complete", value=1.0, outcome=EVIL, finding=EVIL, verdict=EVIL)
    return [begun, rest[0], asked, told]


STUDIES = {
    "search": (study_of(search_records(40, 31, status="finished")), RunStatus.FINISHED),
    "at work": (study_of(search_records()), RunStatus.RUNNING),
    "nothing yet": (study_of(search_records(ended=0)[:2]), RunStatus.STARTING),
    "rising": (study_of(search_records(objective=Objective(metric="val_accuracy", rises=True))), RunStatus.STOPPED),
    "tuning": (study_of(tune_records("finished")), RunStatus.FINISHED),
    "tuning at work": (study_of(tune_records()), RunStatus.RUNNING),
    "hostile": (study_of(hostile_records()), RunStatus.KILLED),
    "hostile tuning": (study_of(hostile_tuning()), RunStatus.FINISHED),
}


class _Page(HTMLParser):
    """Checks that every tag is closed in order, and collects what is said."""

    VOID = frozenset({"meta", "rect", "path", "circle"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.said = ""
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += data


def said_in(report: StudyReport, format: str) -> str:
    """The words of a report, blanks made one."""
    text = render_study(report, format)
    text = _Page(text).said if format == "html" else text.replace("\\", "") if format == "md" else text
    return " ".join(text.split())


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("study", "status"), STUDIES.values(), ids=STUDIES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_study_in_every_format(study: Study, status: RunStatus, format: str, language: str) -> None:
    report = make_study_report(study, EVIL, status, NOW, Texts.load(language), SHARES)
    text = render_study(report, format)
    assert "\x1b" not in text and "\u202e" not in text and "\x00" not in text
    assert not re.search(r'="[^"]*\b(nan|inf)\b', text)
    if format == "html":
        page = _Page(text)
        assert "script" not in page.tags and len(page.ids) == len(set(page.ids))
        assert "default-src 'none'" in text and "http" not in text.replace("http-equiv", "")
    if format == "svg":
        ElementTree.fromstring(text)


@pytest.mark.parametrize("format", ["html", "md", "txt"])
def test_a_search_is_told_from_its_best_trial_to_the_last_one(format: str) -> None:
    study = STUDIES["search"][0]
    best = study.best
    assert best is not None
    text = said_in(report_of(study, shares=SHARES), format)
    for part in (
        "Search: digits", "FINISHED", f"Trial {best.number} has the lowest val_loss of the 26 that are complete.",
        "val_loss at dropout", "What matters", "PED-ANOVA, 26 complete trials", "1e-5 to 1, log",
        "adam, adamw, sgd", "pruned (median)", "pruned (diverged)", "failed: CUDA out of memory", "bayes, tpe",
    ):  # fmt: skip
        assert part in text, part
    assert f"dltui train digits --set lr={best.settings['lr']:g}" in text
    places = [text.index(heading) for heading in ("The best", "What was searched", "What matters", "All trials", "How")]
    assert places == sorted(places)


def test_the_trials_stand_the_best_first_and_all_of_them() -> None:
    study = STUDIES["search"][0]
    report = report_of(study)
    rows = report.trials.rows
    assert len(rows) == len(study.trials) and study.best is not None
    assert rows[0][0] == f"{study.best.number} ★"
    complete = [float(row[2]) for row in rows if row[1] == "complete"]
    assert complete == sorted(complete) and [row[1] for row in rows[: len(complete)]] == ["complete"] * len(complete)
    assert report.trials.columns[5:] == ("lr", "weight_decay", "dropout", "width", "optimizer", "norm")


def test_of_very_many_hyperparameters_the_settings_stand_in_one_cell_and_some_have_no_chart() -> None:
    names = [f"knob{at}" for at in range(15)]
    options = SearchOptions(dimensions=tuple(Dimension(name=name, low=0.0, high=1.0) for name in names))
    records: list[StudyRecord] = [Begun(name="s", task="digits", time=0.0, command=[], search=options)]
    for number in range(3):
        settings: dict[str, Value] = dict.fromkeys(names, 0.1 * number)
        records.append(Asked(number=number, time=1.0, settings=settings))
        records.append(Told(number=number, time=2.0, state="complete", value=1.0 - 0.1 * number))
    report = report_of(study_of(records), shares={"knob14": 0.7})
    assert report.trials.columns[-1] == "settings" and "knob14 0.2" in report.trials.rows[0][-1]
    assert report.charts is not None and len(report.charts.hparams) == 12
    assert "knob14" in report.charts.hparams[0].title and report.charts.without == ("knob11", "knob12", "knob13")
    for format in ("html", "md", "txt"):
        assert "There is no chart here of: knob11, knob12, knob13." in said_in(report, format)


def test_without_enough_trials_it_says_why_nothing_tells_what_matters() -> None:
    report = report_of(study_of(search_records(40, 8, status="stopped")), RunStatus.STOPPED)
    for format in ("html", "md", "txt"):
        assert "PED-ANOVA needs 20 complete trials, and 6 are." in said_in(report, format)


@pytest.mark.parametrize("format", ["html", "md", "txt"])
def test_a_tuning_has_its_record(format: str) -> None:
    text = said_in(report_of(STUDIES["tuning"][0]), format)
    for part in (
        "Tuning: digits", "val_loss 0.121, 1.912 at first", "It ended because nothing is left to try.",
        "against learning rate too high: lr 0.3 → 0.03, from the start", "lr_too_high since epoch 4",
        "val_loss 0.412, 1.912 before: helped, kept", "no clear effect, back to number 1",
        "dropout 0 → 0.3, from step 400 of number 3", "hurt, back to number 4", "seen: overfitting, underfitting",
    ):  # fmt: skip
        assert part in text, part
    assert "What matters" not in text and "val_loss at" not in text


def test_what_a_tuning_changed_is_told_from_the_value_before_the_first_change() -> None:
    report = report_of(STUDIES["tuning"][0])
    assert ("width", "32", "32") in report.hparams.rows and ("augment", "none", "shift") in report.hparams.rows


def test_settings_of_a_branch_are_not_said_to_repeat_it() -> None:
    records = [each for each in tune_records("finished") if not (isinstance(each, Told) and each.number == 6)]
    text = said_in(report_of(study_of(records)), "txt")
    assert "It went on from a checkpoint; from the start its settings may do somewhat better or worse:" in text


@pytest.mark.parametrize(
    ("records", "status", "sentence"),
    [
        (search_records(ended=0)[:2], RunStatus.RUNNING, "No trial has ended yet: there is nothing to compare."),
        (search_records(ended=0)[:2], RunStatus.STOPPED, "It ended before any trial."),
        (
            [*search_records(ended=0)[:2], Asked(number=0, time=2.0, settings={"lr": 0.1}),
             Told(number=0, time=3.0, state="failed", error="no GPU")],
            RunStatus.FAILED, "None of the 1 trials that ended is complete, so that none is the best.",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", FORMATS)
def test_without_a_best_trial_a_plain_sentence_says_so(
    records: list[StudyRecord], status: RunStatus, sentence: str, format: str
) -> None:
    report = report_of(study_of(records), status)
    text = render_study(report, format)
    assert report.best is None and report.charts is None and "<figure" not in text and "┤" not in text
    assert sentence in " ".join(text.split())


def test_a_study_at_work_stands_as_it_is_and_one_that_was_stopped_was_cut_short() -> None:
    study = STUDIES["at work"][0]
    report = report_of(study, RunStatus.RUNNING)
    assert "2 running" in report.facts and report.verdict.tone is Tone.OPEN
    assert any(row[1] == "running" and row[2].endswith("so far") for row in report.trials.rows)
    stopped = report_of(study, RunStatus.STOPPED)
    assert "2 cut short" in stopped.facts and "running" not in render_study(stopped, "txt")
    assert stopped.trials.rows[-2][3] == "6.0 s"  # until it was cut short, not until somebody asks


def test_who_reads_of_a_killed_search_is_told_how_it_goes_on() -> None:
    reason = report_of(STUDIES["at work"][0], RunStatus.KILLED).verdict.reason
    assert "'dltui search --resume mine' goes on" in reason
    assert "dltui tune --resume" in report_of(STUDIES["tuning at work"][0], RunStatus.KILLED).verdict.reason


def test_a_task_file_is_called_by_its_name_alone() -> None:
    records = search_records(40, 31, status="finished")
    assert isinstance(records[0], Begun)
    records[0] = msgspec.structs.replace(records[0], task="/home/somebody/secret/mine.py:Small")
    for format in FORMATS:
        text = render_study(report_of(study_of(records)), format)
        assert "somebody" not in text and "mine:Small" in text
    assert "dltui train mine.py:Small --set" in text.replace("\n", " ") or format == "txt"


def test_text_fits_into_80_columns_but_for_the_command() -> None:
    for name in ("search", "tuning", "hostile"):
        study, status = STUDIES[name]
        lines = render_study(report_of(study, status, SHARES), "txt").split("\n")
        assert [line for line in lines if len(line) > 80 and "dltui train" not in line] == []


def test_markdown_of_others_stays_text_in_its_cell() -> None:
    text = render_study(report_of(STUDIES["hostile"][0]), "md")
    rows = [line for line in text.split("\n") if line.startswith("| 1 | failed")]
    assert len(rows) == 1 and r"\<script\>" in rows[0] and r"\|" in rows[0] and r"\`x\`" in rows[0]


def test_shapes_lie_in_the_chart_whatever_the_values_are() -> None:
    chance = random.Random(5)
    worth = [None, 0.0, -1.0, 1e308, -1e308, 5e-324, 0.5, 0.4, 0.3]
    for rises in (False, True):
        for _ in range(30):
            records: list[StudyRecord] = search_records(ended=0, objective=Objective(metric="m", rises=rises))[:2]
            for number in range(chance.randrange(1, 9)):
                records.append(Asked(number=number, time=2.0, settings={}))
                state = chance.choice(("complete", "failed", "pruned"))
                records.append(Told(number=number, time=3.0, state=state, value=chance.choice(worth)))  # type: ignore[arg-type]
            chart = progress_chart(study_of(records))
            for log in (None, True, False):
                drawn = draw_point_chart(replace(chart, y_log=log), 400, 250, "k", TEXTS)
                root = ElementTree.fromstring(f"<svg>{drawn}</svg>")
                centres = [float(each.get(axis, "0")) for each in root.iter("circle") for axis in ("cx", "cy")]
                assert all(math.isfinite(at) and 0 <= at <= 400 for at in centres)


def test_signs_tell_the_state_without_a_colour() -> None:
    drawn = draw_point_chart(progress_chart(STUDIES["at work"][0]), 912, 400, "k", TEXTS)
    for shape in ("dot train", "dot val", "diamond", "cross found", "ring best", "line best"):
        assert f'class="{shape}"' in drawn
    assert "<title>number 24: 0.09203</title>" in drawn


@pytest.mark.parametrize(
    ("dimension", "told"),
    [
        (Dimension(name="a", low=1e-5, high=0.1, log=True), "1e-5 to 0.1, log"),
        (Dimension(name="a", low=16, high=256, log=True, whole=True), "16 to 256, log"),
        (Dimension(name="a", low=1e-6, high=0.1, log=True, also=(0.0,)), "0, or 1e-6 to 0.1, log"),
        (Dimension(name="a", low=0.0, high=1.0, step=0.25), "0 to 1, in steps of 0.25"),
        (Dimension(name="a", choices=("relu", 3, False)), "relu, 3, False"),
    ],
)
def test_what_was_tried_in_words(dimension: Dimension, told: str) -> None:
    assert values_of(dimension) == told
