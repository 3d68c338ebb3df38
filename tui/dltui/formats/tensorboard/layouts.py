"""Decodes the records of an event file many at once: nearly all are alike but for their time, step and value.

Records of one length whose numbers stand at the same places have one layout. What else is in them, their tags above
all, are the same few texts again and again; one record of each is decoded byte by byte, and the others, which have the
very same bytes beside their numbers, by numpy. Checksums are computed alike: what the numbers add to that of the text.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dltui.formats.tensorboard.crc import Bytes, Checksums, effect, masked, masked_crc32c, unmasked
from dltui.formats.tensorboard.event import Event, Place
from dltui.formats.tensorboard.wire import Numbers, Places

Words = npt.NDArray[np.uint64]
Steps = npt.NDArray[np.int64]

_STEP_BITS, _GOES_ON = 0x7F, 0x80
_MIXER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the numbers stand in records of ``length`` bytes. Without a step (``step_at`` is -1) it is 0."""

    length: int
    time_at: int
    step_at: int
    step_end: int
    values: tuple[Place, ...]


def layout_of(event: Event, length: int) -> Layout | None:
    """Return the layout of a record, None if it has no number, or one that is not simply written down."""
    places = tuple(value.place for value in event.values)
    if not places or event.settings or event.time_at < 0 or not all(place.dtype for place in places):
        return None
    return Layout(length=length, time_at=event.time_at, step_at=event.step_at, step_end=event.step_end, values=places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alike:
    """Records of one layout: ``which`` of those that were asked, whether the checksum of each is right, and what each
    of its values is called (a row a record, a column a value).
    """

    which: Places
    sound: npt.NDArray[np.bool_]
    names: npt.NDArray[np.int32]


class Family:
    """The records of one layout, by the texts that are known of it."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        width = padded(layout.length)
        varying = np.zeros(width, dtype=np.uint8)
        varying[layout.length :] = 0xFF
        self._places = [*range(layout.time_at, layout.time_at + 8)]
        for place in layout.values:
            self._places += range(place.at, place.at + np.dtype(place.dtype).itemsize)
        varying[self._places] = 0xFF
        self._step_places = [*range(layout.step_at, layout.step_end)]
        varying[self._step_places] = _STEP_BITS
        self._fixed = np.invert(varying).view(np.uint64)
        self._mixers = np.cumprod(np.full(width // 8, _MIXER))
        self._keys = np.zeros(0, dtype=np.uint64)
        self._texts = np.zeros((0, width // 8), dtype=np.uint64)
        self._crcs = np.zeros(0, dtype=np.uint32)
        self._names = np.zeros((0, len(layout.values)), dtype=np.int32)

    def add(self, rows: Bytes, names: list[list[int]]) -> None:
        """Make the texts of these records known, and what the values of each are called."""
        texts = rows.view(np.uint64) & self._fixed
        crcs = [unmasked(masked_crc32c(text.tobytes()[: self.layout.length])) for text in texts]
        keys = np.concatenate((self._keys, self.keys_of(texts)))
        order = np.argsort(keys)
        self._keys = keys[order]
        self._texts = np.concatenate((self._texts, texts))[order]
        self._crcs = np.concatenate((self._crcs, np.array(crcs, dtype=np.uint32)))[order]
        self._names = np.concatenate((self._names, np.array(names, dtype=np.int32)))[order]

    def keys_of(self, words: Words) -> Words:
        """Return a number for the text of each record; two texts have the same one by a chance of 2**-64."""
        keys: Words = np.dot(words & self._fixed, self._mixers)
        return keys

    def find(self, rows: Bytes, checksums: Checksums) -> Alike:
        """Return which of these records have this layout and a text that is known."""
        if not len(self._keys):
            return Alike(which=np.zeros(0, np.int64), sound=np.zeros(0, np.bool_), names=self._names)
        texts: Words = rows.view(np.uint64) & self._fixed
        keys: Words = np.dot(texts, self._mixers)
        text = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        same = keys == self._keys[text]
        same &= (texts == self._texts[text]).all(axis=1)
        which = np.flatnonzero(same)
        if len(which) < len(rows):
            rows, text, checksums = rows[which], text[which], checksums[which]
        return Alike(which=which, sound=self._crcs_of(rows, text) == checksums, names=self._names[text])

    def _crcs_of(self, rows: Bytes, text: npt.NDArray[np.intp]) -> Checksums:
        crcs = self._crcs[text]
        for place in self._places:
            crcs ^= effect(self.layout.length - 1 - place)[rows[:, place]]
        for place in self._step_places:
            crcs ^= effect(self.layout.length - 1 - place)[rows[:, place] & _STEP_BITS]
        return masked(crcs)

    def times(self, rows: Bytes) -> Numbers:
        """Return the time of each record."""
        return _column(rows, self.layout.time_at, "<f8")

    def steps(self, rows: Bytes) -> Steps:
        """Return the step of each record: seven bits a byte, the lowest first."""
        steps = np.zeros(len(rows), dtype=np.uint64)
        for digit, place in enumerate(self._step_places):
            steps |= (rows[:, place] & _STEP_BITS).astype(np.uint64) << np.uint64(7 * digit)
        return steps.view(np.int64)

    def values(self, rows: Bytes) -> list[Numbers]:
        """Return each of the values of all records."""
        return [_column(rows, place.at, place.dtype) for place in self.layout.values]


def padded(length: int) -> int:
    """Return the width of a row that holds a record of that length and can be looked at as words of eight bytes."""
    return -(-length // 8) * 8


def _column(rows: Bytes, at: int, dtype: str) -> Numbers:
    size = np.dtype(dtype).itemsize
    with np.errstate(invalid="ignore"):  # a NaN of the signalling kind is a NaN
        numbers: Numbers = np.ascontiguousarray(rows[:, at : at + size]).view(dtype)[:, 0].astype(np.float64)
    return numbers
