"""What several tests of the command line begin with."""

from collections.abc import Iterator

import pytest

from dltui.texts import choose_language


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The language of the tests, whatever the locale of the machine."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    yield
    choose_language(None)
