"""The doctor's next step: a pure function of the trainings so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from dltui.advice.change import Apply
from dltui.advice.change import Change as Advice
from dltui.search.study.options import Change
from dltui.search.trials.trials import Request
from dltui.texts import Texts
from dltui.tune.candidate import Candidate, has_failed_before, is_open
from dltui.tune.further import GRADUAL, further, halfway
from dltui.tune.neighbours import faster, highest_lr, neighbours, rate_first
from dltui.tune.patient import Examined, Patient
from dltui.tune.saying import say
from dltui_trainers.configure import as_text
from dltui_trainers.runlog import Value

LEARNED = 0.05
"""Of the loss of the untrained network: who has not come below by so much has learned nothing."""
EARLY = 0.5
"""A branch has at least half of the training before it: a change needs time to show what it is worth."""


class Nothing(StrEnum):
    """Why nothing is done any more."""

    HEALTHY = "healthy"
    """The curves ask for no change."""
    LEFT = "nothing_left"
    """All that could be tried was tried, or there are no curves to go by."""


def next_trial(patient: Patient) -> Request | Nothing:
    """Return what to train next, or why nothing is. The first trial is the settings as they were given."""
    state = patient.state
    if state is None or state.manifest is None:
        return Nothing.LEFT
    examined = Examined(state, state.manifest)
    thorough, fixed = patient.options.thorough, frozenset(patient.options.fixed)
    if examined.is_healthy and not thorough:
        return Nothing.HEALTHY
    for candidate in _candidates(examined, patient):
        if not is_open(candidate, examined, fixed) or has_failed_before(candidate, patient.trials, examined.values):
            continue
        if not was_trained(candidate, examined, patient):
            return _request(candidate, examined, patient)
    return Nothing.LEFT


def _candidates(examined: Examined, patient: Patient) -> Iterator[Candidate]:
    advised = list(_advised(examined))
    if _is_stuck(examined) and any(each.parent == patient.base.number for each in patient.trials):
        yield _together(advised)
    if advised and "lr" not in advised[0].settings:
        yield from rate_first(examined, patient.trials)
    yield from _repeated(advised, patient)
    yield from advised
    yield from halfway(examined.values, patient.trials)
    if patient.options.thorough:
        fixed = frozenset(patient.options.fixed)
        yield from further(patient.trials, ("lr",), highest_lr=highest_lr(examined))
        yield from faster(examined, patient.trials, fixed)
        yield from further(patient.trials, [name for name in GRADUAL if name != "lr"])
        yield from neighbours(examined, fixed, len(patient.trials))


def _advised(examined: Examined) -> Iterator[Candidate]:
    texts = Texts.load()
    for each in examined.advice:
        yield Candidate(
            settings=each.settings,
            why=texts.change(each).why,
            symptom=str(each.symptom),
            at_step=_branch_at(each, examined),
        )


def _repeated(advised: Sequence[Candidate], patient: Patient) -> Iterator[Candidate]:
    """The first advice, where it is what helped just now, by larger steps than before."""
    if advised and advised[0].settings.keys() == patient.base.change.keys():
        yield from (
            replace(each, symptom=advised[0].symptom)
            for each in further(patient.trials, [*advised[0].settings], is_asked=True)
        )


def _is_stuck(examined: Examined) -> bool:
    """Whether the validation loss has hardly come below that of the untrained network."""
    losses, best = examined.state.val_loss.raw.values, examined.state.best
    return best is not None and len(losses) > 0 and not best.val_loss < (1 - LEARNED) * losses[0]


def _together(advised: Sequence[Candidate]) -> Candidate:
    """All of the advice at once: where several things keep a network from learning, the cure of one shows nothing."""
    settings = {name: to for each in reversed(advised) for name, to in each.settings.items()}
    return Candidate(
        settings=settings,
        why=say("together"),
        symptom=advised[0].symptom if advised else "",
    )


def _branch_at(advice: Advice, examined: Examined) -> int | None:
    """The step that a branch goes on from, where the advice can be followed in one and enough would be left of it."""
    planned = examined.state.planned_steps
    if advice.apply is Apply.RESTART or advice.at_step is None or not advice.at_step <= EARLY * planned:
        return None
    return int(advice.at_step)


def _request(candidate: Candidate, examined: Examined, patient: Patient) -> Request:
    change: Change = {name: (examined.values.get(name), to) for name, to in candidate.settings.items()}
    return Request(
        settings={**patient.base.settings, **candidate.settings},
        seeds=(patient.options.seed,),
        parent=patient.base.number,
        at_step=candidate.at_step,
        change=change,
        symptom=candidate.symptom,
        why=candidate.why,
    )


def was_trained(candidate: Candidate, examined: Examined, patient: Patient) -> bool:
    """Whether a trial had just these settings; a name that it does not set had the value that was there at first."""
    first: dict[str, Value] = {name: examined.values.get(name) for name in candidate.settings}
    for each in reversed(patient.trials):
        first |= {name: before for name, (before, _) in each.change.items()}
    wanted = _written({**first, **patient.base.settings, **candidate.settings})
    return any(_written({**first, **each.settings}) == wanted for each in patient.trials)


def _written(settings: Mapping[str, Value]) -> dict[str, str]:
    return {name: as_text(value) for name, value in settings.items()}
