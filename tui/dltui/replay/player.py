"""Plays a recording: where it stands and how fast it goes, and the news that a screen gets of it.

A replay is a follower like that of a live run. Whoever receives its updates cannot tell the two apart.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from dltui.errors import UsageError
from dltui.replay.recording import Recording, Ruler
from dltui.runs.status import RunStatus
from dltui.runs.update import RunUpdate

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0)
WHOLE_S = 30.0
"""Unless a speed is asked for, the whole run is played in about so many seconds."""
STEPWISE_WHOLE_S = 100.0
"""By steps, 1x is the mean pace of the recording, but never so quick that the whole run takes less than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayStart:
    """How a person wants a replay to begin; None is for us to choose. With ``at_step`` it begins there and waits.

    ``recording``: the log, where it was read already.
    """

    recording: Recording | None = None
    by: Ruler | None = None
    speed: float | None = None
    at_step: float | None = None


class Player:
    """The head of a replay. ``head`` lies on the ruler ``by`` and moves by itself while ``playing``; see :meth:`tick`.

    ``clock`` tells seconds; between two ticks any time may go by, it is made up for in one go. Raises
    :class:`UsageError` where a replay by time is asked for and the log tells no times.
    """

    def __init__(
        self, recording: Recording, start: ReplayStart | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        start = start or ReplayStart()
        if start.by is Ruler.PLAYED and not recording.has_times:
            raise UsageError(f"{recording.name} does not tell when its steps were done; take --by steps.")
        self.recording = recording
        self.by = start.by or (Ruler.PLAYED if recording.has_times else Ruler.STEPS)
        self.head = self.span[0]
        self.playing = start.at_step is None and self.span[1] > self.span[0]
        self.speed = start.speed or self._usual_speed()
        self._clock = clock
        self._ticked_s = clock()
        if start.at_step is not None:
            self.go(recording.at_step(start.at_step))

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last place of the head."""
        return self.recording.span(self.by)

    @property
    def rows(self) -> int:
        """The moment at which the head stands."""
        return self.recording.rows_at(self.head, self.by)

    @property
    def at_end(self) -> bool:
        """Whether there is nothing left to play."""
        return self.head >= self.span[1]

    @property
    def pace(self) -> float:
        """Seconds of the recording, or steps, that go by in a second at 1x."""
        if self.by is not Ruler.STEPS:
            return 1.0
        first, last = self.span
        seconds = self.recording.span(Ruler.PLAYED)[1]
        return (last - first) / max(seconds, STEPWISE_WHOLE_S)

    def tick(self) -> None:
        """Move the head by the time that went by since the last tick; at the end it stops."""
        now_s = self._clock()
        gone_s, self._ticked_s = now_s - self._ticked_s, now_s
        if self.playing:
            self.seek(self.head + gone_s * self.speed * self.pace)

    def play(self) -> None:
        """Go on; from the beginning if the end was reached."""
        self.tick()
        if self.at_end:
            self.head = self.span[0]
        self.playing = not self.at_end

    def pause(self) -> None:
        """Stand still."""
        self.tick()
        self.playing = False

    def seek(self, place: float) -> None:
        """Move the head to ``place``, or as near as there is anything; at the end it stops."""
        first, last = self.span
        self.head = min(max(place, first), last)
        self.playing = self.playing and not self.at_end

    def go(self, rows: int) -> None:
        """Move the head to a moment."""
        self.seek(self.recording.place_of(rows, self.by))

    def skip(self, share: float) -> None:
        """Move the head by a share of the whole."""
        self.tick()
        self.seek(self.head + share * (self.span[1] - self.span[0]))

    def step(self, by: int) -> None:
        """Go to the end of the next epoch, or of the one before where ``by`` is negative, and stand still there."""
        self.pause()
        rows = self.rows
        if by > 0:
            self.go(next((int(stop) for stop in self.recording.stops if stop > rows), self.recording.total))
        else:
            self.go(next((int(stop) for stop in reversed(self.recording.stops) if stop < rows), 1))

    def faster(self, by: int) -> None:
        """Go to the next speed of :data:`SPEEDS`, or to the one before."""
        self.tick()
        others = [speed for speed in SPEEDS if (speed - self.speed) * by > 0]
        if others:
            self.speed = min(others) if by > 0 else max(others)

    def switch(self) -> bool:
        """Go by time instead of by steps, or the other way round; return whether the log has both."""
        if not self.recording.has_times:
            return False
        self.tick()
        other = Ruler.STEPS if self.by is Ruler.PLAYED else Ruler.PLAYED
        place, self.by = self.recording.moved(self.head, self.by, other), other
        self.seek(place)
        return True

    def _usual_speed(self) -> float:
        first, last = self.span
        wanted = (last - first) / self.pace / WHOLE_S if self.pace else 1.0
        return min(SPEEDS, key=lambda speed: abs(speed - wanted))


class ReplayFollower:
    """Tells of a recording as :class:`~dltui.runs.follow.RunFollower` tells of a run, wherever the head is moved.

    Of several moments that are asked for before the receiver has taken in the last news, only the latest is told:
    nothing piles up, however fast it plays. Used from one thread.
    """

    def __init__(self, on_update: Callable[[RunUpdate], None]) -> None:
        self._on_update = on_update
        self._recording: Recording | None = None
        self._wanted = self._shown = 0
        self._status: RunStatus | None = None
        self._unread = 0

    def start(self) -> None:
        """There is nothing to tell before the recording is there."""

    def begin(self, recording: Recording) -> None:
        """Tell what the run is; of its rows nothing yet."""
        self._recording = recording
        self._status = recording.status_at(0)
        self._tell(
            RunUpdate(
                manifest=recording.manifest,
                told_hparams=recording.told_hparams,
                format=recording.format,
                columns=recording.columns,
                status=self._status,
            )
        )

    def show(self, rows: int) -> None:
        """Tell the moment ``rows`` as soon as the receiver is ready for it."""
        self._wanted = rows
        self._tell_rows()

    def acknowledge(self) -> None:
        """Take note that an update was taken in."""
        self._unread -= 1
        self._tell_rows()

    def close(self) -> None:
        """Tell nothing more."""
        self._recording = None

    def _tell_rows(self) -> None:
        recording = self._recording
        if recording is None or self._unread or self._wanted == self._shown:
            return
        status = recording.status_at(self._wanted)
        update = recording.update(self._shown, self._wanted, status if status is not self._status else None)
        self._shown, self._status = self._wanted, status
        self._tell(update)

    def _tell(self, update: RunUpdate) -> None:
        self._unread += 1
        self._on_update(update)
