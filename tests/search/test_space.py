"""Spaces: what a task's own is, what words say of one, and what is refused."""

from dataclasses import replace

import pytest

from dltui.errors import SpaceError
from dltui.search.methods.choose import make_method
from dltui.search.space.asked import asked_space
from dltui.search.space.default import default_space
from dltui.search.space.dimension import Dimension
from dltui.search.study.options import SearchOptions
from dltui_trainers.registry import TASKS
from dltui_trainers.taskfile.own import own_hparam

DIGITS, POLYNOMIAL, TEXT = TASKS["digits"], TASKS["polynomial"], TASKS["text"]


def of(task: str, *words: str, architecture: bool = False, **settings: str) -> dict[str, Dimension]:
    """Return the dimensions of a space by name."""
    space = asked_space(TASKS[task], settings, over=words, architecture=architecture)
    return {each.name: each for each in space.dimensions}


def complaint(task: str, *words: str, **settings: str) -> str:
    """Return the one sentence in which a space is refused."""
    with pytest.raises(SpaceError) as error:
        asked_space(TASKS[task], settings, over=words)
    sentence = str(error.value)
    assert sentence.isprintable() and len(sentence) < 400
    return sentence


@pytest.mark.parametrize("architecture", [False, True])
@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_a_space_of_its_own_that_can_be_trained(task: str, architecture: bool) -> None:
    space = asked_space(TASKS[task], {}, architecture=architecture)
    assert {"lr", "batch_size", "optimizer", "weight_decay"} <= set(space.names) <= set(TASKS[task].reads)
    assert ("layers" in space.names or "degree" in space.names) is architecture
    for method in ("random", "bayes"):
        options = SearchOptions(method=method, dimensions=space.dimensions)
        asked = make_method(TASKS[task], options).ask(0, [])
        assert asked is not None and asked.keys() <= set(space.names)


def test_what_is_given_or_has_no_effect_is_not_searched() -> None:
    names = default_space(DIGITS, {"lr": "0.1", "model": "mlp"}, architecture=True).names
    assert not {"lr", "model", "channels", "kernel_size"}.intersection(names) and "width" in names
    assert "gru" not in of("digits", architecture=True)["model"].choices  # the convolution is faster and no worse
    assert of("text", architecture=True)["model"].choices == ("gru", "transformer")


def test_batches_are_at_most_as_large_as_the_training_set() -> None:
    assert of("polynomial")["batch_size"].choices == (3, 6, 12)
    assert of("digits", train_size="100")["batch_size"].choices == (16, 32, 64)


def test_choices_of_a_task_file_are_in_its_space_those_of_the_network_with_the_architecture() -> None:
    own = (own_hparam("blocks", [1, 2, 3]), own_hparam("gain", 0.5), own_hparam("mixed", True))
    names = ("blocks", "gain", "mixed")
    task = replace(POLYNOMIAL, own=own, reads=(*POLYNOMIAL.reads, *names), of_network=("blocks",))
    assert default_space(task, {}).names[-1] == "mixed"
    space = {each.name: each for each in default_space(task, {}, architecture=True).dimensions}
    assert space["blocks"].choices == (1, 2, 3) and space["mixed"].choices == (True, False)
    assert "gain" not in space  # nobody can tell how far it may go
    with pytest.raises(SpaceError, match="nobody can say what to try of gain"):
        asked_space(task, {}, over=["gain"])


def test_words_give_ranges_lists_and_values_beside_a_range() -> None:
    found = of(
        "digits", "lr=1e-3..0.1", "width=128,32,64", "weight_decay=0,1e-5..0.1", "layers=1..3", "dropout", "norm"
    )
    assert found["lr"] == Dimension(name="lr", low=1e-3, high=0.1, log=True)
    assert found["width"].choices == (32, 64, 128)
    assert found["weight_decay"] == Dimension(name="weight_decay", low=1e-5, high=0.1, log=True, also=(0.0,))
    assert found["layers"] == Dimension(name="layers", low=1, high=3, whole=True)
    assert found["dropout"] == Dimension(name="dropout", low=0, high=0.5, step=0.1)
    assert found["norm"].choices == ("none", "batch", "layer")
    assert of("digits", "augment=none,flip+crop")["augment"].choices == ("none", "flip,crop")
    assert not of("digits", "dropout=0..0.3")["dropout"].log
    assert of("digits", "lr=0.01..1", architecture=True)["lr"].low == 0.01


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("weight_deca=1..2", "Did you mean 'weight_decay'?"),
        ("lr=1..0.1", "low = 1 is above high = 0.1; swap"),
        ("lr=0.1..0.1", "is one value; give it with --set"),
        ("lr=0..0.1", "out of range: it must be above 0"),
        ("lr=0.1..", "has a low and no high"),
        ("lr=..0.1", "has a high and no low"),
        ("lr=a..b", "lr = a is not a number"),
        ("lr=nan..1", "not finite"),
        ("lr=1e-4...1e-3...", "lr = "),
        ("lr=0.1..0.2,0.3..0.4", "more than one range"),
        ("lr=0.1,,0.2", "lacks a value"),
        ("lr=", "lacks a value"),
        ("=1..2", "names no hyperparameter"),
        ("layers=2.5..4", "2.5 is not a whole number"),
        ("layers=1..2.5", "2.5 is not a whole number"),
        ("dropout=0..1", "out of range: it must be 0 to 0.95"),
        ("optimizer=adam..sgd", "has no range; list the choices"),
        ("optimizer=adam,sdg", "Did you mean 'sgd'"),
        ("optimizer=adam,adam", "names adam twice"),
        ("model=mlp,transformer", "does not exist for digits; take mlp, cnn, gru"),
        ("batch_size=64,4096", "more than the 1437 training samples"),
        ("batch_size=16..4096", "more than the 1437 training samples"),
        ("kernel_size=3,5", ""),
        ("degree=1..9", "does not use degree"),
        ("seed=1..9", "--seeds 3"),
        ("log_every=1,2", "makes a training better"),
        ("momentum=0.5..0.9", "no effect with optimizer = adam: leave it out, or search optimizer"),
        ("channels", "no effect with model = mlp"),
        ("augment", "give it values, such as --over augment=A,B."),
        ("epochs=20..10", "low = 20 is above"),
        ("lr=\x1b[31m..2", "lr = ␛"),
        ("lr=" + "9" * 5000 + "..1", "cannot be; it must be a number"),
        ("x" * 5000, "there is no hyperparameter"),
    ],
)
def test_a_word_that_makes_no_space_is_refused_in_one_sentence(word: str, expected: str) -> None:
    if expected:
        assert expected in complaint("digits", word)
    else:
        assert of("digits", word, model="cnn")


def test_a_name_in_two_places_is_refused() -> None:
    assert "--over names lr twice" in complaint("digits", "lr=0.1..1", "lr")
    assert "lr = 0.1 is set for all trials" in complaint("digits", "lr", lr="0.1")


def test_a_space_of_which_nothing_can_be_trained_is_refused_with_the_reason() -> None:
    assert "none can be trained" in (told := complaint("digits", "kernel_size=2,4", model="cnn"))
    assert "is even" in told
    assert of("digits", "kernel_size=2,3", model="cnn")  # some of it can
