"""How often the verdict is the label: the table of both, and what is usually computed from it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean

from benchmarks.faults.label import Label
from dltui.diagnosis.finding import Verdict

CLASSES = (Label.GOOD_FIT, Label.OVERFITTING, Label.UNDERFITTING, Label.DIVERGED)
Pairs = Counter[tuple[Label, Verdict]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Of one class; 0 where there is nothing to divide by."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def scored(pairs: Pairs) -> Pairs:
    """Return the pairs without the borderline ones."""
    return Counter({pair: count for pair, count in pairs.items() if pair[0] is not Label.BORDERLINE})


def score(pairs: Pairs, label: Label) -> Score:
    """Return precision and recall of ``label``; an inconclusive verdict is a miss and no false alarm."""
    right = pairs[label, Verdict(label)]
    said = sum(count for (_, verdict), count in pairs.items() if verdict.value == label.value)
    true = sum(count for (given, _), count in pairs.items() if given is label)
    return Score(precision=right / said if said else 0.0, recall=right / true if true else 0.0)


def macro_f1(pairs: Pairs) -> float:
    """Return the mean F1 of the classes, each with the same weight."""
    return mean(score(pairs, label).f1 for label in CLASSES)


def accuracy(pairs: Pairs) -> float:
    """Return the share of verdicts that are the label."""
    right = sum(pairs[label, Verdict(label)] for label in CLASSES)
    return right / max(1, pairs.total())


def confusion_table(pairs: Pairs) -> str:
    """Return labels (rows) by verdicts (columns) as aligned lines."""
    verdicts = list(Verdict)
    rows = [["label", *verdicts]]
    rows += [[label, *(str(pairs[label, verdict]) for verdict in verdicts)] for label in Label]
    return aligned(rows)


def score_table(pairs: Pairs) -> str:
    """Return precision, recall and F1 of each class as aligned lines."""
    rows = [["class", "precision", "recall", "F1"]]
    for label in CLASSES:
        found = score(pairs, label)
        rows.append([label, f"{found.precision:.3f}", f"{found.recall:.3f}", f"{found.f1:.3f}"])
    return aligned(rows)


def aligned(rows: Iterable[Iterable[str]]) -> str:
    """Return the rows with their columns below each other."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
