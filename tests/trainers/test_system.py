"""What is told of the machine, on machines that lack any part of it."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dltui_trainers.cgroup import MemoryLimit, memory_limits, processor_limit
from dltui_trainers.runlog import SystemRecord
from dltui_trainers.system import Room, SystemGauge
from dltui_trainers.used_gpus import VISIBLE, UsedGpus


class NVMLError(Exception):
    """What the driver's library raises."""


class Driver:
    """The NVIDIA driver's library, of a machine with as many GPUs as there are UUIDs."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, *uuids: str, users: dict[int, list[int]] | None = None, lacks: tuple[str, ...] = ()) -> None:
        self._uuids, self._users, self._lacks = uuids, users or {}, lacks
        self.opened = 0

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("nvml") and any(each in name for each in object.__getattribute__(self, "_lacks")):
            raise NVMLError(name)
        return object.__getattribute__(self, name)

    def nvmlInit(self) -> None:
        self.opened += 1

    def nvmlDeviceGetCount(self) -> int:
        return len(self._uuids)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        return index

    def nvmlDeviceGetUUID(self, handle: int) -> str:
        return self._uuids[handle]

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:
        return [SimpleNamespace(pid=pid) for pid in self._users.get(handle, [])]

    def nvmlDeviceGetMigMode(self, handle: int) -> list[int]:
        raise NVMLError("not supported")

    def nvmlDeviceGetName(self, handle: int) -> bytes:
        return b"NVIDIA A100"

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(gpu=90 + handle)

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:
        return SimpleNamespace(used=10 * 2**30, total=40 * 2**30)

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:
        return 60

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        return 250_500

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: int) -> int:
        return 400_000


@pytest.fixture(autouse=True)
def _script(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script that has not imported torch, and whose person chose no GPU."""
    for name in ("torch", "jax", "tensorflow", "cupy"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delenv(VISIBLE, raising=False)


def torch_with(monkeypatch: pytest.MonkeyPatch, *uuids: str | None, reserved: tuple[int, ...] = (0,)) -> None:
    """A torch that has memory on the devices ``reserved``."""
    cuda = SimpleNamespace(
        is_initialized=lambda: bool(uuids),
        device_count=lambda: len(uuids),
        memory_reserved=lambda number: 2**20 if number in reserved else 0,
        get_device_properties=lambda number: SimpleNamespace(**({"uuid": uuids[number]} if uuids[number] else {})),
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))


def indices(driver: Driver, pids: list[int] | None = None) -> list[int]:
    return [each.index for each in UsedGpus(driver).stats(pids)]


def test_a_gpu_tells_all_that_it_measures() -> None:
    (found,) = UsedGpus(Driver("GPU-a", users={0: [7]})).stats([7])
    assert (found.index, found.name, found.util, found.temp) == (0, "NVIDIA A100", 90.0, 60.0)
    assert (found.mem, found.mem_total) == (10 * 2**30, 40 * 2**30)
    assert (found.power, found.power_limit) == (250.5, 400.0)


@pytest.mark.parametrize("lacks", ["Utilization", "Memory", "Temperature", "Power", "Name"])
def test_a_sensor_that_is_not_there_is_left_out(lacks: str) -> None:
    (found,) = UsedGpus(Driver("GPU-a", users={0: [7]}, lacks=(lacks,))).stats([7])
    told = (found.util, found.mem, found.temp, found.power, found.name)
    assert sum(each in (None, "") for each in told) == 1


def test_the_gpus_are_those_on_which_torch_has_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver("GPU-a", "GPU-b", "GPU-c")
    torch_with(monkeypatch, "c", "a", reserved=(0,))  # as CUDA_VISIBLE_DEVICES=2,0 numbers them
    assert indices(driver) == [2]
    torch_with(monkeypatch, "c", "a", reserved=(0, 1))
    assert indices(driver) == [0, 2]


def test_an_old_torch_is_read_by_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    torch_with(monkeypatch, None, None, reserved=(1,))
    assert indices(Driver("GPU-a", "GPU-b", "GPU-c")) == [1]
    monkeypatch.setenv(VISIBLE, "0,2")
    assert indices(Driver("GPU-a", "GPU-b", "GPU-c")) == [2]


def test_a_training_on_the_processor_does_not_open_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    torch_with(monkeypatch)
    driver = Driver("GPU-a")
    assert indices(driver) == [] and not driver.opened


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("1", [1]), ("GPU-bb", [1]), ("0,GPU-b", [0, 1]), ("0,-1,1", [0]), ("", []), ("-1", []), ("7", []), ("x", [])],
)
def test_without_torch_they_are_those_that_the_person_chose(
    monkeypatch: pytest.MonkeyPatch, chosen: str, expected: list[int]
) -> None:
    monkeypatch.setenv(VISIBLE, chosen)
    assert indices(Driver("GPU-aa", "GPU-bbb")) == expected


def test_other_processes_use_what_the_driver_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "0")
    driver = Driver("GPU-a", "GPU-b", "GPU-c", users={1: [5, 6], 2: [6]})
    assert indices(driver, [5]) == [1] and indices(driver, [6]) == [1, 2] and indices(driver, [9]) == []


@pytest.mark.parametrize("lacks", ["Init", "Count", "HandleByIndex", "UUID", "Processes"])
def test_a_driver_that_is_half_there_is_no_trouble(monkeypatch: pytest.MonkeyPatch, lacks: str) -> None:
    driver = Driver("GPU-a", users={0: [5]}, lacks=(lacks,))
    gpus = UsedGpus(driver)
    assert gpus.stats([5]) == [] and gpus.stats([5]) == []


def test_a_gpu_that_is_used_late_is_found() -> None:
    driver = Driver("GPU-a")
    gpus = UsedGpus(driver)
    assert gpus.stats([5]) == []
    driver._users = {0: [5]}
    assert [each.index for each in gpus.stats([5])] == [0]


def test_a_record_tells_of_the_process_and_the_machine(tmp_path: Path) -> None:
    gauge = SystemGauge(tmp_path, nvml=Driver(lacks=("Init",)))
    record = gauge.record(3)
    assert record.step == 3 and record.rss > 0 and record.gpus == [] and record.gpu_util is None
    assert record.cpus and record.memory_total and record.disk_free
    assert 0 < (record.memory_free or 0) <= record.memory_total
    assert not gauge.due()


def test_the_first_gpu_stands_in_the_old_places_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VISIBLE, "1")
    record = SystemGauge(tmp_path, nvml=Driver("GPU-a", "GPU-b")).record(1)
    assert [each.index for each in record.gpus] == [1]
    assert (record.gpu_util, record.gpu_mem, record.gpu_temp) == (91.0, 10 * 2**30, 60.0)


def test_a_folder_that_was_removed_has_no_disk(tmp_path: Path) -> None:
    for folder in (tmp_path / "gone", None):
        record = SystemRecord(step=0, time=0.0, cpu=0.0, rss=0)
        Room(folder).add_to(record)
        assert record.disk_free is None and record.memory_free


def put(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_the_limits_of_every_group_are_met(tmp_path: Path) -> None:
    root, membership = tmp_path / "cgroup", tmp_path / "self"
    membership.write_text("0::/slurm/job/step\n")
    put(root / "slurm/job/step", memory__max="max\n", memory__current="5\n", cpu__max="max 100000\n")
    put(root / "slurm/job", memory__max="1000\n", memory__current="700\n", memory__stat="anon 1\ninactive_file 200\n")
    put(root / "slurm/job", cpu__max="250000 100000\n")
    assert list(memory_limits(membership, root)) == [MemoryLimit(1000, 500)]
    assert processor_limit(membership, root) == 3


def test_the_limits_of_the_first_version(tmp_path: Path) -> None:
    root, membership = tmp_path / "cgroup", tmp_path / "self"
    membership.write_text("4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n")  # as it is called outside
    put(
        root / "memory",
        memory__limit_in_bytes="2000",
        memory__usage_in_bytes="900",
        memory__stat="total_inactive_file 0",
    )
    put(root / "cpu", cpu__cfs_quota_us="50000", cpu__cfs_period_us="100000")
    assert [(each.total, each.free) for each in memory_limits(membership, root)] == [(2000, 1100)]
    assert processor_limit(membership, root) == 1


@pytest.mark.parametrize("text", ["", "nonsense", "0::/../../etc\n", "0::/\n"])
def test_without_limits_there_is_the_machine(tmp_path: Path, text: str) -> None:
    membership = tmp_path / "self"
    membership.write_text(text)
    put(tmp_path / "cgroup", memory__max="max", cpu__max="junk")
    assert list(memory_limits(membership, tmp_path / "cgroup")) == []
    assert processor_limit(membership, tmp_path / "cgroup") is None
    assert processor_limit(tmp_path / "missing", tmp_path / "missing") is None
