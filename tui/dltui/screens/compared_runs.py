"""The runs of a comparison: each followed, judged now and then, with its look, and hidden or not."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from textual.message_pump import MessagePump

from dltui.charts.of_runs import Metric, ShownRun
from dltui.charts.run_colours import RunLook, run_look
from dltui.compare.facts import facts_of, has_begun
from dltui.compare.names import distinct_names
from dltui.compare.tables import AtCursor, ComparedRun
from dltui.errors import DltuiError
from dltui.formatting import UNKNOWN, format_value
from dltui.messages import RunChanged
from dltui.screens.followed_run import FollowedRun
from dltui.screens.paced import Paced
from dltui.series.track import AxisName
from dltui.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A run that is compared. ``followed``: None where it cannot be, for the reason in ``trouble``."""

    path: Path
    name: str
    look: RunLook
    followed: FollowedRun | None
    diagnosing: Paced
    trouble: str = ""


class ComparedRuns:
    """Follows the logs at ``paths`` in their order; one that is named twice is one run. Close it when done.

    Each is judged at most once in ``judge_every_s``; ``on_judged`` is called after that.
    """

    def __init__(
        self,
        services: Services,
        paths: Sequence[Path],
        receiver: MessagePump,
        judge_every_s: float,
        on_judged: Callable[[], None],
    ) -> None:
        self._services = services
        self._receiver = receiver
        self._judge_every_s = judge_every_s
        self._on_judged = on_judged
        self._hidden: set[int] = set()
        distinct = tuple(dict.fromkeys(paths))
        named = zip(distinct, distinct_names(distinct), strict=True)
        self._rows = [self._follow(at, path, name) for at, (path, name) in enumerate(named)]

    def _follow(self, position: int, path: Path, name: str) -> _Row:
        followed, trouble = None, ""
        try:
            followed = FollowedRun(self._services, path, self._receiver)
        except DltuiError as error:
            trouble = str(error)
        return _Row(
            path=path,
            name=name,
            look=run_look(position),
            followed=followed,
            diagnosing=Paced(self._receiver, self._judge_every_s, partial(self._judge, position)),
            trouble=trouble,
        )

    def __len__(self) -> int:
        return len(self._rows)

    def path(self, position: int) -> Path:
        """Return where the log of that run is."""
        return self._rows[position].path

    def take(self, event: RunChanged) -> bool:
        """Take news into the run that it is of. False if that is none of these."""
        row = next((row for row in self._rows if row.path == event.folder), None)
        if row is None or row.followed is None:
            return False
        update, followed = event.update, row.followed
        followed.take(update)
        if update.restarted:
            followed.diagnosed = None
        news = update.batch is not None or update.status is not None or followed.diagnosed is None
        if news and followed.is_readable:
            row.diagnosing.soon()
        return True

    def _judge(self, position: int) -> None:
        followed = self._rows[position].followed
        if followed is not None and self._receiver.is_attached and followed.is_readable:
            followed.diagnose()
            self._on_judged()

    def toggle(self, position: int) -> None:
        """Take a run off the charts, or put it back."""
        self._hidden ^= {position}

    @property
    def shown(self) -> list[ShownRun]:
        """Those that are not hidden, for the charts."""
        return [
            ShownRun(name=row.name, look=row.look, state=row.followed.state)
            for position, row in enumerate(self._rows)
            if row.followed is not None and position not in self._hidden
        ]

    @property
    def compared(self) -> list[ComparedRun]:
        """All of them, for the tables."""
        return [self._compared(position, row) for position, row in enumerate(self._rows)]

    def _compared(self, position: int, row: _Row) -> ComparedRun:
        followed, facts, trouble = row.followed, None, row.trouble
        if followed is not None:
            trouble = followed.state.trouble
            diagnosis = followed.diagnosed.diagnosis if followed.diagnosed else None
            facts = facts_of(followed.state, diagnosis) if has_begun(followed.state) else None
        return ComparedRun(name=row.name, look=row.look, facts=facts, trouble=trouble, hidden=position in self._hidden)

    def at_cursor(self, metric: Metric, axis: AxisName, x: float) -> AtCursor:
        """Return the values of the metric at that place of the axis, hidden runs' too."""
        values = []
        for row in self._rows:
            trace = metric.trace(row.followed.state) if row.followed is not None else None
            reach = trace.x_range(axis) if trace is not None else None
            point = trace.value_at(axis, x) if trace is not None and reach and reach[0] <= x <= reach[1] else None
            values.append(UNKNOWN if point is None else format_value(point[1], metric.unit))
        return AtCursor(heading=f"at {axis} {format_value(x, axis)}", values=tuple(values))

    def last_x(self, axis: AxisName) -> float:
        """Return how far the longest of those that are shown has come."""
        ends = [run.state.last_x(axis) for run in self.shown]
        return max((end for end in ends if math.isfinite(end)), default=0.0)

    def smooth_with(self, weight: float) -> None:
        """Smooth all training losses with that weight."""
        for row in self._rows:
            if row.followed is not None:
                row.followed.state.smooth_with(weight)

    def close(self) -> None:
        """End the threads."""
        for row in self._rows:
            if row.followed is not None:
                row.followed.close()
