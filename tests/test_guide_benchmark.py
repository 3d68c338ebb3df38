"""The benchmark of the guide measures what it says: fair draws, test sets that nobody saw, and misses that are told."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from benchmarks.guide import search as searching
from benchmarks.guide.__main__ import main
from benchmarks.guide.grounds import ROWS, Ground, Samples, grounds, known_data
from benchmarks.guide.guided import Guided
from benchmarks.guide.match import Match, Matches, choices, chosen, table
from benchmarks.guide.search import Searched, drawn, search, searched_before
from benchmarks.guide.table import draw
from benchmarks.guide.worth import Worth, best_val_loss, worth_of

from dltui.guide.options import STEPS, Options
from dltui.guide.state import Guide, GuideStatus, StepEntry, StepState
from dltui_trainers.checkpoint import BEST, LAST
from dltui_trainers.plan import plan
from dltui_trainers.runlog import CHECKPOINTS

TASKS = ("digits", "mnist1d", "polynomial", "tabular")


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ground]:
    return grounds(tmp_path_factory.mktemp("grounds"))


@pytest.mark.parametrize("name", TASKS)
def test_a_seed_draws_the_same_trials_and_each_can_be_trained(ready: dict[str, Ground], name: str) -> None:
    ground = ready[name]
    several = [[drawn(ground.task, random) for _ in range(40)] for random in map(np.random.default_rng, (3, 3, 4))]
    assert several[0] == several[1] != several[2]
    for settings in several[0]:
        planned = plan(name, {**ground.settings, **settings})
        assert all("batch norm work against each other" in each for each in planned.warnings)
        assert 1e-5 <= planned.hparams.lr <= 0.3 and planned.hparams.weight_decay <= 0.1
        assert planned.hparams.epochs == plan(name, ground.settings).hparams.epochs


@pytest.mark.parametrize("name", TASKS)
def test_nobody_saw_the_test_set_and_it_is_scaled_as_the_others(ready: dict[str, Ground], name: str) -> None:
    train, val = known_data(ready[name])
    test = ready[name].test()
    assert not _rows(test) & (_rows(train) | _rows(val))
    assert test[0].shape[1:] == train[0].shape[1:] and test[0].dtype == train[0].dtype
    assert test[1].dtype == train[1].dtype and test[1].shape[1:] == train[1].shape[1:]
    assert float(test[0].mean()) == pytest.approx(float(train[0].mean()), abs=0.05)
    assert float(test[0].std()) == pytest.approx(float(train[0].std()), rel=0.15)


def _rows(samples: Samples) -> set[bytes]:
    return {row.numpy().tobytes() for row in samples[0].flatten(1)}


def test_fewer_rows_are_the_first_of_more_and_no_network_knows_the_chances() -> None:
    few, many = draw(ROWS), draw(ROWS + 100)
    assert np.array_equal(few.x, many.x[:ROWS]) and np.array_equal(few.kinds, many.kinds[:ROWS])
    assert np.bincount(few.kinds).min() > ROWS / 10
    assert 0.2 < draw(20_000).least_loss < 0.4


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ground, Searched, Path]:
    """A search of three trials on the polynomial, with a few epochs."""
    folder = tmp_path_factory.mktemp("search")
    ground = replace(grounds(folder)["polynomial"], settings={"epochs": "20"})
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "TRIALS", 3)
        found = search(ground, folder / "here", 1, said.append)
    return ground, found, folder / "here"


@pytest.mark.slow
def test_a_search_is_three_ordinary_trainings_and_can_be_taken_again(small: tuple[Ground, Searched, Path]) -> None:
    _, found, folder = small
    losses = [loss for loss, _ in found.ranked]
    assert losses == sorted(losses) and len(losses) == 3 and math.isfinite(losses[0])
    assert losses[0] == best_val_loss(found.best) and found.better_than(losses[1]) == 1
    again = searched_before(folder)
    assert again is not None and again.ranked == found.ranked and again.seconds == pytest.approx(found.seconds, abs=0.1)
    assert searched_before(folder / "nowhere") is None
    assert best_val_loss(folder / "nowhere") == math.inf


@pytest.mark.slow
def test_the_best_checkpoint_is_asked_and_another_one_is_refused(small: tuple[Ground, Searched, Path]) -> None:
    ground, found, _ = small
    on_test = worth_of(found.best, ground.test())
    assert on_test.val_loss == pytest.approx(best_val_loss(found.best), rel=1e-4)
    assert math.isfinite(on_test.test_loss) and math.isnan(on_test.test_accuracy)
    assert on_test.parameters == int(str(on_test.hparams["degree"])) + 1
    checkpoints = found.best / CHECKPOINTS
    state = torch.load(checkpoints / LAST, weights_only=True)
    state["model"] = {name: weights + 1 for name, weights in state["model"].items()}
    torch.save(state, checkpoints / BEST)
    with pytest.raises(ValueError, match=r"its log has .* as its best loss, and its best checkpoint"):
        worth_of(found.best, ground.test())


def run_of(val_loss: float, **hparams: str | float) -> Worth:
    return Worth(
        folder=Path("run"),
        hparams={"model": "mlp", "channels": 16, "layers": 0, "dropout": 0.0, "lr": 0.001, **hparams},
        parameters=10,
        val_loss=val_loss,
        test_loss=1.1 * val_loss,
        val_accuracy=0.9,
        test_accuracy=0.8,
    )


def guide_of(final: str, state: StepState = StepState.DONE) -> Guide:
    steps = [StepEntry(number=number, state=state) for number in STEPS]
    return Guide(
        name="g",
        task="digits",
        began=0.0,
        command=[],
        options=Options(),
        status=GuideStatus.FINISHED,
        steps=steps,
        final=final,
    )


def match_of(ours: float, *, seconds: float = 50.0, state: StepState = StepState.DONE, seed: int = 0) -> Match:
    return Match(
        task="digits",
        seed=seed,
        guided=Guided(folder=Path("g"), guide=guide_of("final", state), seconds=seconds, exit_code=0),
        searched=Searched(ranked=((0.1, Path("a")), (0.2, Path("b"))), seconds=100.0),
        by_guide=run_of(ours),
        by_search=run_of(0.1),
    )


def test_what_is_missed_is_told() -> None:
    assert Matches([match_of(0.104)]).missed == []
    assert Matches([match_of(0.11)]).missed == [
        "digits: the guide's loss is 1.100x that of the search, not 1.05x or less."
    ]
    assert Matches([match_of(0.1, seconds=61.5)]).missed == ["digits: the guide took 61.5 s, not 60 s or less."]
    left = Matches([match_of(0.1, state=StepState.OUT_OF_TIME)]).missed
    assert left == ["digits, seed 0: steps not done: 0, 1, 2, 3, 4, 5, 6."]
    without = match_of(0.1)
    without = replace(without, by_guide=None, guided=replace(without.guided, guide=guide_of("")))
    assert Matches([without]).missed == ["digits, seed 0: it came to no final run."]
    assert Matches([without]).row()[3:7] == ["-", "0.1000", "-", "-"] and "MISSED" in table([Matches([without])])


def test_numbers_are_medians_over_the_seeds_and_the_time_is_the_longest() -> None:
    several = Matches([match_of(0.1, seed=0), match_of(0.104, seed=1, seconds=58.0), match_of(0.3, seed=2)])
    assert several.ratio == pytest.approx(1.04) and several.seconds == 58.0 and not several.missed
    row = several.row()
    assert row[3:6] == ["0.1040", "0.1000", "1.040"] and row[-2:] == ["1 of 60", "reached"]
    assert choices([several]).count("search") == 3


def test_what_was_chosen_is_told_without_what_is_off_or_of_another_network() -> None:
    assert chosen(run_of(0.1)) == "model=mlp layers=0 lr=0.001"
    assert (
        chosen(run_of(0.1, model="cnn", width=64, dropout=0.5)) == "model=cnn layers=0 channels=16 lr=0.001 dropout=0.5"
    )


@pytest.mark.parametrize("words", [["moons"], ["--seeds", "0"], ["--seeds", "x"]])
def test_a_wrong_word_is_a_wrong_use(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    assert "there is no task moons" in capsys.readouterr().err or words[0] != "moons"
