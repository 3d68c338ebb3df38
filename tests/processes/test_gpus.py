"""What a driver tells of the GPUs; it is made up."""

from drivers import Driver, MadeUpGpu

from dltui.processes.gpus import GpuProcess, look_at_gpus


def test_each_gpu_tells_what_it_can() -> None:
    driver = Driver(MadeUpGpu(processes=((7, 5 * 10**9), (8, None))), MadeUpGpu(util=None, temp=None, power=None))
    seen = look_at_gpus(driver)
    first, second = seen.gpus
    assert (first.index, first.util, first.mem, first.temp) == (0, 87.0, 12 * 10**9, 61.0)
    assert (first.power, first.power_limit, first.mem_total) == (340.0, 680.0, 139 * 10**9)
    assert (second.util, second.temp, second.power, second.mem) == (None, None, None, 12 * 10**9)
    assert seen.processes == (GpuProcess(pid=7, gpu=0, memory=5 * 10**9), GpuProcess(pid=8, gpu=0, memory=None))
    assert seen.driver == "570.86" and not seen.trouble and not driver.open


def test_a_gpu_that_is_lost_leaves_the_others() -> None:
    assert [gpu.index for gpu in look_at_gpus(Driver(MadeUpGpu(lost=True), MadeUpGpu())).gpus] == [1]


def test_without_a_driver_there_is_none_and_it_is_said_why() -> None:
    seen = look_at_gpus(Driver(missing="Shared Library Not Found"))
    assert seen.gpus == () and seen.trouble == "Shared Library Not Found"
