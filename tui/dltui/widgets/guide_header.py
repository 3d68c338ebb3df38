"""The first lines of the guide's screen: what it is doing, how far it is, and what is chosen so far."""

from collections.abc import Iterator, Sequence

from textual.content import Content

from dltui.formatting import duration
from dltui.guide.follow import GuideSeen
from dltui.guide.standing import halted_at
from dltui.guide.state import Guide, StepState
from dltui.guide.telling.words import bounded, together
from dltui.runs.status import RunStatus
from dltui.texts.guide import GuideTexts
from dltui.widgets.facts_line import FactsLine
from dltui.widgets.guide_words import status_content
from dltui.widgets.run_header import progress_bar
from dltui_trainers.taskfile.names import shown_task


class GuideHeader(FactsLine):
    """Tells of a guide what there is room for."""

    def show(self, name: str, seen: GuideSeen, texts: GuideTexts, asked: Sequence[str] = ()) -> None:
        """Show the guide called ``name`` as it stands. ``asked``: commands that it has not answered yet."""
        self.facts = tuple(_facts(name, seen, texts, asked))


def _facts(name: str, seen: GuideSeen, texts: GuideTexts, asked: Sequence[str]) -> Iterator[Content]:
    yield Content.styled(bounded(name), "bold")
    guide = seen.guide
    if guide is None:
        return
    halted = halted_at(guide)
    yield status_content(texts, guide, seen.status, halted)
    if asked:
        yield Content.styled(texts.ui("asked", command=", ".join(asked)), "$warning")
    if guide.at is not None and halted is None:
        yield Content(texts.ui("at", step=guide.at))
    yield Content(_time(guide, texts))
    if guide.budget_s:
        yield Content.styled(progress_bar(guide.seconds / guide.budget_s), "$primary on $boost")
    yield Content(bounded(shown_task(guide.task)))


def _time(guide: Guide, texts: GuideTexts) -> str:
    if not guide.budget_s:
        return texts.ui("time_used", used=duration(guide.seconds))
    return texts.ui("time", used=duration(guide.seconds), budget=duration(guide.budget_s))


def chosen_line(guide: Guide, texts: GuideTexts) -> Content:
    """Return the settings that the steps have come to until now."""
    chosen = together(guide.chosen) or texts.ui("nothing_chosen")
    return Content.assemble((f"{texts.ui('chosen')}  ", "$chart-label"), (chosen, "bold $accent"))


def guide_notice(seen: GuideSeen, texts: GuideTexts) -> Content | None:
    """Return what a person has to know of a guide that is not at work; None if there is nothing."""
    if seen.trouble:
        return Content.styled(bounded(seen.trouble), "$text-warning")
    if seen.guide is None:
        return Content.styled(texts.ui("nothing_read"), "$chart-label")
    told = _told(seen.guide, seen.status, texts)
    return Content.styled(told, "$text-warning") if told else None


def _told(guide: Guide, status: RunStatus, texts: GuideTexts) -> str:
    halted = halted_at(guide)
    if halted is not None:
        return texts.ui("notice_halted", step=halted)
    match status:
        case RunStatus.FAILED:
            return texts.ui("notice_failed", error=bounded(guide.error))
        case RunStatus.KILLED:
            return texts.ui("notice_killed")
        case RunStatus.STOPPED:
            return texts.ui("notice_stopped")
        case RunStatus.FINISHED:
            late = next((each.number for each in guide.steps if each.state is StepState.OUT_OF_TIME), None)
            return texts.ui("notice_short", step=late) if late is not None else ""
    return ""
