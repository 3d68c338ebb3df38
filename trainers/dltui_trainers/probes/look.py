"""Carries out a look: loads the data of a task, asks all that there is to ask, and writes the answer."""

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
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
from dltui_trainers.task_module import as_loaded, import_task
from dltui_trainers.taskfile.names import is_task_file, split_name
from dltui_trainers.taskfile.patience import noticing_exit
from dltui_trainers.worker import BAD_USAGE, DONE, FAILED, sentence


def answer(order: Look) -> int:
    """Write the answer to ``order``, whole; return the exit code. Raises ``OSError`` where it cannot be written."""

    def tell(error: str) -> None:
        write_whole(Path(order.answer), msgspec.json.encode(LookFailed(error=error, usage=False)))

    file = split_name(order.task)[0] if is_task_file(order.task) else ""
    with noticing_exit(file, tell) if file else nullcontext():
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
    began = time.perf_counter()
    module = import_task(planned.task)
    data = module.load(planned.hparams)
    load_s = time.perf_counter() - began
    measured = [measure_model(task, settings, added, data) for added in models]
    report = describe_data(as_loaded(module, planned.task, data), data, str(choose_device()), measured)
    return msgspec.structs.replace(report, load_s=round(load_s, 3)) if planned.task.file else report
