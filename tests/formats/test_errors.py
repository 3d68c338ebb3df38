"""What is no log is refused in one sentence that names it; whatever is in a file, nothing else is raised."""

import os
import random
from pathlib import Path

import pytest
from runlogs import end, step, whole_run, write_run

from dltui.errors import LogFormatError
from dltui.formats import FORMATS, open_log, state_of
from dltui.runs.status import RunStatus


def refused(path: Path) -> str:
    with pytest.raises(LogFormatError) as caught:
        open_log(path)
    text = str(caught.value)
    assert "\n" not in text
    return text


def written(tmp_path: Path, data: bytes | str, name: str = "log.txt") -> Path:
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_a_missing_file(tmp_path: Path) -> None:
    assert "no file or folder" in refused(tmp_path / "nothing.csv")
    assert "no file or folder" in refused(tmp_path / "nowhere" / "nothing.csv")


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    assert "empty folder" in refused(tmp_path)
    written(tmp_path, "nothing", "notes.md")
    assert "not a run" in refused(tmp_path)


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file(tmp_path: Path, data: bytes) -> None:
    assert "log.txt" in refused(written(tmp_path, data))


@pytest.mark.parametrize("data", [bytes(range(256)) * 20, b"\x1f\x8c\x08\x00" + random.Random(0).randbytes(5000)])
def test_binary_junk(tmp_path: Path, data: bytes) -> None:
    assert "not a text file" in refused(written(tmp_path, data))


def test_a_table_without_a_loss_names_its_columns(tmp_path: Path) -> None:
    text = refused(written(tmp_path, "apples,pears\n1,2\n", "a.csv"))
    assert "apples, pears" in text
    assert "train_loss" in text


def test_prose(tmp_path: Path) -> None:
    assert "No loss was found" in refused(written(tmp_path, "We train for 10 epochs with lr 0.01.\n"))


def test_a_document_that_was_cut_off_names_the_line(tmp_path: Path) -> None:
    assert "line 2" in refused(written(tmp_path, '{"loss":\n[1, 0.5', "h.json"))


@pytest.mark.parametrize("text", ["[" * 100_000, '{"loss": [' + "9" * 10_000 + "]}", '{"a": 1}', "[1, 2]", "[]", "{}"])
def test_json_that_is_no_log(tmp_path: Path, text: str) -> None:
    assert "h.json" in refused(written(tmp_path, text, "h.json"))


def test_hostile_names_are_made_harmless(tmp_path: Path) -> None:
    text = refused(written(tmp_path, "\x1b[31mred,b\u202ed\n1,2\n", "\x1b[2Jx.csv"))
    assert text.isprintable()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "regular file" in refused(tmp_path / "pipe")


def test_broken_utf_8_costs_only_its_cell(tmp_path: Path) -> None:
    path = written(tmp_path, b"epoch,loss,n\xff\xfe\n1,0.5,3\n2,0.4,\xff\n", "a.csv")
    assert list(state_of(open_log(path)).train_loss.raw.values) == [0.5, 0.4]


@pytest.mark.parametrize("seed", range(20))
def test_no_bytes_raise_anything_else(tmp_path: Path, seed: int) -> None:
    """Logs with bytes changed, cut out and repeated at random are read or refused."""
    chance = random.Random(seed)
    starts = [
        b"epoch,loss,val_loss\n1,0.5,0.6\n2,nan,0.5\n",
        b'{"history": {"loss": [1, 0.5], "val_loss": [1, 2]}, "lr": 0.1}',
        b'{"step": 1, "loss": 0.5}\n{"step": 2, "loss": 0.4, "val": {"loss": 1}}\n',
        b"Epoch 1/3 [5/10] loss: 0.5 val_loss: 1e-3 acc 50%\nEpoch 2/3 loss 1e400\n",
    ]
    for start in starts * 20:
        data = bytearray(start)
        for _ in range(chance.randrange(1, 6)):
            at, length = chance.randrange(len(data) + 1), chance.randrange(6)
            data[at : at + length] = chance.choice([b"", chance.randbytes(2), b"1e999", b"\n", b"-", bytes(data[:9])])
        path = written(tmp_path, bytes(data), chance.choice(["a.csv", "a.json", "a.txt", "a.jsonl"]))
        try:
            state_of(open_log(path))
        except LogFormatError as error:
            assert str(error).isprintable()


def test_long_lines_and_many_names_take_no_time_to_speak_of(tmp_path: Path) -> None:
    """Quadratic code would take minutes here."""
    refused(written(tmp_path, "loss: " + "1" * 500_000 + "x " + "a " * 200_000 + "\n" + "1 " * 200_000))
    many = "".join(f'{{"key{n}": {n}, "loss": 1}}\n' for n in range(20_000))
    assert len(state_of(open_log(written(tmp_path, many, "a.jsonl"))).train_loss) == 20_000


def test_a_run_of_our_own_is_read_with_its_manifest(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "digits-a", whole_run(), epochs=10)
    for path in (folder, folder / "metrics.jsonl", folder / "run.json"):
        log = open_log(path)
        state = state_of(log)
        assert log.format == "dltui"
        assert log.status is state.status is RunStatus.FINISHED
        assert log.manifest is not None
        assert log.planned_epochs == 10
        assert log.hparams["lr"] == 0.001
        assert state.best is not None and state.best.step == 60
        assert state.step == 100
        assert not state.loading


def test_a_copied_log_of_our_own_has_no_manifest(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "digits-a", [step(1), step(2), end("failed")])
    copied = written(tmp_path, (folder / "metrics.jsonl").read_bytes() + b'{"kind": "st', "copy.jsonl")
    log = open_log(copied)
    assert (log.format, log.status, log.manifest) == ("dltui", RunStatus.FAILED, None)
    assert len(state_of(log).train_loss) == 2


def test_a_run_that_was_killed_before_its_first_record_opens_empty(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "digits-a", [])
    assert open_log(folder).status is RunStatus.KILLED
    (folder / "metrics.jsonl").unlink()
    assert open_log(folder).batch.steps is None


def test_a_folder_of_another_tool_is_opened_by_its_log(tmp_path: Path) -> None:
    written(tmp_path, "epoch,loss\n1,0.5\n", "results.csv")
    assert open_log(tmp_path).path.name == "results.csv"


def test_each_format_has_a_name_of_its_own() -> None:
    names = [each.name for each in FORMATS]
    assert names == ["tfevents", "wandb", "mlflow", "trackio", "jsonl", "json", "csv", "text"]
