"""What `make bench-tune` makes of its matches, and that a match is played: the numbers are its own affair."""

from pathlib import Path

import pytest
from benchmarks.tune import match as matches
from benchmarks.tune.arena import settled
from benchmarks.tune.match import DOCTOR, Match, Score
from benchmarks.tune.starts import Start, starts
from benchmarks.tune.table import by_start, missed, shares, table

from dltui_trainers.configure import configure, with_data
from dltui_trainers.named_task import find_task


def made(seed: int, tune: float, random: float, tpe: float) -> Match:
    scores = {
        name: Score(val_loss=loss, test_loss=2 * loss, settings={})
        for name, loss in ((DOCTOR, tune), ("random", random), ("tpe", tpe))
    }
    return Match(start="somewhere", seed=seed, first=None, scores=scores, steps=[])


def test_wins_and_losses_are_told() -> None:
    found = [made(0, 0.1, 0.2, 0.3), made(1, 0.1, 0.2, 0.05), made(2, 0.1, 0.1, 0.3)]
    lines = table(found).splitlines()
    assert "won random, won tpe" in lines[1] and "won random, LOST tpe" in lines[2] and "LOST random" in lines[3]
    assert lines[2].count("*") == 1 and "0.05*" in lines[2]
    assert by_start(found).splitlines()[1].endswith("2 of 3        2 of 3")
    assert "in 2 of 3 (67%) (wanted: 80%); on the test set in 2 of 3" in shares(found)
    assert missed(found) and not missed(found[:1])


def test_all_starts_can_be_trained(tmp_path: Path) -> None:
    known = starts(tmp_path)
    assert len({(each.task, *each.given.items()) for each in known.values()}) >= 6
    for each in known.values():
        task, settings = with_data(find_task(each.task), {**each.given, **each.start})
        configure(task, settings)
        assert "epochs" in each.given and not set(each.given) & set(each.start)


@pytest.mark.slow
def test_a_match_is_played_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matches, "TRIALS", 2)
    start = Start(name="tiny", task="polynomial", given={"epochs": "50"}, start={"lr": "1e-4"})
    match = settled(tmp_path, ("random",), (start, 0))
    assert set(match.scores) == {DOCTOR, "random"} and len(match.steps) == 2
    assert match.scores[DOCTOR].test_loss is not None and not list(tmp_path.glob("runs-*"))
    monkeypatch.setattr(matches, "_doctor", None)
    more = settled(tmp_path, ("random", "random+"), (start, 0))
    assert set(more.scores) == {DOCTOR, "random", "random+"}
    assert (more.first, more.steps, more.scores[DOCTOR]) == (match.first, match.steps, match.scores[DOCTOR])
