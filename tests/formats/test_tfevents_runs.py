"""Settings that TensorBoard's hparams plugin keeps, and which runs there are beneath a folder of logs."""

import struct
from pathlib import Path

import pytest
from eventlogs import curve, event, number, part, record, simple, tensor, written

from dltui.errors import LogFormatError
from dltui.formats import open_log
from dltui.formats.tensorboard.log import runs_beneath, tail
from dltui.formats.tensorboard.runs import several_in
from dltui.log_options import AS_IT_IS
from dltui_trainers.runlog import Value

FAILURE, SUCCESS = 2, 1
START, END, EXPERIMENT = 3, 4, 2


def told(field: int, content: bytes) -> bytes:
    """An event for the plugin, as ``add_hparams`` writes three of: the experiment, a session's start and its end."""
    name = {START: "session_start_info", END: "session_end_info", EXPERIMENT: "experiment"}[field]
    plugin = part(1, "hparams") + part(2, part(field, content))
    return event(0, part(1, f"_hparams_/{name}") + part(9, part(1, plugin)))


def settings(**named: Value) -> bytes:
    return b"".join(part(1, part(1, name) + part(2, plain(value))) for name, value in named.items())


def plain(value: Value) -> bytes:
    if isinstance(value, bool):
        return number(4, value)
    return part(3, value) if isinstance(value, str) else b"\x11" + struct.pack("<d", float(str(value)))


def session(status: int = SUCCESS, **named: Value) -> list[bytes]:
    return [told(EXPERIMENT, b""), told(START, settings(**named)), told(END, number(1, status))]


def facts(path: Path) -> dict[str, Value]:
    log = tail(path, AS_IT_IS)
    while log.advance().more:
        pass
    return log.table().facts


def test_settings_of_the_hparams_plugin_are_facts(tmp_path: Path) -> None:
    written(tmp_path, *session(lr=0.01, batch_size=64, optimizer="adam", bn=True), *curve("loss", [3.0, 2.0]))
    assert facts(tmp_path) == {"lr": 0.01, "batch_size": 64.0, "optimizer": "adam", "bn": True}
    log = open_log(tmp_path)
    assert log.hparams == {"lr": 0.01, "batch_size": 64, "optimizer": "adam"}
    assert [column.name for column in log.columns][2:] == ["loss"]


@pytest.mark.parametrize("name", ["1795253660.9860487", "hp"])
def test_the_folder_of_add_hparams_tells_of_the_run_around_it(tmp_path: Path, name: str) -> None:
    written(tmp_path, *curve("loss", [3.0, 2.0]))
    written(tmp_path / name, *session(lr=0.01, dropout=0.5), event(0, simple("hparam/loss", 0.25)))
    log = open_log(tmp_path)
    assert log.hparams == {"lr": 0.01, "dropout": 0.5}
    assert [column.name for column in log.columns][2:] == ["loss"]
    assert runs_beneath(tmp_path) == [tmp_path]


def test_keras_keeps_the_settings_beside_its_two_folders(tmp_path: Path) -> None:
    written(tmp_path, told(START, settings(lr=0.5)))
    written(tmp_path / "train", *curve("epoch_loss", [3.0, 2.0]))
    written(tmp_path / "validation", *curve("epoch_loss", [4.0, 3.0]))
    log = open_log(tmp_path)
    assert log.hparams == {"lr": 0.5}
    assert log.batch.evals is not None and log.batch.steps is not None
    assert runs_beneath(tmp_path) == [tmp_path]


def test_the_settings_of_a_restart_count(tmp_path: Path) -> None:
    written(tmp_path, *session(lr=0.5, dropout=0.1), *curve("loss", [3.0]), made_at=10)
    written(tmp_path, *session(lr=0.25), *curve("loss", [2.0]), made_at=20)
    assert facts(tmp_path) == {"lr": 0.25, "dropout": 0.1}


def test_a_session_that_failed_is_told(tmp_path: Path) -> None:
    assert open_log(written(tmp_path, *session(FAILURE), *curve("loss", [3.0, 2.0]))).status == "failed"
    assert open_log(written(tmp_path, *session(), *curve("loss", [3.0, 2.0]))).status == "finished"


def test_settings_that_are_damaged_are_none(tmp_path: Path) -> None:
    many = {f"setting{at}": 1.0 for at in range(2000)}
    broken = [part(1, b"\x0a\x7f"), b"\xff" * 12, part(1, part(1, "lr")), part(1, part(2, plain(1.0)))]
    written(tmp_path, *(told(START, each) for each in broken), *curve("loss", [3.0]))
    assert facts(tmp_path) == {}
    written(tmp_path, told(START, settings(**many)), *curve("loss", [3.0]))
    assert len(facts(tmp_path)) == 500


@pytest.fixture
def several(tmp_path: Path) -> Path:
    for name in ("b", "a/version_1", ".hidden"):
        written(tmp_path / name, *curve("loss", [3.0, 2.0]))
    written(tmp_path / "a/version_0/train", *curve("loss", [3.0, 2.0]))
    written(tmp_path / "a/version_0/validation", *curve("loss", [3.0, 2.0]))
    (tmp_path / "nothing").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "b")
    return tmp_path


def test_each_run_beneath_a_folder_is_found_once(several: Path) -> None:
    assert runs_beneath(several) == [several / "a/version_0", several / "a/version_1", several / "b"]
    assert runs_beneath(several / "b") == [several / "b"]
    assert runs_beneath(several / "nothing") == runs_beneath(several / "none") == []


def test_the_search_has_an_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefghijkl")
    written(deep, *curve("loss", [3.0]))
    assert runs_beneath(tmp_path) == []
    assert runs_beneath(deep.parents[2]) == [deep]


def test_a_folder_of_several_runs_names_them(several: Path) -> None:
    for folder, names in ((several, ("a/version_0", "a/version_1", "b")), (several / "a", ("version_0", "version_1"))):
        with pytest.raises(LogFormatError) as caught:
            open_log(folder)
        assert "is not a run" in str(caught.value)
        assert ", ".join(names) in str(caught.value)
    assert several_in(several / "nothing") == several_in(several / "b") == ""


def test_runs_beneath_a_folder_with_settings_only_are_named(tmp_path: Path) -> None:
    written(tmp_path, told(EXPERIMENT, b""))
    written(tmp_path / "run-0", told(START, settings(lr=0.5)), *curve("loss", [3.0, 2.0]))
    with pytest.raises(LogFormatError, match="run-0"):
        open_log(tmp_path)


def test_the_names_of_runs_are_made_harmless(tmp_path: Path) -> None:
    for name in ("\x1b[31mred", "a\nb"):
        written(tmp_path / name, record(b""), event(1, tensor("loss", b"")), *curve("loss", [3.0]))
    with pytest.raises(LogFormatError) as caught:
        open_log(tmp_path)
    assert str(caught.value).isprintable()
