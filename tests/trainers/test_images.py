"""The task ``images``: what is found, what is refused before anything starts, and what a training gets."""

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dltui_trainers.choices import Loss, Model
from dltui_trainers.configure import configure, with_data
from dltui_trainers.errors import DataError
from dltui_trainers.hparams import Hparams
from dltui_trainers.named_task import find_task
from dltui_trainers.plan import plan
from dltui_trainers.sources.images import cifar
from dltui_trainers.sources.images.locate import locate
from dltui_trainers.sources.images.resolver import found
from dltui_trainers.tasks import TaskData, images
from trainers.image_files import PARTS, idx_bytes, some_images, write_cifar, write_idx

MNIST_LABELS = np.array([5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7, 8], np.uint8)
FASHION_LABELS = np.array([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 4, 6, 8], np.uint8)


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who has no data at all."""
    here, home = tmp_path / "here", tmp_path / "home"
    here.mkdir(), home.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("DLTUI_DATA", raising=False)
    monkeypatch.setattr("dltui_trainers.sources.images.places.PLACES", ("data", "~/datasets"))


def with_labels(folder: Path, labels: np.ndarray) -> Path:
    write_idx(folder, n_train=len(labels), classes=2)
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    return folder


def resolved(data: Path | str) -> tuple[str, bool, int, str]:
    task, settings = with_data(find_task("images"), {"data": str(data)})
    return task.summary, task.handed, task.n_train, settings["data"]


def load(folder: Path, **hparams: object) -> TaskData:
    return images.load(replace(Hparams(), data=str(folder), **hparams))  # type: ignore[arg-type]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dash", ["-", "."])
def test_a_folder_of_idx_files_is_looked_at(tmp_path: Path, packed: bool, dash: str) -> None:
    folder = write_idx(tmp_path / "mine", packed=packed, dash=dash)
    told = "mine, 40 + 20 images of 8x6 pixels, 4 classes"
    assert resolved(folder) == (told, False, 40, str(folder))


def test_a_folder_of_cifar_is_looked_at(tmp_path: Path) -> None:
    folder = write_cifar(tmp_path / "cifar-10-batches-bin")
    told = "CIFAR-10, 60 + 12 images of 32x32 pixels in colour, 10 classes"
    assert resolved(folder) == resolved(tmp_path) == (told, False, 60, str(folder))


def test_the_plan_knows_sizes_and_keeps_an_absolute_path(tmp_path: Path) -> None:
    write_idx(Path("data"))
    chosen = plan("images", {})
    assert chosen.hparams.data == str(Path("data").absolute()) and chosen.hparams.batch_size == 40
    assert chosen.hparams.model is Model.CNN
    with pytest.raises(Exception, match="train_size = 41 is more than the 40 training samples"):
        plan("images", {"train_size": "41"})


def test_digits_and_letters_are_handed_and_clothes_are_not(tmp_path: Path) -> None:
    digits, clothes = with_labels(tmp_path / "a", MNIST_LABELS), with_labels(tmp_path / "b", FASHION_LABELS)
    assert resolved(digits)[0].startswith("MNIST, ") and resolved(digits)[1]
    assert resolved(clothes)[0].startswith("Fashion-MNIST, ") and not resolved(clothes)[1]
    assert resolved(write_idx(tmp_path / "KMNIST"))[1]
    task, settings = with_data(find_task("images"), {"data": str(digits), "augment": "flip"})
    assert any("mirrored ones" in warning for warning in configure(task, settings)[1])


def test_the_usual_places_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found() == []
    clothes = with_labels(Path("data/FashionMNIST/raw").absolute(), FASHION_LABELS)
    binary = write_cifar(Path("data/cifar-10-batches-bin").absolute())
    digits = with_labels(tmp_path / "home/datasets/mnist", MNIST_LABELS)
    own = write_idx(tmp_path / "own")
    expected = [("Fashion-MNIST", clothes), ("CIFAR-10", binary), ("MNIST", digits)]
    assert found() == expected and locate("").path == clothes
    monkeypatch.setenv("DLTUI_DATA", f"{tmp_path / 'none'}{os.pathsep}{own}")
    assert found() == [("own", own), *expected] and locate("").path == own


@pytest.mark.parametrize("word", ["fashion-mnist", "FashionMNIST", "fashion_mnist", "Fashion"])
def test_a_name_is_forgiving(word: str) -> None:
    digits = with_labels(Path("data/one").absolute(), MNIST_LABELS)
    clothes = with_labels(Path("data/two").absolute(), FASHION_LABELS)
    assert locate(word).path == clothes
    assert locate("MNIST").path == locate("one").path == digits
    with pytest.raises(DataError, match=r"mnits was not found in data, ~/datasets\. There are .* Did you mean 'mnist'"):
        locate("mnits")


def test_one_of_several_sets_in_a_folder_is_named(tmp_path: Path) -> None:
    write_idx(tmp_path / "gzip", prefix="emnist-letters-", classes=3, first=1)
    assert locate(str(tmp_path / "gzip")).name == "emnist-letters"
    write_idx(tmp_path / "gzip", prefix="emnist-digits-")
    with pytest.raises(DataError, match=r"holds 2 data sets: take one of .*gzip/emnist-digits, .*gzip/emnist-letters"):
        locate(str(tmp_path / "gzip"))
    letters = tmp_path / "gzip" / "emnist-letters"
    assert resolved(letters) == ("emnist-letters, 40 + 20 images of 8x6 pixels, 3 classes", True, 40, str(letters))
    assert sorted(set(load(letters).train_y.tolist())) == [0, 1, 2]  # the files count from 1


def rewritten(folder: Path, name: str, content: bytes | np.ndarray | None) -> Path:
    write_idx(folder)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content if isinstance(content, bytes) else idx_bytes(content))
    return folder


LABELS = np.arange(40, dtype=np.uint8) % 4


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("train-images-idx3-ubyte", idx_bytes(LABELS), "begins with 0x00000801"),
        ("train-images-idx3-ubyte", idx_bytes(some_images(40, 6, 8))[:-1], "is truncated"),
        ("train-images-idx3-ubyte", some_images(39, 6, 8), "has 39 images, and train-labels-idx1-ubyte has 40 labels"),
        (
            "t10k-images-idx3-ubyte",
            some_images(20, 8, 6),
            "has images of 6x8 pixels, and train-images-idx3-ubyte of 8x6",
        ),
        ("t10k-images-idx3-ubyte", some_images(0, 6, 8), "has 0 images of 8x6 pixels: there is nothing to see"),
        ("train-images-idx3-ubyte", some_images(40, 6, 0), "has 40 images of 0x6 pixels"),
        ("train-labels-idx1-ubyte", LABELS * 0, "has the class 0 only"),
        ("train-labels-idx1-ubyte", LABELS * 2, "has 4 classes, the lowest 0 and the highest 6"),
        ("train-labels-idx1-ubyte", LABELS + 2, "has 4 classes, the lowest 2 and the highest 5"),
        (
            "t10k-labels-idx1-ubyte",
            np.full(20, 9, np.uint8),
            "has the class 9, and train-labels-idx1-ubyte only 0 to 3",
        ),
        ("t10k-labels-idx1-ubyte", None, "and not the test labels; all four files"),
        ("train-labels-idx1-ubyte", LABELS[:0], "has 40 images, and train-labels-idx1-ubyte has 0 labels"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(
    tmp_path: Path, name: str, content: bytes | np.ndarray | None, told: str
) -> None:
    folder = rewritten(tmp_path / "mine", name, content)
    with pytest.raises(DataError) as error:
        plan("images", {"data": str(folder)})
    assert told in str(error.value) and str(folder) in str(error.value)


def test_a_truncated_packed_file_is_refused_before_the_training(tmp_path: Path) -> None:
    folder = write_idx(tmp_path / "mine", packed=True)
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match="is truncated or damaged"):
        plan("images", {"data": str(folder)})


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "holds no images that can be read here"),
        (["photo.jpg"], "holds no images that can be read here"),
        ([cifar.PICKLED, "batches.meta"], "pickled Python, which could run anything when it is read; get the binary"),
        ([cifar.ARCHIVE], "unpack it first: tar -xzf"),
        (["data_batch_1.bin", "test_batch.bin"], "and not data_batch_2.bin, data_batch_3.bin,"),
    ],
)
def test_a_folder_without_images_is_told_what_it_lacks(tmp_path: Path, names: list[str], told: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    with pytest.raises(DataError) as error:
        locate(str(folder))
    assert told in str(error.value)


def test_what_is_not_there_is_told_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"No images were found in data, ~/datasets\. Put the four files"):
        locate("")
    with pytest.raises(DataError, match="none is not there; take a folder"):
        locate(str(tmp_path / "none"))
    file = write_idx(tmp_path / "mine") / "train-images-idx3-ubyte"
    with pytest.raises(DataError, match=f"is a file, and images are a folder; take its folder, {tmp_path / 'mine'}"):
        locate(str(file))
    for strange in ("~nobody-at-all/x", "a\0b", "x" * 5000, "a/" * 3000, "\x1b[2J", " "):
        with pytest.raises(DataError) as error:
            locate(strange)
        assert "\x1b" not in str(error.value)


def test_a_class_that_cifar_has_not_is_refused(tmp_path: Path) -> None:
    folder = write_cifar(tmp_path)
    path = folder / cifar.TRAIN[2]
    path.write_bytes(b"\x0b" + path.read_bytes()[1:])
    with pytest.raises(DataError, match="has the class 11 in record 1"):
        plan("images", {"data": str(folder)})


def test_what_was_seen_holds_until_a_file_changes(tmp_path: Path) -> None:
    folder = write_idx(tmp_path / "mine")
    assert resolved(folder)[2] == 40
    write_idx(folder, n_train=50)
    assert resolved(folder)[2] == 50


@pytest.mark.parametrize("packed", [False, True])
def test_a_training_gets_bytes_in_a_fixed_order_and_their_scaling(tmp_path: Path, packed: bool) -> None:
    data = load(write_idx(tmp_path / "mine", packed=packed))
    stored = some_images(40, 6, 8)
    assert data.train_x.dtype == data.val_x.dtype == torch.uint8
    assert data.train_x.shape == (40, 1, 6, 8) and data.classes == 4
    assert np.array_equal(data.val_x[:, 0].numpy(), some_images(20, 6, 8))  # the test files as they are
    places = [next(i for i in range(40) if np.array_equal(stored[i], image)) for image in data.train_x[:, 0].numpy()]
    assert sorted(places) == list(range(40)) and places != sorted(places)
    assert data.train_y.tolist() == [place % 4 for place in places]  # each with its own class
    seen = data.inputs(data.train_x)
    assert seen.dtype == torch.float32
    assert seen.mean().item() == pytest.approx(0, abs=1e-5) and seen.std(correction=0).item() == pytest.approx(
        1, abs=1e-5
    )


def test_fewer_samples_are_the_first_of_the_same_and_scaled_alike(tmp_path: Path) -> None:
    folder = write_idx(tmp_path / "mine")
    all_of_them, few = load(folder), load(folder, train_size=7, seed=3)
    assert torch.equal(few.train_x, all_of_them.train_x[:7]) and torch.equal(few.train_y, all_of_them.train_y[:7])
    assert few.scaling == all_of_them.scaling or torch.equal(few.inputs(few.val_x), all_of_them.inputs(few.val_x))


def test_colours_are_scaled_channel_by_channel_over_all_files(tmp_path: Path) -> None:
    folder = write_cifar(tmp_path)
    path = folder / cifar.TRAIN[0]
    records = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, cifar.RECORD).copy()
    records[:, 1 : 1 + 1024] //= 4  # the red of one file
    path.write_bytes(records.tobytes())
    data = load(folder)
    seen = data.inputs(data.train_x)
    assert torch.allclose(seen.mean((0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(seen.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-5)
    assert len(data.train_x) == 60 and sorted(data.train_y.tolist()) == sorted([*range(10), 0, 1] * 5)


def test_images_that_are_all_alike_stay_finite(tmp_path: Path) -> None:
    folder = write_idx(tmp_path / "mine")
    (folder / f"{PARTS[0]}-images-idx3-ubyte").write_bytes(idx_bytes(np.full((40, 6, 8), 7, np.uint8)))
    data = load(folder)
    assert torch.equal(data.inputs(data.train_x), torch.zeros(40, 1, 6, 8))


def test_label_noise_changes_training_labels_alone(tmp_path: Path) -> None:
    folder = write_idx(tmp_path / "mine")
    plain, noisy = load(folder), load(folder, label_noise=1.0)
    assert not torch.equal(noisy.train_y, plain.train_y) and torch.equal(noisy.val_y, plain.val_y)
    assert noisy.train_y.max() < 4


@pytest.mark.parametrize("model", [Model.MLP, Model.CNN, Model.GRU])
def test_each_network_takes_gray_and_colour(tmp_path: Path, model: Model) -> None:
    for folder in (write_idx(tmp_path / "gray"), write_cifar(tmp_path / "colour")):
        hparams = replace(Hparams(), data=str(folder), model=model)
        data = images.load(hparams)
        network = images.build_model(hparams, data)
        assert network(data.inputs(data.val_x[:2])).shape == (2, data.classes)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_maps_of_a_cnn_keep_the_channels_of_a_pixel_side_by_side(channels: int) -> None:
    x = torch.zeros(5, channels, 12, 10)
    data = TaskData(
        train_x=x,
        train_y=torch.zeros(5).long(),
        val_x=x,
        val_y=x,
        loss=Loss.CROSS_ENTROPY,
        classes=4,
        expected_initial_loss=0,
    )
    network = images.build_model(Hparams(model=Model.CNN, channels=8), data)
    maps = network.get_submodule("block1")(x)
    assert maps.shape[1] == 8 and maps.stride(1) == 1


def test_a_packed_file_that_is_damaged_inside_ends_the_training_in_a_sentence(tmp_path: Path) -> None:
    folder = write_idx(tmp_path / "mine", packed=True)
    path = folder / "train-images-idx3-ubyte.gz"
    content = bytearray(gzip.compress(idx_bytes(some_images(40, 6, 8)), 0))
    content[500] ^= 1
    path.write_bytes(bytes(content))
    plan("images", {"data": str(folder)})
    with pytest.raises(DataError, match="damaged"):
        load(folder)
