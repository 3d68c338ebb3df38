"""The first line of the run screen: which run, how it does, how far it is."""

import math
from collections.abc import Iterator

from textual.content import Content

from dltui.formatting import UNKNOWN, count, duration, plan_of, rate
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.signs import STATUS_COLOURS, STATUS_SIGNS
from dltui.text import safe_text
from dltui.widgets.facts_line import FactsLine
from dltui.widgets.machine_facts import WARNING_SIGN, shortages, use_of_machine

__all__ = ["STATUS_COLOURS", "STATUS_SIGNS", "RunHeader", "progress_bar"]

BAR_CELLS = 10
_EIGHTHS = " ▏▎▍▌▋▊▉"
PAUSED_SIGN = "‖"


def progress_bar(share: float, cells: int = BAR_CELLS) -> str:
    """A bar of ``cells`` cells, filled to ``share`` in eighths of a cell."""
    eighths = round((0.0 if math.isnan(share) else min(1.0, max(0.0, share))) * cells * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(cells)


class RunHeader(FactsLine):
    """Tells of a run what there is room for."""

    def show(self, name: str, state: RunState, *, auto: bool = False) -> None:
        """Show the run called ``name`` in its present state; ``auto``: advice is followed unasked."""
        self.facts = tuple(_facts(name, state, auto))


def _facts(name: str, state: RunState, auto: bool) -> Iterator[Content]:
    yield Content.styled(safe_text(name), "bold")
    # what became of a run is known from the end of its log: while that is still being read, nothing is claimed
    claimed = not (state.loading and state.status is RunStatus.STARTING)
    yield _status(state) if claimed else Content.styled(f"{STATUS_SIGNS[state.status]} {_reading(state)}", "$secondary")
    if auto:
        yield Content.styled("auto", "$accent")
    if claimed and state.loading:
        yield Content(_reading(state))
    if state.system is not None and state.status.alive:
        for shortage in shortages(state.system):
            yield Content.styled(f"{WARNING_SIGN} {shortage}", "bold $warning")
    if state.manifest is None:
        yield from _of_foreign(state)
        return
    if not state.is_ours and not math.isfinite(state.planned_steps):  # nobody knows how long a script will train
        yield from _of_foreign(state)
        yield Content(safe_text(_device(state).strip()))
        return
    if state.status is RunStatus.RUNNING and not state.paused:
        yield Content(f"ETA {duration(state.eta_s)}")
    yield Content(f"epoch {_epoch(state)}/{plan_of(state.planned_epochs)} {_percent(state.progress)}")
    if not state.status.alive:
        yield Content(f"took {duration(state.elapsed_s)}")
    yield Content.styled(progress_bar(state.progress), "$primary on $boost")
    yield Content(f"step {count(state.step)}")
    if state.status.alive and not state.paused:
        yield Content(rate(state.steps_per_s))
    yield Content(safe_text(_device(state)))


def _status(state: RunState) -> Content:
    if state.paused:
        return Content.styled(f"{PAUSED_SIGN} paused", "$warning")
    return Content.styled(f"{STATUS_SIGNS[state.status]} {state.status}", f"${STATUS_COLOURS[state.status]}")


def _of_foreign(state: RunState) -> Iterator[Content]:
    """How far it is, as far as another program's log tells."""
    if math.isfinite(state.epoch) and state.step:
        planned = f"/{state.planned_epochs:.0f}" if math.isfinite(state.planned_epochs) else ""
        yield Content(f"epoch {_epoch(state)}{planned}")
    if state.step and state.step != state.epoch:
        yield Content(f"step {count(state.step)}")
    if state.status.alive and math.isfinite(state.steps_per_s):
        yield Content(rate(state.steps_per_s))
    elif math.isfinite(state.elapsed_s) and state.elapsed_s > 0:
        yield Content(f"took {duration(state.elapsed_s)}")
    if state.format:
        yield Content(state.format)


def _reading(state: RunState) -> str:
    share = _percent(state.share)
    return f"reading the log {share}" if share else "reading the log"


def _epoch(state: RunState) -> str:
    return f"{math.floor(state.epoch)}" if math.isfinite(state.epoch) else UNKNOWN


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{math.floor(100 * share)} %"


def _device(state: RunState) -> str:
    device = state.manifest.device if state.manifest else ""
    system = state.system
    if system is None or not state.status.alive:
        return device
    return use_of_machine(system, device)
