"""``dltui control`` with a search or a tuning: asks its supervisor for something, and waits for what that answers."""

from pathlib import Path

from dltui.cli.control_study_reply import StudyReply, asked_study
from dltui.cli.control_study_words import wish_in
from dltui.cli.control_words import Request
from dltui.runs.control import ask
from dltui.search.study.answered import await_answer
from dltui.search.supervisor.commands import LASTING


def reply_of(folder: Path, request: Request) -> StudyReply:
    """Ask the study in ``folder`` for something, and return how that went.

    Raises :class:`UsageError` for what makes no sense, before anything is asked, :class:`ControlError` for a folder
    that cannot be written to, and :class:`SearchError` for a study that cannot be read.
    """
    before = asked_study(folder)
    wish = wish_in(request.command, request.words, before.study)
    if not before.status.alive and wish.command not in LASTING:
        return StudyReply(before=before, after=before, command=wish.command)
    id = ask(folder, wish.command, value=wish.value, also=wish.also, by=request.by, reason=request.reason)
    if request.timeout_s is None or not before.status.alive:
        return StudyReply(before=before, after=before, command=wish.command, id=id)
    answer = await_answer(folder, id, request.timeout_s)
    return StudyReply(
        before=before,
        after=asked_study(folder),
        command=wish.command,
        trial=wish.value if wish.command == "prune" else None,
        id=id,
        answer=answer,
        waited_s=request.timeout_s,
    )
