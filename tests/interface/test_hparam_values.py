"""What a form makes of texts: which matter beside the others, what completes them, how a path is shortened."""

import asyncio
from pathlib import Path

import pytest

from dltui.formatting import short_path
from dltui.runs.data import look_at_data
from dltui.widgets.completing import WordSuggester, complete_path
from dltui.widgets.hparam_values import idle_beside, is_open, offered
from dltui_trainers.registry import TASKS

DIGITS = TASKS["digits"]


@pytest.mark.parametrize(
    ("texts", "idle", "active"),
    [
        ({}, {"momentum", "channels", "heads", "augment_strength"} & set(DIGITS.reads), {"width", "dropout"}),
        ({"optimizer": "rmsprop", "model": "cnn"}, {"width"}, {"momentum", "channels"}),
        ({"layer_dropout": "0.1, 0.2"}, {"dropout"}, {"layer_dropout"}),
        ({"layer_dropout": "0.1, "}, {"dropout"}, {"layer_dropout"}),
        ({"layer_dropout": "a"}, set(), {"dropout"}),
        ({"augment": "crop+flip", "augment_strength": "0"}, set(), {"augment", "augment_strength"}),
        ({"augment": "crop,fli"}, {"augment_strength"}, {"augment"}),
        ({"layers": "0"}, {"width", "norm", "dropout"}, {"init"}),
        ({"layers": "none"}, set(), {"width", "norm"}),
    ],
)
def test_what_changes_nothing_beside_the_rest(texts: dict[str, str], idle: set[str], active: set[str]) -> None:
    found = set(idle_beside(DIGITS, texts))
    assert idle <= found and not active & found


def test_what_is_offered_can_work() -> None:
    assert offered(TASKS["text"], "model").choices == ("gru", "transformer")
    assert not is_open(offered(TASKS["moons"], "model")) and is_open(offered(TASKS["moons"], "augment"))
    assert "CSV" in offered(TASKS["tabular"], "data").means


@pytest.mark.parametrize(
    ("value", "many", "suggestion"),
    [
        ("pri", False, "price"),
        ("price", False, None),
        ("", False, None),
        ("area, pr", True, "area, price"),
        ("price,pr", True, None),
        ("x", True, None),
    ],
)
def test_words_are_completed(value: str, many: bool, suggestion: str | None) -> None:
    assert asyncio.run(WordSuggester(("area", "price"), many).get_suggestion(value)) == suggestion


def test_paths_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("wine.csv", "wines/red.csv", "a\x1b[2Jb", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert complete_path("w") == "wine.csv"
    assert complete_path("wines") == "wines/"
    assert complete_path("wines/") == "wines/red.csv"
    assert complete_path("~/wine.") == "~/wine.csv"
    assert complete_path(f"{tmp_path}/wine.") == f"{tmp_path}/wine.csv"
    for nothing in ("", "a", ".", "..", "nowhere/x", "~nobody-is-called-so/x", "wine.csv", "\x00"):
        assert complete_path(nothing) is None


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("", ""),
        ("/data/wine.csv", "/data/wine.csv"),
        ("/home/me/wine.csv", "~/wine.csv"),
        ("/home/me", "~"),
        ("/home/mew/x", "/home/mew/x"),
        ("/scratch/project/very/deep/wine.csv", "/scratch/proje…/wine.csv"),
        ("/a/" + "n" * 60 + ".csv", "/a/nnnnn…nnnnnnnnnnn.csv"),
        ("/a\x1b[2J", "/a␛[2J"),
    ],
)
def test_a_long_path_is_cut_in_its_middle(path: str, short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert short_path(path, 24) == short and len(short) <= 24


def test_what_was_found_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b,c\x1b\n" + "".join(f"{at},{at % 7},{'xy'[at % 2]}\n" for at in range(100)))
    seen = look_at_data(TASKS["tabular"], {"data": str(path)})
    assert seen.found == "t.csv: 80 training samples, 2 inputs, 2 classes"
    assert seen.words == {"target": ["a", "b"], "ignore": ["a", "b"]}  # the third would steer the terminal
    missing = look_at_data(TASKS["tabular"], {"data": str(tmp_path / "u.csv")})
    assert "u.csv is not there" in missing.trouble and missing.found == TASKS["tabular"].summary
    assert look_at_data(DIGITS, {"lr": "1"}).found == DIGITS.summary
