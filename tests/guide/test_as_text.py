"""A guide as plain lines: everything that a step found, in no more columns than there are."""

import msgspec
import pytest
from guide.sample import HOSTILE, faulty_guide, guide_at, plain, sample_guide
from rich.cells import cell_len

from dltui.guide.result import Handed, Judgement, StepResult, Table
from dltui.guide.state import Guide, StepEntry, StepState
from dltui.guide.telling.as_text import guide_lines, result_lines, step_lines, table_lines
from dltui.guide.telling.step_words import step_words, table_words
from dltui.texts.guide import GuideTexts, Said

TEXTS = GuideTexts.load("en")
GUIDES = {
    "finished": sample_guide(),
    "hostile": sample_guide(hostile=True),
    "running": guide_at(4),
    "fault": faulty_guide(),
}


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
@pytest.mark.parametrize("guide", GUIDES.values(), ids=GUIDES)
@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_no_line_is_wider_than_asked(guide: Guide, columns: int, language: str) -> None:
    lines = guide_lines(guide, GuideTexts.load(language), columns)
    assert all(cell_len(line) <= columns for line in lines)
    assert not any("\x1b" in line or "\u202e" in line for line in lines)


def test_a_whole_guide_tells_its_steps_in_order() -> None:
    text = "\n".join(guide_lines(sample_guide(), TEXTS, 80))
    titles = ["Know the data", "Initial loss", "Overfit a small sample", "Find the learning rate", "Coarse grid"]
    places = [text.index(f"Step {at}: {title}") for at, title in enumerate([*titles, "Refine", "Look at the curves"])]
    assert places == sorted(places)
    assert text.startswith("Guide: digits · finished · 31 trials · 53.6 s of 1:00")
    assert "Chosen: model → mlp, lr → 3e-3, weight_decay → 1e-4, epochs → 22, dropout → 0.1" in text


def test_a_step_tells_judgement_checks_plot_table_and_what_it_hands_on() -> None:
    entry = sample_guide().steps[4]
    text = "\n".join(step_lines(entry, TEXTS, 80))
    assert text.startswith("Step 4: Coarse grid · 8.2 s of 8.4 s · 12 trials · 1 failed\n✔ sound: Of 12 trials 3 go on")
    assert "▲ One trial failed" in text and "✖ s4-lr-6e-3-wd-1e-3: its process was killed by SIGKILL" in text
    assert "0.126 ★" in text and "hands on: lr → 3e-3, weight_decay → 1e-4" in text
    assert "- lr 6e-3, weight_decay 1e-4" in text


def test_a_fault_is_told_first_and_with_its_sign() -> None:
    lines = guide_lines(faulty_guide(), TEXTS, 80)
    assert lines[0].startswith("Guide: digits · failed") and lines[1].startswith("✖ 80 samples cannot")
    assert any(line.startswith("✖ fault: 80 samples") for line in lines)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (StepState.RUNNING, "◌ at work: nothing found yet"),
        (StepState.SKIPPED, "– left out: it was left out, as somebody asked for"),
        (StepState.OUT_OF_TIME, "□ out of time: the time was spent before it"),
    ],
)
def test_a_step_without_a_result_says_why(state: StepState, told: str) -> None:
    assert step_lines(StepEntry(number=3, state=state), TEXTS, 80) == ["Step 3: Find the learning rate", told]


def test_a_step_that_waits_is_its_name_alone() -> None:
    assert step_lines(StepEntry(number=5), TEXTS, 80) == ["Step 5: Refine"]


def test_a_result_can_be_told_without_its_step() -> None:
    result = StepResult(judgement=Judgement.DOUBTFUL, said=plain("the noise hides it"), handed=Handed())
    assert result_lines(result, TEXTS, 80) == ["▲ doubtful: the noise hides it"]


def test_columns_of_a_table_are_aligned_numbers_to_the_right() -> None:
    table = Table(columns=[plain("lr"), plain("loss")], rows=[["1e-3", 0.25], ["0.1", "nan"], ["1", None], ["short"]])
    assert table_lines(table_words(table, TEXTS), TEXTS, 80) == [
        "lr     loss",
        "─────  ────",
        "1e-3   0.25",
        "0.1     nan",
        "1         –",
        "short     –",
    ]


def test_a_table_is_cut_to_the_columns_and_to_the_rows_that_one_reads() -> None:
    table = Table(columns=[plain("name"), plain("x" * 300)], rows=[[HOSTILE, "y" * 300]] * 120)
    lines = table_lines(table_words(table, TEXTS), TEXTS, 40)
    assert all(cell_len(line) <= 40 for line in lines)
    assert lines[2].endswith("…") and lines[6].endswith("…")  # of a long cell there are three lines
    assert lines[-1] == "and 20 more rows" and len(lines) == 3 + 1 + 3 * 100 + 1


def test_a_long_cell_goes_on_in_the_next_line() -> None:
    table = Table(columns=[plain("network"), plain("loss")], rows=[["model = cnn, layers = 3, norm = batch", 0.25]])
    assert table_lines(table_words(table, TEXTS), TEXTS, 26)[2:] == [
        "model = cnn, layers   0.25",
        "= 3, norm = batch",
    ]


def test_a_word_that_is_longer_than_a_line_goes_on_in_the_next() -> None:
    result = StepResult(judgement=Judgement.SOUND, said=plain("猫" * 70))
    lines = result_lines(result, TEXTS, 40)
    assert "".join(lines).count("猫") == 70 and all(cell_len(line) <= 40 for line in lines)


def test_sentences_that_are_not_known_do_not_stop_the_rest() -> None:
    entry = sample_guide().steps[0]
    assert entry.result is not None
    other = msgspec.structs.replace(entry.result, said=Said(key="of.tomorrow", places={"inner": plain("yes")}))
    words = step_words(msgspec.structs.replace(entry, result=other), TEXTS)
    assert words.said == "of.tomorrow inner=yes"
