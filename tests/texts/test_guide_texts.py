"""The guide's texts: the same keys and places in both languages."""

import pytest

from dltui.texts.guide import GuideTexts
from dltui.texts.writing import placeholders

ENGLISH, CHINESE = GuideTexts.load("en"), GuideTexts.load("zh_CN")


def test_both_languages_have_the_same_keys() -> None:
    assert ENGLISH.keys == CHINESE.keys


@pytest.mark.parametrize("key", sorted(ENGLISH.keys))
def test_both_languages_have_the_same_places(key: str) -> None:
    assert placeholders(ENGLISH.template(key)) == placeholders(CHINESE.template(key))
