"""Batches of a training set that lies in memory, on the device: no workers, no copies between processes.

A DataLoader collates sample by sample, which on small samples costs more than the training step itself.
"""

from collections.abc import Callable

import torch
from torch import Tensor

SLAB_BYTES = 2 * 2**20
"""Samples, as they are stored, that are laid out in one go: small ones of a whole epoch, and what stays in a cache."""


class Batches:
    """A new order of the samples each epoch, the same for the same seed on every machine.

    Between :meth:`begin` and :meth:`end` an epoch is under way: while there are batches :attr:`left`, :meth:`next`
    returns one. Between two of them the size can be changed, and the place can be kept and returned to. ``inputs``
    turns the samples of a batch as they are stored into those that a network sees.
    """

    def __init__(
        self,
        x: Tensor,
        y: Tensor,
        *,
        batch_size: int,
        seed: int,
        at_least_two: bool = False,
        inputs: Callable[[Tensor], Tensor] = lambda x: x,
    ) -> None:
        self._x, self._y, self._inputs = x, y, inputs
        self._generator = torch.Generator().manual_seed(seed)
        self._batch_size, self._at_least_two = batch_size, at_least_two
        self._epoch_state = self._generator.get_state()
        self._order: Tensor | None = None
        self._waiting: list[tuple[Tensor, Tensor]] = []
        self._later: list[int] = []
        self._laid_out = 0
        self.done = 0
        """Samples done of the epoch."""
        self.size = 0
        """Samples of the last batch."""

    def __len__(self) -> int:
        """The batches of a whole epoch."""
        return len(self._sizes(len(self._x)))

    @property
    def left(self) -> int:
        """The batches that are left of the epoch under way."""
        return len(self._waiting) + len(self._later)

    @property
    def share_done(self) -> float:
        """How much of the epoch is done, 0 to 1."""
        return self.done / len(self._x)

    def begin(self) -> None:
        """Shuffle for the next epoch, unless one is under way."""
        if self._order is None:
            # Kept from before the shuffle until the epoch is over: a continuation inside it must repeat its order.
            self._epoch_state = self._generator.get_state()
            self._order = torch.randperm(len(self._x), generator=self._generator).to(self._x.device)
            self._cut()

    def next(self) -> tuple[Tensor, Tensor]:
        """Return the next batch."""
        if not self._waiting:
            self._lay_out()
        x, y = self._waiting.pop()
        self.size = len(x)
        self.done += self.size
        # Not for the slab: where bytes become floats, its pages would cost ten times what the arithmetic does.
        return self._inputs(x), y

    def end(self) -> None:
        """The epoch is over."""
        self._epoch_state = self._generator.get_state()
        self._drop()

    def resize(self, batch_size: int) -> None:
        """Let the batches that are left of the epoch, and all later ones, have another size."""
        self._batch_size = batch_size
        if self._order is not None:
            self._cut()

    def state(self) -> dict[str, Tensor | int]:
        """Return the place, for :meth:`resume`."""
        return {"epoch_state": self._epoch_state, "done": self.done, "samples": len(self._x)}

    def resume(self, epoch_state: Tensor, done: int, samples: int | None = None) -> None:
        """Go back to, or on from, a place: ``done`` of the ``samples`` of the epoch that began with ``epoch_state``.

        Raises ``RuntimeError`` or ``TypeError`` for what is no state of a generator, ``ValueError`` for more samples
        than there are, or for a place among fewer or more of them.
        """
        if samples not in (None, len(self._x)):
            raise ValueError(f"it was among {samples} training samples, and there are {len(self._x)}")
        if not 0 <= done < len(self._x):
            raise ValueError(f"{done} samples are done of an epoch that has {len(self._x)}")
        self._generator.set_state(epoch_state)
        self._drop()
        self._epoch_state = epoch_state
        if done:
            self.begin()
            self.done = done
            self._cut()

    def _drop(self) -> None:
        self._order, self._waiting, self._later, self.done = None, [], [], 0

    def _cut(self) -> None:
        """Divide what is left of the epoch, last batch first."""
        self._waiting, self._laid_out = [], self.done
        self._later = self._sizes(len(self._x) - self.done)[::-1]

    def _lay_out(self) -> None:
        """Gather the next batches in one go and cut views of them: one by one, small ones would cost ten times that."""
        assert self._order is not None
        count = max(1, SLAB_BYTES // (self._later[-1] * self._x[0].nbytes))
        sizes, self._later = self._later[: -count - 1 : -1], self._later[:-count]
        order = self._order[self._laid_out : self._laid_out + sum(sizes)]
        self._laid_out += len(order)
        self._fill(order, sizes)

    def _fill(self, order: Tensor, sizes: list[int]) -> None:
        x, y = self._x.index_select(0, order), self._y.index_select(0, order)
        self._waiting = list(zip(torch.split(x, sizes), torch.split(y, sizes), strict=True))[::-1]

    def _sizes(self, n: int) -> list[int]:
        return batch_sizes(n, self._batch_size, at_least_two=self._at_least_two)


def batch_sizes(n: int, batch_size: int, *, at_least_two: bool = False) -> list[int]:
    """Return the sizes of the batches of ``n`` samples, the last one holding what is left.

    With ``at_least_two`` a single left-over sample joins the batch before it: one sample has no variance, which batch
    norm needs.
    """
    full, rest = divmod(n, batch_size)
    sizes = [batch_size] * full
    if rest == 1 and at_least_two and sizes:
        sizes[-1] += 1
    elif rest:
        sizes.append(rest)
    return sizes
