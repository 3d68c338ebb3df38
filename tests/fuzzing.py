"""What the fuzz tests are made of: small logs of every format, ways to damage them, and what must hold of what is read.

``DLTUI_FUZZ=20000`` tries so many examples of each test, other ones each time; without it they are few and always the
same.
"""

import gzip
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from eventlogs import FILE, curve, record
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from runlogs import manifest, whole_run
from toollogs import LOGS

from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.errors import LogFormatError
from dltui.formats import SavedLog, open_log, state_of
from dltui.runs.update import Rows
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui_trainers.runlog import to_line

MUCH = int(os.environ.get("DLTUI_FUZZ", "0"))
TEXTS = Texts.load("en")


def tried(few: int) -> settings:
    """Return the settings of a test that tries so many examples when not asked for more."""
    return settings(
        max_examples=MUCH or few,
        derandomize=not MUCH,
        deadline=None,
        database=None,
        print_blob=bool(MUCH),
        suppress_health_check=list(HealthCheck),
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Seed:
    """A log. ``parts``: what is between checksums, ``sealed`` makes a file of such parts again. ``damage`` says what
    was done to it, for who has to look at a failure.
    """

    name: str
    data: bytes
    parts: tuple[bytes, ...] = ()
    sealed: Callable[[tuple[bytes, ...]], bytes] | None = None
    damage: tuple[object, ...] = ()

    def __repr__(self) -> str:
        return f"{self.name} {self.damage}"


def _of_tool(path: str, name: str = "") -> Seed:
    data = (LOGS / path).read_bytes()
    return Seed(name=name or Path(path).name, data=gzip.decompress(data) if path.endswith(".gz") else data)


def _events(path: str) -> Seed:
    whole = next((LOGS / "tensorboard" / path).iterdir())
    return replace(_of_tool(f"tensorboard/{path}/{whole.name}"), parts=_records(whole.read_bytes()), sealed=_event_file)


def _records(data: bytes) -> tuple[bytes, ...]:
    parts, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 8], "little")
        parts.append(data[at + 12 : at + 12 + length])
        at += length + 16
    return tuple(parts)


def _event_file(parts: tuple[bytes, ...]) -> bytes:
    return b"".join(map(record, parts))


def _wandb_run() -> Seed:
    seed, parts, at = _of_tool("wandb/run-fine.wandb"), [], 7
    while at < len(seed.data):  # less than a block: each chunk is a record
        length = int.from_bytes(seed.data[at + 4 : at + 6], "little")
        parts.append(seed.data[at + 7 : at + 7 + length])
        at += length + 7
    return replace(seed, parts=tuple(parts), sealed=_wandb_file)


def _wandb_file(parts: tuple[bytes, ...]) -> bytes:
    chunks = (struct.pack("<IHB", zlib.crc32(b"\1" + part), len(part), 1) + part for part in parts)
    return b":W&B\xe1\xbe\x00" + b"".join(chunks)


def _rows(line: str, count: int = 12, first: str = "") -> bytes:
    losses = ((n, 2.0 / n, 2.2 / n, 1 - 1 / n) for n in range(1, count + 1))
    return (first + "".join(line.format(n=n, a=a, b=b, c=c) for n, a, b, c in losses)).encode()


SEEDS = (
    Seed(name="own.jsonl", data=b"".join(map(to_line, whole_run(20)))),
    Seed(name="a.csv", data=_rows("{n},{a},{b},{c}\n", first="epoch,train_loss,val_loss,val_acc\n")),
    Seed(
        name="b.csv", data=_rows('2026-01-01 00:00:{n:02},"a ""b""",{a},{b}\r\n', first="time,note,loss,val_loss\r\n")
    ),
    Seed(name="c.tsv", data=_rows("{n};{a};{c}%\n", first="step;loss;acc\n").replace(b".", b",")),
    Seed(name="d.csv", data=_rows("{n},train,{a}\n{n},val,{b}\n", first="step,split,loss\n")),
    Seed(name="a.jsonl", data=_rows('{{"step": {n}, "loss": {a}, "val": {{"loss": {b}}}, "mode": "train"}}\n')),
    Seed(name="b.jsonl", data=_rows('{{"iter": {n}, "mode": "val", "loss": NaN, "acc": "{c}"}}\n')),
    Seed(name="a.json", data=b'{"history": {"loss": [2, 1, 0.5], "val_loss": [2, 1.5, 1.6], "lr": [0.1, 0.1, 0.1]}}'),
    Seed(name="b.json", data=b'{"0": {"loss": 2.0, "acc": 0.1}, "1": {"loss": 1.0, "acc": 0.5}}'),
    Seed(name="c.json", data=b'{"curve": [[2.0, 2.1], [1.0, 1.5], [0.5, 1.6]], "args": {"lr": 0.1, "epochs": 3}}'),
    Seed(name="a.txt", data=_rows("step {n}: train loss {a:.4f}, val loss {b:.4f}, lr 1e-3\n")),
    Seed(name="b.txt", data=_rows("Epoch {n}/12: 50%|###| 5/10 [00:01<00:02, loss={a:.3f}]\rval acc {c:.2%}\n")),
    Seed(
        name="c.txt",
        data=_rows("| epoch {n:3d} | {n}/ 2983 batches | loss {a:5.2f} | ppl 9 |\n").replace(b"\n", b"\r\n"),
    ),
    Seed(name="d.txt", data="\ufeffepoch 1 loss 0.5\nepoch 2 loss 0.25\n".encode("utf-16")),
    Seed(name=FILE.format(0), data=b"".join(curve("train/loss", [2.0, 1.0, 0.5]) + curve("val/loss", [2.0, 1.5, 1.6]))),
    _events("plain"),
    _events("tensor"),
    _events("tensorflow"),
    _wandb_run(),
    _of_tool("keras/training.csv"),
    _of_tool("lightning/metrics.csv"),
    _of_tool("ultralytics/results.csv"),
    _of_tool("transformers/trainer_state.json"),
    _of_tool("mmengine/scalars.json"),
    _of_tool("mmengine/20260101_000000.log"),
    _of_tool("text/nanogpt.txt"),
    _of_tool("text/word_lm.txt"),
    _of_tool("text/tqdm.txt"),
)
DATABASES = (_of_tool("trackio/one-weight.db.gz", "trackio.db"), _of_tool("mlflow/mlflow.db.gz", "mlflow.db"))
STORE = (
    Seed(name="meta.yaml", data=b"run_id: abc\nstatus: 3\nstart_time: 1700000000000\nlifecycle_stage: active\n"),
    Seed(name="loss", data=_rows("17000000{n:02}000 {a} {n}\n")),
)
MANIFEST_SEED = Seed(name="run.json", data=msgspec.json.encode(manifest("digits-x")))

_PIECES = (
    b"\0", b"\0" * 40, b"\n", b"\r", b"\r\n", b"\n\n\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"\xed\xa0\x80",
    b"\x1b[2J", b"\x1b]0;x\x07", b"\x1b", b"\b\b", b"[bold red]", b"\xe2\x80\xae", b"\xe2\x80\xa8", b'"', b"'",
    b",", b";", b"\t", b"{", b"}", b"[", b"]", b"[" * 300, b'{"a":' * 200, b":", b"nan", b"NaN", b"-inf",
    b"Infinity", b"null", b"true", b"1e999", b"-1e999", b"1e308", b"-1e308", b"1e-320", b"-0", b"9" * 30,
    b"9" * 400, b"9" * 5000, b"1" * 70, b"0x10", b"1_000", b"007", b".5", b"5.", b"-", b"+", b"%",
    b"9007199254740993", b"-9223372036854775809", b"18446744073709551616", "²".encode(), "٣".encode(),
    b"0001-01-01T00:00:00+23:59", b"9999-12-31T23:59:59-23:59", b"2026-13-45 99:99:99", b"epoch", b"step",
    b"loss", b"val_loss", b"acc", b"lr", b"time", b"mode", b"val", b"epochs", b"Namespace(lr=1, epochs=",
    b"Traceback (most recent call last):\n", b"\nepoch,loss\n", b"x" * 3000, b"\\ud800", b"\\u0000", b"-1",
    b"0", b"1", b"2", b'"step": 1, "step": 2', b"\x7f" * 9, b"\xff" * 10,
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
)  # fmt: skip
_KINDS = ("insert", "insert", "replace", "cut", "flip", "repeat", "swap", "end", "begin", "line ends", "many")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One way in which a log is damaged; the numbers are taken as far as the log goes."""

    kind: str
    at: int
    length: int
    text: bytes

    def apply(self, data: bytes) -> bytes:
        """Return the damaged bytes."""
        at = self.at % (len(data) + 1)
        before, rest = data[:at], data[at:]
        taken, after = rest[: self.length], rest[self.length :]
        match self.kind:
            case "insert":
                return before + self.text + rest
            case "replace":
                return before + self.text + after
            case "cut":
                return before + after
            case "flip":
                return before + bytes(byte ^ 1 << self.length % 8 for byte in rest[:1]) + rest[1:]
            case "repeat":
                return before + taken * 3 + after
            case "swap":
                return before + after[: self.length] + taken + after[self.length :]
            case "end":
                return before
            case "begin":
                return rest
            case "line ends":
                return data.replace(b"\n", self.text) if self.length % 2 else data.replace(b"\n", b"\r\n")
            case _:
                return before + self.text * 50 + rest


edits = st.builds(
    Edit,
    kind=st.sampled_from(_KINDS),
    at=st.integers(0, 1 << 16),
    length=st.integers(0, 200),
    text=st.sampled_from(_PIECES)
    | st.binary(max_size=12)
    | st.text(max_size=6).map(lambda text: text.encode(errors="replace")),
)


@st.composite
def damaged(draw: st.DrawFn, seeds: tuple[Seed, ...] = SEEDS) -> Seed:
    """A log with some damage; where there are checksums, half of the time inside what they guard, so that they fit."""
    seed = draw(st.sampled_from(seeds))
    some = draw(st.lists(edits, max_size=5))
    if seed.sealed is not None and draw(st.booleans()):
        parts = list(seed.parts)
        for edit in some:
            at = edit.at % len(parts)
            parts[at] = replace(edit, at=edit.at // len(parts)).apply(parts[at])
        return replace(seed, data=seed.sealed(tuple(parts)), damage=("sealed", *some))
    data = seed.data
    for edit in some:
        data = edit.apply(data)
    joined = [draw(st.sampled_from(seeds))] if draw(st.integers(0, 7)) == 7 else []
    return replace(seed, data=b"".join([data, *(each.data for each in joined)]), damage=(*some, *joined))


def read_or_refused(path: Path) -> SavedLog | None:
    """Return the log, of which everything holds that may be relied on; None if it is refused, in one sentence."""
    try:
        log = open_log(path)
    except LogFormatError as error:
        assert_a_sentence(str(error))
        return None
    assert_sound(log)
    return log


def assert_a_sentence(text: str) -> None:
    """Check what a person is told: one line, nothing in it that steers a terminal."""
    assert text.isprintable(), text
    assert text.endswith((".", "?", ")")), text
    assert len(text) < 1500, text


def assert_sound(log: SavedLog) -> None:
    """Check all that the rest of the program relies on, and that it gets along with the log."""
    for rows in (log.batch.steps, log.batch.evals):
        if rows is not None:
            _assert_rows(rows)
    assert log.batch.skipped >= 0
    assert not log.planned_epochs <= 0
    assert_judged(state_of(log))


def assert_judged(state: RunState) -> None:
    """Judge a run at its end and halfway, and say it in words."""
    for at_step in (None, state.step / 2):
        diagnosis = examine(state, at_step)
        for finding in diagnosis.findings:
            TEXTS.finding(finding)
            for evidence in finding.evidence:
                TEXTS.evidence(evidence)
        for change in prescribe(state, diagnosis):
            TEXTS.change(change)


def _assert_rows(rows: Rows) -> None:
    count = len(rows.step)
    assert count > 0
    assert np.isfinite(rows.step).all()
    assert not np.isinf(rows.epoch).any() and not np.isinf(rows.time).any()
    columns = (rows.epoch, rows.time, *rows.values.values(), *rows.unknown.values())
    assert all(len(column) == count for column in columns)
    assert all(values.dtype == np.float64 for values in (rows.step, rows.epoch, rows.time, *rows.values.values()))
