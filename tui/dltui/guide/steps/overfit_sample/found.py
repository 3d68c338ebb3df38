"""What came of the attempts to overfit a small sample: the verdict, what to check, and how it is drawn."""

import math

from dltui.guide.levels import above, fit_a_logarithm
from dltui.guide.outcome import Outcome
from dltui.guide.result import Check, Curves, Handed, Level, Line, StepResult, Table
from dltui.guide.steps.overfit_sample.small_sample import Bar, accuracy_of, blew_up, has_begun
from dltui.guide.steps.overfit_sample.still import check_layers, check_rate, unmoved_in
from dltui.guide.steps.overfit_sample.tries import Tries, Try
from dltui.guide.steps.saying import doubtful, fault, plain, said, sound, words, worst_first
from dltui.guide.trial import Work
from dltui.texts.guide import Said
from dltui_trainers.looked import DataReport
from dltui_trainers.runlog import Value, number

NOTHING = 0.9
"""Of the loss of a constant answer: who ends above it has learned nothing."""
FALLS = 0.02
"""Of a loss of the user's own: what falls by so much learns something, wherever its lowest value lies."""
FAR_TOO_HIGH = 100.0
"""So many times a learning rate that works: what the user gave cannot be meant."""
HIGHEST_LR = 3.0
"""Ten times the highest that is usual: higher ones serve no optimiser that there is."""


def result_of(work: Work, looked: DataReport, tries: Tries) -> StepResult:
    """Return what there is to say of them."""
    first, settings = _verdict(work, looked, tries)
    rate = check_rate(tries.at_rates)
    checks = [*([rate] if rate else []), *_layer_checks(work, looked, tries)]
    if rate is None or tries.worked is not None:
        checks.append(first)  # where no learning rate could be tried, the tries say nothing of the network
    worst, *others = worst_first(checks)
    return StepResult(
        judgement=worst.judgement,
        said=worst.said,
        checks=others,
        handed=Handed(settings=settings),
        plot=_plot(looked, tries) if tries.made else None,
        table=_table(tries),
    )


def _verdict(work: Work, looked: DataReport, tries: Tries) -> tuple[Check, dict[str, Value]]:
    """The sentence on whether it was learned, and the settings that it takes, if it takes any."""
    begun = [each for each in tries.made if has_begun(each.outcome)]
    if tries.made and (tries.all_failed or (not begun and any(each.outcome.failed for each in tries.made))):
        error = next(each.outcome.error for each in tries.made if each.outcome.failed)
        return fault("overfit_sample.all_failed", error=error), {}
    if not begun or tries.base is None:
        return doubtful("overfit_sample.no_time"), {}
    if tries.worked is not None:
        return _what_worked(work, looked, tries, tries.worked)
    best = tries.best
    bar = Bar.of(best.outcome, looked)
    numbers = {"tries": len(tries.made), **_numbers(best.outcome), **_constant(looked, bar)}
    if best.outcome.by_guide or tries.base.by_guide or (work.left_s <= 0 and len(tries.made) < 3):
        return doubtful("overfit_sample.too_short", **numbers), {}
    if bar.is_near(best.outcome):
        return doubtful("overfit_sample.nearly", **numbers), {}
    if looked.own_loss and best.outcome.train_loss < above(bar.constant, -FALLS):
        return doubtful("overfit_sample.own_falls", first=bar.constant, **numbers), {}
    blown = all(blew_up(each.outcome) for each in begun)
    return fault("overfit_sample.blew_up" if blown else "overfit_sample.not_learned", **numbers), {}


def _what_worked(work: Work, looked: DataReport, tries: Tries, worked: Try) -> tuple[Check, dict[str, Value]]:
    bar = Bar.of(worked.outcome, looked)
    numbers = {**_numbers(worked.outcome), **_constant(looked, bar)}
    if worked.cause is None and looked.own_loss:
        return sound("overfit_sample.own_learned", first=bar.constant, **numbers), {}
    if worked.cause is None:
        return sound("overfit_sample.learned" if bar.by_heart else "overfit_sample.learned_small", **numbers), {}
    base = tries.base
    assert base is not None
    changed = {name: value for name, value in worked.cause.settings.items() if name != "lr"}
    numbers = {**numbers, "lr": worked.lr, "base_lr": tries.made[0].lr}
    lost = blew_up(base) or base.train_loss >= NOTHING * Bar.of(base, looked).constant
    if worked.cause.key != "lr":
        settled = any(name in work.options.settings for name in changed)
        say = fault if settled and lost else doubtful
        return say("overfit_sample.learned_with", what=words(changed), **numbers), {} if settled else changed
    if "lr" not in work.options.settings:
        return sound("overfit_sample.learned_at", **numbers), {}
    given = tries.made[0].lr
    far_too_high = lost or given >= FAR_TOO_HIGH * worked.lr or given > HIGHEST_LR
    say = fault if given > worked.lr and far_too_high else doubtful
    return say("overfit_sample.given_lr", **numbers), {}


def _constant(looked: DataReport, bar: Bar) -> dict[str, float]:
    """What a constant answer costs; nothing of a loss of the user's own, of which nobody knows."""
    return {} if looked.own_loss else {"constant": bar.constant}


def _numbers(outcome: Outcome) -> dict[str, float | str]:
    """The samples, steps, loss and accuracy of a training; no accuracy where there is none."""
    manifest = outcome.state.manifest
    numbers: dict[str, float | str] = {"loss": outcome.train_loss, "step": outcome.state.step}
    if manifest is not None and manifest.data is not None:
        numbers["samples"] = manifest.data.n_train
    accuracy = accuracy_of(outcome)
    if math.isfinite(accuracy):
        numbers["accuracy_share"] = accuracy
    return numbers


def _layer_checks(work: Work, looked: DataReport, tries: Tries) -> list[Check]:
    """Layers that do not learn. Of a network that had to be changed to learn, only the changed one counts."""
    worked = tries.worked
    if worked is not None and not worked.is_about_rate:
        return check_layers(worked.outcome, [])
    looked_at = [worked.outcome] if worked is not None else tries.at_rates[:1]
    unmoved = unmoved_in(looked, work.settings)
    return [check for each in looked_at for check in check_layers(each, unmoved)]


def _plot(looked: DataReport, tries: Tries) -> Curves:
    """The training losses, the one that worked before the others, beside the loss of a constant answer."""
    main = tries.worked or tries.best
    lines = [_line(each, main) for each in tries.made if len(each.outcome.state.train_loss)]
    constant = Bar.of(main.outcome, looked).constant
    name = "first" if looked.own_loss else "constant"
    return Curves(
        title=said("overfit_sample.plot"),
        x="step",
        lines=lines,
        levels=[Level(name=said(f"overfit_sample.{name}"), y=constant)] if math.isfinite(constant) else [],
        y_log=fit_a_logarithm(y for line in lines for y in line.y),
    )


def _line(each: Try, main: Try) -> Line:
    curve = each.outcome.state.train_loss
    steps = curve.track.axis("step").values
    values = curve.raw.values
    return Line(
        name=_name(each),
        x=[float(step) for step in steps],
        y=[number(float(value)) for value in values],
        role="main" if each is main else "bad" if blew_up(each.outcome) else "other",
    )


def _name(each: Try) -> Said:
    if each.cause is None:
        return said("overfit_sample.as_it_is", lr=each.lr)
    return plain(words(each.cause.settings))


def _table(tries: Tries) -> Table:
    heads = ("change", "lr", "train_loss", "accuracy", "steps", "all_learned")
    return Table(
        columns=[said(f"overfit_sample.head_{head}") for head in heads],
        rows=[
            [
                words(each.cause.settings) if each.cause else said("marks.as_it_is"),
                each.lr,
                number(each.outcome.train_loss),
                accuracy if math.isfinite(accuracy := accuracy_of(each.outcome)) else None,
                float(each.outcome.state.step),
                said("marks.yes" if each.learned else "marks.no"),
            ]
            for each in tries.made
        ],
    )
