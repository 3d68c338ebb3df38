"""The tables of the literature: a miss is shown as a miss, and every table can be made of whatever comes out."""

from collections.abc import Callable, Iterable, Mapping
from math import inf, nan
from pathlib import Path

import pytest
from benchmarks.faults.config import Config
from benchmarks.faults.train import run_of
from benchmarks.literature import __main__ as command
from benchmarks.literature import batch_norm, dropout, mnist1d, optimizers, polynomial, train_size
from benchmarks.literature.compare import Seeds, above, at_least, below, between, equal, falling, not_above, not_below
from benchmarks.literature.table import Claim, Table
from benchmarks.literature.train_size import power_law
from benchmarks.literature.trainings import Key, Result, Trainings

from dltui_trainers.errors import DataError
from dltui_trainers.sources.images import places

LEARNED = Result(initial_train_loss=2.3, train_loss=0.1, val_loss=0.5, accuracy=90.0, cpu_s=1.0)
DIVERGED = Result(initial_train_loss=2.3, train_loss=nan, val_loss=inf, accuracy=10.0, cpu_s=1.0)
ALIKE, HIGHER = Seeds((1.0, 1.2)), Seeds((2.0, 2.2))
TABLES = [mnist1d, batch_norm, dropout, optimizers, train_size]


@pytest.mark.parametrize(
    ("missed", "expected"),
    [
        (at_least(10.0, 10.0), ""),
        (at_least(9.5, 10.0, "x"), "0.5x"),
        (at_least(nan, 10.0), "nan"),
        (between(68.0, 64.0, 72.0), ""),
        (between(63.0, 64.0, 72.0, " points"), "1 points"),
        (between(75.0, 64.0, 72.0, " points"), "3 points"),
        (above(HIGHER, ALIKE), ""),
        (above(ALIKE, ALIKE), "0.28"),
        (above(ALIKE, HIGHER, " points"), "1.3 points"),
        (below(ALIKE, HIGHER), ""),
        (below(HIGHER, ALIKE), "1.3"),
        (above(Seeds((nan, 1.0)), ALIKE), "nan"),
        (not_below(ALIKE, ALIKE), ""),
        (not_below(ALIKE, HIGHER), "0.72"),
        (not_above(ALIKE, HIGHER), ""),
        (not_above(HIGHER, ALIKE), "0.72"),
        (falling([3, 2, 1]), ""),
        (falling([3, 2, 2.5, 1, 1]), "0.5 in 2 of 4 steps"),
        (falling([3, nan, 1]), "nan in 2 of 2 steps"),
        (equal("overfitting", "overfitting"), ""),
        (equal("inconclusive", "overfitting"), "a word: inconclusive, not overfitting"),
    ],
)
def test_what_is_missed_and_by_how_much(missed: str, expected: str) -> None:
    assert missed == expected


def test_a_miss_is_shown_as_a_miss() -> None:
    lines = _table(Claim(says="a", published="68 %", measured="67 %", missed="")).text("cost").splitlines()
    assert lines[-3].split() == ["a", "68", "%", "67", "%", "reached"]
    lines = _table(Claim(says="a", published="68 %", measured="60 %", missed="4 points")).text("cost").splitlines()
    assert lines[-3].endswith("missed by 4 points")


def test_a_power_law_has_its_exponent_and_other_errors_have_none() -> None:
    sizes = [100, 200, 400]
    assert power_law(sizes, [size**-0.3 for size in sizes]) == pytest.approx((-0.3, 1.0))
    assert str(power_law(sizes, [0.2, 0.1, 0.0])) == "(nan, nan)"
    assert str(power_law(sizes, [0.9, 0.9, 0.9])[1]) == "nan"


class _MadeUp(Trainings):
    """Trains nothing: every training ends with the same result."""

    result = LEARNED

    def over_seeds(self, configs: Mapping[Key, Config], seeds: Iterable[int]) -> dict[Key, list[Result]]:
        for config in configs.values():
            assert config.hparams  # it can be configured
        return {key: [self.result for _ in seeds] for key in configs}


class _Diverged(_MadeUp):
    result = DIVERGED


@pytest.mark.parametrize("table", TABLES, ids=lambda each: each.__name__.rpartition(".")[2])
@pytest.mark.parametrize("trainings", [_MadeUp, _Diverged])
def test_a_table_can_be_made_of_any_results(table: object, trainings: Callable[[], Trainings]) -> None:
    measure: Callable[[Trainings], Table] = table.measure  # type: ignore[attr-defined]
    made = measure(trainings())
    assert any(claim.missed for claim in made.claims)
    text = made.text(trainings().cost)
    assert text.count("\n") > len(made.claims) and max(map(len, text.splitlines())) <= 130


class _Short(Trainings):
    """Trains one epoch of everything, in this process."""

    cache = Path()

    def make(self, configs: list[Config]) -> None:
        self.made += len(configs)

    def folder(self, config: Config) -> Path:
        return run_of(config.but(epochs=1), self.cache)


def test_untrained_polynomials_miss_what_the_textbook_says(tmp_path: Path) -> None:
    trainings = _Short()
    trainings.cache = tmp_path
    table = polynomial.measure(trainings)
    missed = {claim.says for claim in table.claims if claim.missed}
    assert "degree 1: the diagnosis says" in missed and "degree 2: the diagnosis says" in missed
    assert trainings.cost.startswith("3 trainings: ")


def test_a_training_is_measured_without_dropout_at_its_end(tmp_path: Path) -> None:
    trainings = _Short()
    trainings.cache = tmp_path
    config = dropout.TASKS["digits"].but(width=16, dropout=0.5)
    found = trainings.over_seeds({"a": config}, (0, 1))["a"]
    assert [each.initial_train_loss for each in found] == pytest.approx([2.3, 2.3], abs=0.2)
    assert all(each.train_loss < each.initial_train_loss and 0 <= each.accuracy <= 100 for each in found)


def test_misses_are_no_failure_of_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = _table(Claim(says="a", published="68 %", measured="60 %", missed="4 points"))
    monkeypatch.setattr(command, "measured", lambda _: (table, Trainings()))
    monkeypatch.setattr(command, "DOCUMENT", tmp_path / "literature.md")
    assert command.main(["--write"]) == 0
    assert capsys.readouterr().out.count("missed by 4 points") == len(command.TABLES)
    assert (tmp_path / "literature.md").read_text().count("missed by 4 points") == len(command.TABLES)


def test_what_cannot_be_measured_or_is_unknown_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(name: str) -> tuple[Table, Trainings]:
        raise DataError(f"no data for {name}")

    monkeypatch.setattr(command, "measured", fail)
    monkeypatch.setattr(command, "DOCUMENT", tmp_path / "literature.md")
    assert command.main(["--write"]) == 1
    assert "dropout: could not be measured. no data for dropout" in capsys.readouterr().out
    assert not (tmp_path / "literature.md").exists()
    assert command.main(["momentum"]) == 2
    assert "There is no table momentum" in capsys.readouterr().err
    assert command.main(["dropout", "--write"]) == 2


def test_a_table_whose_data_are_not_here_is_skipped_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("HOME", "DLTUI_DATA"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(places, "PLACES", ("data",))
    assert command.main(["fashion"]) == 0
    assert "fashion: skipped. No Fashion-MNIST was found" in capsys.readouterr().out


def _table(claim: Claim) -> Table:
    return Table(title="T", sources=("S",), setting="here", reached_if="so", claims=(claim,))
