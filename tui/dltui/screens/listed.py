"""A screen with the list of runs, and with who is on the GPUs: both are read again and again while it is on top."""

from textual import on, work
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import get_current_worker

from dltui.catalog.family import Parents, parents_of
from dltui.catalog.summary import RunSummary
from dltui.messages import CatalogChanged, GpusLookedAt
from dltui.services import Services
from dltui.widgets.gpu_users import gpu_users_text

REFRESH_EVERY_S = 1.0
GPUS_EVERY_S = 5.0


class ListedScreen(Screen[None]):
    """Keeps what ``services`` list in ``runs``. It expects a static with the id ``gpus``."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._lister = services.lister()
        self.runs: tuple[RunSummary, ...] = ()
        self.parents: Parents = {}
        self._is_listing = False
        self._has_listed = False
        self._refresh_timer: Timer | None = None
        self._gpu_timer: Timer | None = None

    def show_list(self) -> None:
        """Show the runs that were listed last."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self.query_one("#gpus").display = False
        self._refresh_timer = self.set_interval(REFRESH_EVERY_S, self.list_runs)
        self._gpu_timer = self.set_interval(GPUS_EVERY_S, self.look_at_gpus)
        self.list_runs()

    def on_screen_suspend(self) -> None:
        for timer in (self._refresh_timer, self._gpu_timer):
            if timer is not None:
                timer.pause()

    def on_screen_resume(self) -> None:
        if self._gpu_timer is not None:
            self._gpu_timer.resume()
        if self._refresh_timer is not None:
            self._refresh_timer.resume()
            self.list_runs()

    def list_runs(self) -> None:
        """Read the list again, in a thread; a slow disk is not asked a second time before it has answered."""
        if not self._is_listing:
            self._is_listing = True
            self._list_runs()

    @work(thread=True, exclusive=True, group="catalog")
    def _list_runs(self) -> None:
        worker = get_current_worker()
        try:
            runs = self._lister.refresh()
        finally:
            self._is_listing = False
        if not worker.is_cancelled:
            self.post_message(CatalogChanged(runs))

    @on(CatalogChanged)
    def _take_list(self, event: CatalogChanged) -> None:
        self.runs = event.runs
        if not self._has_listed:  # before, no process could be told which run it belongs to
            self._has_listed = True
            self.look_at_gpus()
        self.parents = parents_of(event.runs, self._services.places.runs)
        self.show_list()

    @work(thread=True, exclusive=True, group="gpus")
    def look_at_gpus(self) -> None:
        """See who is on the GPUs, in a thread: a driver may take its time."""
        worker = get_current_worker()
        users = self._services.gpu_users(self.runs)
        if not worker.is_cancelled:
            self.post_message(GpusLookedAt(users))

    @on(GpusLookedAt)
    def _take_gpus(self, event: GpusLookedAt) -> None:
        if event.users is None and self._gpu_timer is not None:
            self._gpu_timer.stop()  # none will come
            self._gpu_timer = None
        line = self.query_one("#gpus", Static)
        line.display = bool(event.users)
        if event.users:
            line.update(gpu_users_text(event.users))
