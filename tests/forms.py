"""The new-run form in tests: how it is opened, filled in and read."""

from fakes import settle
from textual.pilot import Pilot
from textual.widgets import Select

from dltui.app import DltuiApp
from dltui.screens.new_run import NewRunScreen
from dltui.widgets.hparam_field import HparamField

LOG = ("log_every", "watch_every", "checkpoint_every")
"""What is folded away at first."""


async def open_form(app: DltuiApp, pilot: Pilot[None]) -> NewRunScreen:
    """Go to the form."""
    await settle(pilot)
    await pilot.press("n")
    await settle(pilot)
    assert isinstance(app.screen, NewRunScreen)
    return app.screen


def set_value(screen: NewRunScreen, name: str, text: str) -> None:
    """Type or choose a value."""
    field = screen.query_one(f"#field-{name}", HparamField)
    field.box.value = text


def shown(screen: NewRunScreen) -> list[str]:
    """Return what has a field that can be seen, in order."""
    return [field.hparam.name for field in screen.query(HparamField) if field.display]


async def choose_task(screen: NewRunScreen, pilot: Pilot[None], name: str) -> None:
    """Go over to another task."""
    screen.query_one("#task", Select).value = name
    await settle(pilot)
