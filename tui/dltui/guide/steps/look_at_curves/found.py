"""What step 6 came to: what the final run is worth, what each round brought, and the curves before and after."""

import math
from collections.abc import Sequence
from typing import Literal

from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Severity, Verdict
from dltui.formatting import setting
from dltui.guide.levels import fit_a_logarithm
from dltui.guide.outcome import Outcome
from dltui.guide.result import Check, Curves, Handed, Judgement, Line, StepResult, Table, TableCell, known_number
from dltui.guide.steps.look_at_curves.proposals import Proposal
from dltui.guide.steps.look_at_curves.rounds import Round, Search
from dltui.guide.steps.saying import doubtful, said, sound
from dltui.guide.trial import BEFORE
from dltui.texts.guide import Place, Said
from dltui_trainers.runlog import Value, number

MOST_TOLD = 8
"""Of what was tried in a round; the folder has all of it."""
MOST_POINTS = 400
"""Of a curve that is kept with the result: no screen shows more."""


def nothing(outcomes: Sequence[Outcome]) -> StepResult:
    """Return what there is to say where no training came to anything."""
    errors = [each for each in outcomes if each.failed]
    return StepResult(
        judgement=Judgement.FAULT if outcomes else Judgement.DOUBTFUL,
        said=said("look_at_curves.none", count=len(outcomes)),
        checks=[_failed(each) for each in errors],
    )


def result_of(search: Search, before: Outcome | None, final: Outcome | None) -> StepResult:
    """Return what it has come to; ``final`` is None while the rounds go on."""
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
        places["before"] = before.best_loss
        if min(shown.best_loss, before.best_loss) > 0:
            places["change_share"] = abs(1 - shown.best_loss / before.best_loss)
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
    y_log = fit_a_logarithm(y for line in lines for y in line.y)
    return Curves(title=said("look_at_curves.plot"), x="epoch", lines=lines, y_log=y_log)


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
