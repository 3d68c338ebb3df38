"""A log that is cut, deleted, replaced by garbage or by another while its screen is open: it stays, and says so."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes import screen_text
from runlogs import whole_run, write_run
from textual.pilot import Pilot

from dltui.app import DltuiApp
from dltui.screens.run import RunScreen
from dltui.services import Services

pytestmark = pytest.mark.slow

HEADER = "epoch,loss,val_loss\n"
MOST_LOOKS = 1000
"""So often the screen is looked at before what is waited for counts as missing."""
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e[bold red]evil[/]"


def rows(first: int, last: int) -> str:
    return "".join(f"{n},{1 / n:.6f},{1.1 / n:.6f}\n" for n in range(first, last))


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[tuple[DltuiApp, Pilot[Any]]]:
    """The run screen of a log, with all that is real beneath it."""
    app = DltuiApp(Services(path.parent), opened=path)
    async with app.run_test(size=(120, 35)) as pilot:
        yield app, pilot


def words_on(app: DltuiApp) -> str:
    """The words on the screen, wherever a sentence is broken: that depends on how long the path is."""
    return " ".join(screen_text(app).split())


async def shows(app: DltuiApp, pilot: Pilot[Any], *texts: str) -> None:
    """Return when all of these are on the screen."""
    for _ in range(MOST_LOOKS):
        if all(text in words_on(app) for text in texts):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{texts} is not on the screen:\n{screen_text(app)}")


async def shows_no_more(app: DltuiApp, pilot: Pilot[Any], text: str) -> None:
    """Return when that is gone from the screen."""
    for _ in range(MOST_LOOKS):
        if text not in words_on(app):
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{text} is still on the screen:\n{screen_text(app)}")


def _truncated(path: Path) -> None:
    path.write_text(HEADER)


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _deleted(path: Path) -> None:
    path.unlink()


def _garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 8)


def _packed(path: Path) -> None:
    path.write_bytes(b"\x1f\x8b\x08" + bytes(200))


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


HAPPENS: dict[str, tuple[Callable[[Path], None], str]] = {
    "emptied": (_emptied, "is empty"),
    "deleted": (_deleted, "There is no file or folder"),
    "garbage": (_garbage, "is not a text file"),
    "compressed": (_packed, "is compressed (gzip)"),
    "pipe": (_pipe, "a pipe or a device"),
    "folder": (_folder, "log.csv"),
}


@pytest.mark.parametrize("what", HAPPENS)
async def test_what_happened_to_the_log_is_said_and_it_is_shown_again(tmp_path: Path, what: str) -> None:
    happen, said = HAPPENS[what]
    log = tmp_path / "log.csv"
    log.write_text(HEADER + rows(1, 20))
    async with opened(log) as (app, pilot):
        await shows(app, pilot, "19", "best 0.057")
        happen(log)
        await shows(app, pilot, said)
        assert isinstance(app.screen, RunScreen)
        if log.is_dir():
            log.rmdir()
        log.unlink(missing_ok=True)
        log.write_text(HEADER + rows(3, 31))
        await shows(app, pilot, "best 0.036")
        if said != "log.csv":
            await shows_no_more(app, pilot, said)


async def test_a_log_that_begins_anew_is_shown_anew(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(HEADER + rows(1, 20))
    async with opened(log) as (app, pilot):
        await shows(app, pilot, "best 0.057")
        _truncated(log)
        with log.open("a") as file:
            file.write("1,9.0,8.5\n")
        await shows(app, pilot, "8.5")
        assert "0.057" not in screen_text(app)


async def test_a_run_of_our_own_whose_folder_is_deleted_stays_on_the_screen(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "digits-a", whole_run()[:60])
    async with opened(folder) as (app, pilot):
        await shows(app, pilot, "best 0.35")
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        await shows(app, pilot, "digits-a is no longer there", "best 0.35")
        assert isinstance(app.screen, RunScreen)


@pytest.mark.parametrize("name", ["log.csv", "log.txt", "log.jsonl"])
async def test_hostile_text_of_a_log_is_shown_harmless(tmp_path: Path, name: str) -> None:
    lines = {
        "log.csv": f"epoch,loss,val_loss,{HOSTILE}\n" + "".join(f"{n},{1 / n},1,2\n" for n in range(1, 9)),
        "log.txt": "".join(f"{HOSTILE} epoch {n} loss {1 / n:.4f} val_loss 1 {HOSTILE}\n" for n in range(1, 9)),
        "log.jsonl": "".join(f'{{"epoch": {n}, "loss": {1 / n}, "x": 1, "optimizer": "[b]"}}\n' for n in range(1, 9)),
    }
    log = tmp_path / f"[bold]\u202e\x1b[31m{name}"
    log.write_text(lines[name])
    async with opened(log) as (app, pilot):
        await shows(app, pilot, "[bold]", "0.125")
        for key in ("i", "escape", "e", "escape", "o", "escape"):
            await pilot.press(key)
            await pilot.pause()
            text = screen_text(app)
            assert not any(each in text for each in ("\x1b", "\x9b", "\x07", "\u202e"))
