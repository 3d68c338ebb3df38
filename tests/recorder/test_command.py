"""The words that would start a script again, and where there are none."""

import sys

import pytest

from dltui_trainers.recorder.command import own_words


@pytest.mark.parametrize(
    ("words", "again"),
    [
        (["python", "-u", "train.py", "--lr", "0.1"], True),
        (["python", "-m", "package.train"], True),
        (["python", "-c", "import dltui"], True),
        (["python"], False),  # a prompt
        (["python", "-"], False),  # standard input
        (["python", "-m", "ipykernel_launcher", "-f", "kernel.json"], False),
        (["python", "/lib/ipykernel_launcher.py", "-f", "kernel.json"], False),
        (["python", "-c", "from multiprocessing.spawn import spawn_main", "--multiprocessing-fork"], False),
        (["python", "-c", "x" * 5000], False),
        (["python", "train-\udcff.py"], False),  # a name that is no UTF-8
    ],
)
def test_the_words_of_this_process(monkeypatch: pytest.MonkeyPatch, words: list[str], again: bool) -> None:
    monkeypatch.setattr(sys, "orig_argv", words)
    assert own_words() == ([sys.executable, *words[1:]] if again else [])


@pytest.mark.parametrize("name", ["TORCHELASTIC_RUN_ID", "OMPI_COMM_WORLD_SIZE"])
def test_one_of_several_processes_has_no_words_of_its_own(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "train.py"])
    monkeypatch.setenv(name, "1")
    assert own_words() == []  # and our parent is no torchrun
