"""The words of a tuning's record."""

from tune.charts import tried

from dltui.search.study.options import Change
from dltui.texts import Texts
from dltui.tune.telling import began_as


def test_a_change_is_against_what_it_cures_and_a_good_fit_needs_no_cure() -> None:
    more: Change = {"epochs": (8, 17)}
    texts = Texts.load("en")
    cured = tried(1, change=more, parent=0, symptom="underfitting")
    assert began_as(cured, texts) == "against underfitting: epochs 8 → 17, from the start"
    assert began_as(tried(1, change=more, parent=0, symptom="good_fit"), texts) == "epochs 8 → 17, from the start"
