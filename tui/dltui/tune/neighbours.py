"""What a healthy training is tried with, when the doctor is asked to be thorough.

What learns faster comes first, then what usually helps with such curves, which is the guide's list; and when all of
that was tried, draws around the configuration, again the guide's.
"""

import math
from collections.abc import Iterator, Sequence

from dltui.advice.round import nice
from dltui.diagnosis.finding import Symptom, Verdict
from dltui.diagnosis.usual import usual_lr
from dltui.guide.steps.look_at_curves.proposals import Present, proposals
from dltui.guide.steps.look_at_curves.variations import variations
from dltui.search.study.study import TrialEntry
from dltui.texts.guide import GuideTexts
from dltui.tune.candidate import Candidate
from dltui.tune.further import STEP
from dltui.tune.patient import Examined
from dltui.tune.saying import say
from dltui_trainers.choices import Activation, Norm, Optimizer
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

LAST = 5
"""Records whose mean is the level of the training loss."""
AT_THE_END = 0.9
"""Of the epochs: whose best comes later could have used more steps."""
LEAST_BATCH = 16
UNSCALED = (Optimizer.SGD, Optimizer.ADAGRAD)


def highest_lr(examined: Examined) -> float:
    """The highest usual learning rate; infinite without hidden layers: such a model bears any that does not diverge."""
    usual = usual_lr(examined.values)
    return usual.high if usual is not None and examined.values.get("layers") else math.inf


def rate_first(examined: Examined, trials: Sequence[TrialEntry]) -> Iterator[Candidate]:
    """Yield a higher learning rate for what learns too little, if none was tried yet.

    It comes before what a network can hold: to the usual start where it is below that, else by three. Source: Google
    Tuning Playbook; CS231n, six steps.
    """
    lr, usual = examined.values.get("lr"), usual_lr(examined.values)
    too_little = examined.diagnosis.verdict is Verdict.UNDERFITTING
    too_high = examined.diagnosis.find(Symptom.LR_TOO_HIGH) is not None
    if not too_little or too_high or not isinstance(lr, float) or usual is None or lr >= usual.high:
        return
    if not any("lr" in each.change for each in trials):
        to = nice(max(min(STEP * lr, usual.high), usual.start))
        yield Candidate(settings={"lr": to}, why=say("lr"), symptom=str(Symptom.UNDERFITTING))


def faster(examined: Examined, trials: Sequence[TrialEntry], fixed: frozenset[str]) -> Iterator[Candidate]:
    """Yield what learns faster: another optimizer, another activation, a higher learning rate, and more steps.

    A learning rate that was moved is moved on by what it did. The steps come from smaller batches where nobody may have
    more epochs, and the best was at the very end.
    """
    values = examined.values
    if values.get("optimizer") in UNSCALED:
        yield Candidate(settings={"optimizer": str(Optimizer.ADAM), "lr": _lr_of_adam(examined)}, why=say("adam"))
    if values.get("activation") == Activation.SIGMOID:
        yield Candidate(settings={"activation": str(Activation.RELU)}, why=say("relu"))
    lr, batch = values.get("lr"), values.get("batch_size")
    if isinstance(lr, float) and not any(each.kept and set(each.change) == {"lr"} for each in trials):
        yield Candidate(settings={"lr": nice(STEP * lr)}, why=say("lr"))
    late = "epochs" in fixed and _best_share(examined) > AT_THE_END
    if late and isinstance(batch, int) and batch // 2 >= LEAST_BATCH:
        yield Candidate(settings={"batch_size": batch // 2}, why=say("steps"))


def _lr_of_adam(examined: Examined) -> float:
    """The task's own learning rate, where that is for Adam; else the usual one."""
    task = examined.task
    own = task.defaults.get("lr") if task is not None and "optimizer" not in task.defaults else None
    usual = usual_lr({**examined.values, "optimizer": str(Optimizer.ADAM)})
    return float(own or (usual.start if usual is not None else CATALOGUE["lr"].default))


def neighbours(examined: Examined, fixed: frozenset[str], number: int) -> Iterator[Candidate]:
    """Yield what usually helps with such curves, and then draws around them; ``number`` is the seed of these."""
    present = _present(examined, fixed)
    texts = GuideTexts.load()
    for each in (*proposals(present), *variations(present, number)):
        if each.settings == {"norm": str(Norm.BATCH)}:
            yield from _faster_with_norm(examined, each.settings)
        yield Candidate(settings=each.settings, why=texts.say(each.why))


def _faster_with_norm(examined: Examined, norm: dict[str, Value]) -> Iterator[Candidate]:
    """Batch norm with a higher learning rate: it bears one, and much of what it brings comes from that.

    Sources: Ioffe and Szegedy 2015 (arXiv:1502.03167, section 4.2.1); Bjorck et al. 2018 (arXiv:1806.02375).
    """
    lr = examined.values.get("lr")
    if isinstance(lr, float) and (to := nice(min(STEP * lr, highest_lr(examined)))) > lr:
        yield Candidate(settings={**norm, "lr": to}, why=say("norm"))


def _present(examined: Examined, fixed: frozenset[str]) -> Present:
    assert examined.task is not None
    return Present(
        hparams=examined.hparams({}),
        task=examined.task,
        diagnosis=examined.diagnosis,
        advice=(),
        gap=_gap(examined),
        best_share=_best_share(examined),
        fixed=fixed,
    )


def _best_share(examined: Examined) -> float:
    """How much of its epochs were done when it was best."""
    best = examined.state.best
    return best.epoch / examined.hparams({}).epochs if best is not None else 1.0


def _gap(examined: Examined) -> float:
    """Validation loss over training loss at the end; NaN where the latter is not above 0."""
    train, val = examined.state.train_loss.raw.values[-LAST:], examined.state.val_loss.raw.values
    level = float(train.mean()) if len(train) else math.nan
    return float(val[-1]) / level if level > 0 and len(val) else math.nan
