"""The words of ``dltui control`` after the name of a search or a tuning, checked before anything is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dltui.cli.control_words import pairs_in, refuse_more
from dltui.errors import UsageError
from dltui.guide.told_time import seconds_in
from dltui.runs.find import short_name
from dltui.search.study.checked import LONGEST_S, MOST_TRIALS
from dltui.search.study.options import SearchOptions
from dltui.search.study.study import Study
from dltui.search.supervisor.commands import KINDS
from dltui_trainers.control import KINDS as OF_A_RUN
from dltui_trainers.errors import suggestion
from dltui_trainers.runlog import Value

_EXAMPLE = "'raise trials=80 budget=10m'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A command to a supervisor; see :data:`dltui.search.supervisor.commands.KINDS`."""

    command: str
    value: Value = None
    also: Mapping[str, Value] = field(default_factory=dict)


def wish_in(command: str, words: Sequence[str], study: Study) -> Wish:
    """Return what is asked of ``study``. Raises :class:`UsageError` for what makes no sense."""
    if command not in KINDS:
        raise _unknown(command, study)
    if command == "raise":
        return _raise(words, study)
    if command == "prune":
        return Wish(command=command, value=_trial(words))
    refuse_more(command, words)
    return Wish(command=command)


def _unknown(command: str, study: Study) -> UsageError:
    known = f"The commands are {', '.join(KINDS)}."
    hint = suggestion(command, list(KINDS))
    if command in OF_A_RUN:
        hint = " It is for one training: name that of a trial, such as t0007 in its folder."
    noun = "tuning" if study.begun is not None and study.begun.tuning is not None else "search"
    return UsageError(f"A {noun} knows no command '{short_name(command)}'.{hint} {known}")


def _trial(words: Sequence[str]) -> int:
    if not words:
        raise UsageError("Which trial to stop is missing; for example 'prune 7'.")
    refuse_more(f"prune {short_name(words[0])}", words[1:])
    if not words[0].isdecimal() or len(words[0]) > len(str(MOST_TRIALS)):
        raise UsageError(f"'{short_name(words[0])}' is no number of a trial; for example 'prune 7'.")
    return int(words[0])


def _raise(words: Sequence[str], study: Study) -> Wish:
    if not words:
        raise UsageError(f"What to raise is missing: trials, budget, or both; for example {_EXAMPLE}.")
    pairs = pairs_in(words, "trials=80")
    for name in pairs:
        if name not in ("trials", "budget"):
            hint = suggestion(name, ["trials", "budget"])
            raise UsageError(f"There is no '{short_name(name)}' to raise.{hint} For example {_EXAMPLE}.")
    trials = _whole(pairs["trials"]) if "trials" in pairs else None
    budget_s = _seconds(pairs["budget"]) if "budget" in pairs else None
    options = study.options
    of_now = study.most_trials if trials is None else trials
    if not of_now and not (study.budget_s if budget_s is None else budget_s):
        is_grid = isinstance(options, SearchOptions) and options.method == "grid"
        if not is_grid:
            raise UsageError("Nothing would end it: give a number of trials or a time.")
    return Wish(command="raise", value=trials, also={} if budget_s is None else {"budget_s": budget_s})


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(MOST_TRIALS)) or int(text) > MOST_TRIALS:
        raise UsageError(f"trials = {short_name(text)} is not a number from 0 to {MOST_TRIALS}.")
    return int(text)


def _seconds(text: str) -> float:
    """0 takes the limit away."""
    seconds = 0.0 if text == "0" else seconds_in(short_name(text))
    if seconds > LONGEST_S:
        raise UsageError(f"budget = {short_name(text)} is longer than a year.")
    return seconds
