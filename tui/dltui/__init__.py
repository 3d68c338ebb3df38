"""dltui: train, watch and tune neural networks from the terminal.

In a script of your own: ``run = dltui.start_run("name", hparams={...})``, then ``run.log(step, train_loss=...)``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dltui_trainers.integrations.keras import KerasCallback as KerasCallback
    from dltui_trainers.integrations.lightning import LightningCallback as LightningCallback
    from dltui_trainers.integrations.transformers import TransformersCallback as TransformersCallback
    from dltui_trainers.recorder import start_run as start_run

_FOUND_IN = {
    "start_run": "dltui_trainers.recorder",
    "KerasCallback": "dltui_trainers.integrations.keras",
    "LightningCallback": "dltui_trainers.integrations.lightning",
    "TransformersCallback": "dltui_trainers.integrations.transformers",
}
"""What a script uses is imported when it is used: the program itself starts without it, and without its packages."""


def __getattr__(name: str) -> object:
    if name not in _FOUND_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_FOUND_IN[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_FOUND_IN])
