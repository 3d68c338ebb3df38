"""Remedies that set the learning rate, its schedule, its warm-up, and the length of a step."""

from dltui.advice.case import Case
from dltui.advice.change import Change
from dltui.advice.lint import LEAST_CLIP
from dltui.advice.round import nice
from dltui.diagnosis.finding import Finding
from dltui.diagnosis.progress import lr_decayed
from dltui.diagnosis.usual import usual_lr
from dltui_trainers.choices import Model, Optimizer, Schedule

TARGET_UPDATE_RATIO = 1e-3
MOST_AT_ONCE = 10.0
"""A ratio is a rule of thumb: no more than ten times at once because of it."""
WARM_UP_SHARE = 0.05
CLIP_PERCENTILE = 90.0
"""Google Tuning Playbook: clip so that a tenth of the steps is touched."""


def down_after_divergence(case: Case, finding: Finding) -> Change | None:
    """A tenth of it, or the usual start if it is far above what is usual."""
    return _lowered(case, finding, 0.1, "lr_down_diverged")


def down(case: Case, finding: Finding) -> Change | None:
    """A third of it, or the usual start if it is far above what is usual; where a drop helped, what it dropped to."""
    lr, dropped = case.lr, _dropped_to(case, finding)
    if lr is not None and dropped is not None and 0 < dropped < lr:
        return _lowered(case, finding, dropped / lr, "lr_down")
    return _lowered(case, finding, 1 / 3, "lr_down")


def _dropped_to(case: Case, finding: Finding) -> float | None:
    """The learning rate at which the loss began to fall, if the finding says that it waited for one."""
    step = next((each.numbers["drop_step"] for each in finding.evidence if each.name == "set_free"), None)
    lr = case.run.lr
    if step is None or not (lr.step >= step).any():
        return None
    return float(lr.value[lr.step >= step][0])


def _lowered(case: Case, finding: Finding, factor: float, key: str) -> Change | None:
    lr = case.lr
    if lr is None:
        return case.change(finding, "lr", f"x{nice(factor):g}", key)
    to, usual = lr * factor, case.usual
    if usual is not None and lr > usual.high:
        to = min(to, usual.start)
    return case.change(finding, "lr", nice(to), key)


def up(case: Case, finding: Finding) -> Change | None:
    """Three times as much; ten times, or the usual start, where updates or habit say that it is far too low."""
    lr, usual, ratio = case.lr, case.usual, case.usual_update_ratio
    if lr is None:
        return case.change(finding, "lr", "x3", "lr_up")
    factor = 3.0
    if ratio is not None:
        factor = min(MOST_AT_ONCE, max(factor, TARGET_UPDATE_RATIO / ratio))
    to = lr * factor
    if usual is not None:
        if lr >= usual.high:
            return None
        to = max(to, usual.start) if lr < usual.low else min(to, usual.high)
    return case.change(finding, "lr", nice(to), "lr_up")


def by_update_ratio(case: Case, finding: Finding) -> Change | None:
    """Scaled so that an update is a thousandth of the weights."""
    lr, ratio = case.lr, case.usual_update_ratio
    if lr is None or ratio is None:
        return None
    to = lr * min(MOST_AT_ONCE, max(1 / MOST_AT_ONCE, TARGET_UPDATE_RATIO / ratio))
    if case.usual is not None:
        to = min(max(to, case.usual.low), case.usual.high)
    return case.change(finding, "lr", nice(to), "lr_by_update_ratio")


def decay(case: Case, finding: Finding) -> Change | None:
    """A cosine in place of a constant rate."""
    if case.word("schedule") != Schedule.CONSTANT or lr_decayed(case.run):
        return None
    return case.change(finding, "schedule", str(Schedule.COSINE), "lr_decay")


def lower_at_plateau(case: Case, finding: Finding) -> Change | None:
    """A schedule that lowers the rate when validation stalls, where the log shows that the rate was never lowered."""
    if case.word("schedule") not in ("", Schedule.CONSTANT) or lr_decayed(case.run):
        return None
    return case.change(finding, "schedule", str(Schedule.PLATEAU), "schedule_plateau")


def warm_up(case: Case, finding: Finding) -> Change | None:
    """A twentieth of the steps."""
    steps = round(WARM_UP_SHARE * case.total_steps)
    if case.number("warmup_steps") or not case.takes("warmup_steps") or steps < 1:
        return None
    return case.change(finding, "warmup_steps", int(nice(steps)), "warmup")


def clip(case: Case, finding: Finding) -> Change | None:
    """At the 90th percentile of the norms that were seen; 1 where the log has none."""
    if case.number("grad_clip"):
        return None
    norm = case.grad_norm_percentile(CLIP_PERCENTILE)
    # Adam divides the length of the gradient out: clipping still helps it against single giants
    to = 1.0 if norm is None else nice(norm)
    if to < LEAST_CLIP:  # norms of a training that has ended; a clip there would end any other
        return None
    return case.change(finding, "grad_clip", to, "clip")


def adam(case: Case, finding: Finding) -> Change | None:
    """Adam with its usual start in place of plain SGD or Adagrad."""
    if case.word("optimizer") not in (Optimizer.SGD, Optimizer.ADAGRAD):
        return None
    usual = usual_lr({**case.values, "optimizer": str(Optimizer.ADAM)})
    with_ = {} if usual is None else {"lr": usual.start}
    return case.change(finding, "optimizer", str(Optimizer.ADAM), "optimizer_adam", with_=with_)


def momentum(case: Case, finding: Finding) -> Change | None:
    """Momentum for plain SGD; its steps are ten times as long, so the rate is a third."""
    lr = case.lr
    if case.word("optimizer") != Optimizer.SGD or lr is None or case.word("model") == Model.TRANSFORMER:
        return None
    with_ = {"momentum": 0.9, "lr": nice(lr / 3)}
    return case.change(finding, "optimizer", str(Optimizer.MOMENTUM), "optimizer_momentum", with_=with_)
