"""``dltui doctor``: what this machine offers, and which of your processes are on its GPUs, with the run of each."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dltui.cli.document import print_json
from dltui.cli.options import given_in, make_parser
from dltui.formatting import short_path, size
from dltui.paths import runs_folder
from dltui.text import safe_text

if TYPE_CHECKING:
    from dltui.catalog.summary import RunSummary
    from dltui.processes.belonging import GpuUser
    from dltui.processes.machine import Machine
    from dltui_trainers.runlog import GpuStats

LITTLE_DISK = 1 << 30
LITTLE_MEMORY = 0.05
_LABEL = 12


def parse(words: Sequence[str]) -> Callable[[], int]:
    """Return the call that the words after the command ask for."""
    parser = make_parser(
        "dltui doctor",
        "What this machine offers: PyTorch, GPUs, memory, disk, terminal; and your processes on the GPUs, each with the"
        " run that it belongs to.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    given = given_in(parser, words)
    return lambda: doctor(runs_folder(given.runs), as_json=given.json)


def doctor(root: Path, *, as_json: bool) -> int:
    """Print it and return the exit code, which is 0: that something is missing is an answer, too."""
    from dltui.processes.belonging import users_of
    from dltui.processes.machine import look_at_machine

    machine, runs = look_at_machine(root), _runs(root)
    users = users_of(machine.gpus.processes, runs)
    if as_json:
        print_json(_document(machine, runs, users))
    else:
        print("\n".join(_lines(machine, runs, users)))
    return 0


def _runs(root: Path) -> "list[RunSummary]":
    from dltui.catalog.places import Places
    from dltui.services import Services

    services = Services(root, places=Places(runs=root))
    try:
        services.settle()
        return list(services.lister().refresh())
    finally:
        services.close()


def _lines(machine: "Machine", runs: "Sequence[RunSummary]", users: "Sequence[GpuUser]") -> Iterator[str]:
    found = "  ".join(f"{name} {version}" for name, version in machine.packages.items())
    yield _line("dltui", f"{machine.dltui}  Python {machine.python} ({machine.executable})")
    yield _line("packages", found or "none")
    if "torch" not in machine.packages:
        yield _line("", "! no PyTorch for this Python: trainings cannot start; pip install 'torch>=2.4'")
    yield _line("machine", f"{safe_text(machine.host)}  {_cores(machine)}  {_memory(machine)}")
    yield _line("runs", f"{short_path(str(machine.runs), 60)}  {_counted(runs)}{_disk(machine)}")
    yield _line("terminal", _terminal())
    yield from _gpus(machine)
    if machine.gpus.gpus:
        yield from _users(users)


def _line(label: str, text: str) -> str:
    return f"{label:<{_LABEL}}{text}".rstrip()


def _cores(machine: "Machine") -> str:
    return f"{machine.cores} core{'s' * (machine.cores != 1)} (load {machine.load:.1f})"


def _memory(machine: "Machine") -> str:
    sign = " !" if machine.memory_free < LITTLE_MEMORY * machine.memory_total else ""
    return f"memory {size(machine.memory_free)} free of {size(machine.memory_total)}{sign}"


def _disk(machine: "Machine") -> str:
    if machine.disk_free is None:
        return ""
    return f"  disk {size(machine.disk_free)} free{' !' if machine.disk_free < LITTLE_DISK else ''}"


def _counted(runs: "Sequence[RunSummary]") -> str:
    alive = sum(run.status.alive for run in runs)
    return f"{len(runs)} run{'s' * (len(runs) != 1)}" + (f", {alive} at work" if alive else "")


def _terminal() -> str:
    columns, rows = shutil.get_terminal_size()
    colours = "no colours ($NO_COLOR)" if os.environ.get("NO_COLOR") else os.environ.get("COLORTERM") or "256 colours"
    where = "tmux  " if os.environ.get("TMUX") else ""
    shown = f"{columns}x{rows}" if sys.stdout.isatty() else "none (output goes to a file or a pipe)"
    return f"{shown}  {os.environ.get('TERM', '$TERM is not set')}  {where}{colours}  {sys.stdout.encoding}"


def _gpus(machine: "Machine") -> Iterator[str]:
    seen = machine.gpus
    if not seen.gpus:
        yield _line("GPUs", f"none ({seen.trouble or 'the driver sees none'})")
        return
    yield _line("GPUs", f"NVIDIA driver {safe_text(seen.driver)}")
    for gpu in seen.gpus:
        yield f"  {gpu.index:>2}  {safe_text(gpu.name):<24}{gpu_line(gpu)}"


def gpu_line(gpu: "GpuStats") -> str:
    """Return use, memory, temperature and power, as far as they are known."""
    parts = [
        "" if gpu.util is None else f"{gpu.util:>3.0f} %",
        "" if gpu.mem is None else f"{size(gpu.mem)}" + ("" if gpu.mem_total is None else f" of {size(gpu.mem_total)}"),
        "" if gpu.temp is None else f"{gpu.temp:.0f} °C",
        "" if gpu.power is None else f"{gpu.power:.0f} W",
    ]
    return "  ".join(part for part in parts if part)


def _users(users: "Sequence[GpuUser]") -> Iterator[str]:
    yield _line("on them", "" if users else "no process of yours")
    for user in users:
        numbers = ",".join(map(str, user.gpus))
        memory = "" if user.memory is None else f"  {size(user.memory)}"
        yield f"  {user.pid:>8}  gpu {numbers}{memory}  {user.command[: _most_cells()]}"
        told = (
            f"{' ' * 12}no run of yours; 'dltui watch --pid {user.pid}' follows the logs that it writes"
            if user.run is None
            else f"{' ' * 12}run {safe_text(user.run.name)}"
        )
        yield told


def _most_cells() -> int:
    return max(40, shutil.get_terminal_size().columns - 40)


def _document(machine: "Machine", runs: "Sequence[RunSummary]", users: "Sequence[GpuUser]") -> dict[str, Any]:
    import msgspec

    return {
        "dltui": machine.dltui,
        "python": machine.python,
        "executable": machine.executable,
        "packages": machine.packages,
        "host": machine.host,
        "cores": machine.cores,
        "load": machine.load,
        "memory_free": machine.memory_free,
        "memory_total": machine.memory_total,
        "runs": str(machine.runs),
        "runs_found": len(runs),
        "runs_at_work": [run.name for run in runs if run.status.alive],
        "disk_free": machine.disk_free,
        "driver": machine.gpus.driver,
        "gpus": msgspec.to_builtins(list(machine.gpus.gpus)),
        "trouble": machine.gpus.trouble,
        "processes": [
            {
                "pid": user.pid,
                "command": user.command,
                "gpus": list(user.gpus),
                "memory": user.memory,
                "run": user.run and user.run.name,
            }
            for user in users
        ],
    }
