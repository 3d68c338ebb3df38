"""``dltui tasks``: what each task reads."""

import pytest

from dltui.cli.tasks import tasks
from dltui_trainers.registry import TASKS


@pytest.mark.parametrize("name", TASKS)
def test_a_task_lists_what_it_reads(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert tasks(name) == 0
    told = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.startswith("    ")}
    assert set(told) == set(TASKS[name].reads)


def test_only_the_augmentations_that_a_task_has_are_offered(capsys: pytest.CaptureFixture[str]) -> None:
    tasks("mnist1d")
    augment, strength = (line for line in capsys.readouterr().out.splitlines() if line.startswith("    augment"))
    assert "(flip | crop | scale | erase | jitter | mixup)" in augment
    assert "(0 to 1; usual 0.1 to 1; 0: off)" in strength
