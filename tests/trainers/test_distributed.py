"""What the processes of one training share, and how a run that was cut short is taken up: without torchrun."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, nn

from dltui_trainers.batches import Batches
from dltui_trainers.distributed import count
from dltui_trainers.distributed.count import refuse
from dltui_trainers.distributed.failure import Failure, leave_note, read_note, remove_note
from dltui_trainers.distributed.launcher import words
from dltui_trainers.distributed.shares import Shares
from dltui_trainers.distributed.sums import sums_of
from dltui_trainers.distributed.taken_up import place_after, plan_again, traces_in
from dltui_trainers.errors import ProcessesError
from dltui_trainers.origin import Origin
from dltui_trainers.recorder.ranks import Ranks
from dltui_trainers.runlog import CONTROL, METRICS, Command, EndRecord, EventRecord, StepRecord, to_line
from dltui_trainers.worker import Order
from trainers.trainings import an_epoch

CPU = torch.device("cpu")


class TestShares:
    """The shares of a batch are a batch."""

    @pytest.mark.parametrize(("world", "samples"), [(2, 22), (3, 19), (4, 17), (4, 33)])
    def test_together_they_are_the_batches_of_one_process(self, world: int, samples: int) -> None:
        x, y = torch.arange(samples).float().unsqueeze(1), torch.arange(samples)
        alone = Batches(x, y, batch_size=4 * world, seed=3)
        shares = [Shares(x, y, batch_size=4, seed=3, ranks=Ranks(rank, world)) for rank in range(world)]
        for _ in range(2):
            whole = list(an_epoch(alone))
            parts = list(zip(*map(an_epoch, shares), strict=True))
            assert [torch.cat([y for _, y in each]).tolist() for each in parts] == [y.tolist() for _, y in whole]
            assert all(max(map(len, ys)) - min(map(len, ys)) <= 1 for ys in ([y for _, y in each] for each in parts))

    def test_all_that_is_counted_is_of_the_whole_batch(self) -> None:
        shares = Shares(torch.zeros(10, 1), torch.zeros(10), batch_size=3, seed=0, ranks=Ranks(1, 2))
        shares.begin()
        x, _ = shares.next()
        assert (len(x), shares.size, shares.done, shares.left, len(shares)) == (3, 6, 6, 1, 2)
        shares.resize(1)
        x, _ = shares.next()
        assert (len(x), shares.size, shares.done, shares.left) == (1, 2, 8, 1)

    def test_it_goes_on_in_the_middle_of_an_epoch_also_with_other_processes(self) -> None:
        x, y = torch.arange(20).float().unsqueeze(1), torch.arange(20)
        before = Batches(x, y, batch_size=6, seed=1)
        before.begin()
        before.next()
        place, rest = before.state(), before.next()[1]
        pair = [Shares(x, y, batch_size=3, seed=9, ranks=Ranks(rank, 2)) for rank in range(2)]
        for each in pair:
            assert isinstance(place["epoch_state"], Tensor) and isinstance(place["done"], int)
            each.resume(place["epoch_state"], place["done"])
        assert torch.cat([each.next()[1] for each in pair]).tolist() == rest.tolist()

    def test_a_batch_norm_gets_two_samples_or_none(self) -> None:
        ranks = [Ranks(rank, 3) for rank in range(3)]
        x, y = torch.zeros(5, 1), torch.zeros(5)
        pieces = [Shares(x, y, batch_size=2, seed=0, at_least_two=True, ranks=each) for each in ranks]
        assert [[len(x) for x, _ in an_epoch(each)] for each in pieces] == [[3], [2], [0]]


@pytest.fixture
def alone() -> Iterator[None]:
    """A group of this one process."""
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
    yield
    dist.destroy_process_group()


@pytest.mark.usefixtures("alone")
class TestSums:
    """The gradients between the backward pass and the step."""

    def test_they_are_weighted_also_of_several_types_and_the_loss_with_them(self) -> None:
        given = [torch.randn(3, 2), torch.randn(4).double(), torch.randn(2)]
        parameters = [nn.Parameter(torch.zeros_like(each)) for each in given]
        for parameter, gradient in zip(parameters, given, strict=True):
            parameter.grad = gradient.clone()
        losses = [each.over_all(torch.tensor(2.0), 0.25) for each in sums_of(parameters, CPU)]
        assert [each.dtype for each in losses] == [torch.float64, torch.float32]
        assert [float(each) for each in losses] == [0.5, 0.5]
        for parameter, gradient in zip(parameters, given, strict=True):
            torch.testing.assert_close(parameter.grad, gradient * 0.25)

    def test_what_no_process_has_a_gradient_for_keeps_none(self) -> None:
        used, unused = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(2))
        used.grad = torch.ones(2)
        sums_of([used, unused], CPU)[0].over_all(torch.tensor(1.0), 1.0)
        assert used.grad.tolist() == [1.0, 1.0] and unused.grad is None

    def test_a_network_that_learns_nothing_still_has_a_loss(self) -> None:
        assert float(sums_of([], CPU)[0].over_all(torch.tensor(3.0), 0.5)) == 1.5


@pytest.mark.parametrize(
    ("processes", "gpus", "told"),
    [
        (0, 0, "--nproc takes a number from 1 to 256"),
        (-2, 8, "--nproc takes a number from 1 to 256"),
        (10**6, 0, "--nproc takes a number from 1 to 256"),
        (2, 1, "there is 1 GPU here: take --nproc 1"),
        (9, 8, "9 processes need a GPU each, and there are 8 GPUs here: take --nproc 8"),
    ],
)
def test_a_number_of_processes_that_cannot_be(processes: int, gpus: int, told: str) -> None:
    with pytest.raises(ProcessesError, match=told):
        refuse(processes, gpus)


def test_numbers_of_processes_that_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for processes, gpus in [(1, 0), (1, 1), (2, 0), (8, 8), (2, 4)]:
        refuse(processes, gpus)
    monkeypatch.setattr(count, "usable_gpus", lambda: ["0"])
    with pytest.raises(ProcessesError):
        refuse(2)


def test_the_failure_that_came_first_counts(tmp_path: Path) -> None:
    leave_note(tmp_path, Failure("the cause", 1))
    leave_note(tmp_path, Failure("what it led to", 2))
    assert read_note(tmp_path) == Failure("the cause", 1)
    remove_note(tmp_path)
    assert read_note(tmp_path) is None
    leave_note(tmp_path / "gone", Failure("", 1))


def test_the_order_reaches_the_processes_word_for_word(tmp_path: Path) -> None:
    origin = Origin(folder=tmp_path / "parent", step="best")
    order = Order(
        folder=tmp_path / "run", task="digits", settings={"lr": "0.1"}, origin=origin, processes=3, command=["dltui"]
    )
    asked = words(order)
    assert asked[1:4] == ["-m", "torch.distributed.run", "--nproc-per-node=3"]
    assert asked[asked.index(str(tmp_path / "run")) :] == [
        *(str(tmp_path / "run"), "digits", "--command-json", '["dltui"]'),
        *("--from", str(tmp_path / "parent"), "--at", "best", "--set", "lr=0.1"),
    ]


def write(folder: Path, *records: StepRecord | EventRecord | EndRecord, rest: bytes = b"") -> None:
    (folder / METRICS).write_bytes(b"".join(map(to_line, records)) + rest)


class TestTraces:
    """What the log of a run that was cut short tells."""

    def test_an_empty_log(self, tmp_path: Path) -> None:
        write(tmp_path)
        traces = traces_in(tmp_path)
        assert (traces.step, traces.ended, traces.paused, traces.torn) == (None, False, False, False)
        assert plan_again(tmp_path, "digits") is None

    def test_how_far_it_came_and_what_was_answered(self, tmp_path: Path) -> None:
        paused = EventRecord(step=3, time=1.0, name="paused", id=7)
        refused = EventRecord(step=3, time=1.0, name="resumed", id=8, done=False)
        write(tmp_path, StepRecord(step=3, time=1.0, train_loss=1.0), paused, refused, rest=b'{"kind":"st')
        traces = traces_in(tmp_path)
        assert (traces.step, traces.ended, traces.paused, traces.torn) == (3, False, True, True)
        assert traces.answered == {7, 8}

    def test_its_end(self, tmp_path: Path) -> None:
        write(tmp_path, EndRecord(step=9, time=1.0, status="stopped"))
        assert traces_in(tmp_path).ended

    def test_only_commands_without_an_answer_are_still_to_be_heard(self, tmp_path: Path) -> None:
        assert place_after(tmp_path, frozenset({1})) == 0
        lines = [to_line(Command(id=each, time=1.0, command="pause")) for each in (1, 2, 3)]
        (tmp_path / CONTROL).write_bytes(b"".join(lines))
        assert place_after(tmp_path, frozenset()) == 0
        assert place_after(tmp_path, frozenset({1, 2})) == len(lines[0]) + len(lines[1])
