"""A run again, from its beginning: the run screen with a transport bar and the timeline of its findings.

The rows of the log come down the same road as those of a live run. So everything on the screen, the diagnosis and the
advice too, is what it would have been at the moment where the head stands.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.timer import Timer
from textual.worker import get_current_worker

from dltui.charts.of_run import run_charts
from dltui.charts.run_view import RunView, Span
from dltui.charts.spec import ChartSpec
from dltui.diagnosis.timeline import Moment, Timeline, survey
from dltui.errors import DltuiError
from dltui.messages import RecordingOpened, ReplayLeft, TimelineFound
from dltui.replay.player import Player, ReplayFollower, ReplayStart
from dltui.replay.recording import Recording
from dltui.runs.update import RunUpdate
from dltui.screens.followed_run import FollowedRun
from dltui.screens.replay_keys import REPLAY_KEYS
from dltui.screens.run import RunScreen
from dltui.services import Services
from dltui.text import safe_text
from dltui.widgets.chart_view import ChartView
from dltui.widgets.rail import Columns, Rail
from dltui.widgets.replay_facts import Beneath, stand, timeline_lines
from dltui.widgets.timeline_view import TimelineView
from dltui.widgets.transport import TransportBar
from dltui_trainers.origin import At

TICK_S = 0.2
"""As often as the screen is drawn."""
CLOCK = time.monotonic
SKIP = 0.05
"""Of the whole run."""


class ReplayScreen(RunScreen, inherit_bindings=False):
    """Replays the log at ``folder``."""

    TITLE = "replay"
    BINDINGS = list(REPLAY_KEYS)

    output_key = ""
    roomy_columns = 100
    commands = False

    def __init__(self, services: Services, folder: Path, start: ReplayStart | None = None) -> None:
        super().__init__(services, folder)
        self._start = start or ReplayStart()
        self._follower: ReplayFollower | None = None
        self._player: Player | None = None
        self._beneath: Beneath | None = None
        self._timeline: Timeline | None = None
        self._ticks: Timer | None = None
        self._rows = 0
        self._is_judged = False
        self._was_playing = False

    def redraw_every_s(self) -> float:
        """As often as the head moves: what is played shall run smoothly."""
        return min(TICK_S, super().redraw_every_s())

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield TransportBar()
        yield TimelineView()

    def on_mount(self) -> None:
        """Put the bars beneath the large chart and read the log."""
        big = self.query_one("#big")
        self.move_child(self.query_one(TransportBar), after=big)
        self.move_child(self.query_one(TimelineView), after=self.query_one(TransportBar))
        self._ticks = self.set_interval(TICK_S, self._tick, pause=True)
        self._open()

    def follow(self) -> FollowedRun:
        """Return what tells the moments of the recording."""

        def make(on_update: Callable[[RunUpdate], None]) -> ReplayFollower:
            self._follower = ReplayFollower(on_update)
            return self._follower

        return FollowedRun(self._services, self.folder, self, make)

    @work(thread=True, exclusive=True, group="recording")
    def _open(self) -> None:
        """Read the log in a thread."""
        worker = get_current_worker()
        try:
            opened = RecordingOpened(self._start.recording or self._services.recording(self.folder))
        except DltuiError as error:
            opened = RecordingOpened(None, str(error))
        if not worker.is_cancelled:
            self.post_message(opened)

    @on(RecordingOpened)
    def _begin(self, event: RecordingOpened) -> None:
        recording, trouble = event.recording, event.trouble
        if recording is not None and not recording.total:
            trouble = f"There is nothing to replay in {safe_text(self.folder.name)}: it tells no loss yet."
        if recording is None or trouble or self._follower is None:
            self.notify(trouble, severity="error", markup=False)
            self.post_message(ReplayLeft())
            return
        self._player = Player(recording, self._start, CLOCK)
        self._beneath = Beneath(recording)
        self._follower.begin(recording)
        self._moved()
        self._survey(recording)

    @work(thread=True, exclusive=True, group="timeline")
    def _survey(self, recording: Recording) -> None:
        """Find out in a thread when each finding came and went: roughly at first, then to a column."""
        worker = get_current_worker()
        for timeline in survey(recording, lambda: worker.is_cancelled):
            if not worker.is_cancelled:
                self.post_message(TimelineFound(timeline))

    @on(TimelineFound)
    def _take_timeline(self, event: TimelineFound) -> None:
        self._timeline = event.timeline
        self.refresh_bindings()
        self._drawing.soon()

    def on_screen_suspend(self) -> None:
        """Stand still while something else is looked at: what it tells is of this moment."""
        if self._player is not None and self._player.playing:
            self._was_playing = True
            self._player.pause()
            self._moved()

    def on_screen_resume(self) -> None:
        """Go on, if it was going."""
        if self._was_playing and self._player is not None:
            self._player.play()
            self._moved()
        self._was_playing = False

    def _tick(self) -> None:
        if self._player is None:
            return
        before = self._player.head
        self._player.tick()
        if self._player.head != before:
            self._moved()

    def _moved(self) -> None:
        """The head may stand elsewhere, or it goes on in another way: tell what is new there, else move the bars."""
        assert self._player is not None and self._follower is not None and self._ticks is not None
        if self._player.playing:
            self._ticks.resume()
        else:
            self._ticks.pause()
        rows = self._player.rows
        if rows == self._rows:
            self._show_replay()
        self._rows = rows
        self._follower.show(rows)

    def points_to_come(self, now: int) -> int:
        """Return how many points the curve has at the end."""
        steps = None if self._player is None else self._player.recording.batch.steps
        return now if steps is None else len(steps)

    @property
    def is_at_work(self) -> bool:
        """Whether the training goes on, whatever it was doing at the moment that is shown."""
        return self._player is not None and self._player.recording.status.alive

    @property
    def newest(self) -> At:
        """The moment that is shown: what came later was not known then."""
        return "last" if self.followed is None else float(self.followed.state.step)

    def judge_soon(self, update: RunUpdate) -> None:
        """Judge it with the next drawing, so that the diagnosis is always that of the head."""
        self._is_judged = False

    def _draw(self) -> None:
        if self.followed is None or not self.is_mounted:
            return
        if not self._is_judged:
            self._judge(self.followed)
        super()._draw()
        self._show_replay()

    def _judge(self, followed: FollowedRun) -> None:
        """Judge the moment; before the first loss there is nothing to judge."""
        was_judged = followed.diagnosed is not None
        followed.diagnosed = None
        if followed.is_readable:
            followed.diagnose()
        self._is_judged = True
        if was_judged != (followed.diagnosed is not None):
            self.refresh_bindings()

    def _show_replay(self) -> None:
        if self._player is None or self._beneath is None:
            return
        self._lay_beneath()
        assert self.followed is not None
        state, beneath = self.followed.state, self._beneath
        self.query_one(TransportBar).stand = stand(self._player, state, beneath)
        if self._timeline is not None:
            lines = timeline_lines(self._timeline, beneath, self._services.texts())
            self.query_one(TimelineView).lines = lines

    def _lay_beneath(self) -> None:
        """Lay the bars along the columns of the large chart, and along its axis where that is possible."""
        assert self._player is not None and self._beneath is not None
        self._beneath.axis = self.view.axis
        left, count = self.query_one("#big", ChartView).plot_span
        for rail in self.query(Rail):
            rail.columns = Columns(left, count)
            rail.head = self._beneath.share_of(self._player.head, self._player.by)

    def chart_specs(self) -> list[ChartSpec]:
        """The charts over the axis of the whole run.

        It does not grow as it did then: what is left can be seen, nothing jumps, and the curves end where the head of
        the bars stands.
        """
        if self.followed is None:
            return []
        view = self.view if self.view.window is not None else replace(self.view, window=self.whole_span())
        return run_charts(self.followed.state, view, self.found_marks(), self.shown_parent())

    def whole_span(self) -> Span:
        """The x axis of the whole run."""
        return self._beneath.whole_span(self.view.axis) if self._beneath is not None else super().whole_span()

    def watch_view(self, before: RunView, view: RunView) -> None:
        """Draw in the new way; the bars follow the axis of the chart."""
        super().watch_view(before, view)
        self._drawing.soon()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What the log does not have is not offered; what is not known yet is shown dim."""
        if action == "change":
            return True if self._timeline is not None else None
        if action == "switch":
            return self._player is None or self._player.recording.has_times
        return super().check_action(action, parameters)

    @on(Rail.Sought)
    def _seek(self, event: Rail.Sought) -> None:
        if self._player is not None and self._beneath is not None:
            self._player.tick()
            self._player.seek(self._beneath.place_at(event.share, self._player.by))
            self._moved()

    def action_back(self) -> None:
        """Put the cursor away, then the zoom, then leave."""
        if self.view.cursor is not None or self.view.window is not None:
            super().action_back()
        else:
            self.post_message(ReplayLeft())

    def action_play_or_pause(self) -> None:
        """Play, or stand still."""
        if self._player is not None:
            if self._player.playing:
                self._player.pause()
            else:
                self._player.play()
            self._moved()

    def action_skip(self, by: int) -> None:
        """A twentieth of the run back or forward."""
        if self._player is not None:
            self._player.skip(by * SKIP)
            self._moved()

    def action_step(self, by: int) -> None:
        """An epoch back or forward."""
        if self._player is not None:
            self._player.step(by)
            self._moved()

    def action_faster(self, by: int) -> None:
        """Faster or slower."""
        if self._player is not None:
            self._player.faster(by)
            self._moved()

    def action_end(self, by: int) -> None:
        """To the beginning or the end."""
        if self._player is not None:
            self._player.skip(by)
            self._moved()

    def action_switch(self) -> None:
        """By recorded time, or by steps."""
        if self._player is not None and self._player.switch():
            self._moved()

    def action_change(self, by: int) -> None:
        """To the next change of what is found, or the one before, and stand still there."""
        if self._player is None or self._timeline is None:
            return
        self._player.pause()
        there = _next_change(self._timeline.changes, self._player.rows, by)
        if there is not None:
            self._player.go(there.rows)
        self._moved()


def _next_change(changes: tuple[Moment, ...], rows: int, by: int) -> Moment | None:
    if by > 0:
        return next((moment for moment in changes if moment.rows > rows), None)
    return next((moment for moment in reversed(changes) if moment.rows < rows), None)
