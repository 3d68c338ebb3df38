"""Whatever is named as a log, each command says in one sentence why it is none, or shows what of it can be read."""

import bz2
import gzip
import io
import lzma
import os
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzzing import Seed, assert_a_sentence, damaged, tried
from hypothesis import given
from hypothesis import strategies as st

from dltui.cli import main

HEADER = "epoch,loss,val_loss\n"
CSV = HEADER + "".join(f"{n},{1 / n},{1.1 / n}\n" for n in range(1, 15))
PICKLE = b"\x80\x02}q\0."
READ = (["diagnose"], ["diagnose", "--json"], ["report", "-o", "-", "--format", "html"], ["replay"])
"""The commands that read one log and print."""


def _zip(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(name, CSV)
    return file.getvalue()


FILES: dict[str, tuple[bytes | str, str]] = {
    "empty.csv": ("", "is empty"),
    "blank.csv": ("\n \n\n", "is empty"),
    "log.csv.gz": (gzip.compress(CSV.encode()), "compressed (gzip): unpack it first"),
    "log.csv.bz2": (bz2.compress(CSV.encode()), "compressed (bzip2): unpack"),
    "log.csv.xz": (lzma.compress(CSV.encode()), "compressed (xz): unpack"),
    "log.csv.zst": (b"\x28\xb5\x2f\xfd" + bytes(99), "compressed (zstd): unpack"),
    "logs.zip": (_zip("log.csv"), "archive (zip): unpack"),
    "logs.tar": (b"log.csv".ljust(257, b"\0") + b"ustar\0" + bytes(300), "archive (tar): unpack"),
    "model.pt": (_zip("model/data.pkl"), "checkpoint, not a log (PyTorch)"),
    "old.pth": (PICKLE, "checkpoint, not a log (pickle)"),
    "model.safetensors": (b"\x10".ljust(8, b"\0") + b'{"__metadata__":{}}', "checkpoint, not a log (safetensors)"),
    "weights.h5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "checkpoint, not a log (HDF5)"),
    "losses.npy": (b"\x93NUMPY\x01\0" + bytes(99), "arrays (NumPy), not a log"),
    "losses.npz": (_zip("losses.npy"), "arrays (NumPy), not a log"),
    "log.parquet": (b"PAR1" + bytes(99), "arrays (Parquet), not a log"),
    "curve.png": (b"\x89PNG\r\n\x1a\n" + bytes(99), "image (PNG)"),
    "paper.pdf": (b"%PDF-1.4\n%\xe2\xe3", "document (PDF)"),
    "noise.csv": (bytes(range(256)) * 20, "not a text file"),
    "zeros.csv": (bytes(5000), "not a text file"),
    "wide.csv": (CSV.encode("utf-16-le"), "UTF-16 without the mark"),
    "mac.csv": (CSV.replace("\n", "\r"), "carriage returns alone"),
    "iris.csv": ("sepal_length,species\n5.1,setosa\n4.9,setosa\n", "its columns are sepal_length, species"),
    "config.json": ('{"model": {"layers": 3}, "lr": 0.1, "batch_size": 8}', "No loss was found"),
    "list.json": ("[1, 2, 3]", "No loss was found"),
    "half.json": ('{"loss": [1, 0.5], "val_loss": [1,', "cut off while it was written"),
    "train.py": ("import torch\nfor x in y:\n  loss = 0.5\n", "No loss was found"),
    "events.out.tfevents.1.host": (bytes(100), "is TensorBoard's, but no scalars"),
    "run.wandb": ("nothing", "is not a run of W&B"),
    "project.db": (b"SQLite format 3\0" + bytes(100), "is damaged"),
}
"""What is no log, and what is said of it."""

SHOWN: dict[str, tuple[bytes | str, str]] = {
    "utf16.csv": (CSV.encode("utf-16"), "14 epochs"),
    "crlf.csv": (CSV.replace("\n", "\r\n"), "14 epochs"),
    "latin.csv": (CSV.replace("epoch", "époque,epoch").replace("\n", "\n1,")[:-2].encode("latin-1"), "14 "),
    "mixed.txt": (b"step 1: loss 0.5 \xe9\xff\nstep 2: loss 0.4 \xc3\xa9\n", "2 steps"),
    "nul.csv": (CSV.replace("\n3,", "\n3\0,"), "14 epochs"),
    "sparse.csv": (CSV.encode() + bytes(5000), "could not be read: 1"),
    "half.jsonl": ('{"step": 1, "loss": 1}\n{"step": 2, "loss": 0.5}\n{"step": 3, "lo', "could not be read: 1"),
    "columns.csv": (
        ",".join([*(f"c{n}" for n in range(10_000)), "loss"]) + "\n" + (",".join(["1"] * 10_001) + "\n") * 5,
        "5 steps",
    ),
    "zero.csv": (CSV.replace(",0.55\n", ",0.0\n"), "14 epochs"),
    "nan.csv": ("epoch,loss\n1,nan\n2,nan\n", "DIVERGED"),
    "row.csv": ("epoch,loss\n1,0.5\n", "1 epochs"),
    "header.csv": (HEADER, "no loss that could be judged"),
    "negative.csv": ("step,loss\n-5,1\n-3,0.9\n-1,0.8\n0,.7\n", "0 steps"),
    "huge.csv": ("step,loss\n1e15,1\n1e300,0.9\n-1e300,0.8\n9e15,inf\n", "9e+15 steps"),
    "back.csv": ("step,time,loss\n1,100,1\n2,50,0.9\n3,20,0.8\n4,1,.7\n", "4 steps"),
    "\x1b[31mred[bold]\u202e.csv": (CSV, "␛[31mred[bold]\ufffd.csv"),
    "names.csv": (CSV.replace("epoch", "\x1b[2J[b]\u202e,epoch").replace("\n", "\n1,")[:-2], "14 "),
}
"""What is shown all the same, and what is to be read then."""


def _refused(words: list[str], capfd: pytest.CaptureFixture[str]) -> str:
    assert main(words) == 2
    said = capfd.readouterr()
    assert said.err.startswith("dltui: ") and said.err.count("\n") == 1, said.err
    assert_a_sentence(said.err.rstrip("\n"))
    return said.err


def _written(tmp_path: Path, name: str, data: bytes | str) -> str:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)


@pytest.mark.parametrize("command", READ, ids=" ".join)
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_log_is_refused_in_a_sentence(
    tmp_path: Path, name: str, command: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    data, hint = FILES[name]
    said = _refused([*command, _written(tmp_path, name, data)], capfd)
    assert name in said and hint in said


@pytest.mark.parametrize("name", ["log.csv.gz", "model.pt", "iris.csv", "empty.csv"])
def test_every_command_refuses_it(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    data, hint = FILES[name]
    log, sound = _written(tmp_path, name, data), _written(tmp_path, "sound.csv", CSV)
    for words in (["export", log, "-o", str(tmp_path / "out.csv")], ["compare", sound, log], [log]):
        assert hint in _refused(words, capfd)
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("command", [*READ, ["export", "-o", "-", "--to", "jsonl"]], ids=" ".join)
@pytest.mark.parametrize("name", SHOWN)
def test_what_can_be_read_is_shown(
    tmp_path: Path, name: str, command: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    data, shown = SHOWN[name]
    nothing_yet = name == "header.csv" and command[0] in ("export", "replay")
    assert main([*command, _written(tmp_path, name, data)]) == (2 if nothing_yet else 0)
    said = capfd.readouterr()
    assert bool(said.err) == nothing_yet
    if command == ["diagnose"]:
        assert shown in said.out
    for line in said.out.split("\n"):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", line), line


FOLDERS: dict[str, tuple[tuple[str, ...], str]] = {
    "of nothing": ((), "is an empty folder"),
    "of other things": (("notes.md", "data/1.bin"), "no log was found in it"),
    "of one log": (("log.csv",), "name '{}/log.csv'"),
    "of several": (("a.csv", "b.csv"), "There are a.csv, b.csv"),
    "of folders with logs": (("a/metrics.csv", "b/metrics.csv"), "There are a/metrics.csv, b/metrics.csv"),
}


@pytest.mark.parametrize("which", FOLDERS)
def test_a_folder_that_is_no_log_tells_what_is_in_it(
    tmp_path: Path, which: str, capfd: pytest.CaptureFixture[str]
) -> None:
    names, hint = FOLDERS[which]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(CSV if name.endswith(".csv") else "nothing")
    assert hint.format(tmp_path) in _refused(["diagnose", str(tmp_path)], capfd)


def _nothing(path: Path) -> None:
    path.with_name("other").touch()


def _dangling(path: Path) -> None:
    path.symlink_to("gone")


def _loop(path: Path) -> None:
    path.symlink_to(path)


ODD: dict[str, tuple[Callable[[Path], None], str]] = {
    "nothing": (_nothing, "neither a file or folder nor a run"),
    "dangling": (_dangling, "a link to what is not there"),
    "loop": (_loop, "symbolic links"),
    "fifo": (os.mkfifo, "a pipe or a device"),
}


@pytest.mark.parametrize("which", ODD)
def test_what_is_no_file(tmp_path: Path, which: str, capfd: pytest.CaptureFixture[str]) -> None:
    make, hint = ODD[which]
    path, sound = tmp_path / which, _written(tmp_path, "sound.csv", CSV)
    make(path)
    for words in (["diagnose", str(path)], ["compare", sound, str(path)], ["replay", str(path)]):
        assert hint in _refused(words, capfd)
    said = _refused([str(path)], capfd)
    assert hint in said or which in ("nothing", "loop")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty", "/proc/self/mem", "/proc/kmsg"])
def test_devices_are_not_read(device: str, capfd: pytest.CaptureFixture[str]) -> None:
    if not os.path.exists(device):
        pytest.skip(f"there is no {device}")
    said = _refused(["diagnose", device], capfd)
    assert device in said


@pytest.mark.parametrize(
    "name", ["x" * 5000, "\x1b]0;red\u202e", "a\0b", "\udcff.csv"], ids=["long", "odd", "nul", "?"]
)
def test_names_of_nothing(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["diagnose", name],
        [name],
        ["watch", "--headless", name],
        ["train", "--from", name],
        ["replay", name],
    ):
        assert len(_refused(words, capfd)) < 600


def test_a_name_that_is_no_utf_8(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.csv")
    Path(path).write_text(CSV)
    for command in READ:
        assert main([*command, path]) == 0
    assert capfd.readouterr().err == ""


def test_no_permission(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    inner = tmp_path / "closed"
    inner.mkdir()
    log, folder_log = Path(_written(tmp_path, "log.csv", CSV)), Path(_written(inner, "log.csv", CSV))
    log.chmod(0)
    inner.chmod(0)
    try:
        for path in (log, folder_log, inner):
            assert "ermission" in _refused(["diagnose", str(path)], capfd) or path is inner
    finally:
        inner.chmod(0o700)


BIG: dict[str, tuple[str, str, int]] = {
    "text.txt": ("step 1 ", "loss 1 ", 20),
    "table.csv": (HEADER + "1,0.5,0.4\n", "1,", 20),
    "records.jsonl": ('{"loss": 1, "step": 1}\n{"a": "', "x", 20),
    "document.json": ('{"a": "', "x", 350),
    "copied.jsonl": ('{"kind":"event","step":1,"time":1,"name":"', "x", 350),
}
"""How a log begins, what its last line is full of, and how many MiB reading it may take."""


@pytest.mark.slow
@pytest.mark.parametrize("name", BIG)
def test_a_line_of_100_mb_takes_bounded_memory(tmp_path: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    begin, filler, most_mib = BIG[name]
    path = tmp_path / name
    with path.open("w") as file:
        file.write(begin)
        for _ in range(100):
            file.write(filler * ((1 << 20) // len(filler)))
    tracemalloc.start()
    try:
        code = main(["diagnose", str(path)])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        path.unlink()
    assert capfd.readouterr().err.count("\n") == (1 if code else 0)
    assert peak < most_mib << 20, peak >> 20


@given(seed=damaged(), command=st.sampled_from([*READ, ["export", "-o", "-", "--to", "csv"]]))
@tried(150)
def test_a_damaged_log_never_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, seed: Seed, command: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged-{os.getpid()}-{seed.name}"
    path.write_bytes(seed.data)
    assert main([*command, str(path)]) in (0, 2)
    path.unlink()
