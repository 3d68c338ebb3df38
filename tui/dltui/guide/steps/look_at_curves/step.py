"""Step 6: look at the curves, change what they ask for, and look again; then the final run, and what it all was worth.

The configuration that step 5 chose is trained with the decay of the learning rate that the task has, diagnosed as any
run is, and the changes that are advised are tried as trials. What is better beyond the noise is kept, until the curves
are healthy and nothing more is gained, or until the time is spent. Source: CS231n, six steps, step 6.
"""

import math

from dltui.guide.outcome import Outcome
from dltui.guide.result import StepResult
from dltui.guide.steps.arm import Arm
from dltui.guide.steps.length import trial_s
from dltui.guide.steps.look_at_curves.found import nothing, result_of
from dltui.guide.steps.look_at_curves.rounds import FINAL_TRIALS, SEEDS, Search
from dltui.guide.trial import BEFORE, FINAL, Trial, Work
from dltui_trainers.configure import as_text
from dltui_trainers.runlog import Value

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
        return nothing(list(done.values()))
    if base.get("epochs", 0) != _usual_epochs(work):
        search.final_s = FINAL_SHARE * work.left_s
    while not search.is_done():
        work.show(result_of(search, before, None))
        search.run_round()
    work.show(result_of(search, before, None))
    return result_of(search, before, _final(work, search))


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
    names = (name for name in work.settings if name not in given)
    defaults = {name: task.defaults.get(name, task.hparam(name).default) for name in names}
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
