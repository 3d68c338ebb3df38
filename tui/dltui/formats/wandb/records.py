"""What the records of a ``.wandb`` file say, as far as they tell of the training (wandb_internal.proto).

Nothing here needs wandb or protobuf. Tried with the files of wandb 0.31.
"""

import json
import struct
from dataclasses import dataclass, field

from dltui.formats.meaning.numbers import as_float
from dltui.formats.reading.protobuf import EIGHT_BYTES, LENGTH, VARINT, Damaged, fields, key, signed, text

STEP = "_step"

_HISTORY, _CONFIG, _RUN, _EXIT = key(2, LENGTH), key(5, LENGTH), key(17, LENGTH), key(18, LENGTH)
_HISTORY_ITEM, _HISTORY_STEP, _STEP_NUMBER = key(1, LENGTH), key(2, LENGTH), key(1, VARINT)
_ITEM_KEY, _ITEM_NESTED_KEY = key(1, LENGTH), key(2, LENGTH)
_ITEM_JSON = frozenset({key(16, LENGTH), key(8, LENGTH)})
_ITEM_INTEGER, _ITEM_NUMBER = key(5, VARINT), key(6, EIGHT_BYTES)
_RUN_CONFIG, _CONFIG_UPDATE, _EXIT_CODE = key(4, LENGTH), key(1, LENGTH), key(1, VARINT)
_JSON_MARK = b"\x82\x01"
"""The key of an item's JSON, the last field that it has, in bytes."""
_MOST_NAMES = 10_000
_DOUBLE = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class History:
    """A row: what one call of ``wandb.log`` gave."""

    cells: list[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class Settings:
    """Some of the run's config, each setting under its path."""

    config: dict[tuple[str, ...], object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exit:
    """The training is over; its process ended with this code."""

    code: int


@dataclass(slots=True)
class _Item:
    path: tuple[str, ...] = ()
    value: object = None


class Decoder:
    """Decodes records; it keeps the names that came, since each row has the same ones again."""

    def __init__(self) -> None:
        self._names: dict[bytes, str] = {}

    def decode(self, record: bytes) -> History | Settings | Exit | None:
        """Return what the record tells of the training, None if nothing. Raises Damaged."""
        for tag, _, content in fields(record):
            if tag == _HISTORY:
                return self._history(content)
            if tag == _RUN:
                return Settings(
                    {path: value for each in _all(content, _RUN_CONFIG) for path, value in _config(each).items()}
                )
            if tag == _CONFIG:
                return Settings(_config(content))
            if tag == _EXIT:
                return Exit(_number(content, _EXIT_CODE) or 0)
        return None

    def _history(self, message: bytes) -> History:
        cells: list[tuple[str, float]] = []
        at, end = 0, len(message)
        while at + 1 < end and message[at] == _HISTORY_ITEM and message[at + 1] < 0x80:  # nearly all of it
            begin = at + 2
            at = begin + message[at + 1]
            if at > end:
                raise Damaged
            cell = self._cell(message[begin:at])
            if cell is not None:
                cells.append(cell)
        step: int | None = None
        for tag, _, content in fields(message[at:]):
            if tag == _HISTORY_ITEM:
                cell = self._cell(content)
                if cell is not None:
                    cells.append(cell)
            elif tag == _HISTORY_STEP:
                step = _number(content, _STEP_NUMBER) or 0
        if step is not None and STEP not in dict(cells):
            cells.append((STEP, float(step)))
        return History(cells)

    def _cell(self, item: bytes) -> tuple[str, float] | None:
        """The name and the number of an item, None if it is none (a text, an image, a part of a histogram)."""
        mark = item.find(_JSON_MARK)
        name = self._names.get(item[:mark]) if mark > 0 else None
        if name is not None and mark + 3 + item[mark + 2] == len(item):  # nearly always: shorter than 128 bytes
            try:
                return name, float(item[mark + 3 :])
            except ValueError:  # "NaN" in quotes, true, an object
                value = as_float(_json(item[mark + 3 :]))
                return None if value is None else (name, value)
        whole = _item(item)
        number = as_float(whole.value)
        name = "/".join(whole.path)
        if number is None or not name:
            return None
        if mark > 0 and len(self._names) < _MOST_NAMES and _item(item[:mark]).path == whole.path:
            self._names[item[:mark]] = name
        return name, number


def _item(message: bytes) -> _Item:
    item = _Item()
    for tag, number, content in fields(message):
        if tag == _ITEM_KEY:
            item.path = (text(content),)
        elif tag == _ITEM_NESTED_KEY:
            item.path = (*item.path, text(content))
        elif tag in _ITEM_JSON:
            item.value = _json(content)
        elif tag == _ITEM_INTEGER:
            item.value = number >> 1 ^ -(number & 1)  # "zigzag": the sign is the last bit
        elif tag == _ITEM_NUMBER:
            item.value = _DOUBLE.unpack(content)[0]
    return item


def _config(message: bytes) -> dict[tuple[str, ...], object]:
    items = (_item(content) for content in _all(message, _CONFIG_UPDATE))
    return {item.path: item.value for item in items if item.path}


def _all(message: bytes, wanted: int) -> list[bytes]:
    return [content for tag, _, content in fields(message) if tag == wanted]


def _number(message: bytes, wanted: int) -> int | None:
    return next((signed(number) for tag, number, _ in fields(message) if tag == wanted), None)


def _json(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise Damaged from None
