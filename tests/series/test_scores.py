"""What tells how good the answers of a task are, in few cells."""

import pytest

from dltui.series.scores import ACCURACY, BRIEF_CELLS, PERPLEXITY, R2, SCORES, Score, scores_of
from dltui.series.state import RunState
from dltui_trainers.runlog import EVAL_METRICS


@pytest.mark.parametrize(
    ("score", "value", "brief", "text"),
    [
        (ACCURACY, 0.961, "96.1 %", "96.1 %"),
        (ACCURACY, 1.0, "100.0 %", "100.0 %"),
        (PERPLEXITY, 4.8123, "ppl 4.8", "4.812"),
        (PERPLEXITY, 1.0, "ppl 1", "1"),
        (PERPLEXITY, 13.69, "ppl 14", "13.69"),
        (PERPLEXITY, 239.9, "ppl 240", "239.9"),
        (PERPLEXITY, 50257.0, "ppl 5e4", "50257"),
        (PERPLEXITY, float("inf"), "ppl inf", "inf"),
        (R2, 0.9984, "R2 .998", "0.9984"),
        (R2, 0.228, "R2 .228", "0.228"),
        (R2, 1.0, "R2 1", "1"),
        (R2, 0.0, "R2 0", "0"),
        (R2, -0.25, "R2 -.25", "-0.25"),
        (R2, -41.7, "R2 -42", "-41.7"),
        (R2, -123456.0, "R2 -1e5", "-1.235e5"),
    ],
)
def test_a_value_as_a_person_reads_it(score: Score, value: float, brief: str, text: str) -> None:
    assert (score.brief(value), score.text(value)) == (brief, text)
    assert len(brief) <= BRIEF_CELLS


def test_every_score_is_in_the_log() -> None:
    assert {score.metric for score in SCORES} <= {*EVAL_METRICS}
    assert list(scores_of(RunState())) == []
