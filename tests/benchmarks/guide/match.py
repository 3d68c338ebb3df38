"""One meeting of guide and search on a task with a seed, and several of them as the rows of a table."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.faults.scores import aligned
from benchmarks.guide.guided import LIMIT_S, Guided
from benchmarks.guide.search import TRIALS, Searched
from benchmarks.guide.worth import Worth

RATIO = 1.05
"""The guide's validation loss may be so many times the lowest of the search."""
TOLD = (
    "model",
    "degree",
    "layers",
    "width",
    "channels",
    "norm",
    "lr",
    "optimizer",
    "batch_size",
    "epochs",
    "schedule",
    "weight_decay",
    "dropout",
    "label_smoothing",
    "augment",
    "early_stop_patience",
)
"""What is told of the settings that each chose, where it is not the same for all."""
_OFF = (0, "none", "")
_MLP_ONLY, _CNN_ONLY = ("width",), ("channels",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """``by_guide`` is None where the guide came to no final run."""

    task: str
    seed: int
    guided: Guided
    searched: Searched
    by_guide: Worth | None
    by_search: Worth

    @property
    def ratio(self) -> float:
        """The guide's validation loss beside the lowest of the search; infinite without one."""
        return self.by_guide.val_loss / self.by_search.val_loss if self.by_guide else math.inf


@dataclass(frozen=True, slots=True)
class Matches:
    """The matches on one task, one for each seed; numbers are their medians."""

    matches: Sequence[Match]

    @property
    def task(self) -> str:
        return self.matches[0].task

    @property
    def ratio(self) -> float:
        return median(each.ratio for each in self.matches)

    @property
    def seconds(self) -> float:
        """The longest of them: a limit is not kept in the median."""
        return max(each.guided.seconds for each in self.matches)

    @property
    def missed(self) -> list[str]:
        """What is not as it should be, as sentences; none if all of it is."""
        found = [
            f"{self.task}, seed {each.seed}: {each.guided.trouble}." for each in self.matches if each.guided.trouble
        ]
        if RATIO < self.ratio < math.inf:
            found.append(
                f"{self.task}: the guide's loss is {self.ratio:.3f}x that of the search, not {RATIO}x or less."
            )
        if self.seconds > LIMIT_S:
            found.append(f"{self.task}: the guide took {self.seconds:.1f} s, not {LIMIT_S:.0f} s or less.")
        return found

    def row(self) -> list[str]:
        """The numbers of both, for a person."""
        better = median(each.searched.better_than(_val_loss(each.by_guide)) for each in self.matches)
        return [
            self.task,
            f"{self.seconds:.1f}",
            f"{median(each.searched.seconds for each in self.matches):.0f}",
            self._guide(lambda each: each.val_loss),
            self._search(lambda each: each.val_loss),
            _shown(self.ratio, ".3f"),
            self._guide(lambda each: each.test_loss),
            self._search(lambda each: each.test_loss),
            self._guide(lambda each: 100 * each.test_accuracy, ".1f"),
            self._search(lambda each: 100 * each.test_accuracy, ".1f"),
            f"{better:g} of {TRIALS}",
            "MISSED" if self.missed else "reached",
        ]

    def _guide(self, value: Callable[[Worth], float], form: str = ".4f") -> str:
        return _shown(median(value(each.by_guide) if each.by_guide else math.inf for each in self.matches), form)

    def _search(self, value: Callable[[Worth], float], form: str = ".4f") -> str:
        return _shown(median(value(each.by_search) for each in self.matches), form)


HEADER = [
    "task",
    "guide s",
    "search s",
    "val: guide",
    "search",
    "ratio",
    "test: guide",
    "search",
    "test %: guide",
    "search",
    "trials better",
    "",
]


def table(found: Sequence[Matches]) -> str:
    """The numbers of all tasks as aligned lines."""
    return aligned([HEADER, *(each.row() for each in found)])


def choices(found: Sequence[Matches]) -> str:
    """What guide and search chose, a line for each."""
    rows = []
    for match in (each for matches in found for each in matches.matches):
        guide = f"{chosen(match.by_guide)} ({match.guided.trials} trials)" if match.by_guide else match.guided.trouble
        rows += [[match.task, f"seed {match.seed}", "guide", guide], ["", "", "search", chosen(match.by_search)]]
    return aligned(rows)


def chosen(run: Worth) -> str:
    """The settings of a run as a person would type them, without those that are off or of another network."""
    model = run.hparams.get("model")
    idle = _MLP_ONLY if model == "cnn" else _CNN_ONLY if model == "mlp" else ()
    told = [f"{name}={_plain(run.hparams[name])}" for name in TOLD if name in run.hparams and name not in idle]
    off = {f"{name}={value}" for name in TOLD for value in _OFF}
    return " ".join(each for each in told if each not in off or each.startswith("layers"))


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _val_loss(run: Worth | None) -> float:
    return run.val_loss if run else math.inf


def _shown(value: float, form: str) -> str:
    return format(value, form) if math.isfinite(value) else "-"
