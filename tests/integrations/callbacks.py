"""What is asked of the callback of each framework, and what a run's log must tell then, whatever trains.

``train`` is a training in the words of its framework. The trainings of these tests have four steps to an epoch, and
one that a person is to stop would go on for long.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from dltui_trainers.runlog import EvalRecord, EventRecord, Manifest, Value
from integrations.person import (
    Person,
    all_runs,
    beside,
    end,
    go_on_from,
    kept,
    kill_when_kept,
    manifest,
    only_run,
    records,
    script,
    steps,
)

TESTS = Path(__file__).parents[1]
PER_EPOCH = 4
FIRST_KEPT = 4  # the end of the first epoch
SETTABLE = ["lr", "weight_decay", "momentum", "dropout"]

Train = Callable[[], object]


def set_and_stop(runs: Path, train: Train, after: int, **values: Value) -> list[EventRecord]:
    """Ask for each of these values when so many steps are done, and for the end as many later; return the answers."""
    person = Person(runs)

    def work() -> None:
        person.sees(after)
        answers.extend(person.asks("set", **{name: value}) for name, value in values.items())
        person.sees(after)
        person.asks("stop")

    answers: list[EventRecord] = []
    with beside(person, work):
        train()
    assert_stopped(only_run(runs))
    return answers


def assert_pauses_goes_on_and_stops(runs: Path, train: Train, after: int) -> None:
    """Ask for a pause when so many steps are done, for a checkpoint meanwhile, and for the end as many steps later."""
    person = Person(runs)

    def work() -> None:
        person.sees(after)
        paused.append(person.asks("pause").step)
        done = len(steps(person.run))
        checkpoint = person.asks("checkpoint")
        assert checkpoint.done, checkpoint.reason
        assert len(steps(person.run)) == done
        person.asks("resume")
        person.sees(after)
        person.asks("stop")

    paused: list[int] = []
    with beside(person, work):
        train()
    run = only_run(runs)
    names = [each.name for each in records(run) if isinstance(each, EventRecord) and each.id is not None]
    assert names == ["paused", "checkpoint", "resumed", "stop"]
    assert_stopped(run)
    assert steps(run)[-1].step >= paused[0] + after


def train_beside_another_process(train: Train, lr: float) -> None:
    """Train in one of several processes; in the first, a person asks for a learning rate, a pause and the end."""
    if os.environ.get("LOCAL_RANK", "0") != "0":
        train()
        return
    person = Person(Path("runs"))

    def work() -> None:
        person.sees(5)
        assert person.asks("set", lr=lr).done
        person.sees(5)
        assert person.asks("pause").done
        person.asks("resume")
        person.asks("stop")

    with beside(person, work):
        train()


def leave_what_was_done(rank: int, last_step: int, lr: float) -> None:
    """Leave a file that ``assert_did_the_same`` reads: where one of the processes was at its end."""
    Path(f"rank{rank}").write_text(f"{last_step} {lr:.6g}")


def assert_did_the_same(done: CompletedProcess[str], runs: Path, lr: float) -> None:
    """Two processes wrote one run, and ended at the same step with the learning rate that was asked for."""
    assert done.returncode == 0, done.stderr[-3000:]
    assert_stopped(only_run(runs))
    first, second = ((runs.parent / f"rank{rank}").read_text() for rank in (0, 1))
    assert first == second
    assert float(first.split()[1]) < 1.1 * lr


def as_script(code: str, folder: Path, *words: str, **environment: str) -> CompletedProcess[str]:
    """Run ``code`` in a process of its own, as ``script`` does; it finds the modules of these tests."""
    return script(_finding_the_tests(code), folder, *words, **environment)


def branch_from_what_was_kept(runs: Path, monkeypatch: pytest.MonkeyPatch, **changed: Value) -> int:
    """Let the next run go on from the first state that the only one has kept; return the step of it."""
    run = only_run(runs)
    step, path = kept(run)[0]
    go_on_from(monkeypatch, run, step, path, **changed)
    return step


def branch_from_a_killed_one(code: str, runs: Path, monkeypatch: pytest.MonkeyPatch, lr: float) -> None:
    """Kill the training of ``code`` after its first epoch, and let the next run go on from there with another rate."""
    kill_when_kept(_finding_the_tests(code), runs.parent, runs)
    assert branch_from_what_was_kept(runs, monkeypatch, lr=lr) == FIRST_KEPT


def assert_went_on(runs: Path, last: int, lr: float) -> tuple[Path, Path]:
    """The run "parent" was killed, and another went on from there to the last step; return the folders of both."""
    parent, child = all_runs(runs)
    after = steps(child)
    assert [each.step for each in after] == list(range(FIRST_KEPT + 1, last + 1))
    ends = (float(after[0].epoch), float(after[-1].epoch))
    assert ends == pytest.approx(((FIRST_KEPT + 1) / PER_EPOCH, last / PER_EPOCH))
    told = manifest(child).parent
    assert told is not None
    assert (told.run, told.step, told.changed) == ("parent", FIRST_KEPT, {"lr": lr})
    assert end(child).status == "finished"
    assert not [each for each in records(child) if isinstance(each, EventRecord) and not each.done]
    return parent, child


def assert_trained(run: Path, at_rates: Sequence[float]) -> None:
    """The run has a step for each of these learning rates, and has finished."""
    numbers = list(range(1, len(at_rates) + 1))
    assert [each.step for each in steps(run)] == numbers
    assert [float(each.epoch) for each in steps(run)] == pytest.approx([step / PER_EPOCH for step in numbers])
    assert list(rates(run).values()) == pytest.approx(at_rates)
    assert end(run).status == "finished"


def assert_stopped(run: Path) -> None:
    """The run was stopped, and none of its steps is missing or stands there twice."""
    assert end(run).status == "stopped"
    assert [each.step for each in steps(run)] == list(range(1, steps(run)[-1].step + 1))


def assert_failed(run: Path, function: str, reason: str) -> None:
    """The run has ended with a ``RuntimeError`` of this function, whose traceback it keeps."""
    assert end(run).status == "failed"
    assert str(end(run).error).endswith(f" in {function}: RuntimeError: {reason}")
    assert f"in {function}" in (run / "stdout.log").read_text()


def assert_validated(found: Sequence[EvalRecord], *at: tuple[int, float]) -> None:
    """There is a validation at each of these steps and epochs, with a loss and an accuracy by our names."""
    assert [(each.step, each.epoch) for each in found] == list(at)
    assert all(0 <= float(each.val_accuracy or -1) <= 1 and each.val_loss is not None for each in found)


def settings_told(run: Path, steps_per_epoch: int, **wanted: object) -> Manifest:
    """Return the manifest of the run "named" of three epochs, which tells these hyperparameters among others."""
    told = manifest(run)
    assert told.run == "named"
    assert (told.epochs, told.steps_per_epoch) == (3, steps_per_epoch)
    assert {name: told.hparams[name] for name in wanted} == wanted
    assert told.settable == SETTABLE
    return told


def losses(run: Path) -> dict[int, float]:
    """Return the loss of each step, by the step."""
    return _once({each.step: float(each.train_loss) for each in steps(run)}, run)


def rates(run: Path) -> dict[int, float]:
    """Return the learning rate of each step, by the step."""
    return _once({each.step: float(each.lr or 0) for each in steps(run)}, run)


def _once(by_step: dict[int, float], run: Path) -> dict[int, float]:
    assert len(by_step) == len(steps(run)), "a step stands there twice"
    return by_step


def _finding_the_tests(code: str) -> str:
    return f"import sys\nsys.path.insert(0, {str(TESTS)!r})\n{code}"
