"""What is tried to make a configuration better: what the curves ask for first, nothing that cannot be."""

import math
from dataclasses import replace

import pytest

from dltui.advice.change import Apply, Change
from dltui.diagnosis.finding import Diagnosis, Symptom, Verdict
from dltui.guide.steps.look_at_curves.proposals import WIDE_GAP, Present, Proposal, fingerprint, proposals
from dltui.guide.steps.look_at_curves.variations import variations
from dltui.texts.guide import GuideTexts, Said
from dltui_trainers.configure import as_text, configure
from dltui_trainers.registry import TASKS


def present(task: str = "digits", verdict: Verdict = Verdict.GOOD_FIT, gap: float = 1.2, **settings: object) -> Present:
    """A configuration of ``task`` whose curves came to that verdict."""
    info = TASKS[task]
    return Present(
        hparams=configure(info, {name: as_text(value) for name, value in settings.items()})[0],
        task=info,
        diagnosis=Diagnosis(verdict=verdict, confidence=0.9, findings=(), at_step=100),
        advice=(),
        gap=gap,
        best_share=1.0,
    )


def names(found: list[Proposal]) -> list[str]:
    return [fingerprint(each.settings) for each in found]


def change(name: str, to: float | str | int, symptom: Symptom = Symptom.OVERFITTING, **with_: float) -> Change:
    return Change(
        hyperparameter=name, from_=0.0, to=to, apply=Apply.RESTART, symptom=symptom, key="x", with_=dict(with_)
    )


def test_advice_comes_first_and_whole() -> None:
    advised = replace(present(), advice=(change("layer_dropout", "0.2,0.2"), change("weight_decay", 1e-4)))
    assert names(proposals(advised))[:2] == ["layer_dropout=0.2,0.2", "weight_decay=0.0001"]


def test_advice_that_sets_nothing_or_asks_for_other_data_is_left_to_the_person() -> None:
    advised = replace(present(), advice=(change("label_check", "x"), change("train_size", 0), change("lr", "x0.3")))
    assert not any("train_size" in name or "label_check" in name for name in names(proposals(advised)))


@pytest.mark.parametrize("verdict", [Verdict.GOOD_FIT, Verdict.OVERFITTING, Verdict.UNDERFITTING, Verdict.INCONCLUSIVE])
@pytest.mark.parametrize("task", list(TASKS))
def test_what_is_proposed_can_work_is_new_and_comes_once(task: str, verdict: Verdict) -> None:
    now = present(task, verdict)
    found = proposals(now)
    assert found, "there is always something to try"
    assert len(set(names(found))) == len(found)
    assert len({each.name for each in found}) == len(found)
    for each in found:
        assert set(each.settings) <= set(now.task.reads)
        for name, value in each.settings.items():
            assert as_text(getattr(now.hparams, name)) != as_text(value), "what is so already is no proposal"
            if name == "augment":
                assert set(str(value).split(",")) <= set(now.task.augmentations)


def test_what_the_user_fixed_stays() -> None:
    fixed = replace(present(), fixed=frozenset({"lr", "norm", "dropout"}))
    assert not any({"lr", "norm", "dropout"} & set(each.settings) for each in proposals(fixed))


def test_a_gap_asks_for_regularisation_first_and_too_little_learning_for_capacity() -> None:
    over = names(proposals(present(verdict=Verdict.OVERFITTING, gap=4.0)))
    under = names(proposals(present(verdict=Verdict.UNDERFITTING, gap=1.0)))
    first_of = {way: next(at for at, name in enumerate(way) if "augment" in name) for way in map(tuple, (over, under))}
    assert first_of[tuple(over)] < first_of[tuple(under)]
    assert under.index("width=128") < under.index("dropout=0.2")
    assert "epochs=60" in under


def test_a_sound_fit_with_a_wide_gap_is_regularised_too() -> None:
    wide = names(proposals(present(gap=WIDE_GAP + 0.1)))
    assert "augment" in wide[0]


def test_a_gap_that_says_nothing_is_no_wide_one() -> None:
    assert names(proposals(present(gap=math.nan))) == names(proposals(present(gap=1.2)))


def test_a_best_long_before_the_end_makes_for_a_shorter_training() -> None:
    early = replace(present(verdict=Verdict.OVERFITTING, gap=3.0), best_share=0.3)
    assert any(
        name.startswith("epochs=") and int(name.removeprefix("epochs=")) < 30 for name in names(proposals(early))
    )
    late = replace(present(verdict=Verdict.OVERFITTING, gap=3.0), best_share=0.95)
    assert not any(
        name.startswith("epochs=") and int(name.removeprefix("epochs=")) < 30 for name in names(proposals(late))
    )


def test_a_polynomial_gets_more_or_fewer_degrees() -> None:
    found = names(proposals(present("polynomial")))
    assert "degree=3" in found and "degree=1" in found


def test_signals_are_not_turned_and_features_not_moved() -> None:
    moved = " ".join(names(proposals(present("mnist1d", Verdict.OVERFITTING))))
    assert "crop" in moved and "rotate" not in moved
    features = " ".join(names(proposals(present("moons", Verdict.OVERFITTING))))
    assert "crop" not in features and "jitter" in features


def test_two_at_once_set_both_and_the_better_one_wins_where_they_meet() -> None:
    better = Proposal(settings={"lr": 0.01}, why=Said(key="plain"))
    other = Proposal(settings={"lr": 0.1, "norm": "batch"}, why=Said(key="plain"))
    assert better.with_(other).settings == {"lr": 0.01, "norm": "batch"}


@pytest.mark.parametrize("task", list(TASKS))
def test_what_is_drawn_at_random_is_the_same_for_the_same_round_and_keeps_to_the_task(task: str) -> None:
    now = present(task)
    found = variations(now, 3)
    assert names(found) == names(variations(now, 3)) != names(variations(now, 4))
    assert all(set(each.settings) <= set(now.task.reads) for each in found)
    assert max(len(each.settings) for each in found) > 1


def test_no_proposal_goes_beyond_the_highest_learning_rate() -> None:
    low = replace(present(), highest_lr=0.0015)
    rates = [each.settings["lr"] for each in (*proposals(low), *variations(low, 1)) if "lr" in each.settings]
    assert rates and all(isinstance(rate, float) and rate <= 0.0015 for rate in rates)


def test_every_reason_has_its_words() -> None:
    for task in TASKS:
        for verdict in (Verdict.OVERFITTING, Verdict.UNDERFITTING):
            for each in proposals(present(task, verdict)):
                for language in ("en", "zh_CN"):
                    assert GuideTexts.load(language).say(each.why)
