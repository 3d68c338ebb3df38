"""What a task file says of itself is read from its text: nothing of it runs, and typing errors are told at once."""

import subprocess
import sys
from pathlib import Path

import pytest

from dltui_trainers.configure import as_json, as_settings, configure, parse
from dltui_trainers.errors import (
    InvalidHyperparameterError,
    TaskFileError,
    UnknownHyperparameterError,
    UnknownTaskError,
)
from dltui_trainers.named_task import find_task
from dltui_trainers.runlog import Value
from dltui_trainers.taskfile.names import absolute_task, is_task_file, shown_task, split_name
from trainers.taskfiles import SOUND, write

OWN = """
hparams = {
    "lr": 1e-2,
    "layer_dropout": [0.1, 0.2],
    "depth": 3,  # residual blocks
    "shift": -0.5,
    "scale": 0.5,
    "mode": ("wide", "deep"),
    "kernel": [3, 5, 7.5],
    "gated": False,  # \x1b[31mred
    "note": "a = b",
}


def load(h):
    return h.depth, h.width, getattr(h, "mode")
"""


def test_names() -> None:
    assert is_task_file("a.py") and is_task_file("x/a.py:Small") and not is_task_file("digits")
    assert split_name("x/a.py:Small") == ("x/a.py", "Small") and split_name("x/a.py") == ("x/a.py", "")
    assert shown_task("/x/a.py") == "a" and shown_task("/x/a.py:Small") == "a:Small" and shown_task("moons") == "moons"
    assert absolute_task("digits") == "digits" and absolute_task("a.py:B") == f"{Path.cwd()}/a.py:B"


def test_a_file_tells_its_hyperparameters(tmp_path: Path) -> None:
    task = find_task(write(tmp_path, OWN))
    assert (task.defaults["lr"], task.defaults["layer_dropout"]) == (0.01, (0.1, 0.2))
    own = {each.name: each for each in task.own}
    assert {name: (each.type, each.scale, each.default, each.choices) for name, each in own.items()} == {
        "depth": (int, "linear", 3, ()),
        "shift": (float, "linear", -0.5, ()),
        "scale": (float, "log", 0.5, ()),
        "mode": (str, "choice", "wide", ("wide", "deep")),
        "kernel": (float, "choice", 3.0, ("3", "5", "7.5")),
        "gated": (bool, "choice", False, ("true", "false")),
        "note": (str, "text", "a = b", ()),
    }
    assert own["depth"].help == "residual blocks" and own["gated"].help == "[31mred"
    assert all(each.family == "task" and not each.live for each in own.values())
    assert {"width", "depth", "mode", "layer_dropout", "model", "val_share"} <= {*task.reads}
    assert "context" not in task.reads and task.mentions == ("width",)


def test_own_hyperparameters_are_checked_and_survive_the_manifest(tmp_path: Path) -> None:
    task = find_task(write(tmp_path, OWN))
    given = {"depth": "5", "shift": "-2", "kernel": "7.5", "gated": "True", "note": "x, y", "mode": "deep"}
    hparams, warnings = configure(task, {**given, "layers": "2"})
    assert not warnings and dict(hparams.own) == {
        "depth": 5,
        "shift": -2.0,
        "scale": 0.5,
        "mode": "deep",
        "kernel": 7.5,
        "gated": True,
        "note": "x, y",
    }
    kept: dict[str, Value] = as_json(hparams, task)
    assert (kept["gated"], kept["depth"], kept["kernel"]) == (True, 5, 7.5)
    settings, warnings = as_settings(task, kept)
    assert not warnings and configure(task, {}, settings)[0] == hparams
    assert all(parse(task.hparam(name), settings[name]) == hparams.value(name) for name in settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": "2.5"}, r"depth = 2\.5 is not a whole number\."),
        ({"depth": "deep"}, r"depth = deep is not a whole number\."),
        ({"scale": "inf"}, "scale = inf is not finite"),
        ({"mode": "dep"}, r"mode = dep is not a choice: take wide | deep\. Did you mean 'deep'\?"),
        ({"gated": "perhaps"}, "gated = perhaps is not a choice"),
        ({"dephts": "3"}, "There is no hyperparameter 'dephts'. Did you mean 'depth'"),
        ({"context": "3"}, "The task task does not use context"),
    ],
)
def test_values_that_cannot_be(tmp_path: Path, settings: dict[str, str], message: str) -> None:
    with pytest.raises((InvalidHyperparameterError, UnknownHyperparameterError), match=message):
        configure(find_task(write(tmp_path, OWN)), settings)


LOAD = "\ndef load(h): ...\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def load(h:\n", r"^task\.py:1: '\(' was never closed: def load\(h:"),
        ("def laod(h): ...", r"^There is no load in task\.py\. It needs a function load\(h\)"),
        ("class A:\n    def load(h): ...\n", r"Its classes have: write task\.py:A for that of A"),
        ("def load(): ...", r"^task\.py:1: load is called as load\(h\), and yours takes \(\)\.$"),
        ("async def load(h): ...", "load is async"),
        (LOAD + "def build_model(h): ...", r"build_model is called as build_model\(h, data\), and yours takes \(h\)"),
        ("def load(h):\n    return h.dpeth", r"^task\.py:2: there is no hyperparameter 'dpeth'\."),
        ("hparams = {'lr': -1}" + LOAD, r"^task\.py:1: hparams: lr = -1 is out of range"),
        ("hparams = {'depth': 2 ** 3}" + LOAD, r"^task\.py:1: hparams: depth is 2 \*\* 3, and must be a plain value"),
        ("hparams = {'depth': None}" + LOAD, r"^task\.py:1: hparams: depth is None, and must be a whole number"),
        ("hparams = {'depth': [1, 'a']}" + LOAD, "depth lists values of several kinds"),
        ("hparams = {'depth': []}" + LOAD, "depth is an empty list"),
        ("hparams = {'depth': 1e999}" + LOAD, "depth is inf, and must be finite"),
        ("hparams = {'a b': 1}" + LOAD, "'a b' cannot be the name of a hyperparameter"),
        ("hparams = {'a': 1, 'a': 2}" + LOAD, "hparams names a twice"),
        ("hparams = dict(**{})" + LOAD, "hparams must be a plain dictionary"),
        ("from x import hparams" + LOAD, "hparams must be written out"),
        ("x = '\0'", "cannot be read as Python|null bytes"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TaskFileError, match=message) as error:
        find_task(write(tmp_path, text))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "from mine import *",
        "from mine import load, build_model",
        "load = lambda h: h.anything",
        "try:\n    from mine import load\nexcept ImportError:\n    def load(h): ...",
        "def load(h, *more, size=3): ...",
        "def load(options):\n    return options.lr",
        LOAD + "def build_model(h, data):\n    h = h.width\n    return h.shape",
        LOAD + "class Net:\n    def forward(self, x, h):\n        return h.view(3)",
        "from sklearn import metrics" + LOAD,
        "hparams: dict[str, int] = dict(depth=3)" + LOAD,
    ],
)
def test_what_cannot_be_known_is_no_error(tmp_path: Path, text: str) -> None:
    assert find_task(write(tmp_path, text)).reads


def test_a_class_may_inherit_and_have_methods_of_its_own(tmp_path: Path) -> None:
    text = (
        "class Base:\n    hparams = {'depth': 1}\n    @staticmethod\n    def load(h): ...\n"
        "class Small(Base):\n    '''The small one.'''\n    @classmethod\n"
        "    def build_model(cls, h, data): return h.depth\n"
    )
    path = write(tmp_path, text)
    task = find_task(f"{path}:Small")
    assert (task.summary, task.name, [each.name for each in task.own]) == (
        "The small one.",
        f"{path}:Small",
        ["depth"],
    )
    with pytest.raises(TaskFileError, match=r"There is no class Smal in task\.py\. Did you mean 'Small'\?"):
        find_task(f"{path}:Smal")
    write(tmp_path, "class Small:\n    def load(self, h): ...\n", "other.py")
    with pytest.raises(TaskFileError, match="make it a @staticmethod without self"):
        find_task(f"{tmp_path / 'other.py'}:Small")


def test_other_places(tmp_path: Path) -> None:
    with pytest.raises(TaskFileError, match="There is no file"):
        find_task(str(tmp_path / "none.py"))
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(TaskFileError, match="is a folder"):
        find_task(str(tmp_path / "folder.py"))
    with pytest.raises(UnknownTaskError, match="one of your own is a file"):
        find_task("digit")


def test_a_description_is_new_when_the_file_is(tmp_path: Path) -> None:
    path = write(tmp_path, SOUND)
    assert find_task(path).defaults["width"] == 8
    write(tmp_path, SOUND.replace('"width": 8', '"width": 16'))
    assert find_task(path).defaults["width"] == 16


def test_describing_runs_nothing_and_does_without_torch(tmp_path: Path) -> None:
    path = write(tmp_path, "raise SystemExit('it ran')\n" + SOUND)
    code = f"import sys; from dltui_trainers.plan import plan; plan({path!r}, {{}}); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
