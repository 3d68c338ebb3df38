"""The task text: which characters are learned, how they are cut into windows, and what is refused."""

import gzip
import math
import os
from collections.abc import Mapping
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dltui_trainers.configure import configure, with_data
from dltui_trainers.errors import DataError, InvalidHyperparameterError
from dltui_trainers.hparams import Hparams
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TaskInfo
from dltui_trainers.sources.text import characters
from dltui_trainers.sources.text import resolver as source
from dltui_trainers.tasks import TaskData, text

WORDS = "the quick brown fox jumps over the lazy dog\n"


def write(folder: Path, content: bytes | str, name: str = "some.txt") -> Path:
    """Write a file of the user's."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def resolved(settings: Mapping[str, str]) -> tuple[TaskInfo, Hparams]:
    """Look at the data as the command line does."""
    task, settings = with_data(find_task("text"), settings)
    return task, configure(task, settings)[0]


def loaded(path: Path, **settings: object) -> TaskData:
    """Return the data of a file, whose number of windows must be what was told before."""
    given = {"data": str(path)} | {name: str(value) for name, value in settings.items()}
    task, hparams = resolved(given)
    data = text.load(hparams)
    assert len(data.train_x) == (hparams.train_size or task.n_train)
    return data


def spelled(data: TaskData, codes: Tensor) -> str:
    """Return what codes stand for; ? for an unknown one."""
    return "".join((data.vocabulary + "?")[code] for code in codes.flatten().tolist())


def test_windows_hold_each_character_once_and_ask_for_the_next(tmp_path: Path) -> None:
    content = "".join(chr(0x100 + place % 300) for place in range(1001))
    data = loaded(write(tmp_path, content), context=10, val_share=0.2)
    assert (data.train_x.shape, data.val_x.shape) == ((80, 10), (19, 10))
    assert spelled(data, data.val_x) == content[801 : 801 + 190]
    assert spelled(data, data.val_y) == content[802 : 802 + 190]
    firsts = [content.index(spelled(data, window)) for window in data.train_x[:30]]
    assert all(first % 10 == 0 for first in firsts) and firsts != sorted(firsts)
    starts = sorted(spelled(data, window) for window in data.train_x)
    assert starts == sorted(content[start : start + 10] for start in range(0, 800, 10))
    for x, y in zip(data.train_x, data.train_y, strict=True):
        assert torch.equal(x[1:], y[:-1])


def test_train_size_takes_the_first_of_a_fixed_random_order(tmp_path: Path) -> None:
    path = write(tmp_path, WORDS * 50)
    whole, part = loaded(path, context=16), loaded(path, context=16, train_size=20, seed=3)
    assert torch.equal(part.train_x, whole.train_x[:20]) and torch.equal(part.train_y, whole.train_y[:20])
    assert torch.equal(part.val_x, whole.val_x)


def test_the_vocabulary_is_that_of_the_training_part(tmp_path: Path) -> None:
    content = "ba\nc" * 225 + "bäüa" * 25
    data = loaded(write(tmp_path, content), context=8, val_share=0.1)
    assert data.vocabulary == "\nabc" and data.classes == 5
    assert data.expected_initial_loss == pytest.approx(math.log(5))
    assert spelled(data, data.val_x)[:8] == "b??ab??a"
    assert data.class_counts() is None


@pytest.mark.parametrize(("different", "kind"), [(255, torch.uint8), (256, torch.int16)])
def test_a_character_takes_a_byte_if_it_can(tmp_path: Path, different: int, kind: torch.dtype) -> None:
    data = loaded(write(tmp_path, "".join(map(chr, range(32, 32 + different))) * 20), context=8)
    assert data.train_x.dtype is data.val_y.dtype is kind and data.classes == different + 1
    assert data.inputs(data.train_x).dtype is torch.int64
    assert int(data.train_x.max()) == different - 1


@pytest.mark.parametrize(
    "content",
    [
        (WORDS * 40).encode("utf-8-sig"),
        (WORDS * 40).replace("\n", "\r\n").encode(),
        (WORDS * 40).replace("\n", "\r").encode(),
        gzip.compress((WORDS * 40).encode(), mtime=0),
    ],
    ids=["byte order mark", "CRLF", "CR", "gzip"],
)
def test_how_a_file_was_saved_makes_no_difference(tmp_path: Path, content: bytes) -> None:
    plain, other = loaded(write(tmp_path, WORDS * 40)), loaded(write(tmp_path, content, "other"))
    assert plain.vocabulary == other.vocabulary
    assert torch.equal(plain.train_x, other.train_x) and torch.equal(plain.val_y, other.val_y)


def test_blocks_of_any_size_give_the_same_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "äß€𝄞\r\nx\r" * 60)
    whole = loaded(path, context=4)
    for size in (1, 2, 7):
        monkeypatch.setattr(characters, "BLOCK", size)
        monkeypatch.setattr(source, "BLOCK", size)
        characters._read.cache_clear()
        parts = loaded(path, context=4)
        assert parts.vocabulary == whole.vocabulary == "\nxßä€𝄞"
        assert torch.equal(parts.train_x, whole.train_x)


def test_the_english_of_python_is_there_without_a_file() -> None:
    task, hparams = resolved({})
    data = text.load(hparams)
    assert len(data.train_x) == task.n_train > 3000
    assert {*"etaoin \n"} < {*data.vocabulary} and 60 < len(data.vocabulary) < 256
    learned = spelled(data, data.train_x[data.train_x.sum(1).argsort()])
    # Nothing of the validation stands word by word in the training part.
    asked = [spelled(data, window) for window in data.val_x]
    assert sum(window in learned for window in asked) < 0.03 * len(asked)


def test_a_path_becomes_absolute_and_what_was_read_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, WORDS * 40)
    monkeypatch.chdir(tmp_path)
    task, settings = with_data(find_task("text"), {"data": "some.txt", "lr": "0.01"})
    assert settings == {"data": str(path), "lr": "0.01"}
    monkeypatch.setattr(characters, "_blocks", lambda path: pytest.fail("read again"))
    assert with_data(find_task("text"), {"data": str(path), "context": "20"})[0].n_train > task.n_train


def test_a_file_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = write(tmp_path, WORDS * 40)
    before = resolved({"data": str(path)})[0].n_train
    write(tmp_path, WORDS * 80)
    assert resolved({"data": str(path)})[0].n_train > 1.9 * before


def test_only_the_most_frequent_of_many_characters_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "MOST_CLASSES", 3)
    content = "abc" * 300 + "xyz" + "abc" * 100
    data = loaded(write(tmp_path, content), context=5)
    assert data.vocabulary == "abc" and data.classes == 4
    assert spelled(data, data.train_x).count("?") == 3


@pytest.mark.parametrize("val_share", [0.05, 0.1, 0.3, 0.5, 0.9])
@pytest.mark.parametrize("context", [2, 7, 64])
def test_the_length_that_is_asked_for_is_the_least_that_works(tmp_path: Path, context: int, val_share: float) -> None:
    least = source.needed(context, val_share)
    given = {"context": str(context), "val_share": str(val_share)}
    path = write(tmp_path, "ab" * least)
    path.write_text(("ab" * least)[:least])
    assert resolved({"data": str(path), **given})[0].n_train >= 1
    path.write_text(("ab" * least)[: least - 1])
    with pytest.raises(DataError, match=f"has {least - 1} characters.*needs {least}, or"):
        resolved({"data": str(path), **given})
    for_a_batch = source.needed(context, val_share, 8)
    path.write_text(("ab" * for_a_batch)[:for_a_batch])
    assert resolved({"data": str(path), **given, "batch_size": "8"})[0].n_train >= 8


def test_a_batch_that_the_text_cannot_fill_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, WORDS * 20)
    assert resolved({"data": str(path)})[1].batch_size == 12
    with pytest.raises(InvalidHyperparameterError, match="batch_size = 64 is more than the 12"):
        resolved({"data": str(path), "batch_size": "64"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"short", "has 5 characters, and context = 64 with val_share = 0.1 needs 650, or"),
        (b"a" * 5000, "repeats one character, 'a', over and over"),
        (b"\n" * 5000, "repeats one character, '\\\\n', over and over"),
        (b"text\ntext\n\0" * 500, "not text: its byte 11, in line 3, is 0"),
        (b"text\n" * 500 + b"caf\xe9 au lait\n" * 9, "not UTF-8: its byte 2504, in line 501, is 0xe9"),
        (b"text\n" * 500 + b"\xe2\x82", "not UTF-8: its byte 2501, in line 501, is 0xe2"),
        ("text\n".encode("utf-16") * 500, "is UTF-16"),
        (gzip.compress(Random(0).randbytes(5000).hex().encode(), mtime=0)[:-900], "torn or damaged"),
        (b"\x1f\x8b but no gzip", "torn or damaged"),
        (gzip.compress(WORDS.encode() * 40, mtime=0)[:-8] + bytes(8), "torn or damaged"),
    ],
)
def test_what_is_no_text_to_learn_is_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(DataError, match=said) as caught:
        resolved({"data": str(path)})
    sentence = str(caught.value)
    assert str(path) in sentence and "\n" not in sentence and sentence.endswith(".")


@pytest.mark.parametrize("size", [1, 3])
def test_the_place_of_a_bad_byte_is_right_in_blocks_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(characters, "BLOCK", size)
    with pytest.raises(DataError, match="byte 11, in line 3, is 0xe4"):
        resolved({"data": str(write(tmp_path, "äö\nß\nab".encode() + b"\xe4lter"))})


def test_a_file_that_is_not_there_has_a_closest_name(tmp_path: Path) -> None:
    write(tmp_path, WORDS, "shakespeare.txt")
    with pytest.raises(DataError, match=r"is not there\. Did you mean 'shakespeare\.txt'\?"):
        resolved({"data": str(tmp_path / "shakespear.txt")})
    with pytest.raises(DataError, match="is no folder"):
        resolved({"data": str(tmp_path / "nowhere" / "shakespeare.txt")})


def test_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is a folder"):
        resolved({"data": str(tmp_path)})
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="is a device or a pipe"):
        resolved({"data": str(tmp_path / "pipe")})


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, WORDS * 40)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"some\.txt cannot be read: Permission denied"):
        resolved({"data": str(path)})


def test_a_name_that_steers_a_terminal_is_shown_escaped(tmp_path: Path) -> None:
    path = write(tmp_path, "", "a\x1b[31m.txt")
    with pytest.raises(DataError) as caught:
        resolved({"data": str(path)})
    assert "\x1b" not in str(caught.value) and "\\x1b[31m.txt" in str(caught.value)


def test_a_text_of_too_many_bytes_is_refused_packed_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(characters, "MOST_BYTES", 2**20)
    for content in (b"ab" * 2**20, gzip.compress(b"ab" * 2**20)):
        with pytest.raises(DataError, match="holds more than 1 MiB of text; take a part of it: head -c 1M"):
            resolved({"data": str(write(tmp_path, content))})


def test_too_many_different_characters_are_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_CLASSES", 50)
    content = "".join(map(chr, range(0x4E00, 0x4E00 + 1000))) * 2
    with pytest.raises(DataError, match=r"has 1000 different characters, and 9\d% of it are others than the 50"):
        resolved({"data": str(write(tmp_path, content))})
    monkeypatch.setattr(characters, "MOST_CHARACTERS", 500)
    with pytest.raises(DataError, match="more than 500 different characters"):
        resolved({"data": str(write(tmp_path, content, "other"))})


class Next(nn.Module):
    """Knows that after each class comes the one behind it."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes, self.calls = classes, 0

    def forward(self, x: Tensor) -> Tensor:
        assert not self.training
        self.calls += 1
        return 100.0 * nn.functional.one_hot((x + 1) % (self.classes - 1), self.classes)


def test_a_sample_goes_on_where_the_first_window_ends_and_is_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "SAMPLE_S", math.inf)
    data = loaded(write(tmp_path, "\n\x1bab" * 100), context=4)
    model, state = Next(5), torch.get_rng_state()
    written = text.sample(model.train(), data)
    assert spelled(data, data.val_x[0]) == "\n\x1bab"
    assert written == "\n\\x1bab" * 75
    assert model.training and torch.equal(torch.get_rng_state(), state)
    assert text.sample(model, data) == written


def test_a_sample_ends_in_time_and_without_a_finite_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = loaded(write(tmp_path, WORDS * 40))
    monkeypatch.setattr(text, "SAMPLE_S", -1.0)
    assert text.sample(Next(29), data) == ""
    monkeypatch.undo()

    class Lost(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.full((*x.shape, 29), math.nan)

    assert text.sample(Lost(), data) == ""


def test_a_large_text_is_held_in_a_byte_a_character(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    path = write(tmp_path, random.integers(97, 123, 3_000_000, np.uint8).tobytes())
    data = loaded(path)
    assert data.train_x.nbytes == data.train_y.nbytes == data.train_x.numel()
    assert data.val_x.untyped_storage().data_ptr() == data.val_y.untyped_storage().data_ptr()
