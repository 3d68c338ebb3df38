"""The networks and the optimisers that a script has shown: what is measured of them, set in them, and told of them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from dltui_trainers.described_model import describe_models
from dltui_trainers.errors import TrainerError
from dltui_trainers.health.parameters import bare
from dltui_trainers.recorder.heeded import Wanted
from dltui_trainers.recorder.host import Host
from dltui_trainers.recorder.optimizer_dials import OptimizerDials, bare_optimizer, optimizer_name
from dltui_trainers.recorder.script_dials import checked, settable
from dltui_trainers.recorder.watching import Watching
from dltui_trainers.runlog import Record, Value


class Watched:
    """All that a script has shown of one run: one network with its optimiser, or several."""

    def __init__(self, run: Host, write: Callable[[Record], None]) -> None:
        self._run = run
        self._watching = Watching(write, self._give_up)
        self._models: list[tuple[str, nn.Module]] = []
        self._optimizers: list[Optimizer] = []
        self._given = set(run.manifest.hparams) if run.manifest is not None else set()
        """The hyperparameters that the script has told itself: they stay as it tells them."""
        self.dials = OptimizerDials([], [])
        self._bases: dict[str, float | None] | None = None
        """What the script has given, before its first step; None where nothing is to be changed there."""

    def add(self, model: Any, optimizer: Any, every: int | None) -> None:
        """Watch ``model`` with ``optimizer``; each may be a list. Raises :class:`TypeError` for what is neither."""
        models = [_module(each) for each in _as_list(model)]
        optimizers = [bare_optimizer(each) for each in _as_list(optimizer)]
        every = every if every is None or every >= 1 else None
        for number, each in enumerate(models):
            prefix = self._prefix(each, is_alone=len(models) == 1)
            self._models.append((prefix, bare(each)))
            if self._run.is_writing:
                own = _its_own(each, optimizers) if len(models) > 1 else optimizers
                self._watching.add(prefix, each, own or (optimizers if not number else []), every)
        self._optimizers += [each for each in optimizers if all(each is not other for other in self._optimizers)]
        self.dials = OptimizerDials([each for _, each in self._models], self._optimizers)
        self._tell()
        self._run.supply = self._supply

    def on_log(self, step: int) -> None:
        """A step was logged."""
        self._watching.on_log(step)

    def rest(self) -> None:
        """The training paused."""
        self._watching.rest()

    def close(self) -> None:
        """Leave everything as it was."""
        self._watching.end()

    @property
    def present(self) -> dict[str, Value]:
        """What can be set, with the values of now."""
        return {name: self.dials.present(name) for name in settable(self.dials)}

    def change_at_first_step(self, wanted: Callable[[], Wanted]) -> None:
        """Let what is ``wanted`` then hold from the first step on.

        The script brings the state of its optimiser and schedule back when it likes, and the old values with it.
        """
        if self._bases is not None or not self._optimizers:
            return
        self._bases = {name: self.dials.base(name) for name in settable(self.dials)}
        is_done = False

        def first_step(*_: object) -> None:
            nonlocal is_done
            if is_done:  # to take the hook away here would break the loop over the hooks, and the training with it
                return
            is_done = True
            try:
                self._change(wanted())
            except TrainerError:  # the script has set them itself
                return
            except Exception as error:  # the border: whatever the script's objects do, the training goes on
                self._give_up(error)

        self._optimizers[0].register_step_pre_hook(first_step)

    def _change(self, wanted: Wanted) -> None:
        can = settable(self.dials)
        values = {name: float(value) for name, value in wanted.settings.items() if name in can and value is not None}
        if wanted.is_anew:
            values = {name: self._moved(name, value) for name, value in values.items() if not self._has(name, value)}
        if values:
            self.dials.turn(checked(self.dials, {name: repr(value) for name, value in values.items()}))

    def _has(self, name: str, value: float) -> bool:
        """Whether the script has given that value itself: it reads ``run.hparams``."""
        base = (self._bases or {}).get(name)
        return base is not None and math.isclose(base, value, rel_tol=1e-6)

    def _moved(self, name: str, value: float) -> float:
        """The rate of this step, where a schedule may warm up, if ``value`` had been given from the beginning."""
        base, present = (self._bases or {}).get(name), self.dials.present(name)
        return present * value / base if name == "lr" and base and present else value

    def _supply(self, step: int) -> dict[str, object]:
        try:
            lr = float(self._optimizers[0].param_groups[0]["lr"]) if self._optimizers else None
            measured = self._watching.supply()
        except Exception as error:  # the border, as above
            self._run.supply = None
            self._give_up(error)
            return {}
        given: dict[str, object] = {} if lr is None else {"lr": lr}
        given.update(measured)
        return given

    def _prefix(self, model: nn.Module, *, is_alone: bool) -> str:
        """What stands before the names of its layers, where there are several networks."""
        if is_alone and not self._models:
            return ""
        name = type(bare(model)).__name__
        taken = sum(prefix.startswith(name) for prefix, _ in self._models)
        return f"{name}{taken + 1}." if taken else f"{name}."

    def _tell(self) -> None:
        """Write into the manifest what is known now."""
        manifest = self._run.manifest
        if manifest is None:
            return
        optimized = [each for one in self._optimizers for group in one.param_groups for each in group["params"]]
        known: dict[str, Value] = {name: value for name, value in self.present.items() if _is_plain(value)}
        if self._optimizers:
            known["optimizer"] = optimizer_name(self._optimizers[0])
        first = next((each for _, model in self._models for each in model.parameters()), None)
        self._run.rewrite_manifest(
            hparams={**manifest.hparams, **{name: known[name] for name in known if name not in self._given}},
            model=describe_models(self._models, optimized if self._optimizers else None),
            device=str(first.device) if first is not None else manifest.device,
            versions={**manifest.versions, "torch": str(torch.__version__)},
            settable=settable(self.dials),
        )

    def _give_up(self, error: Exception) -> None:
        text = (
            f"the network is not watched any more ({type(error).__name__}: {str(error)[:200]}); the training goes on."
        )
        self._run.warner.once("watch", text)


def _as_list(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, (list, tuple)) else [given]


def _module(model: Any) -> nn.Module:
    if not isinstance(model, nn.Module):
        raise TypeError(f"watch() was given a {type(model).__name__}, which is no torch.nn.Module")
    return model


def _its_own(model: nn.Module, optimizers: Sequence[Optimizer]) -> list[Optimizer]:
    """Those of the optimisers that have parameters of ``model``."""
    own = {id(each) for each in model.parameters()}
    return [one for one in optimizers if any(id(each) in own for group in one.param_groups for each in group["params"])]


def _is_plain(value: Value) -> bool:
    return not isinstance(value, float) or math.isfinite(value)
