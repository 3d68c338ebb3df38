"""Degree 1, 2 and 9 through 12 noisy points of a parabola: underfitting, a good fit, overfitting."""

from benchmarks.faults.config import Config
from benchmarks.faults.judge import finished
from benchmarks.literature.compare import at_least, equal
from benchmarks.literature.table import Claim, Table
from benchmarks.literature.trainings import Result, Trainings
from dltui.diagnosis.examine import examine

DEGREES = {1: "underfitting", 2: "good_fit", 9: "overfitting"}
"""The verdict that each must get."""


def measure(trainings: Trainings) -> Table:
    """Fit the three degrees, and ask the diagnosis what it sees in their logs."""
    configs = {degree: Config(task="polynomial", settings={"degree": str(degree)}) for degree in DEGREES}
    results = {degree: found[0] for degree, found in trainings.over_seeds(configs, (0,)).items()}
    verdicts = {
        degree: str(examine(finished(trainings.folder(config.but(seed=0)))).verdict)
        for degree, config in configs.items()
    }
    rows = [("degree", "train loss", "validation loss", "verdict of the diagnosis")]
    rows += [
        (str(degree), f"{each.train_loss:.3g}", f"{each.val_loss:.3g}", verdicts[degree])
        for degree, each in results.items()
    ]
    return Table(
        title="Polynomials of degree 1, 2 and 9",
        sources=(
            "C. Bishop, Pattern Recognition and Machine Learning, 2006, section 1.1, figures 1.4 and 1.5: of ten noisy"
            " points of a sine, degrees 0 and 1 give poor fits, 3 the best one, 9 fits the points exactly and is the"
            " worst in between.",
        ),
        setting=(
            "12 points of a parabola with noise of deviation 0.3, 200 others for the validation; least squares by Adam,"
            " lr 0.03 on a cosine, 2 000 epochs; the zero polynomial at the start, so that all seeds are one."
        ),
        reached_if=(
            "a degree too low is worse than the right one on both sets; one too high is better on the points and worse"
            " between them; and the diagnosis, which sees nothing but the log, calls each by its name."
        ),
        notes=("The task's points were chosen so that all three fits show; others are less clear.",),
        rows=tuple(rows),
        claims=(*_orders(results), *_verdicts(verdicts)),
    )


def _orders(results: dict[int, Result]) -> list[Claim]:
    low, right, high = (results[degree] for degree in DEGREES)
    return [
        _order("degree 1: train loss above degree 2", low.train_loss, right.train_loss),
        _order("degree 1: validation loss above degree 2", low.val_loss, right.val_loss),
        _order("degree 9: train loss below degree 2", right.train_loss, high.train_loss),
        _order("degree 9: validation loss above degree 2", high.val_loss, right.val_loss),
    ]


def _order(says: str, larger: float, smaller: float) -> Claim:
    measured = f"{larger:.3g} > {smaller:.3g}" if larger > smaller else f"{larger:.3g} <= {smaller:.3g}"
    return Claim(says=says, published="yes", measured=measured, missed=at_least(larger, smaller))


def _verdicts(verdicts: dict[int, str]) -> list[Claim]:
    return [
        Claim(
            says=f"degree {degree}: the diagnosis says",
            published=wanted,
            measured=verdicts[degree],
            missed=equal(verdicts[degree], wanted),
        )
        for degree, wanted in DEGREES.items()
    ]
