"""A whole guide made by hand: all seven steps of ``digits``, with what goes wrong in real ones in it."""

import math

import msgspec

from dltui.guide.options import Options
from dltui.guide.result import (
    Bars,
    Check,
    Curves,
    Handed,
    HeatMap,
    Judgement,
    Level,
    Line,
    Plot,
    Spot,
    StepResult,
    Table,
)
from dltui.guide.state import Guide, GuideStatus, StepEntry, StepState, TrialEntry
from dltui.texts.guide import Said
from dltui_trainers.runlog import Number, Value, number

HOSTILE = "\x1b[31mred\u202e <script>alert(1)</script> | `x` \N{CJK UNIFIED IDEOGRAPH-732B}"
"""A name that a terminal, a page or a table would obey."""
RATES = [1e-5, 3.16e-5, 1e-4, 3.16e-4, 1e-3, 3.16e-3, 1e-2, 3.16e-2, 1e-1, 3.16e-1, 1.0]
_COUNTS = [142, 146, 142, 147, 145, 146, 145, 143, 139, 144]
_VAL_COUNTS = [36, 36, 35, 36, 36, 36, 36, 36, 35, 36]


def plain(text: str) -> Said:
    """A sentence that is the same in every language."""
    return Said(key="plain", places={"text": text})


def curves() -> Curves:
    """Curves over learning rates: a sweep, a range test, and what diverged."""
    sweep: list[Number] = [number(_scored(math.log10(rate))) for rate in RATES]
    exponents = [-6 + 0.08 * i for i in range(85)]
    ranged: list[Number] = [number(_ranged(each)) for each in exponents]
    return Curves(
        title=plain("loss after 100 steps"),
        x="lr",
        lines=[
            Line(name=plain("range test"), x=[10**each for each in exponents], y=ranged, role="faint"),
            Line(name=plain("sweep"), x=RATES, y=sweep, role="main"),
            Line(name=plain("diverged"), x=[3.16e-1, 1.0], y=[4.1, "nan"], role="bad"),
        ],
        levels=[Level(name=plain("untrained"), y=2.303)],
        spots=[Spot(name=plain("chosen 3e-3"), x=3e-3)],
        band=(3.16e-4, 1e-2),
    )


def _scored(exponent: float) -> float:
    if exponent >= -0.1:
        return math.nan
    return 0.25 + 0.42 * (exponent + 2.4) ** 2 if exponent > -5 + 0.6 else 2.25


def _ranged(exponent: float) -> float:
    wave = 0.05 * math.sin(9 * exponent)
    if exponent > -0.2:
        return math.inf
    return 2.31 + wave if exponent < -4 else max(0.3, 2.31 - 1.05 * (exponent + 4)) + wave + max(0, exponent + 1) ** 2


def final_curves() -> Curves:
    """Curves over epochs: the refined run beside the final one, validated each epoch."""
    epochs = [float(each) for each in range(1, 31)]
    first: list[Number] = [number(0.09 + 0.9 * math.exp(-each / 2.5) + 0.0022 * each) for each in epochs]
    final: list[Number] = [number(0.071 + 0.95 * math.exp(-each / 3.0) + 0.0003 * each) for each in epochs]
    return Curves(
        title=plain("validation loss"),
        x="epoch",
        lines=[
            Line(name=plain("round 1"), x=epochs, y=first, role="faint"),
            Line(name=plain("final run"), x=epochs, y=final, role="main"),
        ],
        levels=[Level(name=plain("best of step 5"), y=0.112)],
        spots=[Spot(name=plain("epoch 22"), x=22.0)],
        y_log=True,
    )


def small_sample_curves() -> Curves:
    """Curves over steps: two attempts to overfit a small sample, one of which never falls."""
    steps = [float(each) for each in range(0, 400, 4)]
    fell: list[Number] = [number(2.31 * math.exp(-each / 55)) for each in steps]
    stuck: list[Number] = [number(2.3 + 0.02 * math.sin(each / 9)) for each in steps]
    return Curves(
        title=plain("training loss on 80 samples"),
        x="step",
        lines=[
            Line(name=plain("as it is"), x=steps, y=stuck, role="bad"),
            Line(name=plain("lr 1e-2"), x=steps, y=fell, role="main"),
        ],
        levels=[Level(name=plain("near zero"), y=0.02)],
    )


def bars() -> Bars:
    """Two bars for each of ten classes."""
    return Bars(
        title=plain("samples of each class"),
        labels=[str(each) for each in range(10)],
        groups=[plain("training"), plain("validation")],
        values=[[float(each) for each in _COUNTS], [float(each) for each in _VAL_COUNTS]],
        level=Level(name=plain("even"), y=143.7),
    )


def many_bars(count: int = 65) -> Bars:
    """One bar for each of many classes, of very different height, with names that are not harmless."""
    labels = [f"class {each:02}" for each in range(count)]
    labels[3] = HOSTILE
    values: list[Number] = [float(1 + (each * 37) % 101) for each in range(count)]
    values[5] = "nan"
    return Bars(title=plain("samples of each class"), labels=labels, groups=[plain("training")], values=[values])


def start_bars() -> Bars:
    """Three starts beside what was expected; one of them is no number."""
    return Bars(
        title=plain("loss before the first step"),
        labels=["seed 0", "seed 1", "seed 2"],
        groups=[plain("first batch")],
        values=[[2.318, 2.297, "inf"]],
        level=Level(name=plain("ln 10"), y=2.303),
    )


def heat_map() -> HeatMap:
    """Learning rates beside weight decays, with all that a cell can be."""
    return HeatMap(
        title=plain("validation loss"),
        row_name="lr",
        column_name="weight_decay",
        rows=["1.5e-3", "3e-3", "6e-3"],
        columns=["0", "1e-5", "1e-4", "1e-3"],
        values=[[0.182, 0.181, 0.179, 0.184], [0.134, 0.129, 0.1262, 0.142], [0.151, "inf", 0.1443, None]],
        states=[["", "", "", "stopped"], ["kept", "kept", "best", ""], ["", "diverged", "kept", "failed"]],
    )


def sample_guide(*, name: str = "digits-guide-20261121-181500-3fa2", hostile: bool = False) -> Guide:
    """A guide that has finished: a fault nowhere, a failed trial in step 4. ``hostile``: names that mean harm."""
    steps = [
        _step(0, 2.1, _know_data()),
        _step(1, 1.4, _initial_loss(), [_trial("s1-start", {"weight_decay": 0.0}, 2.303)]),
        _step(2, 3.9, _overfit(), [_trial("s2-as-is", {"lr": 0.001}, 2.31), _trial("s2-lr-0.01", {"lr": 0.01}, 0.02)]),
        _step(3, 6.8, _find_lr(), [_trial(f"s3-lr-{rate:g}", {"lr": rate}, 2.3) for rate in RATES]),
        _step(4, 8.2, _coarse(), _coarse_trials(hostile)),
        _step(5, 11.5, _refine(), [_trial(f"s5-{each}", {"lr": 0.003}, 0.1 + 0.01 * each) for each in range(3)]),
        _step(6, 19.7, _look(hostile), [_trial("s6-round-1", {}, 0.112), _trial("s6-final", {"epochs": 22}, 0.0786)]),
    ]
    return Guide(
        name=name,
        task=HOSTILE if hostile else "digits",
        began=1_795_284_900.0,
        command=["dltui", "guide", "digits"],
        options=Options(budget_s=60.0),
        status=GuideStatus.FINISHED,
        budget_s=60.0,
        steps=steps,
        chosen={"model": "mlp", "lr": 0.003, "weight_decay": 0.0001, "epochs": 22, "dropout": 0.1},
        final="s6-final",
        host="node-1",
        pid=4711,
    )


def guide_at(step: int) -> Guide:
    """The sample while ``step`` is at work, with what is after it waiting and one step skipped."""
    guide = msgspec.structs.replace(sample_guide(), status=GuideStatus.RUNNING, final="", chosen={"lr": 0.003})
    for entry in guide.steps[step:]:
        state = StepState.RUNNING if entry.number == step else StepState.WAITING
        guide = guide.with_step(StepEntry(number=entry.number, state=state, planned_s=8.0))
    if step > 1:
        guide = guide.with_step(StepEntry(number=1, state=StepState.SKIPPED))
    return guide


def faulty_guide() -> Guide:
    """The guide of data whose labels were shuffled: it ended at step 2."""
    guide = guide_at(2)
    result = StepResult(
        judgement=Judgement.FAULT,
        said=plain("80 samples cannot be learned by heart: whatever is changed, the loss stays at 2.3."),
        checks=[Check(judgement=Judgement.FAULT, said=plain("Check that inputs and labels belong together."))],
        plot=small_sample_curves(),
    )
    guide = guide.with_step(_step(2, 9.0, result, [_trial("s2-as-is", {"lr": 0.001}, 2.31)]))
    error = "80 samples cannot be learned by heart: check that inputs and labels belong together."
    return msgspec.structs.replace(guide, status=GuideStatus.FAILED, error=error)


def plots() -> dict[str, Plot]:
    """Every kind of plot, by a short name."""
    return {
        "sweep": curves(),
        "final": final_curves(),
        "small-sample": small_sample_curves(),
        "classes": bars(),
        "many-classes": many_bars(),
        "start": start_bars(),
        "coarse": heat_map(),
    }


def _step(number: int, seconds: float, result: StepResult, trials: list[TrialEntry] | None = None) -> StepEntry:
    planned = (2.4, 1.2, 3.6, 7.2, 8.4, 13.2, 24.0)[number]
    return StepEntry(
        number=number,
        state=StepState.DONE,
        planned_s=planned,
        seconds=seconds,
        trials=trials or [],
        result=result,
    )


def _trial(name: str, settings: dict[str, Value], val_loss: Number | None, status: str = "finished") -> TrialEntry:
    return TrialEntry(name=name, settings=settings, status=status, val_loss=val_loss, seconds=0.6)


def _coarse_trials(hostile: bool) -> list[TrialEntry]:
    plot = heat_map()
    trials = []
    for row, rate in enumerate(plot.rows):
        for column, decay in enumerate(plot.columns):
            state = plot.states[row][column]
            status = {"failed": "failed", "stopped": "stopped"}.get(state, "finished")
            settings: dict[str, Value] = {"lr": float(rate), "weight_decay": float(decay)}
            trials.append(_trial(f"s4-lr-{rate}-wd-{decay}", settings, plot.values[row][column], status))
    error = HOSTILE if hostile else "its process was killed by SIGKILL: the memory may have run out"
    return [*trials[:-1], msgspec.structs.replace(trials[-1], error=error)]


def _know_data() -> StepResult:
    return StepResult(
        judgement=Judgement.SOUND,
        said=plain(
            "1 439 training and 358 validation samples of 10 classes, evenly spread; a small MLP to begin with."
        ),
        checks=[
            Check(judgement=Judgement.DOUBTFUL, said=plain("3 validation samples are exactly in the training set.")),
            Check(judgement=Judgement.SOUND, said=plain("The inputs are normalised: mean 0.00, deviation 1.00.")),
            Check(judgement=Judgement.SOUND, said=plain("Always giving the same answer costs a loss of 2.303.")),
        ],
        handed=Handed(settings={"model": "mlp", "layers": 2}),
        plot=bars(),
        table=Table(
            columns=[plain("model"), plain("parameters"), plain("per sample"), plain("s / epoch")],
            rows=[["mlp", 17_226, 11.97, 0.021], ["cnn", 93_322, 64.85, 0.312], [HOSTILE, None, "nan", "inf"]],
        ),
    )


def _initial_loss() -> StepResult:
    return StepResult(
        judgement=Judgement.SOUND,
        said=plain("The loss begins at 2.318, and ln 10 = 2.303 is expected."),
        plot=start_bars(),
    )


def _overfit() -> StepResult:
    return StepResult(
        judgement=Judgement.DOUBTFUL,
        said=plain("80 samples were learned to 100 % after lr was raised from 1e-3 to 1e-2."),
        checks=[Check(judgement=Judgement.SOUND, said=plain("With lr 1e-2 the loss is 0.0016 after 400 steps."))],
        handed=Handed(settings={"lr": 0.01}),
        plot=small_sample_curves(),
        table=Table(
            columns=[plain("tried"), plain("loss"), plain("accuracy")],
            rows=[["as it is", 2.31, 0.11], ["lr 1e-2", 0.0016, 1.0]],
        ),
    )


def _find_lr() -> StepResult:
    return StepResult(
        judgement=Judgement.SOUND,
        said=plain("lr from 3.2e-4 to 1e-2 trains; 3e-3 falls fastest. From 0.32 on it diverges."),
        handed=Handed(settings={"lr": 0.003}),
        plot=curves(),
        table=Table(
            columns=[plain("lr"), plain("loss"), plain("of untrained"), plain("")],
            rows=[
                ["1e-5", 2.25, 0.977, ""],
                ["1e-3", 0.40, 0.174, ""],
                ["3e-3", 0.25, 0.109, "best"],
                ["1", "nan", None, "diverged"],
            ],
        ),
    )


def _coarse() -> StepResult:
    best: list[dict[str, Value]] = [
        {"lr": 0.003, "weight_decay": 1e-4},
        {"lr": 0.003, "weight_decay": 1e-5},
        {"lr": 0.006, "weight_decay": 1e-4},
    ]
    return StepResult(
        judgement=Judgement.SOUND,
        said=plain("Of 12 trials 3 go on; lr 3e-3 with weight_decay 1e-4 is best (0.126)."),
        checks=[Check(judgement=Judgement.DOUBTFUL, said=plain("One trial failed: its process was killed."))],
        handed=Handed(settings={"lr": 0.003, "weight_decay": 1e-4}, candidates=best),
        plot=heat_map(),
    )


def _refine() -> StepResult:
    epochs = [float(each) for each in range(1, 21)]
    lines = [
        Line(
            name=plain(f"lr 3e-3, wd {decay}"),
            x=epochs,
            y=[number(0.1 + 0.01 * rank + 0.8 * math.exp(-each / (2.4 + 0.4 * rank))) for each in epochs],
            role="main" if rank == 0 else "other",
        )
        for rank, decay in enumerate(("1e-4", "1e-5", "0"))
    ]
    return StepResult(
        judgement=Judgement.DOUBTFUL,
        said=plain("weight_decay 1e-4 is best, by 0.010; the noise between seeds is 0.012."),
        handed=Handed(settings={"weight_decay": 1e-4}),
        plot=Curves(title=plain("validation loss"), x="epoch", lines=lines),
    )


def _look(hostile: bool) -> StepResult:
    said = "Round 1 overfitted; with dropout 0.1 and 22 epochs the validation loss is 0.0786 instead of 0.112 (-30 %)."
    return StepResult(
        judgement=Judgement.SOUND,
        said=plain(HOSTILE if hostile else said),
        handed=Handed(settings={"dropout": 0.1, "epochs": 22}),
        plot=final_curves(),
        table=Table(
            columns=[plain("round"), plain("verdict"), plain("change"), plain("val loss")],
            rows=[["1", "overfitting", "dropout 0 → 0.1", 0.112], ["final", "good_fit", None, 0.0786]],
        ),
    )
