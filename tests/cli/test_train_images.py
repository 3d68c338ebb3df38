"""``dltui train images``: refusals in one line before anything is made, and a training on a person's own files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from trainers.image_files import idx_bytes, some_images, write_cifar, write_idx
from trainers.trainings import read_log

from dltui.cli import main
from dltui_trainers.runlog import MANIFEST, EvalRecord, manifest_decoder

DLTUI = [sys.executable, "-c", "import sys; from dltui.cli import main; sys.exit(main())"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (
            "train-images-idx3-ubyte",
            b"\x89PNG\r\n\x1a\n" + bytes(99),
            "begins with 0x89504e47, and an IDX file",
        ),
        ("train-images-idx3-ubyte", idx_bytes(some_images(40, 6, 8))[:-7], "is truncated"),
        ("t10k-labels-idx1-ubyte", idx_bytes(some_images(19)), "has 20 images, and t10k-labels-idx1-ubyte has 19"),
        ("train-labels-idx1-ubyte", idx_bytes(some_images(40) * 0), "has the class 0 only"),
    ],
)
def test_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, said: str
) -> None:
    folder = write_idx(tmp_path / "mine")
    (folder / name).write_bytes(content)
    words = ["train", "images", "--detach", "--set", f"data={folder}"]
    assert main(["--runs", str(tmp_path / "runs"), *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("dltui: ") and captured.err.count("\n") == 1
    assert said in captured.err
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
@pytest.mark.parametrize("colour", [False, True])
def test_a_training_on_files_of_ones_own(tmp_path: Path, colour: bool) -> None:
    folder = write_cifar(tmp_path / "data" / "mine") if colour else write_idx(tmp_path / "data" / "mine", packed=True)
    settings = ("epochs=2", "channels=4", "batch_size=16", "augment=flip,crop,jitter,erase,mixup", "test_crops=ten")
    words = [word for each in settings for word in ("--set", each)]
    done = subprocess.run(
        [*DLTUI, "train", "images", *words, "--name", "mine", "--headless"],
        cwd=tmp_path,
        env={**os.environ, "DLTUI_DATA": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    measured = [record for record in read_log(tmp_path / "runs" / "mine") if isinstance(record, EvalRecord)]
    assert len(measured) == 3 and all(record.val_accuracy is not None for record in measured)
    manifest = manifest_decoder.decode((tmp_path / "runs" / "mine" / MANIFEST).read_bytes())
    assert manifest.hparams["data"] == str(folder)
