"""The trainings of some places: the list of them, an eye on them, and what they do on the GPUs."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dltui.alerts.wanted import Alerts
from dltui.services.where import Where

if TYPE_CHECKING:
    from dltui.alerts.happening import Happening
    from dltui.alerts.sentinel import Sentinel
    from dltui.catalog.listing import Listing
    from dltui.catalog.summary import RunSummary
    from dltui.processes.belonging import GpuUser
    from dltui.series.state import RunState


class Lister(Protocol):
    """Lists the trainings of some places; see :class:`dltui.catalog.listing.Listing`."""

    @property
    def limit(self) -> str: ...

    def refresh(self) -> "tuple[RunSummary, ...]": ...


class ListServices(Where):
    """Lists the trainings of all places, and looks after them."""

    _listing: "Listing | None" = None

    def lister(self) -> Lister:
        """Return the lister of the places; there is one, so that nothing is read twice."""
        from dltui.catalog.catalog import Catalog
        from dltui.catalog.facts import read_facts
        from dltui.catalog.listing import Listing

        if self._listing is None:
            read = partial(read_facts, options=self.options)
            self._listing = Listing(Catalog(self.places, read))
        return self._listing

    def note(self, path: Path, state: "RunState", verdict: str) -> None:
        """Let the list know what was read of a log that somebody looked at."""
        from dltui.catalog.facts import facts_of

        if self._listing is not None:
            self._listing.know(path, facts_of(state, verdict))

    def settle(self) -> None:
        """Find and read what there is now, and wait for it; for who has nothing else to do."""
        self.lister()
        if self._listing is not None:
            self._listing.settle()

    def sentinel(
        self, alerts: Alerts, tell: "Callable[[Happening], None]", complain: Callable[[str], None]
    ) -> "Sentinel":
        """Return what keeps an eye on the places, not yet started.

        ``tell`` gets what happens, ``complain`` is told if the command of ``alerts`` fails; both in its thread.
        """
        from dltui.alerts.notify import Notifier
        from dltui.alerts.sentinel import Sentinel

        notifier = Notifier(alerts.command, complain) if alerts.command else None
        return Sentinel(self.lister(), tell, notifier, alerts.since_s)

    def gpu_users(self, runs: "Sequence[RunSummary]") -> "tuple[GpuUser, ...] | None":
        """Return the person's processes on the GPUs, with those of ``runs`` that they belong to; None without a GPU."""
        from dltui.processes.belonging import users_of
        from dltui.processes.gpus import look_at_gpus

        seen = look_at_gpus()
        return tuple(users_of(seen.processes, runs)) if seen.gpus else None

    def close(self) -> None:
        """End what works in the background."""
        if self._listing is not None:
            self._listing.close()
