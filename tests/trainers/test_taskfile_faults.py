"""What is wrong with a task file is told in one sentence, with the person's line, and the run has failed."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from dltui_trainers.taskfile import gathered, patience
from dltui_trainers.worker import FAILED
from trainers.scripts import end_of, train
from trainers.taskfiles import LOAD, write

pytestmark = pytest.mark.usefixtures("alone")
XY = "x, y = torch.randn(40, 3), torch.randint(2, (40,))"
RUNTIME: dict[str, tuple[str, str]] = {
    "an import error": (
        "import torch\nimport no_such_thing\ndef load(h): ...\n",
        r"^task\.py:2: ModuleNotFoundError: No module named 'no_such_thing'$",
    ),
    "sys.exit at import": (
        "import sys\nsys.exit(3)\ndef load(h): ...\n",
        r"^task\.py:2: it left by sys\.exit\(3\)$",
    ),
    "load without return": ("def load(h):\n    1\n", "^load returned None .is its return missing"),
    "load with four values": (
        f"import torch\ndef load(h):\n    {XY}\n    return x, y, x, y\n",
        r"^load returned 4 values; it must return \(train_x, train_y\), \(val_x, val_y\)",
    ),
    "load with nonsense": ("def load(h):\n    return 'data.csv'\n", "^load returned a str; it must return"),
    "an error in load": (
        "def load(h):\n    return open('/nowhere/at/all')\n",
        r"^task\.py:2 in load: FileNotFoundError: .*nowhere",
    ),
    "other lengths": (
        "import torch\ndef load(h):\n    return (torch.ones(4, 2), torch.ones(3)), (torch.ones(4, 2), torch.ones(4))\n",
        r"^load: train_x has 4 samples and train_y has 3\.$",
    ),
    "NaN in the data": (
        f"import torch\ndef load(h):\n    {XY}\n    x[7, 1] = x[9] = float('nan')\n    return (x, y), (x[:5], y[:5])\n",
        r"^load: train_x has 4 values that are not finite .NaN or infinite., the first in sample 7:",
    ),
    "negative classes": (
        f"import torch\ndef load(h):\n    {XY}\n    return (x, y - 1), (x, y)\n",
        r"^load: y has the class -1; classes are counted from 0\.$",
    ),
    "classes in a column": (
        f"import torch\ndef load(h):\n    {XY}\n    return (x, y[:, None]), (x, y[:, None])\n",
        r"y\.squeeze\(1\)",
    ),
    "a picture of objects": (
        "import numpy as np\ndef load(h):\n    x = np.array(['a', 'b'])\n    return (x, x), (x, x)\n",
        r"^load: train_x cannot be made a tensor of numbers",
    ),
    "a wrong shape": (
        LOAD + "def build_model(h, data):\n    return nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(4, 2))\n",
        r"^The model does not take a batch of shape 2 x 3: in its module '2' \(Linear\), which got 2 x 5: .*shapes",
    ),
    "too few outputs": (
        LOAD + "def build_model(h, data):\n    return nn.Linear(3, 1)\n",
        r"^The model answers 2 x 1 to a batch of 2 samples; for 2 classes it must be 2 x 2\.$",
    ),
    "a class in the place of a network": (
        LOAD + "class Net(nn.Module): ...\ndef build_model(h, data):\n    return Net\n",
        r"^build_model returned the class Net itself; return a network: Net\(\.\.\.\)\.$",
    ),
    "a model that needs an argument": (
        LOAD
        + "class Net(nn.Module):\n    def __init__(self, width): ...\ndef build_model(h, data):\n    return Net()\n",
        r"^task\.py:12 in build_model: TypeError: Net.__init__\(\) missing 1 required positional argument: 'width'$",
    ),
    "a forward that needs an argument": (
        LOAD
        + "class Net(nn.Module):\n    def forward(self, x, mask): ...\ndef build_model(h, data):\n    return Net()\n",
        r"^The model does not take a batch of shape 2 x 3: .*missing 1 required positional argument: 'mask'",
    ),
    "a loss without a mean": (
        LOAD + "def loss(output, target):\n    return (output[:, 0] - target) ** 2\n",
        r"^loss returned a tensor of shape 2; the loss of a batch is one number: take its mean\(\)\.$",
    ),
    "a loss that is detached": (
        LOAD + "def loss(output, target):\n    return output.detach().mean()\n",
        r"^The loss does not depend on the weights by a gradient",
    ),
    "a loss of other shapes": (
        LOAD.replace(".long()", ".float()")
        + "def loss(output, target):\n    return nn.functional.mse_loss(output[:, 0], target)\n",
        r"^loss: output is 2 x 1 and target 2 x 1|^loss: output is",
    ),
    "metrics that are none": (
        LOAD + "def metrics(output, target):\n    return output.mean()\n",
        r"^metrics returned a Tensor; it must return a dict",
    ),
    "an augmentation that cannot be": (
        "hparams = {'augment': 'rotate'}\n" + LOAD,
        r"^augment = rotate does not exist for samples of 3; take jitter, mixup\.$",
    ),
    "an error in epoch 3": (
        "hparams = {'epochs': 5, 'batch_size': 20}\n"
        + LOAD
        + "calls = 0\ndef loss(output, target):\n    global calls\n    calls += 1\n"
        + "    if calls == 12: raise RuntimeError('enough')\n"
        + "    return nn.functional.cross_entropy(output, target)\n",
        r"^task\.py:15 in loss: RuntimeError: enough$",
    ),
}


@pytest.mark.parametrize(("text", "sentence"), RUNTIME.values(), ids=RUNTIME)
def test_a_fault_is_told_in_a_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], text: str, sentence: str
) -> None:
    usage = "augment = " in sentence
    run = train(tmp_path / "run", task=write(tmp_path, text), code=2 if usage else FAILED)
    end = end_of(run)
    assert end.status == "failed" and end.error is not None and "\n" not in end.error
    assert re.search(sentence, end.error)
    assert "dltui_trainers" not in capfd.readouterr().out


DATASET = """
from torch.utils.data import Dataset


class Mine(Dataset):
    def __len__(self):
        return 30

    def __getitem__(self, index):
        return SAMPLE


def load(h):
    return Mine(), Mine()
"""


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        ("[0.0] * 2**20, 1", "the 30 train samples would take 0.2 GiB, and 0.1 GiB of memory are free"),
        ("[0.0]", "sample 0 of the train Dataset is a list, and must be a pair"),
        (
            "'picture', 1",
            "the x of sample 0 of the train Dataset cannot be made a tensor .it is a str.; give it a tran",
        ),
        ("[0.0] * (1 + index // 9), 1", "sample 9 of the train Dataset is 2, and the first is 1: all must have one sh"),
        ("[0.0], 1 if index < 9 else 0.5", "sample 9 of the train Dataset has float64 values, and the first int64"),
    ],
)
def test_a_dataset_that_cannot_be_gathered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sample: str, sentence: str
) -> None:
    free = SimpleNamespace(available=2**27)
    monkeypatch.setattr(gathered.psutil, "virtual_memory", lambda: free)
    run = train(tmp_path / "run", task=write(tmp_path, DATASET.replace("SAMPLE", sample)), code=FAILED)
    assert re.search(sentence, end_of(run).error or "")


def test_a_long_load_tells_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    told = threading.Event()
    expected = "still loading: task.py line 2"

    def say(text: str) -> None:
        said.append(text)
        if text == expected:  # before the function is entered, the line is one of this test
            told.set()

    monkeypatch.setattr(patience, "say", say)
    file = write(tmp_path, "def load(told):\n    told.wait()\n")
    scope: dict[str, Callable[[threading.Event], None]] = {}
    exec(compile(Path(file).read_text(), file, "exec"), scope)
    with patience.telling(file, every_s=0.001):
        scope["load"](told)
    assert said[-1] == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "inf", "nan", "soon"])
def test_a_limit_that_is_none(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(patience.VARIABLE, text)
    assert patience.import_limit_s() == patience.IMPORT_LIMIT_S
    monkeypatch.setenv(patience.VARIABLE, "2.5")
    assert patience.import_limit_s() == 2.5


def test_the_traceback_has_the_persons_lines_and_the_last_of_a_library(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "import json\nimport helper\ndef load(h):\n    return helper.read('{')\n"
    write(tmp_path, "import json\ndef read(text):\n    return json.loads(text)\n", "helper.py")
    run = train(tmp_path / "run", task=write(tmp_path, text), code=FAILED)
    assert (end_of(run).error or "").startswith("helper.py:3 in read: JSONDecodeError: ")
    told = capfd.readouterr().out
    assert re.findall(r'File ".*/(\w+\.py)", line \d+, in (\w+)', told) == [
        ("task.py", "load"),
        ("helper.py", "read"),
        ("decoder.py", "raw_decode"),
    ]
