"""Carries out what somebody wants of a user's script, and answers each command as our own loop does.

The first process decides, and all of them do it: what is refused reaches no other one.
"""

from collections.abc import Callable

from msgspec import structs

from dltui_trainers.answers import answer, refusal, wanted
from dltui_trainers.control import Unusable
from dltui_trainers.errors import InvalidHyperparameterError, TrainerError
from dltui_trainers.recorder.order import Order
from dltui_trainers.recorder.script_dials import Dials, checked
from dltui_trainers.runlog import Command, EventRecord, Record

KINDS = ("set", "pause", "resume", "stop", "checkpoint")
ABOUT_TO_END = "the training is about to end"
NEVER_ASKED = "the script has not asked run.should_stop so far, so nothing would end it but a signal"


class ScriptCommands:
    """Who listens to the commands of one script. ``dials`` are there once it has shown an optimiser."""

    def __init__(self, write: Callable[[Record], None]) -> None:
        self.dials: Dials | None = None
        self.paused = self.stopping = False
        self.asks_stop = False
        """Whether the script has ever asked whether it should stop."""
        self.before_change: Callable[[], None] = _nothing
        """Writes the place that a change leaves; raises like ``save_now``."""
        self.save_now: Callable[[], str] = _no_state
        """Writes a checkpoint and returns its name. Raises :class:`TrainerError` and ``OSError``."""
        self._write = write

    def carry_out(self, step: int, asked: Command | Unusable, share: Callable[[Order], Order]) -> None:
        """Decide, let all processes do it (``share``), and answer."""
        if isinstance(asked, Unusable):
            self._write(refusal(step, asked, asked.reason))
            return
        try:
            answers = self._done(step, asked, share)
        except TrainerError as error:
            answers = [refusal(step, asked, str(error))]
        except OSError as error:
            answers = [refusal(step, asked, f"the checkpoint could not be written ({error.strerror or error})")]
        except Exception as error:  # the border: the objects that are turned are the script's own
            answers = [refusal(step, asked, f"it failed in the script ({type(error).__name__}: {str(error)[:200]})")]
        for each in answers:
            self._write(each)

    def apply(self, order: Order) -> str:
        """Do what all processes do; return what else is to be said."""
        if order.paused is not None:
            self.paused = order.paused
        self.stopping |= order.stopping
        return self.dials.turn(order.settings) if order.settings and self.dials is not None else ""

    def _done(self, step: int, command: Command, share: Callable[[Order], Order]) -> list[EventRecord]:
        if self.stopping:
            raise InvalidHyperparameterError(ABOUT_TO_END)
        match command.command:
            case "set":
                return self._set(step, command, share)
            case "pause" | "resume" as kind:
                is_pause = kind == "pause"
                note = "" if self.paused is not is_pause else _ALREADY[kind]
                self.apply(share(Order(paused=is_pause)))
                return [answer(step, command, note=note)]
            case "stop":
                if not self.asks_stop:
                    raise InvalidHyperparameterError(NEVER_ASKED)
                self.apply(share(Order(stopping=True)))
                return [answer(step, command)]
            case _:
                return [answer(step, command, to=self.save_now())]

    def _set(self, step: int, command: Command, share: Callable[[Order], Order]) -> list[EventRecord]:
        values = checked(self.dials, wanted(command))
        assert self.dials is not None
        self.before_change()
        before = {name: self.dials.present(name) for name in values}
        done = answer(step, command, note=self.apply(share(Order(settings=values))))
        return [
            structs.replace(done, hparam=name, from_=before[name], to=self.dials.present(name))
            for name, value in values.items()
            if before[name] != value
        ]


_ALREADY = {"pause": "it was paused already", "resume": "it was not paused"}


def _nothing() -> None: ...


def _no_state() -> str:
    raise InvalidHyperparameterError(NO_STATE)


NO_STATE = "the script has handed no state over: run.checkpoint(lambda: {...}) does, once and for all"
