"""What a person asks of a study: lines in the ``control.jsonl`` of its folder, answered by records."""

import math
import time
from collections.abc import Callable

from dltui.errors import UsageError
from dltui.search.study.checked import LONGEST_S, MOST_TRIALS
from dltui.search.study.file import StudyFile
from dltui.search.study.records import Answered, Raised
from dltui.text import safe_text
from dltui_trainers.control import Control, Unusable
from dltui_trainers.runlog import Command

KINDS = ("pause", "resume", "stop", "raise", "prune")
"""``raise``: the number of trials in ``value``, and seconds by ``budget_s`` in ``also``, 0: no limit. ``prune``: the
trial in ``value``."""
LASTING = ("raise",)
"""What holds also if it was asked for long before somebody went on with the study."""
BY_PERSON = "user"


class Inbox:
    """Reads the commands of the study that ``file`` holds; each is carried out once, also if it is taken up anew.

    ``prune`` is called with the number of a trial and why, and returns whether it was at work.
    """

    def __init__(self, file: StudyFile, prune: Callable[[int, str], bool]) -> None:
        self._file = file
        self._prune = prune
        self._answered = {each.id for each in file.study.answers}
        self._control = Control(file.folder, KINDS, self._answered, lasting=LASTING)

    def take(self, *, at_once: bool = False) -> list[str]:
        """Carry out what has been asked for; return the commands that were obeyed, in order."""
        obeyed = []
        for each in self._control.poll(at_once=at_once):
            if each.id in self._answered:  # the file is read from its beginning when a study is gone on with
                continue
            refused = each.reason if isinstance(each, Unusable) else self._refused(each)
            command = each.name if isinstance(each, Unusable) else each.command
            if each.id is not None:
                self._answered.add(each.id)
                self._file.append(Answered(id=each.id, time=time.time(), command=command, refused=refused))
            if not refused:
                obeyed.append(command)
        return obeyed

    def _refused(self, command: Command) -> str:
        """Carry a command out; return why it cannot be, empty if it was. To pause and stop is for the supervisor."""
        try:
            if command.command == "raise":
                self._raise(command)
            elif command.command == "prune":
                self._prune_one(command)
        except UsageError as error:
            return str(error)
        return ""

    def _raise(self, command: Command) -> None:
        study = self._file.study
        trials = study.most_trials if command.value is None else _number(command.value, MOST_TRIALS)
        budget = _number(command.also["budget_s"], LONGEST_S) if "budget_s" in command.also else study.budget_s
        if trials != int(trials):
            raise UsageError(f"{trials:g} is no number of trials.")
        if command.value is None and "budget_s" not in command.also:
            raise UsageError("Nothing is named that is to be raised.")
        self._file.append(Raised(time=time.time(), trials=int(trials), budget_s=budget))

    def _prune_one(self, command: Command) -> None:
        number = command.value
        known = range(len(self._file.study.trials))
        if not isinstance(number, int) or isinstance(number, bool) or number not in known:
            raise UsageError(f"There is no trial {safe_text(str(number))[:20]}.")
        if not self._prune(number, BY_PERSON):
            raise UsageError(f"Trial {number} has ended.")


def _number(value: object, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"'{safe_text(str(value))[:20]}' is no number.")
    if not 0 <= value <= most:
        raise UsageError(f"{value:g} cannot be: take 0 to {most:g}.")
    return value
