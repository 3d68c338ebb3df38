"""The comparison: its charts and tables, what each key does, and runs that cannot be read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fakes import SIZES, FakeFollower, FakeServices, batch_update, check_capture, screen_text, settle, updates_of
from runlogs import end, evaluation, step, whole_run
from textual.pilot import Pilot

from dltui.app import DltuiApp
from dltui.diagnosis.finding import Diagnosis, Verdict
from dltui.errors import LogFormatError
from dltui.messages import CompareWanted
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate
from dltui.screens.compare import CompareScreen
from dltui.screens.run import RunScreen
from dltui.screens.runs import RunsScreen
from dltui.series.state import RunState
from dltui_trainers.runlog import AnyRecord

HPARAMS = {"lr": 0.001, "batch_size": 64, "optimizer": "adam", "schedule": "cosine", "dropout": 0.2}


@dataclass
class SeveralRuns(FakeServices):
    """``said``: what is said of each run, by the name of its folder; an error is raised."""

    said: dict[str, list[RunUpdate] | LogFormatError] = field(default_factory=dict)
    followed: dict[str, FakeFollower] = field(default_factory=dict)

    def follow(self, folder: Path, on_update: Callable[[RunUpdate], None]) -> FakeFollower:
        said = self.said.get(folder.name, [])
        if isinstance(said, LogFormatError):
            raise said
        self.followed[folder.name] = FakeFollower(on_update, said)
        return self.followed[folder.name]

    def diagnose(self, state: RunState) -> tuple[Diagnosis, tuple[()]]:
        self.diagnoses += 1
        worst = state.val_loss.last > 0.5 if len(state.val_loss) else False
        verdict = Verdict.OVERFITTING if worst else Verdict.GOOD_FIT
        return Diagnosis(verdict=verdict, confidence=0.9, findings=(), at_step=state.step), ()


def slower(factor: float, steps: int = 100) -> list[AnyRecord]:
    """A run whose losses are ``factor`` times as high."""
    records: list[AnyRecord] = [step(each, factor / (1 + each)) for each in range(1, steps + 1)]
    records += [evaluation(each, factor * (0.1 + 1 / each)) for each in range(10, steps + 1, 10)]
    return [*records, end()]


@pytest.fixture
def services() -> SeveralRuns:
    """Three runs: the best one, a worse one with another dropout, and one that is still at work."""
    return SeveralRuns(
        said={
            "one": updates_of(slower(1.0), RunStatus.FINISHED),
            "two": updates_of(whole_run(), RunStatus.FINISHED, hparams={**HPARAMS, "dropout": 0.0, "lr": 0.01}),
            "three": updates_of(slower(2.0)[:-1], RunStatus.RUNNING),
        }
    )


@pytest.fixture(autouse=True)
def compare_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw and judge every update when it comes."""
    monkeypatch.setattr("dltui.screens.compare.REDRAW_EVERY_S", 0.0)
    monkeypatch.setattr("dltui.screens.compare.DIAGNOSE_EVERY_S", 0.0)


def comparison(services: SeveralRuns, *names: str) -> DltuiApp:
    """The application on a comparison of those runs; by default of all."""
    return DltuiApp(services, compared=[Path("runs") / name for name in names or services.said])  # type: ignore[arg-type]


async def press(pilot: Pilot[None], *keys: str) -> str:
    """Press the keys and return the screen."""
    await pilot.press(*keys)
    await settle(pilot)
    return screen_text(pilot.app)


@pytest.mark.parametrize("size", SIZES)
async def test_the_screen_of_three_runs(services: SeveralRuns, size: tuple[int, int]) -> None:
    app = comparison(services)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        text = screen_text(app)
        check_capture(f"compare-{size[0]}x{size[1]}", text)
        lines = text.split("\n")
        assert len(lines) == size[1] and all(len(line) <= size[0] for line in lines)
        assert "Help" in lines[-1] and "Quit" in lines[-1]


async def test_a_run_has_the_same_sign_in_chart_and_tables(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "●A one" in text.split("\n")[1] and "■B two" in text.split("\n")[1]
        assert "▸ ●A  one" in text and "  ■B  two" in text and "  ◆C  three" in text
        assert "●A    ■B     ◆C" in text and "dropout    0.2     0    0.2" in text


async def test_the_best_values_and_the_verdicts_are_told(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        one, two, three = (line for line in screen_text(app).split("\n") if line[2:5] in ("●A ", "■B ", "◆C "))
        assert "0.11 ★" in one and "good fit" in one and "✓ finished" in one
        assert "★" not in three and "● running" in three and "10/10" in three
        assert "▲ overfitting" in two and "epoch 6" in two


async def test_a_run_at_work_goes_on_growing(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        services.followed["three"].on_update(batch_update([evaluation(110, 0.001), step(110, 0.1)]))
        await settle(pilot)
        three = next(line for line in screen_text(app).split("\n") if "◆C  three" in line)
        assert "0.001 ★" in three and "epoch 11" in three
        services.followed["three"].on_update(RunUpdate(status=RunStatus.FINISHED))
        await settle(pilot)
        assert "● running" not in screen_text(app)


async def test_the_cursor_reads_the_values_of_all_runs(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = await press(pilot, "left")
        assert "step 100: A 0.11, B 0.65, C 0.22" in text.split("\n")[1]
        assert "at step 100" in text
        text = await press(pilot, "tab")
        assert text.split("\n")[1].startswith("training loss, smoothed 0.9 (log)")
        text = await press(pilot, "c")
        assert "at step 100" not in text


async def test_keys_choose_the_metric_and_the_axis(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert (await press(pilot, "3")).split("\n")[1].startswith("accuracy")
        assert (await press(pilot, "4")).split("\n")[1].startswith("learning rate")
        assert (await press(pilot, "shift+tab")).split("\n")[1].startswith("accuracy")
        assert (await press(pilot, "1", "y")).split("\n")[1].startswith("validation loss  ●A")
        assert "epoch 0" in " ".join((await press(pilot, "x")).split())
        assert "smoothed 0.95" in await press(pilot, "2", "s")


async def test_a_run_is_hidden_and_shown_again(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = await press(pilot, "down", "h")
        assert "■B" not in text.split("\n")[1] and "two (hidden)" in text
        text = await press(pilot, "up", "h", "down", "down", "h")
        assert "every run is hidden" in text
        text = await press(pilot, "h", "up", "h")
        assert "■B two" in text.split("\n")[1] and "two (hidden)" not in text


async def test_losses_are_held_against_a_baseline(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = await press(pilot, "b")
        assert "vs A" in text and "baseline" in text and "+127.3 %" in text and "+100.0 %" in text
        assert "-56.0 %" in await press(pilot, "down", "b")
        assert "vs" not in await press(pilot, "b")


async def test_all_hyperparameters_are_shown_and_scrolled(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "hyperparameters that differ: 2 of 5" in screen_text(app) and "optimizer" not in screen_text(app)
        text = await press(pilot, "a")
        assert "optimizer" in text and "dropout" not in text and "↓1" in text
        text = await press(pilot, "pagedown")
        assert "dropout" in text and "↑1" in text
        assert "optimizer" not in await press(pilot, "a")


async def test_enter_opens_the_run_and_esc_comes_back(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "down", "enter")
        assert isinstance(app.screen, RunScreen) and app.screen.folder == Path("runs/two")
        await press(pilot, "escape")
        assert isinstance(app.screen, CompareScreen)
        await press(pilot, "left", "plus", "escape")
        assert isinstance(app.screen, CompareScreen) and app.screen.view.cursor is None
        await press(pilot, "escape", "escape")
        assert isinstance(app.screen, RunsScreen)
        assert all(follower.closed for follower in services.followed.values())


async def test_marked_runs_are_compared_and_left(services: SeveralRuns) -> None:
    app = DltuiApp(services)  # type: ignore[arg-type]
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        app.screen.post_message(CompareWanted((Path("runs/one"), Path("runs/two"))))
        await settle(pilot)
        assert isinstance(app.screen, CompareScreen) and "compare  2 runs" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, RunsScreen)


async def test_a_click_moves_the_cursor_and_a_second_one_opens(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.click("#runs-sheet", offset=(8, 3))
        await settle(pilot)
        assert "▸ ◆C" in screen_text(app)
        await pilot.click("#runs-sheet", offset=(8, 0))
        await pilot.click("#settings-sheet", offset=(8, 1))
        assert isinstance(app.screen, CompareScreen)
        await pilot.click("#runs-sheet", offset=(8, 3))
        await settle(pilot)
        assert isinstance(app.screen, RunScreen)


async def test_runs_that_cannot_be_read_say_why(services: SeveralRuns) -> None:
    services.said["bad"] = LogFormatError("No loss was found in 'bad'.")
    services.said["worse"] = [RunUpdate(trouble="'worse' is \x1b[31mempty.", status=RunStatus.QUIET)]
    app = comparison(services, "one", "bad", "worse")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "■B  bad    No loss was found in 'bad'." in text
        assert "◆C  worse  'worse' is ␛[31mempty." in text
        assert "●A one" in text and "■B" not in text.split("\n")[1]


async def test_a_log_that_can_no_longer_be_read_keeps_its_curve_and_says_why(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        services.followed["two"].on_update(RunUpdate(trouble="'two' is gone."))
        await settle(pilot)
        text = screen_text(app)
        assert "! B: 'two' is gone." in text and "■B two" in text
        services.followed["two"].on_update(RunUpdate(trouble=""))
        await settle(pilot)
        assert "is gone" not in screen_text(app)


async def test_logs_that_tell_no_hyperparameters_say_so() -> None:
    updates = [RunUpdate(status=RunStatus.QUIET), batch_update(slower(1.0))]
    app = comparison(SeveralRuns(said={"a.csv": updates, "b.csv": updates}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "None of the logs tells its hyperparameters." in text and "a.csv" in text


async def test_nine_runs_are_listed_and_eight_drawn() -> None:
    said = {f"run-{number}": updates_of(slower(1.0 + number), RunStatus.FINISHED) for number in range(9)}
    app = comparison(SeveralRuns(said=said))  # type: ignore[arg-type]
    async with app.run_test(size=(120, 35)) as pilot:
        await settle(pilot)
        text = screen_text(app)
        assert "compare  9 runs" in text and "hide A (h) to see I" in text and "↓" in text
        text = await press(pilot, "h")
        assert "to see" not in text and "●I run-8" in text


async def test_a_log_that_is_named_twice_is_shown_once(services: SeveralRuns) -> None:
    app = comparison(services, "one", "two", "one")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "compare  2 runs" in screen_text(app)


async def test_nothing_is_drawn_beneath_another_screen(services: SeveralRuns) -> None:
    app = comparison(services)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        compared = app.screen
        await press(pilot, "enter")
        services_three = services.said["three"]
        assert services_three and app.screen is not compared
        services.followed["two"].on_update(batch_update([evaluation(110, 0.001)]))
        await settle(pilot)
        assert "0.001 ★" in await press(pilot, "escape")


@pytest.mark.parametrize("name", ["\x1b[31mred", "a" * 200, "验证" * 20, "[b]bold[/b]"])
async def test_hostile_names(name: str) -> None:
    said = {name: updates_of(slower(1.0), RunStatus.FINISHED), "b": updates_of(slower(2.0), RunStatus.FINISHED)}
    app = comparison(SeveralRuns(said=said))  # type: ignore[arg-type]
    for size in ((80, 24), (200, 50)):
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            assert "\x1b" not in screen_text(app) and "A" in screen_text(app)
        app = comparison(SeveralRuns(said=said))  # type: ignore[arg-type]


@pytest.mark.long
async def test_random_keys_break_nothing(services: SeveralRuns) -> None:
    import random

    keys = ["up", "down", "h", "a", "tab", "1", "2", "3", "s", "S", "y", "x", "plus", "minus", "left", "right", "f"]
    keys += ["c", "b", "comma", "full_stop", "0", "pageup", "pagedown", "d"]
    chosen = random.Random(0).choices(keys, k=120)
    app = comparison(services)
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot)
        await press(pilot, *chosen)
        assert isinstance(app.screen, CompareScreen)
