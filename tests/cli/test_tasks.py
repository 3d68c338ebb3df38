"""``dltui tasks``: the tasks in a line each, and what each one reads."""

import subprocess
import sys
from pathlib import Path

import pytest

from dltui.cli.tasks import parse, tasks
from dltui_trainers.errors import UnknownTaskError
from dltui_trainers.registry import TASKS


def test_alone_it_lists_the_tasks_in_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse([])() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[: len(TASKS)]] == [[task.name, task.kind] for task in TASKS.values()]
    assert "dltui tasks TASK" in lines[-1] and len(lines) == len(TASKS) + 2


def test_all_of_them_are_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["--all"])() == 0
    out = capsys.readouterr().out
    assert all(f"{task.name} ({task.kind})" in out for task in TASKS.values()) and out.count("learning rate:") == 7


@pytest.mark.parametrize("name", TASKS)
def test_a_task_lists_what_it_reads(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks(name) == 0
    told = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("    ")}
    assert set(told) == set(TASKS[name].reads)


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(UnknownTaskError, match="Did you mean 'digits'"):
        parse(["digit"])()


def test_only_the_networks_that_a_task_has_are_offered(capsys: pytest.CaptureFixture[str]) -> None:
    tasks("text")
    (model,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("    model"))
    assert "(gru | transformer)" in model and "transformer" in model.split()[1]


def test_the_data_sets_of_this_machine_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dltui_trainers.sources.images.resolver.found", lambda: [("MNIST\x1b", tmp_path / "a")])
    tasks("images")
    out = capsys.readouterr().out
    assert "data=FOLDER" in out and "$DLTUI_DATA" in out
    assert f"found: MNIST␛ in {tmp_path / 'a'} (taken where data says nothing)" in out
    monkeypatch.setattr("dltui_trainers.sources.images.resolver.found", list)
    tasks("images")
    assert "found: none" in capsys.readouterr().out


def test_it_needs_neither_torch_nor_textual() -> None:
    code = (
        "import sys; from dltui.cli.tasks import parse; parse(['--all'])();"
        " sys.exit(bool({'torch', 'textual'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0


def test_only_the_augmentations_that_a_task_has_are_offered(capsys: pytest.CaptureFixture[str]) -> None:
    tasks("mnist1d")
    augment, strength = (line for line in capsys.readouterr().out.splitlines() if line.startswith("    augment"))
    assert "(flip | crop | scale | erase | jitter | mixup)" in augment
    assert "(0 to 1; usual 0.1 to 1; 0: off)" in strength
