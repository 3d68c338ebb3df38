"""The guide with a person's own task file: real engines on tiny ones, and what the steps make of them."""

import math
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from guide.engines import bench, step
from guide.test_proposals import present

from dltui.guide.engine.launch import begin
from dltui.guide.engine.plan import make_engine
from dltui.guide.folder import read_guide
from dltui.guide.levels import above, fit_a_logarithm
from dltui.guide.options import STEPS, Options
from dltui.guide.result import Judgement, StepResult
from dltui.guide.state import Guide, GuideStatus
from dltui.guide.steps.find_lr.sweep import Sweep, Try
from dltui.guide.steps.look_at_curves.proposals import own_values, proposals
from dltui.guide.trial import Trial, Work
from dltui.texts.guide import GuideTexts
from dltui_trainers.configure import configure
from dltui_trainers.named_task import find_task
from dltui_trainers.registry import TaskInfo

POINTS = '''
"""Which side of a parabola?"""
import torch
from torch import nn

hparams = {"epochs": 8, "lr": 0.01, "depth": 2, "gate": ["relu", "tanh"], "shift": 0.0}


def load(h):
    x = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    y = (x[:, 1] + h.shift > x[:, 0] ** 2).long()
    return (x[:300], y[:300]), (x[300:], y[300:])


def build_model(h, data):
    gate = nn.Tanh if h.gate == "tanh" else nn.ReLU
    layers, inputs = [], 2
    for _ in range(h.depth):
        layers += [nn.Linear(inputs, 16), gate()]
        inputs = 16
    return nn.Sequential(*layers, nn.Linear(inputs, data.outputs))
'''
NUMBERS = """
import torch


def load(h):
    x = torch.randn(300, 3, generator=torch.Generator().manual_seed(0))
    return x, x[:, 0] - 2 * x[:, 1].sin()
"""
LIKELIHOOD = """
import torch
from torch import nn


def load(h):
    x = torch.rand(300, 1, generator=torch.Generator().manual_seed(0)) * 4 - 2
    return x, x.sin()


def build_model(h, data):
    return nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 2))


def loss(output, target):
    mean, log = output[:, :1], output[:, 1:].clamp(-4, 4)
    return (0.5 * ((target - mean) / log.exp()).square() + log).mean()
"""
SMALL = Options(budget_s=60.0, lr_points=4, sweep_steps=50, coarse_epochs=2, weight_decays=(0.0, 1e-4), rounds=0)


def file(folder: Path, text: str, name: str = "points") -> str:
    """Write a task file and return its path."""
    path = folder / f"{name}.py"
    path.write_text(text)
    return str(path)


def guided(root: Path, task: str, last: int = 6, **options: object) -> Guide:
    """Return the guide of a task, done by a real engine up to the step ``last``."""
    skip = tuple(number for number in STEPS if number > last)
    folder = begin(root, task, msgspec.structs.replace(SMALL, skip=skip, **options))
    return make_engine(folder, read_guide(folder)).run()


def said(guide: Guide, number: int) -> list[str]:
    """All that a step said, in English."""
    result = guide.steps[number].result
    assert result is not None
    texts = GuideTexts.load("en")
    return [texts.say(result.said), *(texts.say(each.said) for each in result.checks)]


@pytest.mark.slow
def test_all_steps_with_own_data_and_own_model(tmp_path: Path) -> None:
    guide = guided(tmp_path, file(tmp_path, POINTS), settings={"depth": "1"}, refine_epochs=4)
    assert guide.status is GuideStatus.FINISHED and guide.final
    assert Path(guide.task).is_absolute() and guide.name.startswith("points-guide-")
    assert guide.looked is not None and (guide.looked.n_train, guide.looked.classes) == (300, 2)
    assert all(each.result and each.result.judgement is not Judgement.FAULT for each in guide.steps)
    task = find_task(guide.task)
    tried = {name for each in guide.steps for trial in each.trials for name in trial.settings}
    assert tried <= set(task.reads) and "width" not in tried
    assert not any(trial.error for each in guide.steps for trial in each.trials)


@pytest.mark.long
@pytest.mark.slow
def test_own_numbers_with_our_networks(tmp_path: Path) -> None:
    guide = guided(tmp_path, file(tmp_path, NUMBERS, "numbers"), last=3)
    assert guide.looked is not None and guide.looked.kind == "regression"
    assert guide.chosen["model"] == "mlp" and "lr" in guide.chosen
    assert not any("cnn" in each for each in said(guide, 0))
    assert "label_smoothing" not in guide.looked.reads
    assert any("variance of the training targets" in each for each in said(guide, 1))


@pytest.mark.long
@pytest.mark.slow
def test_an_own_loss_that_falls_below_0(tmp_path: Path) -> None:
    guide = guided(tmp_path, file(tmp_path, LIKELIHOOD, "likelihood"), last=4)
    assert guide.looked is not None and guide.looked.own_loss and not guide.looked.takes_squares
    assert any("cannot be told" in each for each in (*said(guide, 0), *said(guide, 1)))
    judged = [each.result.judgement for each in guide.steps if each.result]
    assert len(judged) == 5 and Judgement.FAULT not in judged
    lowest = min(float(each.val_loss or 0) for each in guide.steps[4].trials)
    assert lowest < 0 and float(str(guide.chosen["lr"])) >= 0.001
    assert "constant answer" not in " ".join(said(guide, 2))


@pytest.mark.slow
def test_an_error_of_the_file_is_told_with_its_line(tmp_path: Path) -> None:
    wrong = POINTS.replace("layers, inputs = [], 2", "layers, inputs = [], 3 if h.lr > 0.05 else 2")
    guide = guided(tmp_path, file(tmp_path, wrong), last=3)
    errors = [each.error for each in guide.steps[3].trials if each.status == "failed"]
    assert errors and all("does not take a batch of shape 2 x 2" in each for each in errors)
    assert guide.steps[3].result and guide.steps[3].result.judgement is Judgement.DOUBTFUL
    assert float(str(guide.chosen["lr"])) < 0.05


def test_a_file_that_is_changed_is_told(tmp_path: Path) -> None:
    task = file(tmp_path, POINTS)

    def edit(work: Work) -> StepResult:
        work.trials([Trial(name="a")])
        Path(task).write_text(POINTS + "\n# another one\n")
        return step("b")(work)

    there = bench(tmp_path, {2: edit}, task=task)
    guide = there.run()
    judged = [each.result.judgement if each.result else None for each in guide.steps]
    assert judged[:4] == [Judgement.SOUND, Judgement.SOUND, Judgement.DOUBTFUL, Judgement.DOUBTFUL]
    texts = GuideTexts.load("en")
    told = [texts.say(check.said) for each in guide.steps if each.result for check in each.result.checks]
    assert told[0].startswith("points.py was changed while this step was at work")
    assert told[1].startswith("points.py was changed since step 2")
    assert judged[4] is Judgement.SOUND


def own_task(tmp_path: Path, text: str = POINTS) -> TaskInfo:
    return find_task(file(tmp_path, text))


def test_only_what_the_network_alone_looks_at_is_tried(tmp_path: Path) -> None:
    task = own_task(tmp_path)
    assert task.of_network == ("depth", "gate")
    now = replace(present(task="digits"), task=task, hparams=configure(task, {})[0])
    tried = [each.settings for each in proposals(now)]
    assert {"depth": 3} in tried and {"depth": 1} in tried and {"gate": "tanh"} in tried
    assert not any({"shift", "width", "layers", "norm"} & set(each) for each in tried)
    fixed = replace(now, fixed=frozenset({"depth"}))
    assert not any("depth" in each.settings for each in proposals(fixed))


@pytest.mark.parametrize(
    ("load", "of_network"),
    [
        ("def load(h): return read(h)\ndef read(h): return h.depth", ("shift",)),
        ("import other\ndef load(h): return other.read(h)", ()),
        ("def load(h): return read(1, h)\ndef read(a, h): return h.depth", ()),
        ("def load(h): return dict(a=h)", ()),
        ("from other import load", ()),
        ("def load(h): return h.seed", ("depth", "shift")),
    ],
)
def test_what_load_may_look_at_is_left_alone(tmp_path: Path, load: str, of_network: tuple[str, ...]) -> None:
    text = f'hparams = {{"depth": 3, "shift": 0.5}}\n{load}\ndef build_model(h, data): return h.depth, h.shift\n'
    assert own_task(tmp_path, text).of_network == of_network


def test_values_next_to_an_own_one(tmp_path: Path) -> None:
    given = '{"a": 3, "b": 64, "c": 0.5, "d": True, "e": "text", "f": 1, "g": 0, "k": [3, 5, 7]}'
    uses = ", ".join(f"h.{name}" for name in "abcdefgk")
    task = own_task(tmp_path, f"hparams = {given}\ndef load(h): ...\ndef build_model(h, data): return {uses}\n")
    now = replace(present(task="digits"), task=task, hparams=configure(task, {})[0])
    found = {name: own_values(now, name) for name in task.of_network}
    assert (found["a"], found["b"], found["c"]) == ([4, 2], [128, 32], [1.0, 0.2])
    assert (found["d"], found["e"], found["f"], found["g"], found["k"]) == ([False], [], [2], [], [5, 7])


def test_learning_rates_are_ranked_by_a_loss_below_0() -> None:
    def tried(lr: float, val: float) -> Try:
        return Try(lr=lr, untrained=-0.5, val=val, first=-0.5, train=val)

    sweep = Sweep([tried(1e-4, -0.6), tried(1e-3, -2.0), tried(1e-2, -2.9), tried(0.1, -0.45), tried(1.0, math.inf)])
    assert sweep.best is not None and sweep.best.lr == 1e-2
    assert [sweep.verdict(each) for each in sweep.tries[:3]] == ["learned"] * 3
    assert sweep.verdict(sweep.tries[-1]) == "diverged"


def test_shares_of_a_loss_below_0() -> None:
    assert (above(2.0, 0.5), above(-2.0, 0.5), above(-2.0, -0.5)) == (3.0, -1.0, -3.0)
    assert fit_a_logarithm([0.0, 1.0, "nan", "inf"]) and not fit_a_logarithm([1.0, -0.1])
