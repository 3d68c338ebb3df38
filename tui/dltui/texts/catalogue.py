"""The catalogue of texts: a diagnosis or a change in, sentences of one language out.

The sentences lie in ``en.toml`` and ``zh_CN.toml`` beside this module. Whoever adds an evidence, a symptom or a change
adds its entry in both; a key that is missing is an error of ours, a :class:`KeyError` with the key and the language.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from dltui.advice.change import Change
from dltui.advice.lint import Remark
from dltui.diagnosis.finding import Evidence, Finding, Severity, Symptom, Verdict
from dltui.interventions.verdict import Effect, Outcome
from dltui.texts.deeds import effect_text, intervention_text, short_effect_text, shortened, told, value_of
from dltui.texts.language import known_language, present_language
from dltui.texts.wording import Wording, read_texts
from dltui.texts.writing import fill, measured, named, setting
from dltui_trainers.hparams import CATALOGUE
from dltui_trainers.runlog import Value

if TYPE_CHECKING:
    from dltui.interventions.history import Intervention, Setting


MOST_NAMES = 3
"""Layers that a sentence names; a network may have hundreds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a symptom means, for somebody who meets it for the first time."""

    looks_like: str
    causes: str
    what_to_do: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeText:
    """A change in words. ``check``: how to see that it did not work, and what then."""

    action: str
    why: str
    expect: str
    check: str
    source: str


class Texts(Wording):
    """All texts of one language. Get it with :meth:`load`."""

    @staticmethod
    def load(language: str | None = None) -> "Texts":
        """Return the texts of ``language`` (``en``, ``zh_CN``, ``zh``, ``zh-CN``), read once a process.

        None: the language that :func:`~dltui.texts.choose_language` chose, else the locale's, else English. Raises
        :class:`UsageError` for a language that we do not speak.
        """
        return _loaded(present_language() if language is None else known_language(language))

    def ui(self, key: str, **places: float | str) -> str:
        """Return a word or phrase of the interface; numbers are written by their names."""
        written = {name: place if isinstance(place, str) else named(name, place) for name, place in places.items()}
        return self._fill(f"ui.{key}", written)

    def symptom(self, symptom: Symptom) -> str:
        """Return its short name: ``learning rate too high``."""
        return self.template(f"symptom.{symptom}.name")

    def verdict(self, verdict: Verdict) -> str:
        """Return the one word."""
        return self.template(f"verdict.{verdict}")

    def severity(self, severity: Severity) -> str:
        """Return its name."""
        return self.template(f"severity.{severity}")

    def reason(self, key: str) -> str:
        """Return why a verdict is inconclusive and what would help, as a sentence."""
        return self._sentence(self.template(f"reason.{key}"))

    def evidence(self, evidence: Evidence) -> str:
        """Return the clause that an evidence is: lower case, no full stop."""
        numbers = {name: named(name, value, evidence.unit) for name, value in evidence.numbers.items()}
        places = {**numbers, "value": measured(evidence.value, evidence.unit)}
        places |= {name: shortened(word) for name, word in evidence.words.items()}
        if evidence.layers:
            places["layers"] = self._names(evidence.layers)
        key = f"evidence.{evidence.name}"
        of_error = f"{key}_error" if evidence.of_error else key
        return self._fill(of_error if of_error in self._texts else key, places)

    def finding(self, finding: Finding) -> str:
        """Return what a finding rests on, as one sentence; its name where it has no evidence."""
        clauses = [self.evidence(each) for each in finding.evidence] or [self.symptom(finding.symptom)]
        return self._sentence(self.template("sentence.join").join(clauses))

    def explanation(self, symptom: Symptom) -> Explanation:
        """Return what the symptom looks like, where it comes from, what to do, and who says so."""
        key = f"symptom.{symptom}"
        return Explanation(
            looks_like=self.template(f"{key}.looks_like"),
            causes=self.template(f"{key}.causes"),
            what_to_do=self.template(f"{key}.what_to_do"),
            source=self.template(f"{key}.source"),
        )

    def change(self, change: Change) -> ChangeText:
        """Return a change in words; its action is ``weight_decay 0 → 1e-4`` where a hyperparameter is set."""
        key = f"change.{change.key}"
        places = {name: named(name, value) for name, value in change.numbers.items()}
        places |= {"hyperparameter": change.hyperparameter, "from": self._value(change.from_)}
        places |= {"to": self._value(change.to)}
        own_action = f"{key}.action" in self._texts
        return ChangeText(
            action=self._fill(f"{key}.action", places) if own_action else self._action(change),
            why=self._fill(f"{key}.why", places),
            expect=self._fill(f"{key}.expect", places),
            check=self._fill(f"{key}.check", places),
            source=self.template(f"{key}.source"),
        )

    def outcome(self, outcome: Outcome) -> str:
        """Return what a change did, in a word or three: ``helped``, ``no clear effect``."""
        return self.template(f"outcome.{outcome}")

    def effect(self, effect: Effect) -> str:
        """Return the sentence with the numbers that an outcome rests on, or what it still takes."""
        key, places = effect_text(effect, self.template(f"effect.{effect.metric}"))
        return self._sentence(self._fill(key, places))

    def effect_short(self, effect: Effect) -> str:
        """Return an effect in one line of at most 50 columns: ``helped: val 1.92 → 0.41``."""
        metric, outcome = self.template(f"effect.{effect.metric}_short"), self.outcome(effect.outcome)
        key, places = short_effect_text(effect, metric, outcome)
        return self._fill(key, places) if key else outcome

    def intervention(self, done: "Intervention") -> str:
        """Return what was done: ``set lr 0.1 → 0.03``, ``undo: back from step 800 to step 600``, ``paused (refused)``.

        A name that is not ours stands as the log has it, made safe for a terminal.
        """
        key, places = intervention_text(done, map(self._moved, told(done.settings)))
        name = self._fill(key, places).strip() if key in self._texts else shortened(done.name.replace("_", " "))
        if not done.done:
            return self.ui("event_refused", name=name)
        if done.undone_at_step is not None:
            return self._fill("intervention.undone", {"name": name, "step": named("step", done.undone_at_step)})
        return name

    def by(self, by: str) -> str:
        """Return who did it: ``you``, ``advice``, a script by its name, or ``by itself``."""
        return self.template(f"by.{by or 'itself'}") if by in ("", "user", "advice") else shortened(by)

    def _moved(self, setting: "Setting") -> str:
        values = [
            self.ui("setting_none") if each in (None, "") else value_of(each) for each in (setting.from_, setting.to)
        ]
        if setting.from_ is None and setting.to is None:  # refused before any value was looked at
            return shortened(setting.hparam)
        first = "" if setting.from_ is None else f" {values[0]}"
        return f"{shortened(setting.hparam)}{first} → {values[1]}"

    def branch_from(self, step: float, epoch: float) -> str:
        """Return where a branch begins: at that epoch, or at the step where ``epoch`` is NaN."""
        if math.isnan(epoch):
            return self.ui("apply_branch_step", step=step)
        return self.ui("apply_branch_epoch", epoch=epoch)

    def advice_reason(self, symptom: Symptom | None) -> str:
        """Return why advice sets something; None: why it takes back what it had set."""
        return self.ui("advice_undo") if symptom is None else self.ui("advice_reason", symptom=self.symptom(symptom))

    def remark(self, remark: Remark) -> str:
        """Return what is unusual in a configuration, as a sentence."""
        places = {name: named(name, value) for name, value in remark.numbers.items()}
        clause = self._fill(f"remark.{remark.key}", places | {"to": self._value(remark.to)})
        # a hyperparameter keeps its small letter
        return clause + self.template("sentence.end") if clause.split()[0] in CATALOGUE else self._sentence(clause)

    def _action(self, change: Change) -> str:
        first = self._move(change.hyperparameter, change.from_, change.to, factor=change.is_factor)
        others = [self._move(name, None, value) for name, value in change.with_.items()]
        return self.template("sentence.list").join([first, *others])

    def _move(self, name: str, from_: Value, to: Value, *, factor: bool = False) -> str:
        if factor:
            return f"{name} {to}" if from_ is None else f"{name} {self._value(from_)} {to}"
        return f"{name} → {self._value(to)}" if from_ is None else f"{name} {self._value(from_)} → {self._value(to)}"

    def _value(self, value: Value) -> str:
        if value is None or value == "":
            return self.ui("setting_none")
        if isinstance(value, bool):
            return self.ui("setting_true" if value else "setting_false")
        return setting(value)

    def _fill(self, key: str, places: Mapping[str, str]) -> str:
        template = self.template(key)
        try:
            return fill(template, places)
        except KeyError as error:
            raise KeyError(f"no number {error} for the text '{key}' in the language {self.language}") from None

    def _names(self, names: Sequence[str]) -> str:
        """The first of them, and how many there are besides."""
        shown = self.template("sentence.list").join(shortened(name) for name in names[:MOST_NAMES])
        more = len(names) - MOST_NAMES
        return shown if more <= 0 else self._fill("sentence.more", {"names": shown, "count": str(more)})

    def _sentence(self, clause: str) -> str:
        return clause[:1].upper() + clause[1:] + self.template("sentence.end")


@cache
def _loaded(language: str) -> Texts:
    return Texts(language, read_texts(f"{language}.toml"))
