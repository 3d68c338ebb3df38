"""These need the frameworks themselves, which ``make test-integrations`` installs; without one its tests are left out.

What the frameworks warn of is theirs to mend; our own warnings are errors here, too.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.register_assert_rewrite("integrations.callbacks")  # what differs is shown there as it is in a test

collect_ignore = [
    f"test_{name}.py"
    for name in ("lightning", "transformers", "keras")
    if find_spec(name) is None or not find_spec("torch")
] + ["test_mirrors.py"] * (find_spec("wandb") is None or find_spec("tensorboard") is None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("default"))


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let runs be written beneath the test's folder, on the processor."""
    folder = tmp_path / "runs"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLTUI_RUNS", str(folder))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    return folder
