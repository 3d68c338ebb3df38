"""Step 5: the best of the coarse grid, trained for longer, without decay of the learning rate, and with several seeds.

A grid of a few epochs ranks roughly. Here the ranking is settled as far as the noise between seeds allows, and where it
does not, that is said. Source: CS231n, six steps, step 5; Bouthillier et al. 2021 (arXiv:2103.03098) on seeds.
"""

import math
from collections.abc import Mapping, Sequence

from dltui.formatting import setting
from dltui.guide.levels import fit_a_logarithm
from dltui.guide.outcome import Outcome
from dltui.guide.result import Check, Curves, Handed, Judgement, Line, StepResult, Table, TableCell, known_number
from dltui.guide.steps.arm import SIGMAS, Arm, margin, noise
from dltui.guide.steps.length import at_least, trial_s
from dltui.guide.steps.saying import doubtful, plain, said
from dltui.guide.trial import Trial, Work
from dltui.texts.guide import Place, Said
from dltui_trainers.choices import Schedule
from dltui_trainers.runlog import Value, number

CANDIDATES = 3
SEEDS = 2
LEAST_EPOCHS = 10
LEAST_STEPS = 500
"""A small data set has few steps in an epoch: twenty of them would not tell anything."""
TIME_SHARE = 0.9


def run(work: Work) -> StepResult:
    """Train the candidates for longer, and hand on the best."""
    candidates = list(work.candidates[:CANDIDATES]) or [{}]
    epochs, count, seeds = _plan(work, len(candidates))
    candidates = candidates[:count]
    wanted = [_trial(work, each, epochs, seed) for seed in range(seeds) for each in candidates]

    def show(standing: Sequence[Outcome]) -> tuple[str, ...]:
        work.show(_result(candidates, standing, epochs))
        return ()

    return _result(candidates, work.trials(wanted, show), epochs)


def _plan(work: Work, candidates: int) -> tuple[int, int, int]:
    """Return epochs, candidates and seeds that fit into the time: fewer epochs first, then seeds, then candidates."""
    longest = at_least(work, work.options.refine_epochs, LEAST_STEPS)
    least = min(longest, at_least(work, LEAST_EPOCHS, LEAST_STEPS // 2))
    plans = [(candidates, SEEDS), (candidates, 1), (min(2, candidates), 1), (1, 1)]
    epochs, chosen = 1, plans[-1]
    for chosen in plans:
        rows = math.ceil(chosen[0] * chosen[1] / work.workers)
        epochs = longest if math.isinf(work.left_s) else _epochs_in(work, TIME_SHARE * work.left_s / rows, longest)
        if epochs >= least:
            break
    decided = work.decide("plan", f"{max(1, epochs)} {chosen[0]} {chosen[1]}")
    first, second, third = (int(each) for each in str(decided).split())
    return first, second, third


def _epochs_in(work: Work, seconds: float, most: int) -> int:
    rest = trial_s(work, 0)
    one = trial_s(work, 1) - rest
    return most if one <= 0 else min(most, int((seconds - rest) / one))


def _trial(work: Work, candidate: Mapping[str, Value], epochs: int, seed: int) -> Trial:
    first = work.hparams().seed
    settings: dict[str, Value] = {**candidate, "epochs": epochs, "seed": first + seed}
    if "schedule" not in work.options.settings:
        settings["schedule"] = str(Schedule.CONSTANT)
    return Trial(name=f"{_name(candidate)}-seed{seed}", settings=settings)


def _name(candidate: Mapping[str, Value]) -> str:
    return "-".join(f"{name}-{setting(value)}" for name, value in candidate.items()).replace(",", "+") or "as-it-is"


def _label(candidate: Mapping[str, Value]) -> str:
    return " ".join(f"{name} {setting(value)}" for name, value in candidate.items()) or "–"


def _result(candidates: Sequence[Mapping[str, Value]], outcomes: Sequence[Outcome], epochs: int) -> StepResult:
    arms = [Arm(settings=each, outcomes=_of(each, outcomes)) for each in candidates]
    ranked = sorted(arms, key=lambda arm: arm.mean)
    best = ranked[0]
    if not math.isfinite(best.mean):
        return StepResult(
            judgement=Judgement.FAULT if outcomes else Judgement.DOUBTFUL,
            said=said("refine.none", count=len(outcomes)),
            checks=_errors(outcomes),
            table=_table(ranked),
        )
    return StepResult(
        judgement=Judgement.SOUND,
        said=_sentence(ranked, epochs),
        checks=_errors(outcomes),
        handed=Handed(settings=dict(best.settings)),
        plot=_plot(ranked),
        table=_table(ranked),
    )


def _of(candidate: Mapping[str, Value], outcomes: Sequence[Outcome]) -> list[Outcome]:
    name = _name(candidate)
    return [each for each in outcomes if each.trial.name.rpartition("-seed")[0] == name]


def _sentence(ranked: Sequence[Arm], epochs: int) -> Said:
    best = ranked[0]
    places: dict[str, Place] = {"best": _label(best.settings), "loss": best.mean, "epochs": epochs}
    rivals = [arm for arm in ranked[1:] if math.isfinite(arm.mean)]
    if not rivals:
        return said("refine.only_one", **places)
    share = noise(ranked)
    places |= {"other": _label(rivals[0].settings), "other_loss": rivals[0].mean}
    if math.isfinite(share):
        places["noise_share"] = share
    clear = math.isfinite(share) and margin(best, rivals[0], share) >= SIGMAS
    return said("refine.clear" if clear else "refine.within_noise", **places)


def _errors(outcomes: Sequence[Outcome]) -> list[Check]:
    return [doubtful("refine.failed", trial=each.trial.name, error=each.error) for each in outcomes if each.failed]


def _plot(ranked: Sequence[Arm]) -> Curves:
    lines = []
    for arm in ranked:
        if arm.first is not None:
            trace = arm.first.state.val_loss.raw
            name = plain(_label(arm.settings))
            epochs = [float(each) for each in trace.track.axis("epoch").values]
            values = [number(float(each)) for each in trace.values]
            lines.append(Line(name=name, x=epochs, y=values, role="main" if arm is ranked[0] else "other"))
    return Curves(
        title=said("refine.plot"), x="epoch", lines=lines, y_log=fit_a_logarithm(y for line in lines for y in line.y)
    )


def _table(ranked: Sequence[Arm]) -> Table:
    seeds = max((len(arm.outcomes) for arm in ranked), default=0)
    heads = [said("refine.settings"), said("refine.mean"), said("refine.epoch")]
    heads += [said("refine.seed", seed=str(seed)) for seed in range(seeds)]
    rows: list[list[TableCell]] = []
    for arm in ranked:
        best = arm.best
        cells: list[TableCell] = [
            _label(arm.settings),
            known_number(arm.mean),
            known_number(best.best_epoch if best else math.nan),
        ]
        cells += [known_number(loss) for loss in arm.losses] + [None] * (seeds - len(arm.losses))
        rows.append(cells)
    return Table(columns=heads, rows=rows)
