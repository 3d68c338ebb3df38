"""The matches as a table, with every win and every loss, and the shares that are to be reached."""

from collections.abc import Sequence
from statistics import median

from benchmarks.faults.scores import aligned
from benchmarks.tune.match import DOCTOR, SEARCHES, Match

WANTED = {"random": 0.80, "tpe": 0.65}
"""The share of the matches in which the doctor's best validation loss is to be the lower one."""


def known_to(matches: Sequence[Match]) -> list[str]:
    """Return the searches that all of the matches tell of."""
    return [name for name in SEARCHES if all(name in each.scores for each in matches)]


def table(matches: Sequence[Match]) -> str:
    """Return a line for each match: the best validation losses, the lowest of a line marked, and the test losses."""
    names = [DOCTOR, *known_to(matches)]
    head = ["start", "seed", "at first", *names, "", *(f"test: {name}" for name in (DOCTOR, *WANTED))]
    return aligned([head, *(_row(each, names) for each in matches)])


def _row(match: Match, names: Sequence[str]) -> list[str]:
    found = {name: match.scores[name].val_loss for name in names}
    losses = [f"{loss:.4g}{'*' if loss == min(found.values()) else ''}" for loss in found.values()]
    marks = ", ".join(f"{'won' if match.beats(name) else 'LOST'} {name}" for name in WANTED)
    tests = [_shown(match.scores[name].test_loss) for name in (DOCTOR, *WANTED)]
    return [match.start, str(match.seed), _shown(match.first), *losses, marks, *tests]


def _shown(loss: float | None) -> str:
    return "-" if loss is None else f"{loss:.4g}"


def by_start(matches: Sequence[Match]) -> str:
    """Return a line for each starting point: medians, and how many of the seeds the doctor won."""
    searches = known_to(matches)
    rows = [["start", "at first", DOCTOR, *searches, *(f"beats {name}" for name in searches)]]
    for name in dict.fromkeys(each.start for each in matches):
        those = [each for each in matches if each.start == name]
        losses = [f"{median(each.scores[method].val_loss for each in those):.4g}" for method in (DOCTOR, *searches)]
        firsts = [each.first for each in those if each.first is not None]
        won = [f"{sum(each.beats(method) for each in those)} of {len(those)}" for method in searches]
        rows.append([name, _shown(median(firsts) if firsts else None), *losses, *won])
    return aligned(rows)


def shares(matches: Sequence[Match]) -> str:
    """Return in which share of the matches the doctor won, on the validation and on the test set."""
    lines = []
    for name in known_to(matches):
        won = [each.beats(name) for each in matches]
        tested = [better for each in matches if (better := each.tests_better(name)) is not None]
        wanted = f" (wanted: {WANTED[name]:.0%})" if name in WANTED else ""
        test = f"; on the test set in {sum(tested)} of {len(tested)} ({_share(tested):.0%})" if tested else ""
        lines.append(f"tune is lower than {name:<8}in {sum(won)} of {len(won)} ({_share(won):.0%}){wanted}{test}")
    return "\n".join(lines)


def missed(matches: Sequence[Match]) -> bool:
    """Whether one of the shares is not reached."""
    return any(_share([each.beats(name) for each in matches]) < wanted for name, wanted in WANTED.items())


def _share(won: Sequence[bool]) -> float:
    return sum(won) / len(won) if won else 0.0
