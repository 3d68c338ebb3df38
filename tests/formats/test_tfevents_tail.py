"""Event files that are being written: what is new is read, what is not whole is waited for, what is gone is noticed."""

import math
import os
import random
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from eventlogs import FILE, FLOAT, HALF, VERSION, checksum, curve, event, number, part, record, simple, tensor, written

from dltui.errors import LogFormatError
from dltui.formats.reading.table import Table
from dltui.formats.reading.tail import PIECE_BYTES, Advance
from dltui.formats.tensorboard.log import EventTail, tail
from dltui.formats.tensorboard.wire import LONGEST_RECORD
from dltui.log_options import AS_IT_IS

NAMES = ["loss", "val/loss", "lr", "a_long_name/of_a_metric"]


def follow(path: Path) -> EventTail:
    return tail(path, AS_IT_IS)


def read_on(log: EventTail, most: int = PIECE_BYTES) -> Advance:
    """Read all that there is now, and return whether any of it made a change."""
    changed = False
    while True:
        advance = log.advance(most)
        changed |= advance.changed
        if not advance.more:
            return Advance(changed=changed, share=advance.share)


def whole(path: Path) -> Table:
    log = follow(path)
    read_on(log)
    log.finish()
    return log.table()


def cells(table: Table) -> dict[str, list[tuple[int, str]]]:
    """All that is in a table, comparable; NaN is a value like others."""
    rows = np.arange(table.length)
    return {
        name: list(zip(rows[column.at()].tolist(), map(repr, column.values.tolist()), strict=True))
        for name, column in table.columns.items()
    }


def losses(log: EventTail) -> list[float]:
    table = log.table()
    return list(table.columns["loss"].values) if "loss" in table.columns else []


def mixed(count: int, seed: int = 0) -> Iterator[bytes]:
    """Events as many writers write them, one after the other: several values, tensors, histograms, damage."""
    chance = random.Random(seed)
    half = number(1, FLOAT) + part(4, struct.pack("<f", 0.5))
    for step in range(count):
        for name in NAMES[: chance.randrange(1, 5)]:
            yield event(step, simple(name, chance.choice([chance.random(), math.nan])), time=100.0 + step)
        yield event(step, *(simple(f"{name}/b", 1.0) for name in NAMES[:2]), tensor("t/loss", half), time=100.0 + step)
        yield event(step, part(1, "weights") + part(5, chance.randbytes(chance.randrange(2000))))
        yield event(step, tensor("h/loss", number(1, HALF) + number(13, 0x3800), None))
        if step % 7 == 3:
            broken = bytearray(event(step, simple("loss", 1.0)))
            broken[20] ^= 1
            yield bytes(broken)


def test_byte_by_byte_is_the_same_as_the_whole_file(tmp_path: Path) -> None:
    content = record(VERSION) + b"".join(mixed(8)) + event(9, simple("loss", 1.0))[:-3]
    path, arriving = tmp_path / FILE.format(1), tmp_path / "arriving" / FILE.format(1)
    path.write_bytes(content)
    arriving.parent.mkdir()
    arriving.touch()
    log = follow(arriving)
    rows = 0
    with arriving.open("ab", buffering=0) as file:
        for at in range(len(content)):
            file.write(content[at : at + 1])
            if read_on(log).changed:
                assert log.table().length >= rows
                rows = log.table().length
    log.finish()
    assert cells(log.table()) == cells(whole(path))
    assert log.table().skipped == whole(path).skipped == 2


@pytest.mark.parametrize("most", [1, 13, 300, 5000])
def test_the_size_of_the_pieces_makes_no_difference(tmp_path: Path, most: int) -> None:
    path = written(tmp_path, *mixed(60))
    log = follow(path)
    shares = [log.advance(most).share for _ in range(3)]
    assert read_on(log, most).share == 1.0
    log.finish()
    assert shares == sorted(shares)
    assert cells(log.table()) == cells(whole(path))
    assert log.table().skipped == whole(path).skipped


def test_records_read_many_at_once_are_those_read_one_by_one(tmp_path: Path) -> None:
    """In pieces of one byte each record comes alone; in one piece those that are alike are read together."""
    chance = random.Random(3)
    values = [chance.choice([chance.random(), math.inf, math.nan, -0.0]) for _ in range(400)]
    events = []
    for at, value in enumerate(values):
        step = chance.choice([0, 1, 127, 128, 300, 2**31, 2**62, -1, -(2**40)])
        form = chance.choice(
            [
                simple("loss", value),
                tensor("loss", number(1, FLOAT) + part(5, struct.pack("<f", value))),
                tensor("loss", number(1, 2) + part(4, struct.pack("<d", value)), None),
                tensor("loss", number(1, 9) + part(4, struct.pack("<q", at - 200))),
            ]
        )
        events.append(event(step, form, time=chance.random() * 1e9))
    path = written(tmp_path, *events)
    alone = follow(path)
    read_on(alone, 1)
    assert cells(alone.table()) == cells(whole(path))
    assert len(whole(path).columns["loss"]) == 400


def test_a_table_does_not_change_when_more_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, *curve("loss", [3.0, 2.0]))
    log = follow(path)
    read_on(log)
    before = log.table()
    kept = cells(before)
    with path.open("ab") as file:
        file.write(b"".join(curve("loss", [1.0, 0.5], range(2, 4))))
    assert read_on(log).changed
    assert losses(log) == [3.0, 2.0, 1.0, 0.5]
    assert cells(before) == kept
    assert not read_on(log).changed


def test_a_torn_record_is_waited_for_and_counted_at_the_end_only(tmp_path: Path) -> None:
    path = written(tmp_path, *curve("loss", [3.0]))
    last = event(1, simple("loss", 2.0))
    for cut in (1, 11, 12, len(last) - 1):
        log = follow(path)
        sound = path.read_bytes()
        path.write_bytes(sound + last[:cut])
        read_on(log)
        assert losses(log) == [3.0]
        assert log.table().skipped == 0
        path.write_bytes(sound + last)
        assert read_on(log).changed
        assert losses(log) == [3.0, 2.0]
        path.write_bytes(sound)
    log = follow(path)
    path.write_bytes(path.read_bytes() + last[:-1])
    read_on(log)
    log.finish()
    assert log.table().skipped == 1


def test_a_file_that_became_shorter_or_is_another_is_read_anew(tmp_path: Path) -> None:
    path = written(tmp_path, *curve("loss", [3.0, 2.0, 1.0]))
    log = follow(path)
    read_on(log)
    written(tmp_path, *curve("loss", [9.0]))
    assert read_on(log).changed
    assert losses(log) == [9.0]
    path.write_bytes(b"")
    assert read_on(log).changed
    assert losses(log) == []
    written(tmp_path, *curve("loss", [5.0, 4.0], since=500.0))
    read_on(log)
    longer = written(tmp_path / "other", *curve("loss", [8.0, 7.0, 6.0, 5.0], since=900.0))
    os.replace(longer, path)
    assert read_on(log).changed
    assert losses(log) == [8.0, 7.0, 6.0, 5.0]


def test_a_copy_that_is_brought_up_to_date_is_read_on(tmp_path: Path) -> None:
    """As rsync does it: a longer file of another inode, which begins as the one before."""
    path = written(tmp_path, *curve("loss", [3.0, 2.0]))
    log = follow(path)
    read_on(log)
    os.replace(written(tmp_path / "new", *curve("loss", [3.0, 2.0, 1.0])), path)
    read_on(log)
    assert losses(log) == [3.0, 2.0, 1.0]


def test_from_garbage_on_nothing_is_read_until_it_is_mended(tmp_path: Path) -> None:
    path = written(tmp_path, *curve("loss", [3.0, 2.0]))
    sound, further = path.read_bytes(), b"".join(curve("loss", [1.0, 0.5], range(2, 4)))
    log = follow(path)
    path.write_bytes(sound + bytes(len(further) // 2))  # a page that a network's file system has not filled yet
    read_on(log)
    assert losses(log) == [3.0, 2.0]
    assert log.table().skipped == 1
    path.write_bytes(sound + bytes(len(further)))
    assert not read_on(log).changed
    path.write_bytes(sound + further)
    assert read_on(log).changed
    assert losses(log) == [3.0, 2.0, 1.0, 0.5]
    assert log.table().skipped == 0


def test_a_length_beyond_the_end_is_waited_for_without_reading(tmp_path: Path) -> None:
    length = struct.pack("<Q", LONGEST_RECORD + 1)
    path = written(tmp_path, *curve("loss", [3.0]), length + checksum(length), bytes(1000))
    log = follow(path)
    read_on(log)
    assert losses(log) == [3.0]
    assert log.table().skipped == 0
    with path.open("r+b") as file:  # it becomes whole, and is stepped over
        file.seek(LONGEST_RECORD - 1000 + 1 + 4, os.SEEK_END)
        file.write(b"".join(curve("loss", [2.0], range(1, 2))))
    read_on(log)
    assert losses(log) == [3.0, 2.0]
    log.finish()
    assert log.table().skipped == 0


def test_a_wrong_checksum_in_the_middle_is_noticed(tmp_path: Path) -> None:
    events = [event(step, simple("loss", step), simple("lr", 0.5)) for step in range(300)]
    events[150] = bytes([*events[150][:-6], events[150][-6] ^ 4, *events[150][-5:]])
    image = bytearray(record(part(5, part(1, part(1, "image") + part(4, bytes(100_000))))))
    image[50_000] ^= 1
    table = whole(written(tmp_path, *events, bytes(image)))
    assert table.skipped == 2
    assert len(table.columns["loss"]) == 299
    assert 150.0 not in table.columns["loss"].values


def test_new_files_of_a_folder_are_found_and_read_in_order(tmp_path: Path) -> None:
    written(tmp_path, *curve("loss", [3.0, 2.0]), made_at=20)
    log = follow(tmp_path)
    read_on(log)
    restarted = written(tmp_path, *curve("loss", [1.5], range(1, 2)), made_at=30)
    assert read_on(log).changed
    assert losses(log) == [3.0, 2.0, 1.5]
    written(tmp_path, *curve("loss", [9.0], range(1)), made_at=10)
    read_on(log)
    assert losses(log) == [9.0, 3.0, 2.0, 1.5]
    with restarted.open("ab") as file:
        file.write(b"".join(curve("loss", [1.0], range(2, 3))))
    read_on(log)
    assert losses(log) == [9.0, 3.0, 2.0, 1.5, 1.0]


def test_a_validation_that_begins_later_gives_both_their_names(tmp_path: Path) -> None:
    written(tmp_path / "train", *curve("epoch_loss", [3.0, 2.0]))
    log = follow(tmp_path)
    read_on(log)
    assert list(log.table().columns) == ["global_step", "timestamp", "epoch_loss"]
    written(tmp_path / "validation", *curve("epoch_loss", [4.0, 3.0], since=101.0))
    assert read_on(log).changed
    assert list(log.table().columns)[2:] == ["train/epoch_loss", "validation/epoch_loss"]


def test_a_file_that_is_removed_between_two_looks_is_left_out(tmp_path: Path) -> None:
    first = written(tmp_path, *curve("loss", [3.0, 2.0]), made_at=10)
    second = written(tmp_path, *curve("loss", [1.0]), made_at=20)
    log = follow(tmp_path)
    read_on(log)
    first.unlink()
    assert read_on(log).changed
    assert losses(log) == [1.0]
    second.unlink()
    with pytest.raises(LogFormatError, match="no event file"):
        log.advance()
    assert losses(log) == [1.0]
    tmp_path.rmdir()
    with pytest.raises(LogFormatError, match="no longer there"):
        log.advance()
    assert losses(log) == [1.0]
    written(tmp_path, *curve("loss", [7.0], since=900.0))
    read_on(log)
    assert losses(log) == [7.0]


def test_a_file_that_is_removed_while_it_is_read(tmp_path: Path) -> None:
    first = written(tmp_path, *mixed(30), made_at=10)
    written(tmp_path, *curve("loss", [1.0]), made_at=20)
    for asked in (tmp_path, first):
        first = written(tmp_path, *mixed(30), made_at=10)
        log = follow(asked)
        assert log.advance(100).more
        first.unlink()
        if asked == first:
            for reason in ("no file or folder", "no longer there"):
                with pytest.raises(LogFormatError, match=reason):
                    log.advance()
        else:
            read_on(log)
            read_on(log)
            assert losses(log) == [1.0]


def test_ten_thousand_tags(tmp_path: Path) -> None:
    events = (event(step, simple(f"metric/{at}", at)) for step in range(1, 3) for at in range(10_000))
    table = whole(written(tmp_path, event(0, simple("loss", 1.0)), *events))
    assert table.length == 3
    assert len(table.columns) == 2000
    assert list(table.columns["metric/1000"].values) == [1000.0, 1000.0]


def test_a_plugin_that_is_named_later_counts_for_the_whole_file(tmp_path: Path) -> None:
    half = number(1, FLOAT) + part(5, struct.pack("<f", 0.5))
    path = written(tmp_path, event(1, simple("loss", 1.0), tensor("pr", half, None)))
    log = follow(path)
    read_on(log)
    assert "pr" in log.table().columns
    with path.open("ab") as file:
        file.write(event(2, tensor("pr", half, "pr_curves")))
    read_on(log)
    log.finish()
    assert "pr" not in log.table().columns


def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, *curve("loss", [3.0]))
    log = follow(tmp_path)
    read_on(log)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with path.open("ab") as file:
        file.write(b"".join(curve("loss", [2.0], range(1, 2))))
    with monkeypatch.context() as patch:
        patch.setattr("dltui.formats.reading.source.open_regular", refuse)
        with pytest.raises(LogFormatError, match="Permission denied"):
            log.advance()
    assert losses(log) == [3.0]
    read_on(log)
    assert losses(log) == [3.0, 2.0]
