"""Measures a user's network while the user's own loop trains it: by hooks on the steps of its optimisers.

What is measured waits for the next log call, which knows the step. Nothing here may raise into the training: trouble
takes the hooks away, and is told once.
"""

import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from dltui_trainers.health.non_finite import Origin
from dltui_trainers.health.outputs import OutputGauge
from dltui_trainers.health.parameters import bare
from dltui_trainers.recorder.first_non_finite import FirstNonFinite
from dltui_trainers.recorder.part import Found, Part, shares
from dltui_trainers.recorder.waiting import Waiting
from dltui_trainers.runlog import EventRecord, LayersRecord, ParametersRecord, Record

LOGS_WITHOUT_STEP = 20
"""So many steps logged without one of the optimiser: perhaps it is never called, and that should be seen."""
NOTHING: Mapping[str, float] = {}
MOST_WAITING = 64
"""Measurements that wait for a log call."""


@dataclass(slots=True)
class _Kept:
    """What was measured of some ``parts`` when the first one had done so many ``steps``."""

    steps: int
    parts: list[Part]
    records: list[Record]


class Watching:
    """All that a script wants to be watched: a network and its optimiser, or several of them."""

    def __init__(self, write: Callable[[Record], None], fail: Callable[[Exception], None]) -> None:
        """``write`` appends a record to the log; ``fail`` is told why nothing more is watched."""
        self._write_record, self._fail = write, fail
        self._parts: list[Part] = []
        self._hooks: list[Any] = []
        self._waiting = Waiting()
        self._norms: dict[str, float] = {}
        self._found: deque[_Kept] = deque(maxlen=MOST_WAITING)
        self._steps = self._steps_at_log = self._logs_without_step = 0
        self._logged: int | None = None
        self._is_between_logs = False
        self._lookout: FirstNonFinite | None = None
        self._origin: Origin | None = None

    def add(self, prefix: str, model: nn.Module, optimizers: Sequence[Optimizer], every: int | None) -> None:
        """Watch ``model`` and the ``optimizers`` that train it. ``prefix`` stands before the names of its layers."""
        inner = bare(model)
        outputs = None if is_compiled(model) else OutputGauge(inner)
        added: list[Part] = []
        for optimizer, named in shares(list(inner.named_parameters()), optimizers):
            added.append(Part(optimizer, named, prefix=prefix, every=every, outputs=None if added else outputs))
            if optimizer is not None:
                self._hooks += [
                    optimizer.register_step_pre_hook(_untraced(partial(self._before, added[-1]))),
                    optimizer.register_step_post_hook(_untraced(partial(self._after, added[-1]))),
                ]
        if outputs is not None and not self._parts:
            self._hooks.append(inner.register_forward_pre_hook(partial(self._forward, added[0]), with_kwargs=True))
            self._lookout = FirstNonFinite(inner, list(inner.named_parameters()))
        self._parts += added

    def on_log(self, step: int) -> None:
        """A step was logged: what was measured belongs to it, or to the steps before it."""
        if step != self._logged:
            done = self._steps - self._steps_at_log
            if self._found:
                self._write(step, by_count=self._logged is not None and done == step - self._logged)
            self._logs_without_step = 0 if done else self._logs_without_step + 1
            self._logged, self._steps_at_log = step, self._steps
            self._tell_origin(step)
            if self._logs_without_step >= LOGS_WITHOUT_STEP:
                self._look_between_logs(step)
        self._waiting.logged()

    def _tell_origin(self, step: int) -> None:
        """Write where the first number that is not finite arose, if it has."""
        origin, self._origin = self._origin, None
        if origin is not None:
            self._write_record(
                EventRecord(
                    step=step,
                    time=time.time(),
                    name="non_finite",
                    from_=origin.where,
                    to=origin.what,
                    reason=origin.reason,
                )
            )

    def supply(self) -> Mapping[str, float]:
        """Return what was measured since the last call, for the record of a step."""
        share = self._waiting.share()
        if share is None and not self._norms:  # most calls
            return NOTHING
        given, self._norms = self._norms, {}
        return given if share is None else {**given, "data_wait": share}

    def rest(self) -> None:
        """The training paused: that is no waiting for data."""
        self._waiting.forget()

    def end(self) -> None:
        """Take the hooks away."""
        for hook in self._hooks:
            hook.remove()
        for part in self._parts:
            part.end()
        self._hooks, self._parts = [], []

    def _before(self, part: Part, optimizer: object = None, args: Any = (), kwargs: Any = None) -> Any:
        """Measure the gradients. Where the step is given a closure (by Lightning, always), they are there after it."""
        given = kwargs or {}
        if callable(closure := given.get("closure")):
            return args, {**given, "closure": self._measured_after(closure, part)}
        if len(args) > 1 and callable(args[1]):  # the first is the optimiser
            return (args[0], self._measured_after(args[1], part), *args[2:]), given
        self._measure_gradients(part)
        return None

    def _measured_after(self, closure: Callable[[], object], part: Part) -> Callable[[], object]:
        waits = True

        def measured() -> object:
            nonlocal waits
            result = closure()
            if waits:  # L-BFGS calls it several times in a step
                waits = False
                self._measure_gradients(part)
            return result

        return measured

    def _measure_gradients(self, part: Part) -> None:
        try:
            part.before_update()
            if self._lookout is not None and part is self._parts[0]:
                self._origin = self._lookout.look(is_measured=part.is_measuring)
                self._lookout = None if self._origin is not None else self._lookout
        except Exception as error:  # the border: whatever the script's objects do, the training goes on
            self._give_up(error)

    def _after(self, part: Part, *_: object) -> None:
        try:
            if not self._parts:
                return
            is_first = part is self._parts[0]
            self._steps += is_first
            found = part.after_update()
            if found is not None:
                self._keep(part, found)
            if is_first:
                self._waiting.stepped(is_exact=found is not None or not part.is_on_gpu)
        except Exception as error:  # the border, as above
            self._give_up(error)

    def _forward(self, part: Part, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        try:
            if self._lookout is not None:
                if self._lookout.is_tracing:
                    return
                self._lookout.saw(args, kwargs)
            self._waiting.began()
            part.saw(args)
        except Exception as error:  # the border, as above
            self._give_up(error)

    def _keep(self, part: Part, found: Found) -> None:
        norms = found.norms
        if part is self._parts[0]:
            measured = {"grad_norm": norms.grad_norm, "update_ratio": norms.update_ratio}
            self._norms.update({name: value for name, value in measured.items() if value is not None})
        records: list[Record] = [found.whole] if found.whole is not None else []
        if found.has_layers and norms.layers:
            records.append(LayersRecord(step=0, time=time.time(), layers=norms.layers))
        newest = self._found[-1] if self._found else None
        # the optimisers of one step follow each other, in any order: the first one counts the steps
        if newest is None or part in newest.parts or self._steps - newest.steps > 1:
            newest = _Kept(self._steps, [], [])
            self._found.append(newest)
        newest.steps = self._steps
        newest.parts.append(part)
        _join(newest.records, records)

    def _write(self, step: int, *, by_count: bool) -> None:
        """Write what waits; ``by_count``: the script counts the optimiser's steps, so that each has its own."""
        if not by_count:
            newest = {type(record): record for kept in self._found for record in kept.records}
            self._found = deque([_Kept(self._steps, [], list(newest.values()))], maxlen=MOST_WAITING)
        while self._found:
            kept = self._found.popleft()
            for record in kept.records:
                record.step = step - (self._steps - kept.steps)
                self._write_record(record)

    def _look_between_logs(self, step: int) -> None:
        """The optimiser is never called: see what becomes of the weights from one log call to the next."""
        part = self._parts[0] if self._parts else None
        try:
            if part is not None and self._is_between_logs and (found := part.after_update()) is not None:
                self._keep(part, found)
                self._write(step, by_count=False)
            elif part is not None:
                part.before_update()
            self._is_between_logs = not self._is_between_logs
        except Exception as error:  # the border, as above
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self.end()
        self._fail(error)


def is_compiled(model: nn.Module) -> bool:
    """Whether torch.compile has been asked for it: hooks on its layers would be compiled in, or not be seen."""
    if getattr(model, "_compiled_call_impl", None) is not None:
        return True
    inner = getattr(model, "_orig_mod", None) or getattr(model, "module", None)
    return hasattr(model, "_orig_mod") or (isinstance(inner, nn.Module) and is_compiled(inner))


def _untraced(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Keep torch.compile, where a script uses it for its optimiser's step, from looking into the hook."""
    if "torch._dynamo" not in sys.modules:  # to import it takes seconds
        return hook
    found: Callable[..., Any] = torch.compiler.disable(hook)  # type: ignore[no-untyped-call]
    return found


def _join(records: list[Record], further: list[Record]) -> None:
    """Let what was measured of another part at the same step stand in the same record."""
    for each in further:
        same = next((one for one in records if type(one) is type(each)), None)
        match same, each:
            case LayersRecord(), LayersRecord():
                same.layers |= each.layers
            case ParametersRecord(), ParametersRecord():
                same.parameters |= each.parameters
                same.outputs |= each.outputs
                same.noise_scale = each.noise_scale if same.noise_scale is None else same.noise_scale
            case _:
                records.append(each)
