"""The two lists of the guide's screen: its steps, and the trials of one of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from textual import events, on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dltui.guide.state import Guide, StepEntry, TrialEntry
from dltui.guide.telling.words import bounded
from dltui.runs.status import RunStatus
from dltui.signs import STATUS_COLOURS, STATUS_SIGNS
from dltui.texts.guide import GuideTexts
from dltui.widgets.guide_words import (
    number_text,
    seconds_text,
    step_sign,
    step_title,
    step_word,
    trial_name,
    trial_status,
)

Line = Callable[[int], Content]
"""A line for so many cells."""


class LinesList(OptionList):
    """A list whose lines are laid out for its width; only those that differ are drawn anew."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id, compact=True, markup=False)
        self._laid: Sequence[Line] = ()
        self._prompts: list[Content] = []

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines; the cursor stays where it is."""
        self._laid = lines
        width = max(1, self.scrollable_content_region.width)
        drawn = [line(width) for line in lines]
        if len(drawn) != len(self._prompts):
            at = self.highlighted
            self.set_options([Option(each) for each in drawn])
            self.highlighted = min(at, len(drawn) - 1) if at is not None and drawn else None
        else:
            for at, (before, now) in enumerate(zip(self._prompts, drawn, strict=True)):
                if before != now:
                    self.replace_option_prompt_at_index(at, now)
        self._prompts = drawn

    def on_resize(self, event: events.Resize) -> None:
        """There is another width to fill, and the cursor stays in view."""
        self.show_lines(self._laid)
        self.scroll_to_highlight()


class StepsList(LinesList):
    """The seven steps. Posts :class:`Pointed` when a person moves to one."""

    @dataclass
    class Pointed(Message):
        """The cursor of the person is on this step."""

        step: int

    def show(self, guide: Guide, alive: bool, texts: GuideTexts, selected: int) -> None:
        """Show the steps of ``guide``; ``selected`` has the cursor."""
        self.show_lines([_step_line(entry, alive, texts) for entry in guide.steps])
        if self.highlighted != selected:
            with self.prevent(OptionList.OptionHighlighted):
                self.highlighted = selected

    @on(OptionList.OptionHighlighted)
    def _point(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Pointed(event.option_index))


class TrialsList(LinesList):
    """The trials of a step. ``selected`` is the one under the cursor."""

    @dataclass
    class Moved(Message):
        """The cursor is on another trial."""

    def __init__(self, id: str) -> None:
        super().__init__(id)
        self._trials: Sequence[TrialEntry] = ()

    @property
    def selected(self) -> TrialEntry | None:
        """The trial under the cursor; before a person moved, the last one."""
        at = self.highlighted
        return self._trials[at] if at is not None and at < len(self._trials) else None

    def show(self, entry: StepEntry) -> None:
        """Show the trials of a step; those at work, which are the last ones, are in view until a person moves."""
        self._trials = entry.trials
        self.show_lines([_trial_line(trial, entry.number) for trial in entry.trials])
        if self.highlighted is None and not self.has_focus:
            self.scroll_end(animate=False)

    def begin(self) -> None:
        """Give the cursor to the first trial that is at work, else to the first of all, if there is none yet."""
        if self.highlighted is None and self._trials:
            alive = (at for at, each in enumerate(self._trials) if _is_alive(each))
            self.highlighted = next(alive, 0)

    def forget(self) -> None:
        """It is another step: there is no cursor yet."""
        self.highlighted = None
        self.scroll_home(animate=False)

    @on(OptionList.OptionHighlighted)
    def _tell(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Moved())


def about_trial(trial: TrialEntry, texts: GuideTexts, settings: str) -> Content:
    """Return what is to be said of one trial: how it was set, how long it took, why it failed."""
    lines = [Content.styled(bounded(trial.name), "bold")]
    if settings:
        lines.append(Content(settings))
    if trial.error:
        lines.append(Content.styled(bounded(trial.error), "$text-error"))
    elif trial.seconds:
        lines.append(Content.styled(texts.ui("took", seconds=f"{trial.seconds:.1f} s"), "$chart-label"))
    return Content("\n").join(lines)


def _is_alive(trial: TrialEntry) -> bool:
    status = trial_status(trial.status)
    return status is not None and status.alive


def _step_line(entry: StepEntry, alive: bool, texts: GuideTexts) -> Line:
    sign, colour = step_sign(entry, alive)
    word, seconds = step_word(texts, entry, alive), seconds_text(entry.seconds, entry.planned_s)
    title = step_title(texts, entry.number)

    def line(width: int) -> Content:
        room = width - cell_len(seconds) - 1
        told = Content.assemble(f"{entry.number} ", (sign, f"bold ${colour}"), f" {_wide(title, 13)}")
        if told.cell_length + 1 + cell_len(word) <= room:
            told = Content.assemble(told, " ", (word, f"${colour}"))
        told = told.truncate(room, pad=True)
        return Content.assemble(told, f" {seconds}")

    return line


def _trial_line(trial: TrialEntry, step: int) -> Line:
    status = trial_status(trial.status)
    sign, colour = (STATUS_SIGNS[status], STATUS_COLOURS[status]) if status is not None else ("?", "secondary")
    loss = number_text(trial.val_loss)
    name = trial_name(trial.name, step)

    def line(width: int) -> Content:
        room = max(1, width - cell_len(loss) - 3)
        weight = "bold" if status is RunStatus.RUNNING else ""
        return Content.assemble((sign, f"${colour}"), (f" {_wide(name, room)}", weight), " ", (loss, weight))

    return line


def _wide(text: str, cells: int) -> str:
    """Text in so many cells, the middle of what is too long left out: its end tells it from the others."""
    if cell_len(text) <= cells or cells < 4:
        return set_cell_size(text, cells)
    head, tail = text[: (cells - 1) // 2], text[-(cells - 1 - (cells - 1) // 2) :]
    return set_cell_size(f"{head}…{tail}", cells)
