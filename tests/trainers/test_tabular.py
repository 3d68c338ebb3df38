"""The task ``tabular``: what a network learns of a table, and what happens to a run whose table has changed."""

import math
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from dltui_trainers.choices import Loss
from dltui_trainers.configure import configure
from dltui_trainers.errors import DataError, InvalidHyperparameterError, OriginError
from dltui_trainers.hparams import Hparams
from dltui_trainers.origin import Origin
from dltui_trainers.plan import Plan, plan
from dltui_trainers.runlog import MANIFEST, EndRecord, EvalRecord, manifest_decoder
from dltui_trainers.sources.tables.table import read_table
from dltui_trainers.tasks import TaskData, tabular
from dltui_trainers.worker import BAD_USAGE, DONE, main
from trainers.trainings import read_log

WINE = Path(__file__).parents[2] / "samples" / "data" / "wine.csv"
Train = Callable[..., Path]


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Runs a worker in this process and returns the run's folder."""
    monkeypatch.setattr("dltui_trainers.control.Control.listen_to_signals", lambda self: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    def run(name: str, *words: str, code: int = DONE, **settings: object) -> Path:
        folder = tmp_path / name
        pairs = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        assert main([str(folder), "tabular", *pairs, *words]) == code
        return folder

    return run


def last_eval(folder: Path) -> EvalRecord:
    """The last validation of a run."""
    return [each for each in read_log(folder) if isinstance(each, EvalRecord)][-1]


def curve(folder: Path, rows: int = 200, columns: int = 2) -> Path:
    """A table of numbers, of which ``y`` is the sum of the others bent by a sine, in some odd unit."""
    x = np.random.default_rng(1).uniform(-2, 2, size=(rows, columns))
    y = 1e4 * np.sin(2 * x.sum(1)) - 5e5
    names = [f"x{place}" for place in range(columns)]
    file = folder / "curve.csv"
    file.write_text(
        "\n".join([",".join([*names, "y"]), *(",".join(map(repr, row)) for row in np.c_[x, y].tolist())]) + "\n"
    )
    return file


def loaded(file: Path, **settings: object) -> tuple[Plan, TaskData]:
    """The plan of a training with ``file``, and its data."""
    planned = plan("tabular", {"data": str(file), **{name: str(value) for name, value in settings.items()}})
    return planned, tabular.load(planned.hparams)


def test_wine_is_told_apart(train: Train) -> None:
    folder = train("wine", data=WINE, epochs=40)
    validated = last_eval(folder)
    assert validated.val_accuracy is not None and validated.val_accuracy > 0.9
    assert validated.val_r2 is None
    manifest = manifest_decoder.decode((folder / MANIFEST).read_bytes())
    assert (manifest.data.n_train, manifest.data.n_val, manifest.data.classes) == (142, 36, 3)
    assert manifest.data.class_counts == [38, 47, 57]
    assert manifest.expected_initial_loss == pytest.approx(math.log(3))
    assert manifest.hparams["target"] == "" and manifest.hparams["loss"] == "cross_entropy"


@pytest.mark.parametrize(("layers", "low", "high"), [(0, -0.5, 0.2), (2, 0.85, 1.0)])
def test_a_curve_needs_hidden_layers(train: Train, tmp_path: Path, layers: int, low: float, high: float) -> None:
    folder = train("curve", data=curve(tmp_path, rows=1000), layers=layers, epochs=60, lr=0.01, batch_size=32)
    validated = last_eval(folder)
    assert validated.val_r2 is not None and low < validated.val_r2 < high
    assert validated.val_accuracy is None
    manifest = manifest_decoder.decode((folder / MANIFEST).read_bytes())
    assert manifest.loss == "mse" and manifest.data.classes is None
    assert manifest.expected_initial_loss == pytest.approx(1)
    assert "loss" not in manifest.hparams


def test_the_loss_of_a_regression_is_in_units_of_the_variance_of_its_training_targets(tmp_path: Path) -> None:
    file = curve(tmp_path)
    planned, data = loaded(file)
    assert planned.task.kind == "regression" and data.loss is Loss.MSE and data.classes is None
    assert data.train_y.shape == (160, 1) and data.val_y.shape == (40, 1)
    assert data.train_y.mean().item() == pytest.approx(0, abs=1e-5)
    assert data.train_y.square().mean().item() == data.expected_initial_loss == pytest.approx(1, abs=1e-5)
    assert tabular.build_model(planned.hparams, data)(data.val_x).shape == (40, 1)


def test_train_size_takes_the_first_and_scales_nothing_anew() -> None:
    _, whole = loaded(WINE)
    _, part = loaded(WINE, train_size=50)
    assert torch.equal(part.train_x, whole.train_x[:50]) and torch.equal(part.val_x, whole.val_x)
    assert part.class_counts() is not None and 0 not in part.class_counts()  # type: ignore[operator]


def test_label_noise_is_in_the_training_labels_alone() -> None:
    _, clean = loaded(WINE)
    _, noisy = loaded(WINE, label_noise=0.6)
    changed = (noisy.train_y != clean.train_y).double().mean().item()
    assert changed == pytest.approx(0.6 * 2 / 3, abs=0.1)
    assert torch.equal(noisy.val_y, clean.val_y) and torch.equal(noisy.train_x, clean.train_x)


def test_mse_on_classes_expects_the_loss_of_no_answer() -> None:
    _, data = loaded(WINE, loss="mse")
    assert data.loss is Loss.MSE and data.expected_initial_loss == pytest.approx(1 / 3)


@pytest.mark.parametrize("augment", ["jitter", "mixup", "jitter,mixup"])
def test_a_regression_and_its_random_changes(train: Train, tmp_path: Path, augment: str) -> None:
    folder = train("augmented", data=curve(tmp_path), augment=augment, epochs=2)
    assert math.isfinite(last_eval(folder).val_loss)


def test_what_a_regression_has_none_of_is_refused(tmp_path: Path) -> None:
    for name in ("loss=mse", "label_smoothing=0.1", "per_class=5", "label_noise=0.1"):
        key, _, value = name.partition("=")
        with pytest.raises(InvalidHyperparameterError, match=key):
            plan("tabular", {"data": str(curve(tmp_path)), key: value})


def test_the_file_is_read_once_for_a_plan_and_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(
        "dltui_trainers.sources.tables.resolver.read_table", lambda path: read.append(path) or read_table(path)
    )
    file = curve(tmp_path)
    planned, _ = loaded(file)
    plan("tabular", {"data": str(file), "epochs": "3"})
    assert read == [file]
    file.write_text(file.read_text() + "1,2,3\n")
    assert loaded(file)[0].task.n_train == planned.task.n_train + 1
    assert read == [file, file]


def test_a_refusal_is_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "torn.csv"
    file.write_text("x,y\n1\n")
    messages = []
    for _ in range(2):
        with pytest.raises(DataError) as refused:
            tabular.load(Hparams(data=str(file)))
        messages.append(str(refused.value))
        monkeypatch.setattr("dltui_trainers.sources.tables.resolver.read_table", None)
    assert messages[0] == messages[1]


def test_a_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = curve(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert plan("tabular", {"data": "curve.csv"}).hparams.data == str(file)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert plan("tabular", {"data": "~/curve.csv"}).hparams.data == str(file)


def test_another_target_makes_another_task_of_the_same_settings(train: Train, tmp_path: Path) -> None:
    parent = Origin(folder=train("wine", data=WINE, epochs=2, label_noise=0.1, lr=0.01), step=None)
    planned = plan("tabular", {"target": "alcohol", "ignore": "cultivar"}, parent)
    assert planned.task.kind == "regression" and planned.hparams.lr == 0.01
    assert planned.parent is not None and planned.parent.changed == {"target": "alcohol", "ignore": "cultivar"}
    assert any("label_noise" in warning for warning in planned.warnings)


def rewritten(file: Path, content: str, *, later: bool = True) -> None:
    """Write other rows, after the run had begun or, as a copy may claim, before."""
    file.write_text(content)
    if not later:
        os.utime(file, (0, 0))


def test_with_samples_of_each_class_the_checkpoint_tells_how_many_there_were(train: Train, tmp_path: Path) -> None:
    file = tmp_path / "wine.csv"
    file.write_text(WINE.read_text())
    folder = train("first", data=file, epochs=2, per_class=50)
    manifest = manifest_decoder.decode((folder / MANIFEST).read_bytes())
    assert manifest.data.class_counts == [min(50, each) for each in loaded(file)[1].class_counts() or []]
    assert manifest.data.n_train < 3 * 50 and manifest.hparams["batch_size"] == 32
    again = ("--from", str(folder), "--at", "last", "--set", "epochs=3")
    assert last_eval(train("second", *again)).epoch == 3
    rewritten(file, "".join(file.read_text().splitlines(keepends=True)[:-10]), later=False)
    refused = read_log(train("third", *again, code=BAD_USAGE))[-1]
    assert isinstance(refused, EndRecord) and refused.error is not None
    assert f"it was among {manifest.data.n_train} training samples, and there are" in refused.error


def test_a_single_sample_has_no_variance_for_a_batch_norm(train: Train, tmp_path: Path) -> None:
    file = tmp_path / "rare.csv"
    file.write_text("x,y\n" + "".join(f"{n},{'ab'[n % 50 == 0]}\n" for n in range(100)))
    settings = {"data": file, "per_class": 1, "train_size": 2, "norm": "batch"}
    refused = read_log(train("one", **settings, code=BAD_USAGE))[-1]
    assert isinstance(refused, EndRecord) and "the one training sample that per_class = 1 leaves" in (
        refused.error or ""
    )


def test_a_checkpoint_goes_on_with_the_data_it_had(train: Train, tmp_path: Path) -> None:
    file = curve(tmp_path)
    folder = train("first", data=file, epochs=2)
    origin, more = Origin(folder=folder, step="last"), {"epochs": "4"}
    assert plan("tabular", more, origin).warnings == ()
    lines = file.read_text().splitlines(keepends=True)
    rewritten(file, "".join(lines[:-20]), later=False)
    with pytest.raises(OriginError, match=r"160 training samples, and now there are 144.*first@start"):
        plan("tabular", more, origin)
    rewritten(file, "".join(f"1.5{number},{line}" for number, line in enumerate(lines)), later=False)
    with pytest.raises(OriginError, match="2 inputs, and now there are 3"):
        plan("tabular", more, origin)
    rewritten(file, "".join(lines[:1] + lines[:0:-1]))
    assert "'curve.csv' was changed after first had begun" in plan("tabular", more, origin).warnings[0]
    assert plan("tabular", more, Origin(folder=folder, step=None)).warnings == ()  # it starts anew


def test_a_worker_whose_table_is_gone_says_so(train: Train, tmp_path: Path) -> None:
    file = curve(tmp_path)
    first = train("first", data=file, epochs=1)
    file.unlink()
    folder = train("second", "--from", str(first), code=BAD_USAGE)
    [end] = read_log(folder)
    assert isinstance(end, EndRecord) and "curve.csv is not there" in (end.error or "")


def test_a_manifest_of_an_unknown_time_warns_of_nothing(train: Train, tmp_path: Path) -> None:
    folder = train("first", data=curve(tmp_path), epochs=2)
    told = msgspec.json.decode((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_bytes(msgspec.json.encode(told | {"created": "yesterday"}))
    assert plan("tabular", {"epochs": "4"}, Origin(folder=folder, step="last")).warnings == ()


def test_before_the_table_is_looked_at_any_setting_is_possible() -> None:
    hparams, _ = configure(plan("tabular", {"data": str(WINE)}).task, {"batch_size": "142"})
    assert hparams.batch_size == 142
