"""Carries out a look: loads the data of a task, asks all that there is to ask, and writes the answer."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from dltui_trainers.atomic import write_whole
from dltui_trainers.errors import TrainerError
from dltui_trainers.looked import DataReport, Looked, LookFailed
from dltui_trainers.orders import Look
from dltui_trainers.plan import plan
from dltui_trainers.prepare import choose_device
from dltui_trainers.probes.data import describe_data
from dltui_trainers.probes.speed import measure_model
from dltui_trainers.tasks import import_task
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED, sentence


def answer(order: Look) -> int:
    """Write the answer to ``order``, whole; return the exit code. Raises ``OSError`` where it cannot be written."""
    looked = look_at(order.task, order.settings, order.models)
    write_whole(Path(order.answer), msgspec.json.encode(looked))
    if isinstance(looked, LookFailed):
        return BAD_USAGE if looked.usage else FAILED
    return DONE


def look_at(task: str, settings: Mapping[str, str], models: Sequence[Mapping[str, str]] = ()) -> Looked:
    """Return what there is to tell of ``task`` with ``settings``, and of each network of ``models``."""
    try:
        return _look_at(task, settings, models)
    except TrainerError as error:
        return LookFailed(error=str(error), usage=True)
    except BaseException as error:  # a task's sys.exit() is a failure too
        return LookFailed(error=sentence(error), usage=isinstance(error, OSError))


def _look_at(task: str, settings: Mapping[str, str], models: Sequence[Mapping[str, str]]) -> DataReport:
    planned = plan(task, settings)
    data = import_task(planned.task).load(planned.hparams)
    measured = [measure_model(task, settings, added, data) for added in models]
    return describe_data(planned.task, data, str(choose_device()), measured)
