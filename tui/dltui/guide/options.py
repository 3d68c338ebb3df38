"""What a person may say of a guide before it starts, or change while it runs; all of it is checked here."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from dltui.errors import UsageError
from dltui.text import safe_text

STEPS = range(7)
"""0 know the data, 1 initial loss, 2 overfit a small sample, 3 find the learning rate, 4 coarse grid, 5 refine, 6 look
at the curves."""
LONGEST_S = 30 * 86400.0
MOST_WORKERS = 64
MOST_TRIALS = 200
MOST_DECADES = 12.0
LEAST_RATE, MOST_RATE = 1e-12, 1e3


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a guide goes about it. Build one with :func:`checked`.

    ``settings``: hyperparameters that are given and that no step changes. ``budget_s``: for all of it, in seconds; 0:
    chosen once the data are known. ``workers``: trials at a time; 0: one a core, on a GPU one. ``skip``: steps that are
    left out. ``lr_low`` to ``lr_high`` is swept in ``lr_points`` trials of ``sweep_steps`` steps each; ``lr_factors``
    and ``weight_decays`` span the coarse grid. ``rounds``: how often step 6 leads back to step 5, at most.
    """

    settings: dict[str, str] = {}
    budget_s: float = 0.0
    workers: int = 0
    skip: tuple[int, ...] = ()
    per_class: int = 8
    lr_low: float = 1e-5
    lr_high: float = 1.0
    lr_points: int = 11
    sweep_steps: int = 100
    lr_factors: tuple[float, ...] = (0.5, 1.0, 2.0)
    weight_decays: tuple[float, ...] = (0.0, 1e-5, 1e-4, 1e-3)
    coarse_epochs: int = 5
    refine_epochs: int = 20
    rounds: int = 30


EDITABLE = tuple(name for name in Options.__struct_fields__ if name not in ("settings", "skip"))
"""What can be changed while a guide runs; it holds for the steps that are still to come."""


def checked(options: Options) -> Options:
    """Return the options. Raises :class:`UsageError` with one sentence for what makes no sense."""
    _within("budget", options.budget_s, 0.0, LONGEST_S, "seconds")
    _within("workers", options.workers, 0, MOST_WORKERS)
    _within("per_class", options.per_class, 1, 1000)
    _within("sweep_steps", options.sweep_steps, 10, 1_000_000)
    _within("coarse_epochs", options.coarse_epochs, 1, 1_000_000)
    _within("refine_epochs", options.refine_epochs, 1, 1_000_000)
    _within("rounds", options.rounds, 0, 1000)
    _check_rates(options)
    _several("lr_factors", options.lr_factors, 1e-3, 1e3)
    _several("weight_decays", options.weight_decays, 0.0, 10.0)
    if len(options.lr_factors) * len(options.weight_decays) > MOST_TRIALS:
        raise UsageError(f"lr_factors x weight_decays are more than {MOST_TRIALS} trials: name fewer of them.")
    for step in options.skip:
        if step not in STEPS:
            raise UsageError(f"There is no step {step} to skip: the steps are 0 to 6.")
    if set(options.skip) >= set(STEPS):
        raise UsageError("All steps are skipped: nothing is left to do.")
    return options


def changed(options: Options, changes: Mapping[str, Any]) -> Options:
    """Return the options with ``changes``, checked. Raises :class:`UsageError`, for an unknown name too."""
    for name in changes:
        if name not in EDITABLE:
            raise UsageError(f"'{safe_text(name)[:40]}' cannot be changed here; what can: {', '.join(EDITABLE)}.")
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in changes.items()}
    try:
        return checked(msgspec.convert({**msgspec.to_builtins(options), **values}, Options))
    except msgspec.ValidationError as error:
        raise UsageError(f"That cannot be: {error}.") from None


def _check_rates(options: Options) -> None:
    low, high = options.lr_low, options.lr_high
    if not (LEAST_RATE <= low < high <= MOST_RATE):
        raise UsageError(
            f"The learning rates from {low:g} to {high:g} make no range: take two numbers above 0, the lower one first,"
            " such as 1e-5,1."
        )
    if math.log10(high / low) > MOST_DECADES:
        raise UsageError(f"From {low:g} to {high:g} is more than {MOST_DECADES:g} decades: take a narrower range.")
    _within("lr_points", options.lr_points, 3, 100)


def _within(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise UsageError(f"{name} = {value:g} cannot be: take {low:g} to {high:g}{f' {unit}' if unit else ''}.")


def _several(name: str, values: Sequence[float], low: float, high: float) -> None:
    if not values:
        raise UsageError(f"{name} names nothing: give at least one number.")
    for value in values:
        _within(name, value, low, high)
    if len(set(values)) < len(values):
        raise UsageError(f"{name} names the same number twice.")
