"""The texts of the model screen: the same keys and places in both languages, a text for every health."""

import pytest

from dltui.diagnosis.layer_marks import Mark
from dltui.model.order import Order
from dltui.series.parameters import Part
from dltui.texts.model import ModelTexts
from dltui.texts.writing import placeholders

ENGLISH, CHINESE = ModelTexts.load("en"), ModelTexts.load("zh_CN")


def test_both_languages_have_the_same_keys() -> None:
    assert ENGLISH.keys == CHINESE.keys


@pytest.mark.parametrize("key", sorted(ENGLISH.keys))
def test_both_languages_have_the_same_places(key: str) -> None:
    assert placeholders(ENGLISH.template(key)) == placeholders(CHINESE.template(key))


@pytest.mark.parametrize("texts", [ENGLISH, CHINESE], ids=["en", "zh_CN"])
def test_everything_that_is_named_has_a_name(texts: ModelTexts) -> None:
    assert all(texts.mark(mark) and texts.about_mark(mark) for mark in Mark)
    assert all(texts.ui(f"order_{order}") for order in Order) and all(texts.ui(f"part_{part}") for part in Part)
