"""The application from its start to its end: what it shows first, its colours, help and palette, and what becomes of
running trainings when it is left. Which screen opens which, see ``navigation.py``. No logic of its own.

The large screens are imported when they are opened: the first paint does not wait for numpy.
"""

import signal
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.app import SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.filter import LineFilter, NoColor
from textual.geometry import Size
from textual.screen import Screen

from dltui.alerts.wanted import SILENT, Alerts
from dltui.catalog.places import Places
from dltui.errors import DltuiError
from dltui.log_options import AS_IT_IS, LogOptions
from dltui.messages import AlertFailed, RunHappened
from dltui.navigation import NavigatedApp
from dltui.quick import quick_imports
from dltui.screens.confirm import ConfirmQuit, QuitChoice
from dltui.screens.help import TEXTUAL_ACTIONS, HelpScreen
from dltui.screens.opening import OpeningScreen
from dltui.screens.too_small import TooSmallScreen
from dltui.services import Services
from dltui.terminal import LEAST_COLUMNS, LEAST_ROWS
from dltui.text import safe_text
from dltui.themes import DARK, LIGHT

if TYPE_CHECKING:
    from dltui.advice.limits import Limits
    from dltui.alerts.happening import Happening
    from dltui.alerts.sentinel import Sentinel
    from dltui.replay.player import ReplayStart
    from dltui.runs.launch import Launched


class DltuiApp(NavigatedApp):
    """``opened``: show this run first. ``launched``: it was started by this interface a moment ago.

    ``compared``: show these first, laid over each other. ``replay``: play ``opened`` again from its beginning.
    ``guide``: show this guide first; ``study``: this search, or tuning.
    """

    TITLE = "dltui"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-short"), (30, "-medium"), (45, "-tall")]
    BINDINGS = [
        Binding("q,ctrl+q,ctrl+c", "leave", "Quit", key_display="q"),
        Binding("question_mark,f1", "show_help", "Help", key_display="?"),
        Binding("d", "toggle_theme", "Dark / light", show=False),
    ]

    def __init__(
        self,
        services: Services,
        opened: Path | None = None,
        launched: "Launched | None" = None,
        compared: Sequence[Path] = (),
        replay: "ReplayStart | None" = None,
        alerts: Alerts = SILENT,
        auto: "Limits | None" = None,
        guide: Path | None = None,
        study: Path | None = None,
    ) -> None:
        super().__init__(services)
        self._alerts = alerts
        if auto is not None and launched is not None:
            services.auto[launched.folder] = auto
        self._sentinel: Sentinel | None = None
        self._replay = replay
        self._compared = tuple(compared)
        self._guide = guide
        self._study = study
        self._opened = launched.folder if launched else opened
        if launched is not None:
            self._launched.append(launched)
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name

    def get_default_screen(self) -> Screen[Any]:
        """The name of what comes, until it does."""
        opened = self._opened or self._guide or self._study
        return OpeningScreen(opened.name if opened else str(self.TITLE))

    def on_mount(self) -> None:
        self.call_after_refresh(self._open_first)

    def _open_first(self) -> None:
        """Show the run that was asked for, else the list of runs."""
        with quick_imports():
            from dltui.screens.runs import RunsScreen
        if self._compared:
            self.open_comparison(self._compared)
        elif self._guide is not None:
            self.open_guide(self._guide)
        elif self._study is not None:
            self.open_study(self._study)
        elif self._opened is None:
            self.push_screen(RunsScreen(self.services))
        elif self._replay is not None:
            self.open_replay(self._opened, self._replay)
        else:
            self.open_run(self._opened)
        for launched in self._launched:
            self.warn(launched)
        self._cover(self.size)
        if self._alerts.wanted:
            self._sentinel = self.services.sentinel(self._alerts, self._tell, self._complain)
            self._sentinel.start()

    def on_unmount(self) -> None:
        if self._sentinel is not None:
            self._sentinel.close()
        self.services.close()

    def _tell(self, happening: "Happening") -> None:
        self.post_message(RunHappened(happening))

    def _complain(self, sentence: str) -> None:
        self.post_message(AlertFailed(sentence))

    @on(RunHappened)
    def _show_happening(self, event: RunHappened) -> None:
        """Say what happened, whichever screen is open."""
        if self._alerts.bell:
            self.bell()
        self.notify(safe_text(event.happening.sentence), timeout=10, markup=False)

    @on(AlertFailed)
    def _show_failure(self, event: AlertFailed) -> None:
        self.notify(safe_text(event.sentence), severity="warning", timeout=10, markup=False)

    def on_resize(self, event: events.Resize) -> None:
        if not isinstance(self.screen, OpeningScreen):
            self._cover(event.size)

    def _cover(self, size: Size) -> None:
        """Cover the screens while the terminal is too small for them."""
        too_small = size.width < LEAST_COLUMNS or size.height < LEAST_ROWS
        covered = isinstance(self.screen, TooSmallScreen)
        if too_small and not covered:
            self.push_screen(TooSmallScreen())
        elif covered and not too_small:
            self.pop_screen()

    def action_leave(self) -> None:
        """Quit; ask first what becomes of running trainings that were shown here."""
        running = [folder for folder in sorted(self._seen) if self.services.is_alive(folder)]
        # the trials of a guide, or of a search, are its own
        running = [folder for folder in running if folder.parent not in running]
        if not running:
            self.exit()
            return
        names = [folder.name for folder in running]

        def answer(choice: QuitChoice | None) -> None:
            if choice is QuitChoice.STOP:
                self._stop(running)
            if choice in (QuitChoice.STOP, QuitChoice.LEAVE):
                self.exit()

        self.push_screen(ConfirmQuit(names), answer)

    def _stop(self, folders: list[Path]) -> None:
        for folder in folders:
            try:
                self.services.stop(folder)
            except DltuiError as error:
                self.notify(str(error), severity="error", markup=False)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the charts under a theme that is not ours."""
        return (DARK if self.current_theme.dark else LIGHT).variables

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line goes through; with NO_COLOR no colour is left, where Textual would leave greys."""
        return [NoColor()] if self.no_color else super().get_line_filters()

    def action_toggle_theme(self) -> None:
        """Dark or light."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_show_help(self) -> None:
        """All keys of the present screen."""
        from dltui.screens.guide import GuideScreen
        from dltui.screens.model import ModelScreen
        from dltui.screens.replay import ReplayScreen
        from dltui.screens.run import RunScreen
        from dltui.screens.runs import RunsScreen
        from dltui.screens.search import SearchScreen

        screen = self.screen
        if isinstance(screen, HelpScreen):
            return
        title, keys = str(screen.TITLE or "run"), list(screen.active_bindings.values())
        kinds = (RunScreen, ReplayScreen, RunsScreen, GuideScreen, ModelScreen, SearchScreen)
        shown = (isinstance(screen, each) for each in kinds)
        self.push_screen(HelpScreen(title, keys, *shown))

    def action_command_palette(self) -> None:
        """Open the palette, unless it is already there beneath the cover of a terminal that became too small."""
        if not any(isinstance(screen, CommandPalette) for screen in self.screen_stack):
            super().action_command_palette()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette: every action of the screen by its name, then the app's own."""
        for active in screen.active_bindings.values():
            binding = active.binding
            ours = active.node in (screen, self) and binding.action not in TEXTUAL_ACTIONS
            if ours and active.enabled and binding.description and not binding.system:
                run = partial(self._run_binding, binding.action, active.node)
                yield SystemCommand(binding.tooltip or binding.description, f"key {self.get_key_display(binding)}", run)
        yield SystemCommand("Theme", "Choose among all themes", self.action_change_theme)

    async def _run_binding(self, action: str, node: DOMNode) -> None:
        await self.run_action(action, default_namespace=node)


def run_app(
    root: Path,
    opened: Path | None = None,
    launched: "Launched | None" = None,
    compared: Sequence[Path] = (),
    options: LogOptions = AS_IT_IS,
    replay: "ReplayStart | None" = None,
    places: Places | None = None,
    alerts: Alerts = SILENT,
    auto: "Limits | None" = None,
    guide: Path | None = None,
    study: Path | None = None,
) -> int:
    """Run the interface on the runs in ``root`` until the person leaves; return the exit code.

    ``options``: what the person told about logs of other programs. ``places``: what is listed, if other
    than the runs in ``root``. ``replay``: play ``opened`` again, in that way.
    ``auto``: within which limits live advice is followed unasked in what was ``launched``.
    ``guide``: show this guide first; ``study``: this search, or tuning.
    """
    # Started beneath a nohup it would live on without its terminal, and turn in circles; only the training shall.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    app = DltuiApp(
        Services(root, options, places),
        opened=opened,
        launched=launched,
        compared=compared,
        replay=replay,
        alerts=alerts,
        auto=auto,
        guide=guide,
        study=study,
    )
    app.run()
    return app.return_code or 0
