"""What a sweep of the learning rate came to: the verdict and the doubts."""

from dltui.guide.result import Check, Handed, Judgement, StepResult
from dltui.guide.steps.find_lr.drawing import plot_of, table_of
from dltui.guide.steps.find_lr.found import Found
from dltui.guide.steps.find_lr.sweep import Try
from dltui.guide.steps.find_lr.worth_learning import Learned, neighbours_know, still_falls
from dltui.guide.steps.saying import doubtful, fault, sound, worst_first
from dltui.guide.trial import Work
from dltui_trainers.runlog import Value

TELLING = ("find_lr.little", "find_lr.still_falls", "find_lr.own_little")
"""What is said where little was learned and yet one learning rate was better than others. Else none is handed on."""


def result_of(work: Work, found: Found, *, underway: bool = False) -> StepResult:
    """Return what there is to say. ``underway``: more trials are to come, so nothing is missing, or wrong, yet."""
    first, settings = _underway(found) if underway else _verdict(work, found)
    checks = [] if underway else worst_first(_checks(work, found, first))
    judgement = min([first, *checks], key=lambda check: check.judgement.rank).judgement
    return StepResult(
        judgement=judgement,
        said=first.said,
        checks=checks,
        handed=Handed(settings=settings if found.given is None and judgement is not Judgement.FAULT else {}),
        plot=plot_of(found) if found.outcomes else None,
        table=table_of(found) if found.swept else None,
    )


def _underway(found: Found) -> tuple[Check, dict[str, Value]]:
    return sound("find_lr.underway", count=len(found.swept), wanted=len(found.rates)), {}


def _verdict(work: Work, found: Found) -> tuple[Check, dict[str, Value]]:
    if not found.swept:
        return doubtful("find_lr.no_time"), {}
    wrong = found.fault_of_rates
    if wrong is not None:
        return wrong, {}
    best = found.best_known
    if best is None:
        return doubtful("find_lr.too_few", count=len(found.swept)), {}
    settings: dict[str, Value] = {"lr": best.lr}
    if found.given is not None:
        return _of_given(work, found), {}
    if found.learned(work.looked) is Learned.CLEARLY:
        return _of_best(found, best), settings
    check = _of_nothing(work, found, best)
    return check, settings if check.said.key in TELLING else {}


def _of_best(found: Found, best: Try) -> Check:
    band = found.judged.band or [best]
    places = {
        "lr": best.lr,
        "steps": found.steps_judged,
        "loss": best.val,
        "untrained": found.sweep.untrained,
        "low": band[0].lr,
        "high": band[-1].lr,
    }
    return sound("find_lr.found" if len(band) > 1 else "find_lr.found_one", **places)


def _of_given(work: Work, found: Found) -> Check:
    """What to say of the user's learning rate, beside those that are three times lower and higher."""
    sweep = found.sweep
    assert found.given is not None
    own = next((each for each in sweep.tries if each.lr == found.given), None)
    if own is None or own.failed:
        return doubtful("find_lr.given_unknown", lr=found.given)
    better = found.best_known
    assert better is not None
    places = {"lr": own.lr, "loss": own.val, "untrained": sweep.untrained}
    if better.lr != own.lr:
        places |= {"other": better.lr, "other_loss": better.val}
    if sweep.verdict(own) == "diverged":
        return fault("find_lr.given_diverged", **places)
    if own in sweep.band and found.learned(work.looked) is Learned.CLEARLY:
        return sound("find_lr.given_good", **places)
    return doubtful("find_lr.given_doubtful", **places)


def _of_nothing(work: Work, found: Found, best: Try) -> Check:
    """What to say where no training has clearly learned: a fault only where it is sure that there is nothing."""
    looked, nothing = work.looked, found.nothing(work.looked)
    ends = [nothing.share(each.last_loss) for each in (*found.swept, *found.repeats) if not each.failed]
    places = {
        "loss": nothing.loss,
        "best": (1 - max(ends)) * nothing.loss,
        "lr": best.lr,
        "steps": found.steps_judged,
        "samples": nothing.n_val,
    }
    if looked is not None and looked.own_loss:
        if max(ends, default=0.0) > 0:
            return doubtful("find_lr.own_little", **places)
        return (fault if found.repeats else doubtful)("find_lr.own_nothing", **places)
    if found.learned(looked) is Learned.UNCLEAR:
        return doubtful("find_lr.little", **places)
    if any(still_falls(each.val_losses.tolist(), nothing) for each in found.repeats):
        return doubtful("find_lr.still_falls", **places)
    if looked is None or not found.repeats or len(found.swept) < len(found.rates):
        return doubtful("find_lr.nothing_yet", **places)
    if not nothing.is_told_apart:
        return doubtful("find_lr.too_few_samples", **places)
    if neighbours_know(looked):
        return doubtful("find_lr.neighbours_know", **places)
    return fault("find_lr.nothing_learned", **places)


def _checks(work: Work, found: Found, first: Check) -> list[Check]:
    sweep, checks = found.sweep, []
    missing = len(found.rates) - len(found.swept)
    if missing and found.swept:
        checks.append(doubtful("find_lr.missing", count=len(found.swept), wanted=len(found.rates)))
    if first.judgement is not Judgement.FAULT and any(each.failed for each in sweep.tries):
        lost = [each for each in sweep.tries if each.failed]
        checks.append(doubtful("find_lr.failed", count=len(lost), lr=lost[0].lr, error=lost[0].error))
    if found.steps < work.options.sweep_steps:
        checks.append(sound("find_lr.fewer_steps", steps=found.steps, wanted=work.options.sweep_steps))
    if found.given is None and found.range_test is None and found.swept and not missing:
        checks.append(sound("find_lr.fewer_rates", count=len(found.rates)))
    if first.said.key in ("find_lr.found", "find_lr.found_one"):
        checks += _of_range(found)
    return checks


def _of_range(found: Found) -> list[Check]:
    """What there is to say of the ends: where it diverges, whether the range was wide enough."""
    sweep, checks = found.judged, []
    best, chosen = sweep.best, sweep.chosen
    if best is None or chosen is None:
        return []
    if found.longer and found.repeats:
        checks.append(doubtful("find_lr.slow", steps=found.steps, longer=found.steps_judged))
    elif sweep.end and not found.longer:
        checks.append(doubtful(f"find_lr.at_{sweep.end}_end", lr=best.lr))
    elif found.widened:
        checks.append(sound(f"find_lr.widened_{found.widened}", low=min(found.rates), high=max(found.rates)))
    if chosen is not best:
        checks.append(sound("find_lr.stepped_back", best=best.lr, lr=chosen.lr))
    elif sweep.is_at_edge:
        checks.append(doubtful("find_lr.at_edge", lr=best.lr))
    wild = [each for each in found.sweep.with_verdict("diverged") if each.lr > best.lr]
    if wild:
        checks.append(sound("find_lr.diverges_from", lr=wild[0].lr))
    return checks
