"""`make bench-diagnosis`: how often the diagnosis is right on trainings with seeded faults. The exit code is always 0.

The trainings are made once and kept; see ``faults.py`` for what is drawn and ``label.py`` for what is right.
"""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from statistics import median
from typing import cast

from benchmarks.faults.faults import Faulty, draw_all
from benchmarks.faults.judge import Examine, Look, finished, watch
from benchmarks.faults.label import Label, label
from benchmarks.faults.outcome import Outcome, outcome_of
from benchmarks.faults.references import reference, repeats
from benchmarks.faults.scores import Pairs, accuracy, aligned, confusion_table, macro_f1, score_table, scored
from benchmarks.faults.tasks import FRESH
from benchmarks.faults.train import run_of, train_all
from dltui.diagnosis.finding import Symptom, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A finished training and what it is."""

    faulty: Faulty
    outcome: Outcome
    label: Label


@dataclass(slots=True)
class Watched:
    """What was said of living runs: of the good ones, and of those that overfit."""

    alarms: Counter[Symptom] = field(default_factory=Counter)
    looks: int = 0
    alarming_looks: int = 0
    runs: int = 0
    alarming_runs: int = 0
    alarms_at_end: int = 0
    delays: list[float] = field(default_factory=list)
    early: int = 0
    never: int = 0

    def add_good(self, looks: Sequence[Look]) -> None:
        """Count the alarms of a run that needs none."""
        alarming = [look for look in looks if look.alarms]
        self.runs += 1
        self.looks += len(looks)
        self.alarming_looks += len(alarming)
        self.alarming_runs += bool(alarming)
        self.alarms_at_end += bool(looks[-1].alarms)
        self.alarms.update(symptom for look in alarming for symptom in look.alarms)

    def add_overfitting(self, looks: Sequence[Look], best: float) -> None:
        """Measure how long after the best epoch (``best``: share of the run) the overfitting was found."""
        first = next((look.share for look in looks if look.overfitting), None)
        if first is None:
            self.never += 1
        elif first < best:
            self.early += 1
        else:
            self.delays.append(first - best)


def main(examine: Examine | None = None) -> None:
    """Train what is missing, label, judge, and print."""
    examine = examine or _examine()
    began = time.monotonic()
    runs = labelled(draw_all())
    trained_s = time.monotonic() - began
    print(_label_table(runs))
    if examine is None:
        print("There is no dltui.diagnosis.examine; nothing was judged.", file=sys.stderr)
        return
    pairs: Pairs = Counter()
    verdicts: list[Verdict] = []
    watched = Watched()
    for run in runs:
        folder = run_of(run.faulty.config)
        verdicts.append(examine(finished(folder)).verdict)
        pairs[run.label, verdicts[-1]] += 1
        if run.label is Label.GOOD_FIT:
            watched.add_good(watch(folder, examine))
        elif run.label is Label.OVERFITTING:
            watched.add_overfitting(watch(folder, examine), run.outcome.best_step / run.outcome.steps)
    print(_verdict_report(pairs))
    print(_fault_table(runs, verdicts))
    print(_live_report(watched))
    print(f"\n{len(runs)} trainings: {trained_s:.0f} s, judging: {time.monotonic() - began - trained_s:.0f} s")


def labelled(faulty: Sequence[Faulty]) -> list[Labelled]:
    """Return the trainings with their labels, after making those that the cache does not hold."""
    train_all([each.config for each in faulty] + [each for task in FRESH for each in repeats(task)])
    references = {task: reference(task) for task in FRESH}
    found = []
    for each in faulty:
        outcome = outcome_of(run_of(each.config))
        name = label(outcome, references[each.config.task], same_data=each.same_data)
        found.append(Labelled(faulty=each, outcome=outcome, label=name))
    return found


def _examine() -> Examine | None:
    try:
        return cast(Examine, import_module("dltui.diagnosis.examine").examine)
    except ModuleNotFoundError:
        return None


def _label_table(runs: Sequence[Labelled]) -> str:
    """What the faults led to: why a training is labelled by its outcome and not by its fault."""
    counts = Counter((run.faulty.fault, run.label) for run in runs)
    rows = [["seeded fault", *Label]]
    for fault in dict.fromkeys(run.faulty.fault for run in runs):
        rows.append([fault, *(str(counts[fault, each]) for each in Label)])
    rows.append(["all", *(str(sum(run.label is each for run in runs)) for each in Label)])
    return aligned(rows)


def _verdict_report(pairs: Pairs) -> str:
    sure = scored(pairs)
    return "\n".join(
        [
            "\nlabel by verdict (borderline is not scored)",
            confusion_table(pairs),
            "",
            score_table(sure),
            f"macro-F1 {macro_f1(sure):.3f}, accuracy {accuracy(sure):.3f} on {sure.total()} trainings",
        ]
    )


def _fault_table(runs: Sequence[Labelled], verdicts: Sequence[Verdict]) -> str:
    """The same by seeded fault."""
    right, of = Counter[str](), Counter[str]()
    for run, verdict in zip(runs, verdicts, strict=True):
        if run.label is not Label.BORDERLINE:
            of[run.faulty.fault] += 1
            right[run.faulty.fault] += run.label.value == verdict.value
    return "\n" + aligned([["seeded fault", "right"], *([fault, f"{right[fault]} of {of[fault]}"] for fault in of)])


def _live_report(watched: Watched) -> str:
    lines = [
        "",
        f"good fits, a look at every 5 % of the run: {_share(watched.alarming_looks, watched.looks)} of the looks raise"
        f" an alarm (a critical or a warning), in {_share(watched.alarming_runs, watched.runs)} of the runs at least"
        f" one, at the end {_share(watched.alarms_at_end, watched.runs)}",
    ]
    lines += [f"  {symptom}: {_share(count, watched.looks)}" for symptom, count in watched.alarms.most_common()]
    found = len(watched.delays) + watched.early
    delay = f"{median(watched.delays):.1%} of the run after" if watched.delays else "never after"
    lines.append(
        f"overfitting: found in {found} of {found + watched.never} runs, {watched.early} before the best epoch;"
        f" the others in the median {delay} it"
    )
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "none"


if __name__ == "__main__":
    main()
