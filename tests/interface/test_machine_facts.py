"""The machine in the header and in the facts: one GPU or several, what runs short, and what is not known."""

import pytest
from runlogs import manifest, step

from dltui.runs.reader import decode
from dltui.runs.status import RunStatus
from dltui.series.state import RunState
from dltui.widgets.facts_panel import Fact
from dltui.widgets.machine_facts import machine_facts, shortages, use_of_machine
from dltui_trainers.runlog import AnyRecord, GpuStats, SystemRecord, to_line

GB = 10**9


def gpu(index: int, **rest: float) -> GpuStats:
    return GpuStats(index=index, name="NVIDIA H100", util=90.0 - 10 * index, mem=30 * GB, temp=61.0 + index, **rest)


def system(**rest: object) -> SystemRecord:
    return SystemRecord(step=1, time=1.0, cpu=98.2, rss=3 * GB, **rest)  # type: ignore[arg-type]


def state_of(*records: AnyRecord) -> RunState:
    state = RunState()
    state.manifest, state.status = manifest(), RunStatus.RUNNING
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return state


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (system(), "cuda:0 98 % 3.0 GB"),
        (system(gpu_util=87.0, gpu_mem=10 * GB, gpu_temp=60.0), "cuda:0 87 % 10.0 GB 60 °C"),
        (system(gpus=[gpu(0)], gpu_util=90.0), "cuda:0 90 % 30.0 GB 61 °C"),
        (system(gpus=[gpu(0), gpu(1)], gpu_util=90.0), "2 GPUs 80–90 % 60.0 GB 62 °C"),
        (system(gpus=[GpuStats(index=0), GpuStats(index=1)]), "2 GPUs"),
        (system(gpus=[GpuStats(index=0, util=5.0), GpuStats(index=1, util=5.2)]), "2 GPUs 5 %"),
    ],
)
def test_the_header_tells_the_use_of_what_computes(record: SystemRecord, expected: str) -> None:
    assert use_of_machine(record, "cuda:0") == expected


def test_without_a_device_in_the_manifest_the_gpu_has_its_number() -> None:
    assert use_of_machine(system(gpus=[gpu(3)]), "").startswith("gpu 3 60 %")


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (system(), []),
        (system(disk_free=2 * GB, memory_free=30 * GB, memory_total=500 * GB), []),
        (system(disk_free=4 * 10**8), ["disk 400 MB left"]),
        (system(memory_free=20 * GB, memory_total=500 * GB), ["memory 20.0 GB left"]),
        (system(memory_free=5 * 10**8), ["memory 500 MB left"]),
    ],
)
def test_what_runs_short_is_said(record: SystemRecord, expected: list[str]) -> None:
    assert list(shortages(record)) == expected


def test_the_facts_tell_each_gpu_and_what_is_left() -> None:
    full = gpu(0, mem_total=85 * GB, power=350.0, power_limit=700.0)
    record = system(gpus=[full, GpuStats(index=5, name="Old")], cpus=64, memory_free=50 * GB, disk_free=10**8)
    steps = [step(number, 1.0) for number in range(1, 4)]
    for each, waits in zip(steps, (0.9, 0.05, 0.07), strict=True):
        each.data_wait = waits
    facts = list(machine_facts(state_of(*steps, record)))
    assert facts == [
        Fact("data wait", "7 %"),
        Fact("cpu", "98 %, 64 cores"),
        Fact("memory", "3.0 GB"),
        Fact("memory left", "50.0 GB"),
        Fact("disk left", "▲ 100 MB", changed=True),
        Fact("gpu 0", "90 % 30.0/85.0 GB 61 °C 350/700 W", whole="90 % 30.0/85.0 GB 61 °C 350/700 W NVIDIA H100"),
        Fact("gpu 5", "Old", whole="Old"),
    ]


def test_a_log_that_tells_nothing_has_no_facts() -> None:
    assert list(machine_facts(state_of(step(1, 1.0)))) == []
