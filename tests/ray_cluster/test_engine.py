"""Trainings on a real Ray cluster: nodes on this machine, one of which is lost."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jobs import ENDLESS, SMALL, has_trained, read_manifest, write_job
from ray.cluster_utils import Cluster
from runlogs import wait_until

from dltui.errors import EngineError
from dltui.runs import control
from dltui.runs.liveness import is_locked
from dltui.search.engines.engine import Job, JobState
from dltui.search.engines.ray.engine import RayEngine
from dltui.search.engines.ray.lines import Tail
from dltui.search.engines.ray.records import FOLDER, LOCK, STATUS, DriverStood, JobStood
from dltui.search.study.options import Resources
from dltui_trainers.attempts import end_of, is_final
from dltui_trainers.job_spec import STOPPED_BY, attempts_in
from ray_cluster.cluster import add_node, cluster, driver_of, is_at_work, lose_node

pytestmark = pytest.mark.slow
LONG_S = 120.0


@pytest.fixture(scope="module")
def nodes(ray_folder: Path) -> Iterator[Cluster]:
    """A cluster without a node for trials."""
    with cluster(ray_folder) as begun:
        yield begun


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return tmp_path / "study"


def engine_on(nodes: Cluster, study: Path) -> RayEngine:
    study.mkdir(exist_ok=True)
    return RayEngine(study, Resources(address=nodes.address))


def job(study: Path, name: str, settings: dict[str, str]) -> Job:
    spec = write_job(study, name, "digits", settings=settings)
    return Job(name=name, spec=spec, output=spec.with_suffix(".out"))


def state_of(engine: RayEngine, handle: str) -> JobState:
    return engine.poll([handle])[handle].state


def wait_for(engine: RayEngine, handles: list[str], state: JobState) -> None:
    wait_until(lambda: all(state_of(engine, each) is state for each in handles), LONG_S)


def has_checkpoint(folder: Path) -> bool:
    return any((folder / "checkpoints").glob("step-*.pt"))


def close(engine: RayEngine, study: Path) -> None:
    """Close it and wait for the end of its driver, which would otherwise look for the cluster for a minute."""
    engine.close()
    wait_until(lambda: not is_locked(study / FOLDER / LOCK), LONG_S)


def times_ended(study: Path, handle: str) -> int:
    told = [each for each in Tail(study / FOLDER / STATUS).read() if isinstance(each, JobStood)]
    return sum(each.handle == handle and each.state is JobState.ENDED for each in told)


def test_a_lost_node_is_survived(nodes: Cluster, study: Path) -> None:
    """Four trainings; the node is lost in the middle of two of them, which go on elsewhere from their checkpoints."""
    first = add_node(nodes, 2)
    engine = engine_on(nodes, study)
    engine.start()
    assert engine.slots == 2
    small = [engine.submit(job(study, f"t000{number}", SMALL)) for number in (0, 1)]
    large = [engine.submit(job(study, f"t000{number}", ENDLESS)) for number in (2, 3)]
    wait_until(lambda: all(has_checkpoint(study / name) for name in ("t0002", "t0003")), LONG_S)
    wait_for(engine, small, JobState.ENDED)
    add_node(nodes, 2)
    lose_node(nodes, first, study)

    later = RayEngine(study, Resources(address=nodes.address))  # the interface went and has come back meanwhile
    wait_until(lambda: all(has_trained(study / name) for name in ("t0002.2", "t0003.2")), LONG_S)
    wait_for(later, large, JobState.RUNNING)
    for name in ("t0002.2", "t0003.2"):
        parent = read_manifest(study / name).parent
        assert parent is not None and parent.run == name.partition(".")[0] and (parent.step or 0) > 0
        control.stop(study / name, by=STOPPED_BY)
    wait_for(later, [*small, *large], JobState.ENDED)
    for handle in (*small, *large):
        attempts = attempts_in(study, handle.partition(".")[0])
        assert len(attempts) == 1 + (handle in large)
        assert [is_final(each) for each in attempts] == [False] * (handle in large) + [True]
        assert times_ended(study, handle) == 1
    assert later.poll(small)[small[0]].note == ""
    close(later, study)


def test_what_is_cancelled_ends_and_what_a_dead_driver_left_goes_on(nodes: Cluster, study: Path) -> None:
    engine = engine_on(nodes, study)
    engine.start()
    handles = [engine.submit(job(study, f"t000{number}", ENDLESS)) for number in range(3)]
    assert engine.submit(job(study, "t0001", ENDLESS)) == handles[1]  # it is under way: not twice
    wait_until(lambda: has_checkpoint(study / "t0000") and has_checkpoint(study / "t0001"), LONG_S)
    engine.cancel(handles[2])
    assert engine.poll([handles[2]])[handles[2]].note == "cancelled"
    engine.cancel(handles[0])
    wait_for(engine, handles[:1], JobState.ENDED)
    end = end_of(study / "t0000")
    assert end is not None and end.status == "stopped"  # it was asked first, and could save where it was

    driver_of(study).kill()
    wait_for(engine, handles[1:2], JobState.LOST)
    wait_until(lambda: not is_at_work(study), LONG_S)  # nothing goes on that nobody knows of
    later = engine_on(nodes, study)
    assert later.submit(job(study, "t0001", ENDLESS)) == handles[1]
    wait_until(lambda: has_trained(study / "t0001.2"), LONG_S)
    later.cancel(handles[1])
    wait_for(later, handles, JobState.ENDED)
    assert not (study / "t0002").exists()
    close(later, study)
    told = [each.state for each in Tail(study / FOLDER / STATUS).read() if isinstance(each, DriverStood)]
    assert told == ["starting", "joined", "ready", "starting", "joined", "ready", "ended"]


def test_a_search_runs_on_the_cluster(nodes: Cluster, tmp_path: Path) -> None:
    """The command itself, whose supervisor is another process than what speaks with Ray."""
    words = ["search", "digits", "--engine", "ray", "--address", nodes.address, "--trials", "3", "--json"]
    words += ["--set", "epochs=2", "--set", "train_size=100", "--runs", str(tmp_path / "runs")]
    program = Path(sys.executable).with_name("dltui")
    done = subprocess.run([program, *words], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    trials = json.loads(done.stdout)["trials"]
    assert [each["number"] for each in trials] == [0, 1, 2]
    assert all(each["state"] in ("complete", "pruned") for each in trials)
    assert "ray" not in done.stderr.lower()  # what Ray has to say is in a file


def test_what_no_node_can_run_is_told_in_a_sentence(nodes: Cluster, study: Path) -> None:
    study.mkdir()
    with pytest.raises(EngineError, match=r"^No node of the Ray cluster has 1 CPU, 7 GPUs \(the most .*\); ask"):
        RayEngine(study, Resources(address=nodes.address, gpus=7)).start()
    assert not is_at_work(study)


def test_without_a_cluster_a_sentence_says_so(study: Path) -> None:
    study.mkdir()
    with pytest.raises(EngineError, match=r"^No Ray cluster answers at 127\.0\.0\.1:1 \(Connection refused\)\. Begin"):
        RayEngine(study, Resources(address="127.0.0.1:1")).start()


def test_the_interface_imports_nothing_of_ray() -> None:
    code = "import sys, dltui.search.engines.ray.engine; print([n for n in sys.modules if n.split('.')[0] == 'ray'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
