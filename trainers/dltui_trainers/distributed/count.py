"""How many processes may train together on this machine. No torch is needed."""

from dltui_trainers.errors import ProcessesError
from dltui_trainers.used_gpus import usable_gpus

MOST = 256
"""More are a slip of the keyboard: they would take the memory of the machine before the first of them trains."""


def refuse(processes: int, gpus: int | None = None) -> None:
    """Raise :class:`ProcessesError` for a number of processes that cannot train here.

    ``gpus``: those that torch can use; None: those that the driver tells of. On a machine with GPUs each process has
    one of its own.
    """
    if not 1 <= processes <= MOST:
        raise ProcessesError(f"{processes} processes cannot train together: --nproc takes a number from 1 to {MOST}.")
    gpus = len(usable_gpus()) if gpus is None else gpus
    if processes > 1 and 0 < gpus < processes:
        there = "is 1 GPU" if gpus == 1 else f"are {gpus} GPUs"
        raise ProcessesError(
            f"{processes} processes need a GPU each, and there {there} here: take --nproc {gpus}, or set"
            " CUDA_VISIBLE_DEVICES to the empty text to train on the processor."
        )
