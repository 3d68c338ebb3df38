"""What several tests of the interface begin with."""

import pytest
from fakes import FakeServices, updates_of
from runlogs import whole_run

from dltui.runs.status import RunStatus


@pytest.fixture
def finished() -> FakeServices:
    """Services that show a finished run."""
    return FakeServices(updates=updates_of(whole_run(), RunStatus.FINISHED))


@pytest.fixture(autouse=True)
def draw_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw every update when it comes: no test waits for the time that lies between two drawings."""
    monkeypatch.setattr("dltui.screens.run.REDRAW_EVERY_S", 0.0)
    monkeypatch.setattr("dltui.screens.run.LOADING_REDRAW_S", 0.0)
    monkeypatch.setattr("dltui.screens.model.REDRAW_EVERY_S", 0.0)
    monkeypatch.setattr("dltui.screens.runs.DRAW_EVERY_S", 0.0)
    monkeypatch.setattr("dltui.screens.guide.REDRAW_EVERY_S", 0.0)
    monkeypatch.setattr("dltui.screens.search.REDRAW_EVERY_S", 0.0)
