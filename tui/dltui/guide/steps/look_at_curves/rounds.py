"""The loop from step 6 back to step 5: look at the curves of the best configuration, try what should make it better,
and go on with what did."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.diagnosis.finding import Diagnosis, Severity, Verdict
from dltui.guide.levels import above
from dltui.guide.outcome import Outcome
from dltui.guide.steps.arm import Arm, course, margin, noise
from dltui.guide.steps.length import trial_s
from dltui.guide.steps.look_at_curves.proposals import Present, Proposal, fingerprint, proposals
from dltui.guide.steps.look_at_curves.variations import variations
from dltui.guide.trial import Supervise, Trial, Work
from dltui_trainers.errors import TrainerError
from dltui_trainers.runlog import Value

SEEDS = 2
CLEARLY = 1.0
"""Standard errors by which a change must be better to be kept. A wrong step costs little, since the next round may take
another; so less is asked than of a claim."""
HOPELESS, HOPELESS_FROM = 1.25, 0.4
"""A trial whose best is a quarter above that of the present configuration after the same share of its epochs, from two
fifths on, is stopped (after the median rule of Golovin et al. 2017, Google Vizier)."""
MOST_AT_ONCE = 32
FINAL_TRIALS = 1.3
"""The final run is one more such trial, and may take a little longer."""
FAR_UP = 10.0
"""Times the learning rate that the steps before have found: no proposal goes beyond."""
LEAST_ROWS = 2
MOST_ROWS = 5
"""Of trials beside each other: one to try, and one to confirm; after a few the curves are looked at again."""
ROUND_S = 8.0
"""A round may take so long in any case: of short trials it has more."""
SLOWER = 1.3
"""A wider network takes longer than the present one."""
IDLE_ROUNDS = 6
"""Rounds in a row without anything better after which a healthy training is left as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: what was tried, each with its loss, and what of it was kept; None if nothing was better."""

    tried: tuple[tuple[Proposal, float], ...]
    kept: Proposal | None
    before: float
    after: float


@dataclass(slots=True, kw_only=True)
class Search:
    """How far the loop is. ``best``: the configuration that holds, its settings beside those of the earlier steps.

    ``idle``: rounds in a row without anything better; ``final_s``: what the final run shall have at least.
    ``went_back``: the defaults were better than what the earlier steps had chosen, and it began there.
    ``broken``: final runs that failed.
    """

    work: Work
    best: Arm
    rounds: list[Round] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    idle: int = 0
    final_s: float = 0.0
    went_back: bool = False
    broken: list[Outcome] = field(default_factory=list)
    _asked: Sequence[Trial] = ()

    @property
    def diagnosis(self) -> Diagnosis:
        """Of the curves of the best configuration."""
        first = self.best.first
        assert first is not None
        return examine(first.state)

    @property
    def is_healthy(self) -> bool:
        """Whether nothing in its curves asks for a change."""
        found = self.diagnosis
        worries = [each for each in found.findings if each.severity is not Severity.INFO]
        return found.verdict is Verdict.GOOD_FIT and not worries

    def is_done(self) -> bool:
        """Whether there is nothing left to try, or no time for it."""
        if len(self.rounds) >= self.work.options.rounds or (self.is_healthy and self.idle >= IDLE_ROUNDS):
            return True
        return self._rows < LEAST_ROWS or not self._next(1)

    @property
    def trial_s(self) -> float:
        """What a trial takes: measured, where one was run."""
        seconds = [each.seconds for each in self.best.outcomes if each.seconds > 0 and not each.by_guide]
        return float(np.mean(seconds)) if seconds else trial_s(self.work, self.work.hparams().epochs)

    @property
    def _reserve_s(self) -> float:
        """The time that is kept for the final run."""
        return max(FINAL_TRIALS * self.trial_s + trial_s(self.work, 0), self.final_s)

    @property
    def _number(self) -> int:
        """The round at work, or next."""
        return len(self.rounds) + 1

    @property
    def _rows(self) -> int:
        """How often a trial for each worker fits into the time before the final run, as it was when the round began."""
        left = (self.work.left_s - self._reserve_s) / SLOWER
        most = max(MOST_ROWS, int(ROUND_S / max(self.trial_s, 0.01)))
        rows = MOST_ROWS if math.isinf(left) else max(0, min(most, int(left / self.trial_s)))
        return int(self.work.decide(f"rows {self._number}", rows) or 0)

    def run_round(self) -> None:
        """Try the next proposals, and what of them was better together; keep the best if it is."""
        wanted = self._next(min(MOST_AT_ONCE, (self._rows - 1) * self.work.workers))
        tried = self._try(wanted)
        self.seen |= {self._mark(each) for each in wanted}
        before = self.best.mean
        kept = self._confirm(tried)
        self.idle = 0 if kept else self.idle + 1
        losses = tuple((proposal, Arm(settings={}, outcomes=[outcome]).mean) for proposal, outcome in tried)
        self.rounds.append(Round(tried=losses, kept=kept, before=before, after=self.best.mean))

    def _next(self, count: int) -> list[Proposal]:
        """What to try next: what the curves ask for, and when all of that was tried, what lies around at random."""
        present = self._present
        asked_for = [each for each in proposals(present) if self._is_new(each)]
        if asked_for:
            return asked_for[:count]
        return [each for each in variations(present, self._number) if self._is_new(each)][:count]

    def _is_new(self, proposal: Proposal) -> bool:
        return self._mark(proposal) not in self.seen and self._can_be(proposal)

    @property
    def _present(self) -> Present:
        first = self.best.first
        assert first is not None
        diagnosis, settings = self.diagnosis, self.best.settings
        epochs = self.work.hparams(settings).epochs
        return Present(
            hparams=self.work.hparams(settings),
            task=self.work.info,
            diagnosis=diagnosis,
            advice=prescribe(first.state, diagnosis),
            gap=gap(first),
            best_share=first.best_epoch / epochs if math.isfinite(first.best_epoch) else 1.0,
            highest_lr=FAR_UP * self.work.hparams().lr,
            fixed=frozenset(self.work.options.settings),
        )

    def _can_be(self, proposal: Proposal) -> bool:
        try:
            self.work.hparams({**self.best.settings, **proposal.settings})
        except TrainerError:
            return False
        return True

    def _mark(self, proposal: Proposal) -> str:
        """What is tried is the whole configuration: the same change to another one is another trial."""
        return fingerprint({**self.best.settings, **proposal.settings})

    def _try(self, wanted: Sequence[Proposal]) -> list[tuple[Proposal, Outcome]]:
        trials = [self.trial(f"r{self._number}-{each.name}", each.settings, 0) for each in wanted]
        outcomes = {each.trial.name: each for each in self._run(trials, self._hopeless)}
        return [
            (proposal, outcomes[trial.name])
            for proposal, trial in zip(wanted, trials, strict=True)
            if trial.name in outcomes
        ]

    def _run(self, trials: Sequence[Trial], supervise: Supervise) -> list[Outcome]:
        self._asked = trials
        return self.work.trials(trials, supervise)

    def trial(self, name: str, settings: Mapping[str, Value], seed: int) -> Trial:
        """Return a trial of the best configuration with ``settings`` on top."""
        whole = {**self.best.settings, **settings, "seed": self.work.hparams().seed + seed}
        return Trial(name=f"{name}-seed{seed}", settings=whole)

    def _hopeless(self, standing: Sequence[Outcome]) -> list[str]:
        """Which trials to stop: those that lag far behind, and all where the time for the final run begins."""
        present = self.best.first
        assert present is not None
        lagging = [each.trial.name for each in standing if is_hopeless(each, present)]
        return self._late(standing) or lagging

    def _late(self, standing: Sequence[Outcome]) -> list[str]:
        is_late = self.work.left_s < self._reserve_s
        return [each.name for each in self._asked] if is_late else []

    def _confirm(self, tried: Sequence[tuple[Proposal, Outcome]]) -> Proposal | None:
        """Give a second seed to the best of what was better, alone and together; keep what holds up."""
        losses = [(proposal, outcome, Arm(settings={}, outcomes=[outcome]).mean) for proposal, outcome in tried]
        ranked = sorted(losses, key=lambda each: each[2])
        better = [(proposal, outcome) for proposal, outcome, loss in ranked if loss < self.best.losses[0]]
        if not better:
            return None
        contenders: list[tuple[Proposal, list[Outcome]]] = [(better[0][0], [better[0][1]])]
        together = self._together([proposal for proposal, _ in better])
        if together is not None:
            contenders.append((together, []))
            self.seen.add(self._mark(together))
        wanted = [
            (at, self.trial(f"r{self._number}-{proposal.name}", proposal.settings, seed))
            for at, (proposal, outcomes) in enumerate(contenders)
            for seed in range(len(outcomes), SEEDS)
        ]
        done = {each.trial.name: each for each in self._run([trial for _, trial in wanted], self._late)}
        for at, trial in wanted:
            if trial.name in done:
                contenders[at][1].append(done[trial.name])
        arms = [
            (proposal, Arm(settings={**self.best.settings, **proposal.settings}, outcomes=outcomes))
            for proposal, outcomes in contenders
            if outcomes
        ]
        share = noise([self.best, *(arm for _, arm in arms)])
        arms = [each for each in arms if self._is_sound(each[1])]
        proposal, arm = min(arms, key=lambda each: each[1].mean, default=(None, self.best))
        if proposal is None or margin(arm, self.best, share) < CLEARLY:
            return None
        self.best = arm
        return proposal

    def _is_sound(self, arm: Arm) -> bool:
        """Whether its curves are no worse than the present ones: a low loss met by a leap of the weights is luck."""
        first = arm.first
        return first is not None and (not self.is_healthy or examine(first.state).verdict is Verdict.GOOD_FIT)

    def _together(self, better: Sequence[Proposal]) -> Proposal | None:
        """The best proposals at once, as far as they set different things; None where there is but one."""
        whole = better[0]
        for each in better[1:3]:
            if not set(each.settings) & set(whole.settings):
                whole = whole.with_(each)
        return whole if whole is not better[0] and self._can_be(whole) else None


def gap(outcome: Outcome) -> float:
    """Return the validation loss over the training loss at the end; NaN where the latter is not above 0."""
    train = outcome.train_loss
    return outcome.last_loss / train if train > 0 else math.nan


def is_hopeless(trial: Outcome, present: Outcome) -> bool:
    """Whether it lags so far behind the present configuration that it will not catch up."""
    mine, theirs = course(trial), course(present)
    if not len(mine) or not len(theirs) or not trial.status.alive:
        return False
    share = trial.state.progress
    if not share >= HOPELESS_FROM or share >= 1:
        return False
    at = max(1, round(share * len(theirs)))
    return float(np.min(mine)) > above(float(np.min(theirs[:at])), HOPELESS - 1)
