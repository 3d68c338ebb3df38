"""Which logs a walk finds beneath a folder, which it leaves out, and what it may cost."""

import os
from pathlib import Path

import pytest
from trees import DECOYS, ENTRIES, EPOCHS, LINES, OWN, STATE, write_logs, write_tree

from dltui.catalog.discover import BARREN_FILES, SETTLED_S, Discovery, Limits


def found(search: Discovery) -> dict[str, set[str]]:
    """The logs of a walk by format, as paths beneath its root."""
    logs: dict[str, set[str]] = {}
    for log in search.walk():
        logs.setdefault(log.format, set()).add(os.path.relpath(log.path, search.root))
    return logs


def settle(root: Path) -> None:
    """Make every folder one that changed some time ago."""
    for folder, _, _ in os.walk(root):
        status = os.stat(folder)
        os.utime(folder, (status.st_atime, status.st_mtime - 10 * SETTLED_S))


def test_a_log_of_every_format_is_found_and_nothing_else(tmp_path: Path) -> None:
    write_logs(tmp_path)
    write_tree(tmp_path, DECOYS)
    search = Discovery(tmp_path)
    assert found(search) == ENTRIES
    assert search.limit == ""


@pytest.mark.parametrize("name", [name for name in DECOYS if not name.startswith("hf/")])  # they need a newer one
def test_a_decoy_alone_is_not_found(tmp_path: Path, name: str) -> None:
    write_tree(tmp_path, {each: DECOYS[each] for each in DECOYS if Path(each).parts[0] == Path(name).parts[0]})
    if name.startswith("wandb/"):
        (tmp_path / "wandb/offline-run-1/x.wandb").write_bytes(b"")
    assert found(Discovery(tmp_path)) == {}


def test_a_second_walk_costs_a_stat_for_each_folder_and_candidate(tmp_path: Path) -> None:
    write_logs(tmp_path)
    write_tree(tmp_path, {f"data/x{n}.png": "" for n in range(100)})
    settle(tmp_path)
    search = Discovery(tmp_path)
    first = found(search)
    cost = search.touched
    assert found(search) == first
    assert search.touched < cost / 2


def test_what_comes_later_is_found(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a/log.csv": "epoch,loss\n", "b/readme.md": "x"})
    settle(tmp_path)
    search = Discovery(tmp_path)
    assert found(search) == {}
    write_tree(tmp_path, {"a/log.csv": EPOCHS})
    assert found(search) == {"csv": {"a/log.csv"}}
    write_tree(tmp_path, {"b/metrics.jsonl": LINES, "c/log.csv": EPOCHS})
    assert found(search) == {"csv": {"a/log.csv", "c/log.csv"}, "jsonl": {"b/metrics.jsonl"}}
    (tmp_path / "a/log.csv").unlink()
    assert found(search) == {"csv": {"c/log.csv"}, "jsonl": {"b/metrics.jsonl"}}


def test_a_metrics_jsonl_of_ours_is_a_run_and_one_of_others_a_log(tmp_path: Path) -> None:
    write_tree(tmp_path, {"ours/metrics.jsonl": OWN, "theirs/metrics.jsonl": LINES})
    assert found(Discovery(tmp_path)) == {"dltui": {"ours"}, "jsonl": {"theirs/metrics.jsonl"}}


def test_of_checkpoints_the_newest_is_the_log_unless_the_training_has_one(tmp_path: Path) -> None:
    write_tree(tmp_path, {f"out/checkpoint-{n}/trainer_state.json": STATE for n in (500, 1000, 90)})
    (tmp_path / "out/checkpoint-2000").mkdir()  # being written
    assert found(Discovery(tmp_path)) == {"json": {"out/checkpoint-1000/trainer_state.json"}}
    write_tree(tmp_path, {"out/trainer_state.json": STATE})
    assert found(Discovery(tmp_path)) == {"json": {"out/trainer_state.json"}}


def test_links_are_followed_once_and_never_out_of_the_folder(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write_tree(tmp_path, {"root/a/log.csv": EPOCHS, "beside/log.csv": EPOCHS, "elsewhere/x/log.csv": EPOCHS})
    (root / "loop").symlink_to(root)
    (root / "up").symlink_to(tmp_path)
    (root / "again").symlink_to(root / "a")
    (root / "scratch").symlink_to(tmp_path / "elsewhere")
    (root / "broken").symlink_to(tmp_path / "nowhere")
    assert found(Discovery(root)) == {"csv": {"a/log.csv", "scratch/x/log.csv"}}


def test_a_data_set_costs_little(tmp_path: Path) -> None:
    for kind in range(60):
        folder = tmp_path / "images" / f"n{kind:03}"
        folder.mkdir(parents=True)
        for n in range(60):
            (folder / f"{n}.jpg").touch()
    (tmp_path / "many").mkdir()
    for n in range(2 * BARREN_FILES):
        (tmp_path / "many" / f"{n}.bin").touch()
    for n in range(200):
        (tmp_path / f"labels{n:03}.txt").write_text("1 0.5 0.5\n")
    write_tree(tmp_path, {"run/log.csv": EPOCHS})
    search = Discovery(tmp_path)
    assert found(search) == {"csv": {"run/log.csv"}}
    assert search.touched < 60 * 60


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(logs=3), "first 3 logs"),
        (Limits(entries=50), "looked at"),
        (Limits(seconds=5.0), "looked for 5 s"),
    ],
)
def test_a_limit_is_kept_and_told(tmp_path: Path, limits: Limits, said: str) -> None:
    write_tree(tmp_path, {f"{n:02}/log.csv": EPOCHS for n in range(30)})
    moments = iter(range(1000))
    search = Discovery(tmp_path, limits, clock=lambda: float(next(moments)) if limits.seconds == 5.0 else 0.0)
    assert 0 < sum(1 for _ in search.walk()) < 30
    assert search.limit.startswith(said)


def test_deep_folders_are_left_alone(tmp_path: Path) -> None:
    write_tree(tmp_path, {"a/b/log.csv": EPOCHS, "a/b/c/log.csv": EPOCHS})
    assert found(Discovery(tmp_path, Limits(depth=2))) == {"csv": {"a/b/log.csv"}}


def test_a_folder_that_is_not_there_or_may_not_be_read_holds_nothing(tmp_path: Path) -> None:
    assert found(Discovery(tmp_path / "nowhere")) == {}
    write_tree(tmp_path, {"a/log.csv": EPOCHS, "b/log.csv": EPOCHS})
    (tmp_path / "a").chmod(0)
    try:
        assert "b/log.csv" in found(Discovery(tmp_path))["csv"]
    finally:
        (tmp_path / "a").chmod(0o700)


def test_the_logs_that_the_tools_themselves_wrote_are_found() -> None:
    logs = found(Discovery(Path(__file__).parents[1] / "formats" / "logs"))
    assert logs["csv"] >= {
        "fastai/history.csv",
        "keras/training.csv",
        "lightning/metrics.csv",
        "ultralytics/results.csv",
    }
    assert logs["json"] >= {"transformers/trainer_state.json"}
    assert logs["tfevents"] >= {"tensorboard/plain", "tensorboard/tensor"}
    assert len(logs["mlflow"]) == 2 and len(logs["wandb"]) >= 1
