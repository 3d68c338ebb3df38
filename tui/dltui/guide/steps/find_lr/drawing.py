"""How a search for the learning rate is drawn: losses over learning rates, and all of them in a table."""

import math
from collections.abc import Sequence

import numpy as np

from dltui.formatting import setting
from dltui.guide.levels import fit_a_logarithm
from dltui.guide.result import Curves, Level, Line, Spot, Table, known_number
from dltui.guide.steps.find_lr.found import Found
from dltui.guide.steps.find_lr.sweep import Try
from dltui.guide.steps.saying import said
from dltui.texts.guide import Said
from dltui_trainers.runlog import number

FAR_UP = 3.0
"""Times the untrained loss at which the curve of a range test ends: what comes then would flatten all the rest."""
WIDE = 20.0


def plot_of(found: Found) -> Curves:
    """Return the losses over the learning rates."""
    sweep = found.sweep
    tame = [each for each in sweep.tries if sweep.is_usable(each) or sweep.verdict(each) == "worse"]
    wild = [each for each in sweep.tries if sweep.verdict(each) == "diverged"]
    lines = [*_range_line(found), _line("find_lr.curve", tame, "main")]
    if wild:
        lines.append(_line("find_lr.diverged", wild, "bad"))
    if found.repeats:
        lines.append(_line("find_lr.longer_curve", [Try.of(each) for each in found.repeats], "other"))
    finite = [each.val for each in sweep.tries if math.isfinite(each.val)]
    finite = [each for each in finite if each > 0] if fit_a_logarithm(finite) else []
    chosen, band = found.best_known, found.judged.band
    return Curves(
        title=said("find_lr.plot", steps=found.steps),
        x="lr",
        lines=[line for line in lines if line.x],
        levels=[Level(name=said("find_lr.untrained"), y=sweep.untrained)] if math.isfinite(sweep.untrained) else [],
        spots=[Spot(name=said("find_lr.chosen"), x=chosen.lr)] if chosen is not None else [],
        band=(band[0].lr, band[-1].lr) if len(band) > 1 else None,
        y_log=bool(finite) and max(finite) > WIDE * min(finite),
    )


def _line(key: str, tries: Sequence[Try], role: str) -> Line:
    return Line(
        name=said(key),
        x=[each.lr for each in tries],
        y=[number(each.val) for each in tries],
        role="main" if role == "main" else "bad" if role == "bad" else "other",
    )


def _range_line(found: Found) -> list[Line]:
    """The training loss of the range test over its learning rate, until it shoots up."""
    if found.range_test is None or not math.isfinite(found.sweep.first):
        return []
    rates = found.range_test.state.step_metrics["lr"].raw.values
    losses = found.range_test.state.train_loss.raw.values[: len(rates)]
    wild = np.flatnonzero(~(losses <= FAR_UP * found.sweep.first))
    until = int(wild[0]) if len(wild) else len(losses)
    inside = [index for index in range(until) if rates[index] >= min(found.rates)]
    x, y = [float(rates[index]) for index in inside], [number(float(losses[index])) for index in inside]
    return [Line(name=said("find_lr.range_test"), x=x, y=y, role="faint")]


def table_of(found: Found) -> Table:
    """Return what each learning rate came to, the lowest first."""
    sweep = found.sweep
    heads = ("lr", "loss", "train", "ratio", "mark")
    return Table(
        columns=[said(f"find_lr.{head}") for head in heads],
        rows=[
            [
                setting(each.lr),
                known_number(each.val),
                known_number(each.train),
                known_number(sweep.untrained / each.val if each.val > 0 else math.nan),
                _mark(found, each),
            ]
            for each in sweep.tries
        ],
    )


def _mark(found: Found, one: Try) -> Said | str:
    chosen = found.best_known
    if chosen is not None and one.lr == chosen.lr:
        return said("marks.taken")
    if one.lr in [each.lr for each in found.judged.band]:
        return said("marks.good")
    verdict = found.sweep.verdict(one)
    return said(f"marks.{verdict}") if verdict in ("failed", "diverged", "worse") else ""
