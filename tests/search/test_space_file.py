"""A space in a TOML file: what it may say, and every way in which it can be wrong."""

import os
from pathlib import Path

import pytest

from dltui.errors import SpaceError
from dltui.search.space.asked import asked_space
from dltui.search.space.dimension import Dimension
from dltui.search.space.file import KEYS, FileSearch, read_space_file
from dltui.search.study.options import Objective, Resources
from dltui_trainers.registry import TASKS

SAMPLES = Path(__file__).parents[2] / "samples" / "spaces"
TEXT = """
optimizer = ["adam", "momentum"]
[search]
method = "random"
trials = 30
budget = "10m"
maximise = "val_accuracy"
[resources]
gpus = 1
extra = ["--qos=low"]
[lr]
low = 1e-4
high = 1
points = 4
[weight_decay]
low = 1e-5
high = 0.1
also = [0]
[momentum]
low = 0.5
high = 0.9
scale = "linear"
[dropout]
step = 0.05
[norm]
[layers]
choices = [4, 2]
"""


def written(folder: Path, content: str | bytes) -> Path:
    """Write a space and return its path."""
    path = folder / "my.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_file_says_what_to_search_and_how(tmp_path: Path) -> None:
    file = read_space_file(written(tmp_path, TEXT))
    assert (file.search.method, file.search.trials, file.search.budget) == ("random", 30, "10m")
    assert file.search.objective == Objective(metric="val_accuracy", rises=True) and file.search.seeds is None
    assert (file.resources.gpus, file.resources.extra, file.resources.cpus) == (1, ("--qos=low",), 1)
    space = asked_space(TASKS["digits"], {}, file=file, over=["lr=0.01..0.1"])
    found = {each.name: each for each in space.dimensions}
    assert list(found) == ["optimizer", "weight_decay", "momentum", "dropout", "norm", "layers", "lr"]
    assert found["lr"] == Dimension(name="lr", low=0.01, high=0.1, log=True)  # the command line wins
    assert found["weight_decay"].also == (0.0,) and found["weight_decay"].log and not found["momentum"].log
    assert found["dropout"] == Dimension(name="dropout", low=0, high=0.5, step=0.05)
    assert found["layers"].choices == (2, 4)


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_spaces_that_come_along_can_be_searched(path: Path) -> None:
    task = TASKS[path.stem.partition("-")[0]]
    assert len(asked_space(task, {}, file=read_space_file(path)).dimensions) >= 3


def test_the_document_describes_every_key() -> None:
    document = (SAMPLES.parents[1] / "docs" / "search-space.md").read_text()
    keys = (*KEYS, *FileSearch.__struct_fields__, *Resources.__struct_fields__, "search", "resources")
    assert [key for key in keys if f"`{key}`" not in document and f"`[{key}]`" not in document] == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "Nothing is left to search"),
        ("lr = 0.1", "[lr]: 0.1 is one value"),
        ("[lrr]\nlow=1\nhigh=2", "[lrr]: there is no hyperparameter 'lrr'. Did you mean 'lr'?"),
        ("[lr]\nlow=0.1\nhigh=0.1", "one value"),
        ("[lr]\nlow=0.2\nhigh=0.1", "swap the two"),
        ('[lr]\nlow="0.1"\nhigh=1', "low = '0.1' is a text where a number is meant"),
        ("[lr]\nlow=true\nhigh=1", "low = true cannot be; it must be a number"),
        ("[lr]\nlow=[1]\nhigh=2", "low = a list cannot be"),
        ("[lr]\nlow=1979-05-27\nhigh=2", "low = a date cannot be"),
        ("[lr]\nlow=nan\nhigh=2", "not finite"),
        ("[lr]\nlow=1\nhigh=inf", "not finite"),
        (f"[lr]\nlow=1\nhigh={'9' * 4000}", "so large a number"),
        ("[layers]\nlow=1\nhigh=2.5", "2.5 is not a whole number"),
        ("[layers]\nchoices=[1, 2.5]", "2.5 is not a whole number"),
        ("[layers]\nchoices=[]", "the list of choices is empty"),
        ("[layers]\nchoices=3", "choices = 3 is no list"),
        ("[layers]\nchoices=[1,1]", "twice"),
        ('[layers]\nchoices=["1"]', "leave out the quotes"),
        ("[optimizer]\nchoices=[1]", "is not a choice"),
        ("[optimizer]\nlow=1\nhigh=2", "list the choices"),
        ('[optimizer]\nscale="log"', "is a choice, which has no scale"),
        ("[lr]\nchoices=[0.1,0.2]\nlow=1", "either a list or a range"),
        ("[lr]\nchoices=[0.1,0.2]\npoints=3", "which has no points"),
        ('[weight_decay]\nlow=0\nhigh=0.1\nscale="log"', "no place on a logarithmic scale"),
        ('[lr]\nlow=0.1\nhigh=1\nscale="cubic"', "scale = 'cubic' is none"),
        ("[lr]\nlow=0.1\nhigh=1\nstep=0.1", "a logarithmic range has no step"),
        ("[dropout]\nlow=0\nhigh=0.3\nstep=0.5", "larger than the range"),
        ("[dropout]\nlow=0\nhigh=0.3\nstep=-1", "a number above 0"),
        ("[layers]\nlow=1\nhigh=3\nstep=0.5", "a whole number above 0"),
        ("[lr]\nlow=0.1\nhigh=1\npoints=0", "points = 0 cannot be"),
        ("[lr]\nlow=0.1\nhigh=1\npoints=1e9", "more than 1000"),
        ("[lr]\nlow=0.1\nhigh=1\nalso=-1", "out of range"),
        ("[lr]\nlo=0.1\nhigh=1", "a hyperparameter has no 'lo'. Did you mean 'low'?"),
        ("[lr]\nlow=0.1\n[lr]\nhigh=1", "names something twice"),
        ("[lr]\nlow=0.1\nlow=0.2", "names something twice"),
        ("[seed]\nlow=1\nhigh=9", "--seeds 3"),
        ("[degree]\nlow=1\nhigh=9", "does not use degree"),
        ("search = 3", "search = 3 is no table"),
        ("[search]\ntrails=3", "[search]: there is no 'trails'. Did you mean 'trials'?"),
        ("[search]\ntrials=-1", "trials = -1 cannot be; it must be a whole number"),
        ('[search]\nmethod="gird"', "method = 'gird' cannot be; it must be grid, random or bayes"),
        ('[search]\nminimise="a"\nmaximise="b"', "one target"),
        ("[resources]\ngpus='two'", "[resources]: gpus = 'two' cannot be; it must be a whole number"),
        ("[resources]\nmemory=3", "memory = 3 cannot be; it must be a text in quotes"),
        ("lr = {", "is no TOML"),
        ("lr = " + "[" * 100_000, "is no TOML"),
        (b"\xff\xfe[lr]", "no text in UTF-8"),
        (b"[lr]\nlow=1\x00", "is no TOML"),
        ('["\\u001b[31m"]\nlow=1', "there is no hyperparameter '␛[31m'"),
        (" " * 300_000, "more than 256 KiB"),
    ],
)
def test_a_bad_space_is_refused_in_one_sentence_with_the_place(
    tmp_path: Path, content: str | bytes, expected: str
) -> None:
    with pytest.raises(SpaceError) as error:
        asked_space(TASKS["digits"], {}, file=read_space_file(written(tmp_path, content)))
    sentence = str(error.value)
    assert expected in sentence and sentence.isprintable() and len(sentence) < 500
    assert "my.toml" in sentence or not content


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    locked = written(tmp_path, "[lr]")
    locked.chmod(0)
    os.mkfifo(tmp_path / "pipe")
    expected = {tmp_path: "folder", tmp_path / "none": "No such file", tmp_path / "pipe": "no ordinary file"}
    expected |= {Path("a\0b"): "null", Path("x" * 300): "too long"}
    if os.geteuid():
        expected[locked] = "Permission denied"
    for path, reason in expected.items():
        with pytest.raises(SpaceError, match=reason):
            read_space_file(path)
