"""Puts a driver to work on a study, where none is, and waits until it can run something."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from socket import create_connection, gethostname
from typing import NoReturn

import msgspec

from dltui.errors import EngineError
from dltui.runs.launch import open_locked
from dltui.runs.liveness import is_locked
from dltui.search.engines.ray.cluster import OWN
from dltui.search.engines.ray.ledger import Ledger
from dltui.search.engines.ray.records import FOLDER, LOCK, LOG, DriverStood
from dltui.search.engines.ray.refusals import START
from dltui.search.study.options import Resources

JOIN_S = 60.0
"""So long a driver may take to join the cluster: Ray is imported and does so in 5 to 20 seconds."""
START_S = 240.0
"""So long it may take in all: nodes that are busy answer late whether they can run a trial."""
SILENT_AFTER_S = 60.0
"""A driver on another machine, whose lock may not be seen here, shows every few seconds that it lives."""
LOOK_S = 0.1
ANSWER_S = 10.0
_NEEDED = ("ray", "pandas", "pyarrow")
"""What of ``ray[tune]`` may be missing where only Ray is installed."""
_drivers: list[subprocess.Popen[bytes]] = []
"""Those that this process has put to work: kept, so that each is waited for once it has ended."""


def refuse_without_ray() -> None:
    """Raise :class:`EngineError` where Ray Tune is not installed. Nothing of it is imported for that."""
    if any(find_spec(name) is None for name in _NEEDED):
        raise EngineError("The Ray engine needs Ray Tune, which is not installed here: pip install 'dltui[ray]'")


def refuse_address(address: str) -> None:
    """Raise :class:`EngineError` for an address where no cluster can be, so far as that is told without Ray."""
    if address in ("", "auto", OWN):
        return
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise EngineError(
            f"--address {address} is no address of a Ray cluster: HOST:PORT, as 'ray start' tells it, such as "
            "10.0.0.1:6379 (not that of a Ray client, ray://), and the search begun on a node of it."
        )
    try:
        create_connection((host.strip("[]"), int(port)), ANSWER_S).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise EngineError(f"No Ray cluster answers at {address} ({reason}). {START}") from error


def is_at_work(study: Path, driver: DriverStood | None) -> bool:
    """Whether a driver works for the study; ``driver``: as it last told."""
    lock = study / FOLDER / LOCK
    _drivers[:] = [each for each in _drivers if each.poll() is None]
    if is_locked(lock):
        return True
    if driver is None or driver.host == gethostname() or driver.state in ("failed", "ended"):
        return False
    try:
        return time.time() - lock.stat().st_mtime < SILENT_AFTER_S
    except OSError:
        return False


def begin(study: Path, resources: Resources, ledger: Ledger) -> None:
    """Put a driver to work where there is none, and wait until it is ready. Raises :class:`EngineError`."""
    ledger.refresh()
    if is_at_work(study, ledger.driver) and _becomes_ready(study, ledger, None):
        return
    refuse_without_ray()
    refuse_address(resources.address)
    process = _spawn(study, resources)
    if not _becomes_ready(study, ledger, process):
        told = ledger.driver.error if ledger.driver is not None and _is_of(process, ledger.driver) else ""
        raise EngineError(told or f"The trials on Ray could not be begun; why stands in {study / FOLDER / LOG}.")


def _spawn(study: Path, resources: Resources) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-P", "-m", "dltui.search.engines.ray.driver", str(study.absolute())]
    words += ["--resources", msgspec.json.encode(resources).decode()]
    try:
        with _locked(study / FOLDER) as lock, (study / FOLDER / LOG).open("ab") as output:
            process = subprocess.Popen(
                [*words, "--lock-fd", str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(lock,),
                start_new_session=True,  # no terminal of ours can hang it up
            )
    except OSError as error:
        raise EngineError(f"Cannot begin the trials on Ray in {study / FOLDER}: {error.strerror}.") from error
    _drivers.append(process)
    return process


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """The lock, for the child to inherit."""
    lock = open_locked(folder / LOCK)
    try:
        yield lock
    finally:
        os.close(lock)


def _becomes_ready(study: Path, ledger: Ledger, process: subprocess.Popen[bytes] | None) -> bool:
    """Wait until the driver is ready that is at work: that begun as ``process``, or of an earlier engine. Return False
    where it has ended."""
    began = time.monotonic()
    while True:
        is_gone = not is_at_work(study, ledger.driver)  # first: what it wrote before it ended is then read
        ledger.refresh()
        driver = ledger.driver if process is None or _is_of(process, ledger.driver) else None
        state = driver.state if driver is not None else "starting"
        if is_gone or state == "ready":
            return not is_gone
        if time.monotonic() - began > (START_S if state == "joined" else JOIN_S):
            _give_up(study, process)
        time.sleep(LOOK_S)


def _is_of(process: subprocess.Popen[bytes], driver: DriverStood | None) -> bool:
    return driver is not None and driver.pid == process.pid


def _give_up(study: Path, process: subprocess.Popen[bytes] | None) -> NoReturn:
    if process is not None:
        process.kill()
        process.wait()
    raise EngineError(
        "The Ray cluster does not answer; is there one, and is it well ('ray status')? "
        f"What Ray said stands in {study / FOLDER / LOG}."
    )
