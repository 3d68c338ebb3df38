"""The scalars of one event file, gathered piece by piece in compact columns."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dltui.formats.reading.protobuf import Damaged
from dltui.formats.tensorboard.crc import Bytes, Checksums, masked_crc32c, masked_crc32c_of
from dltui.formats.tensorboard.event import Event, event_in
from dltui.formats.tensorboard.layouts import Family, Layout, Steps, layout_of, padded
from dltui.formats.tensorboard.wire import Block, Frames, Numbers, Places

SCALARS = "scalars"
"""The plugin of TensorBoard that a tensor is for if it is one number of a curve."""
_LENGTHS_ALIKE = range(12, 1024)
"""How many bytes the records have that are looked at together; the longer ones are histograms, images and the like."""
_MOST_LAYOUTS = 32
"""Records of one length have one layout or two; more of them are made to be slow, and are read one by one."""

Names = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scalars:
    """The values of curves in the order in which they were written. ``name``: the number of its :class:`Name`."""

    time: Numbers
    step: Steps
    name: Names
    value: Numbers

    def __len__(self) -> int:
        return len(self.value)

    @classmethod
    def joined(cls, parts: "list[Scalars]") -> "Scalars":
        """Return all of them, one after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            time=np.concatenate([np.zeros(0), *(part.time for part in parts)]),
            step=np.concatenate([np.zeros(0, np.int64), *(part.step for part in parts)]),
            name=np.concatenate([np.zeros(0, np.int32), *(part.name for part in parts)]),
            value=np.concatenate([np.zeros(0), *(part.value for part in parts)]),
        )

    def at(self, places: Places) -> "Scalars":
        """Return those at these places, in that order."""
        return Scalars(time=self.time[places], step=self.step[places], name=self.name[places], value=self.value[places])


@dataclass(frozen=True, slots=True)
class Name:
    """What a value is called. ``is_tensor``: it is none if the tag's plugin shows other things than scalars."""

    tag: str
    is_tensor: bool


class ScalarReader:
    """Decodes the records of a file. ``skipped``: the damaged ones. ``settings``: what it tells the hparams plugin."""

    def __init__(self) -> None:
        self.skipped = 0
        self.names: list[Name] = []
        self.settings: list[bytes] = []
        self._numbers: dict[Name, int] = {}
        self._plugins: dict[str, tuple[int, str]] = {}
        self._families: dict[int, list[Family]] = {}
        self._records = 0
        self._parts: list[Scalars] = []

    @property
    def count(self) -> int:
        """How many values were read."""
        return sum(len(part) for part in self._parts)

    def take(self, block: Block, frames: Frames) -> None:
        """Take the records of a block."""
        piece = _Piece()
        others: list[Places] = []
        for length, records in _by_length(frames.lengths):
            if length in _LENGTHS_ALIKE:
                records = _Alikes(self, piece, block, frames, length, records).read()
            others.append(records)
        if others:
            self._take_one_by_one(block, frames, np.sort(np.concatenate(others)), piece)
        self._records += len(frames.begins)
        self._parts += piece.in_order()

    def scalars(self) -> Scalars:
        """Return all that were read."""
        self._parts = [Scalars.joined(self._parts)]
        return self._parts[0]

    def counts(self, name: Name) -> bool:
        """Whether values of that name are a curve."""
        return not name.is_tensor or self._plugins.get(name.tag, (0, ""))[1] in ("", SCALARS)

    def _take_one_by_one(self, block: Block, frames: Frames, numbers: Places, piece: "_Piece") -> None:
        begins, lengths = frames.begins[numbers], frames.lengths[numbers]
        spans = zip(begins.tolist(), lengths.tolist(), strict=True)
        records = [bytes(block.data[begin : begin + length]) for begin, length in spans]
        sound = masked_crc32c_of(records) == block.numbers(begins + lengths, "<u4")
        for number, record, is_sound in zip(numbers.tolist(), records, sound.tolist(), strict=True):
            event = _event_or_none(record) if is_sound else None
            if event is None:
                self.skipped += 1
                continue
            self.settings += event.settings
            piece.add_event(number, event, self.numbers_of(event, self._records + number))

    def numbers_of(self, event: Event, record: int) -> list[int]:
        """Return the number of each name in an event, and keep which plugin it names: the first of a tag counts."""
        for tag, plugin in event.plugins:
            self._plugins[tag] = min(self._plugins.get(tag, (record, plugin)), (record, plugin), key=lambda it: it[0])
        return [self._number(Name(value.tag, value.is_tensor)) for value in event.values]

    def _number(self, name: Name) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def families_of(self, length: int) -> list[Family]:
        """Return what is known of records of that length."""
        return self._families.setdefault(length, [])

    def ordinal(self, number: int) -> int:
        """Return the place in the file of a record of the block that is being read."""
        return self._records + number


class _Alikes:
    """Reads those records of a block that are of one length."""

    def __init__(
        self, reader: ScalarReader, piece: "_Piece", block: Block, frames: Frames, length: int, records: Places
    ) -> None:
        begins = frames.begins[records]
        self._reader = reader
        self._piece = piece
        self._length = length
        self._records = records
        self._rows = block.rows(begins, padded(length))
        self._checksums: Checksums = block.numbers(begins + length, "<u4").astype(np.uint32)
        self._families = reader.families_of(length)

    def read(self) -> Places:
        """Read those that are alike, and return the others."""
        pending = np.arange(len(self._records))
        for family in self._families:
            pending = self._take_known(family, pending)
        others: list[int] = []
        while len(pending):
            first = int(pending[0])
            layout = self._layout_of(first)
            if layout is not None:
                pending = self._take_known(self._learned(layout, pending), pending)
            if len(pending) and pending[0] == first:
                others.append(first)
                pending = pending[1:]
        return self._records[others]

    def _take_known(self, family: Family, pending: Places) -> Places:
        """Take the records of a family, and return those that are left."""
        every = len(pending) == len(self._rows)
        rows = self._rows if every else self._rows[pending]
        found = family.find(rows, self._checksums if every else self._checksums[pending])
        if not len(found.which):
            return pending
        self._reader.skipped += int(np.count_nonzero(~found.sound))
        which = found.which[found.sound]
        rows = rows if len(which) == len(rows) else rows[which]
        self._piece.add(self._records[pending[which]], family, rows, found.names[found.sound])
        left = np.ones(len(pending), dtype=np.bool_)
        left[found.which] = False
        return pending[left]

    def _learned(self, layout: Layout, pending: Places) -> Family:
        """Return the family of a layout, to which the texts of all these records that have it are known."""
        family = next((each for each in self._families if each.layout == layout), None)
        if family is None:
            family = Family(layout)
            self._families.append(family)
        texts = np.unique(family.keys_of(self._rows[pending].view(np.uint64)), return_index=True)[1]
        sound, names = [], []
        for row in np.sort(pending[texts]).tolist():
            event = _event_or_none(self._record(row))
            if event is None or layout_of(event, self._length) != layout:
                continue
            if masked_crc32c(self._record(row)) == self._checksums[row]:
                sound.append(row)
                names.append(self._reader.numbers_of(event, self._reader.ordinal(int(self._records[row]))))
        if sound:
            family.add(self._rows[sound], names)
        return family

    def _layout_of(self, row: int) -> Layout | None:
        event = _event_or_none(self._record(row))
        layout = None if event is None else layout_of(event, self._length)
        if layout is None or masked_crc32c(self._record(row)) != self._checksums[row]:
            return None
        is_known = any(each.layout == layout for each in self._families)
        return layout if is_known or len(self._families) < _MOST_LAYOUTS else None

    def _record(self, row: int) -> bytes:
        return bytes(self._rows[row, : self._length])


@dataclass(slots=True)
class _Piece:
    """The values of one block, as they are found; ``records`` tells the order in which they were written."""

    records: list[Places] = field(default_factory=list)
    parts: list[Scalars] = field(default_factory=list)

    def add(self, records: Places, family: Family, rows: Bytes, names: Names) -> None:
        if not len(records):
            return
        time, step = family.times(rows), family.steps(rows)
        for place, value in enumerate(family.values(rows)):
            self.records.append(records)
            self.parts.append(Scalars(time=time, step=step, name=names[:, place], value=value))

    def add_event(self, record: int, event: Event, names: list[int]) -> None:
        count = len(names)
        if not count:
            return
        self.records.append(np.full(count, record))
        self.parts.append(
            Scalars(
                time=np.full(count, event.time),
                step=np.full(count, event.step, dtype=np.int64),
                name=np.array(names, dtype=np.int32),
                value=np.array([value.number for value in event.values]),
            )
        )

    def in_order(self) -> list[Scalars]:
        if not self.parts:
            return []
        return [Scalars.joined(self.parts).at(np.argsort(np.concatenate(self.records), kind="stable"))]


def _event_or_none(record: bytes) -> Event | None:
    try:
        return event_in(record)
    except Damaged:
        return None


def _by_length(lengths: Places) -> list[tuple[int, Places]]:
    """The lengths that there are, each with the places where it is."""
    short = np.minimum(lengths, _LENGTHS_ALIKE.stop).astype(np.uint16)
    order = np.argsort(short, kind="stable")
    each, begins = np.unique(short[order], return_index=True)
    return list(zip(each.tolist(), np.split(order, begins[1:]), strict=True)) if len(lengths) else []
