"""The new-run form where the data are the user's: they are looked at in a thread while one types."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from fakes import FakeServices, run_app, screen_text, settle
from forms import choose_task, open_form, set_value, shown
from textual.widgets import Button, Select

from dltui.runs.data import DataSeen, look_at_data
from dltui.widgets.hparam_field import HparamField
from dltui_trainers.registry import TaskInfo

CLASSES = "height,weight,kind\n" + "\n".join(f"{at},{at % 7},{'ab'[at % 2]}" for at in range(200)) + "\n"
NUMBERS = "height,weight,price\n" + "\n".join(f"{at},{at % 7},{at * 1.37:.2f}" for at in range(200)) + "\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with two tables."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kinds.csv").write_text(CLASSES)
    (tmp_path / "prices.csv").write_text(NUMBERS)
    return tmp_path


async def test_it_says_what_to_fill_in_first(folder: Path) -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        await choose_task(screen, pilot, "tabular")
        assert shown(screen)[:2] == ["data", "target"]
        assert "✗ The task tabular needs a table: data=FILE.csv" in screen_text(app)
        assert screen.query_one("#start", Button).disabled


async def test_it_tells_what_was_found_and_shows_what_it_needs(folder: Path) -> None:
    services = FakeServices()
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        await choose_task(screen, pilot, "tabular")
        set_value(screen, "batch_size", "10")
        set_value(screen, "label_smoothing", "0.1")
        set_value(screen, "data", "kinds.csv")
        await settle(pilot)
        text = screen_text(app)
        assert "kinds.csv: 160 training samples, 2 inputs, 2 classes" in text
        assert "✓ Ready: tabular with batch_size=10  label_smoothing=0.1." in text
        set_value(screen, "data", "prices.csv")
        await settle(pilot)
        text = screen_text(app)
        assert "prices.csv: 160 training samples, 2 inputs, a number to tell" in text
        assert {"label_smoothing", "loss", "per_class", "label_noise"}.isdisjoint(shown(screen))
        assert "· label_smoothing is left out: it has no effect with these data." in text
        await pilot.press("ctrl+s")
        await settle(pilot)
    assert services.launches == [("tabular", {"batch_size": "10", "data": "prices.csv"})]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"data": "kind.csv"}, "kind.csv is not there"),
        ({"data": "kinds.csv", "target": "sort"}, "has no column 'sort'"),
        ({"data": "kinds.csv", "batch_size": "161"}, "batch_size = 161 is more than the 160 training samples"),
    ],
)
async def test_what_is_wrong_with_the_data_is_told(folder: Path, settings: dict[str, str], said: str) -> None:
    services = FakeServices()
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        await choose_task(screen, pilot, "tabular")
        for name, text in settings.items():
            set_value(screen, name, text)
        await settle(pilot)
        told = " ".join(screen_text(app).split())
        assert "✗" in told and said in told
        await pilot.press("ctrl+s")
        await settle(pilot)
    assert services.launches == []


class SlowDisk:
    """Looks at data when it is let."""

    def __init__(self) -> None:
        self.go = Event()
        self.asked: list[str] = []

    def look(self, task: TaskInfo, settings: dict[str, str]) -> DataSeen:
        self.asked.append(settings.get("data", ""))
        self.go.wait()
        return look_at_data(task, settings)


@pytest.fixture
def disk() -> Iterator[SlowDisk]:
    """One that lets go in the end, whatever became of the test."""
    slow = SlowDisk()
    yield slow
    slow.go.set()


async def test_a_slow_disk_does_not_hinder_typing_and_the_latest_answer_counts(
    folder: Path, disk: SlowDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dltui.screens.new_run.PATIENCE_S", 1e-3)
    services = FakeServices(look=disk.look)
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        screen.query_one("#task", Select).value = "tabular"
        while not disk.asked:
            await pilot.pause(0.01)
        for text in ("p", "pr", "prices.cs", "prices.csv"):
            set_value(screen, "data", text)
            await pilot.pause()
        set_value(screen, "batch_size", "10")
        while "… reading prices.csv" not in screen_text(app):
            await pilot.pause(0.01)
        assert disk.asked == [""]  # one look at a time
        await pilot.press("ctrl+s")  # it begins when it can
        assert services.launches == []
        disk.go.set()
        await settle(pilot)
        await settle(pilot)
        assert disk.asked == ["", "prices.csv"]
    assert services.launches == [("tabular", {"data": "prices.csv", "batch_size": "10"})]


async def test_it_can_be_left_while_the_data_are_read(folder: Path, disk: SlowDisk) -> None:
    app = run_app(FakeServices(look=disk.look))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        screen.query_one("#task", Select).value = "text"
        while not disk.asked:
            await pilot.pause(0.01)
        await pilot.press("escape")
        assert app.screen is not screen
        disk.go.set()
        await settle(pilot)


async def test_paths_and_columns_are_completed(folder: Path) -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        await choose_task(screen, pilot, "tabular")
        await pilot.press("pagedown", "k", "i")
        await settle(pilot)
        await pilot.press("right")
        await settle(pilot)
        assert screen.query_one("#field-data", HparamField).box.value == "kinds.csv"
        await pilot.press("down", "w")
        await settle(pilot)
        await pilot.press("right")
        await settle(pilot)
        assert screen.query_one("#field-target", HparamField).box.value == "weight"
