"""Step 6: look at the curves, change what they ask for, and look again; then the final run, and what it all was worth.

The configuration that step 5 chose is trained with the decay of the learning rate that the task has, diagnosed as any
run is, and the changes that are advised are tried as trials. What is better beyond the noise is kept, until the curves
are healthy and nothing more is gained, or until the time is spent. Source: CS231n, six steps, step 6.
"""

import math
from collections.abc import Sequence
from typing import Literal

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Severity, Verdict
from dltui.formatting import setting
from dltui.guide.outcome import Outcome
from dltui.guide.result import Check, Curves, Handed, Judgement, Line, StepResult, Table, TableCell, known_number
from dltui.guide.steps.arm import Arm
from dltui.guide.steps.length import trial_s
from dltui.guide.steps.look_at_curves.proposals import Proposal
from dltui.guide.steps.look_at_curves.rounds import FINAL_TRIALS, SEEDS, Round, Search
from dltui.guide.steps.saying import doubtful, said, sound
from dltui.guide.trial import BEFORE, FINAL, Trial, Work
from dltui.texts.guide import Place, Said
from dltui_trainers.configure import as_text
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value, number

TRIALS = 16.0
"""The time should do for at least so many trials of the full length; where it does not they are made shorter."""
FINAL_ROOM = 0.8
"""Of the time of the trial that the final run repeats: with less left it would be cut short."""
FINAL_SHARE = 0.3
"""Of the time, for the final run where the trials are shorter than a training usually is."""
LONGER = 3.0
"""The final run has so many times the epochs of a trial at most."""
BEFORE_SHARE = 0.3
"""Of the time, for the training with the defaults."""
MOST_TOLD = 8
"""Of what was tried in a round; the folder has all of it."""
MOST_POINTS = 400
"""Of a curve that is kept with the result: no screen shows more."""


def run(work: Work) -> StepResult:
    """Look and change until it is good or the time is up; then make the final run."""
    base = _settings(work)
    search = Search(work=work, best=Arm(settings=base, outcomes=()))
    wanted = [search.trial("r0", {}, seed) for seed in range(SEEDS)]
    done = {each.trial.name: each for each in work.trials([*wanted, _before(work)])}
    before = done.get(BEFORE)
    search.best = Arm(settings=base, outcomes=[done[each.name] for each in wanted if each.name in done])
    if before is not None and _is_better(before, search.best):
        _go_back(search, before)
    if not math.isfinite(search.best.mean):
        return _nothing(list(done.values()))
    if base.get("epochs", 0) != _usual_epochs(work):
        search.final_s = FINAL_SHARE * work.left_s
    while not search.is_done():
        work.show(_result(work, search, before, None))
        search.run_round()
    work.show(_result(work, search, before, None))
    return _result(work, search, before, _final(work, search))


def _is_better(before: Outcome, best: Arm) -> bool:
    """Whether the defaults did better with the same seed."""
    return not before.by_guide and Arm(settings={}, outcomes=[before]).mean < min(best.losses[:1], default=math.inf)


def _go_back(search: Search, before: Outcome) -> None:
    """Go on from the defaults, if they are better than what the steps came to, with a second seed as well."""
    settings = {name: value for name, value in before.trial.settings.items() if name != "seed"}
    arm = Arm(settings={**settings, "epochs": search.work.hparams().epochs}, outcomes=[before])
    candidate = Search(work=search.work, best=arm)
    second = search.work.trials([candidate.trial(BEFORE, {}, 1)])
    arm = Arm(settings=arm.settings, outcomes=[before, *second])
    if arm.mean < search.best.mean:
        search.best, search.went_back = arm, True


def _usual_epochs(work: Work) -> int:
    return max(work.hparams().epochs, work.options.refine_epochs)


def _settings(work: Work) -> dict[str, Value]:
    """How long the trials are: as the task has it, or shorter where the time would not do for enough of them."""
    if "epochs" in work.options.settings:
        return {}
    wanted = _usual_epochs(work)
    if math.isfinite(work.left_s):
        rest = trial_s(work, 0)
        one = trial_s(work, 1) - rest
        room = (work.left_s * work.workers / TRIALS - rest) / one if one > 0 else math.inf
        wanted = max(1, min(wanted, int(min(room, 1e9))))
    return {"epochs": work.decide("epochs", wanted)}


def _before(work: Work) -> Trial:
    """The training as it was before the guide: with the defaults for all that the steps have chosen.

    Where it is not done after a part of the time it says nothing, and is stopped.
    """
    task = work.info
    given = set(work.options.settings)
    defaults = {name: task.defaults.get(name, CATALOGUE[name].default) for name in work.settings if name not in given}
    settings = {name: as_text(value) for name, value in defaults.items()}
    return Trial(name=BEFORE, settings=settings, limit_s=BEFORE_SHARE * work.left_s)


def _final(work: Work, search: Search) -> Outcome | None:
    """Make the final run: the best configuration with the seed that did best, for as long as there is time.

    It has more epochs than the trials where the time allows and nobody has given them. Beside it runs one with another
    seed, and one as long as the trials where it is longer. The best of all is the final one: also the trial
    that it would have repeated.
    """
    best = search.best.best
    assert best is not None
    if work.left_s < FINAL_ROOM * search.trial_s:
        return best
    made = work.trials(_final_trials(work, search, best))
    search.broken = [each for each in made if each.failed]
    return min([*made, best], key=lambda each: Arm(settings={}, outcomes=[each]).mean)


def _final_trials(work: Work, search: Search, best: Outcome) -> list[Trial]:
    seed = best.trial.settings.get("seed", work.hparams().seed)
    epochs = work.hparams(search.best.settings).epochs
    room = 1.0 if math.isinf(work.left_s) else work.left_s / (search.trial_s * FINAL_TRIALS)
    longer = "epochs" not in work.options.settings and room > FINAL_TRIALS
    total = int(work.decide("final epochs", round(epochs * min(LONGER, room)) if longer else epochs) or epochs)
    settings = {**search.best.settings, **({"epochs": total} if total > epochs else {}), "seed": seed}
    trials = [Trial(name=FINAL, settings=settings)]
    if total > epochs and work.workers > 1:
        other = next((each for each in search.best.outcomes if each is not best), None)
        if other is not None:
            again = {**settings, "seed": other.trial.settings.get("seed")}
            trials.append(Trial(name=f"{FINAL}-again", settings=again))
    return trials


def _nothing(outcomes: Sequence[Outcome]) -> StepResult:
    errors = [each for each in outcomes if each.failed]
    return StepResult(
        judgement=Judgement.FAULT if outcomes else Judgement.DOUBTFUL,
        said=said("look_at_curves.none", count=len(outcomes)),
        checks=[_failed(each) for each in errors],
    )


def _result(work: Work, search: Search, before: Outcome | None, final: Outcome | None) -> StepResult:
    shown = final if final is not None and math.isfinite(final.best_loss) else search.best.best
    assert shown is not None
    diagnosis = examine(shown.state)
    checks = [Check(judgement=_judgement(diagnosis.verdict), said=_verdict(diagnosis))]
    if search.went_back:
        checks.append(doubtful("look_at_curves.went_back"))
    checks += [_told(number, each) for number, each in enumerate(search.rounds, start=1)]
    checks = [*map(_failed, search.broken), *checks]
    return StepResult(
        judgement=min((each.judgement for each in checks), key=lambda each: each.rank),
        said=_difference(shown, before, final),
        checks=checks,
        handed=Handed(settings=_handed(search, shown), final=shown.trial.name if final is not None else ""),
        plot=_plot(shown, before),
        table=_table(search, before, final),
    )


def _handed(search: Search, shown: Outcome) -> dict[str, Value]:
    """The settings of the run that is shown."""
    own = {name: value for name, value in shown.trial.settings.items() if name in ("seed", "epochs")}
    return {**search.best.settings, **own}


def _judgement(verdict: Verdict) -> Judgement:
    return Judgement.SOUND if verdict is Verdict.GOOD_FIT else Judgement.DOUBTFUL


def _verdict(diagnosis: Diagnosis) -> Said:
    worst = next((each for each in diagnosis.findings if each.severity is not Severity.INFO), None)
    places: dict[str, Place] = {"verdict": str(diagnosis.verdict), **({"symptom": str(worst.symptom)} if worst else {})}
    return said("look_at_curves.verdict_and_symptom" if worst else "look_at_curves.verdict", **places)


def _difference(shown: Outcome, before: Outcome | None, final: Outcome | None) -> Said:
    places: dict[str, Place] = {"loss": shown.best_loss, "epoch": shown.best_epoch}
    known = before is not None and not before.by_guide and math.isfinite(before.best_loss)
    if before is not None and known:
        places |= {"before": before.best_loss, "change_share": abs(1 - shown.best_loss / before.best_loss)}
    when = "final" if final is not None else "so_far"
    if not known:
        return said(f"look_at_curves.{when}", **places)
    lower = before is not None and shown.best_loss < before.best_loss
    return said(f"look_at_curves.{when}_{'lower' if lower else 'not_lower'}", **places)


def _told(number: int, each: Round) -> Check:
    tried = [_label(one) for one, _ in _ranked(each)]
    more = [f"… (+{len(tried) - MOST_TOLD})"] if len(tried) > MOST_TOLD else []
    places: dict[str, Place] = {"round": str(number), "tried": ", ".join([*tried[:MOST_TOLD], *more])}
    if each.kept is None:
        return sound("look_at_curves.round_kept_none", **places)
    places |= {"kept": _label(each.kept), "why": each.kept.why, "before": each.before, "after": each.after}
    return sound("look_at_curves.round_kept", **places)


def _ranked(each: Round) -> list[tuple[Proposal, float]]:
    """What was tried in a round, the best first."""
    return sorted(each.tried, key=lambda one: one[1] if math.isfinite(one[1]) else math.inf)


def _label(proposal: Proposal) -> str:
    return " ".join(f"{name} {setting(value)}" for name, value in proposal.settings.items())


def _failed(outcome: Outcome) -> Check:
    return doubtful("look_at_curves.failed", trial=outcome.trial.name, error=outcome.error)


def _plot(shown: Outcome, before: Outcome | None) -> Curves:
    lines = [_line("look_at_curves.val", shown, "main"), _line("look_at_curves.train", shown, "faint")]
    if before is not None and len(before.val_losses):
        lines.append(_line("look_at_curves.val_before", before, "other"))
    return Curves(title=said("look_at_curves.plot"), x="epoch", lines=lines, y_log=True)


def _line(key: str, outcome: Outcome, role: Literal["main", "other", "faint"]) -> Line:
    trace = outcome.state.train_loss.smooth if role == "faint" else outcome.state.val_loss.raw
    every = max(1, len(trace) // MOST_POINTS)
    x = [float(each) for each in trace.track.axis("epoch").values[::every]]
    return Line(name=said(key), x=x, y=[number(float(each)) for each in trace.values[::every]], role=role)


def _table(search: Search, before: Outcome | None, final: Outcome | None) -> Table:
    rows: list[list[TableCell]] = []
    if before is not None:
        stopped = said("marks.stopped") if before.by_guide else ""
        rows.append(["0", BEFORE, known_number(before.best_loss), stopped])
    for at, each in enumerate(search.rounds, start=1):
        for proposal, loss in _ranked(each)[:MOST_TOLD]:
            kept = each.kept is not None and set(proposal.settings.items()) <= set(each.kept.settings.items())
            rows.append([str(at), _label(proposal), known_number(loss), said("marks.kept") if kept else ""])
    if final is not None:
        rows.append(["", final.trial.name, known_number(final.best_loss), ""])
    heads = ("round", "change", "loss", "mark")
    return Table(columns=[said(f"look_at_curves.{head}") for head in heads], rows=rows)
