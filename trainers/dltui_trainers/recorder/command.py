"""The words that start this script again; none where nobody could: in a notebook, at a prompt, on another rank."""

import os
import sys
from pathlib import Path

LONGEST_WORD = 4000
"""A manifest is no place for a program that was written behind ``-c``."""
_KERNELS = ("ipykernel_launcher", "colab_kernel_launcher")
_LAUNCHED = ("TORCHELASTIC_RUN_ID", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")
"""Set by what starts each process of a training with words of its own."""


def own_words() -> list[str]:
    """Return the words that started this process, with the interpreter that it has; empty if they say too little."""
    words = list(getattr(sys, "orig_argv", ()))
    if len(words) < 2 or any(Path(word).stem in _KERNELS for word in words[1:4]):
        return []
    if words[-1] == "-" or "--multiprocessing-fork" in words:  # it was read from standard input, or spawned
        return []
    if not all(map(_can_be_told, words)):
        return []
    if any(name in os.environ for name in _LAUNCHED):
        return _of_torchrun()
    return [sys.executable or words[0], *words[1:]]


def _can_be_told(word: str) -> bool:
    return len(word) <= LONGEST_WORD and word.encode(errors="replace").decode() == word


def _of_torchrun() -> list[str]:
    """The launcher is our parent, and its words start all processes of this machine again."""
    if "TORCHELASTIC_RUN_ID" not in os.environ or os.environ.get("GROUP_WORLD_SIZE", "1") != "1":
        return []
    try:
        words = Path(f"/proc/{os.getppid()}/cmdline").read_bytes().decode().split("\0")[:-1]
    except (OSError, UnicodeError):
        return []
    is_launcher = any("torchrun" in word or "torch.distributed" in word for word in words)
    return words if is_launcher and all(map(_can_be_told, words)) else []
