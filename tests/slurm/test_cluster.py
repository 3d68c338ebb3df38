"""Trainings as jobs of a real Slurm: two nodes on this machine, one of which dies."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from runlogs import wait_until
from slurm.cluster import Cluster

from dltui.errors import EngineError
from dltui.formats import open_log, state_of
from dltui.runs import control
from dltui.search.engines.engine import Job, JobState, JobStatus
from dltui.search.engines.slurm.engine import SlurmEngine
from dltui.search.engines.slurm.listing import parse_handle
from dltui.search.study.options import Resources
from dltui_trainers.job_spec import JOBS, STOPPED_BY, JobSpec, attempts_in
from dltui_trainers.runlog import CHECKPOINTS

pytestmark = pytest.mark.slow
SHORT, ENDLESS = "5", "100000"
"""Epochs of digits: a moment, some seconds, and more than there is time for."""
AT_MOST_S = 120.0


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("100% of runs") / "digits-search-1"
    (folder / JOBS).mkdir(parents=True)
    return folder


@pytest.fixture(scope="module", autouse=True)
def timed(cluster: Cluster, study: Path) -> Iterator[str]:
    """A training with a time limit of a minute: the others run meanwhile."""
    engine = _engine(study)
    handle = engine.submit(_job(study, "timed", ENDLESS, node="node1", time_limit="1"))
    yield handle
    engine.cancel(handle)


def test_trials_run_on_both_nodes_and_another_engine_goes_on_with_their_handles(cluster: Cluster, study: Path) -> None:
    engine = _engine(study)
    jobs = [_job(study, f"t{number:04}", SHORT, node=f"node{number % 2 + 1}") for number in range(4)]
    handles = [engine.submit(job) for job in jobs]
    engine.close()

    engine = _engine(study)
    wait_until(lambda: _states(engine, handles) == {JobState.ENDED}, AT_MOST_S)

    assert {cluster.job(_number(handle))["NodeList"] for handle in handles} == {"node1", "node2"}
    assert [_ends(study, job.name) for job in jobs] == [["finished"]] * 4
    assert set(engine.poll(handles).values()) == {JobStatus(state=JobState.ENDED)}


def test_a_job_that_nobody_wrote_down_is_taken_up_goes_on_after_a_preemption_and_is_cancelled(
    cluster: Cluster, study: Path
) -> None:
    job = _job(study, "preempted", ENDLESS, node="node2")
    handle = _engine(study).submit(job)
    engine = _engine(study)
    assert engine.submit(job) == handle
    wait_until(lambda: _has_checkpoint(study / "preempted"), AT_MOST_S)

    cluster.preempt("node2")
    wait_until(lambda: engine.poll([handle], 0.5)[handle].note.startswith("again in the queue"), AT_MOST_S)
    wait_until(lambda: _has_checkpoint(study / "preempted.2"), AT_MOST_S)

    assert engine.poll([handle], 3.0)[handle].state is JobState.RUNNING
    assert _goes_on_from(study / "preempted.2") == "preempted"
    engine.cancel(handle)
    wait_until(lambda: _states(engine, [handle]) == {JobState.ENDED}, AT_MOST_S)
    assert engine.poll([handle])[handle].note == "cancelled"
    engine.cancel(handle)  # once more does no harm


def test_a_dead_node_s_trial_goes_on_from_its_checkpoint_and_one_that_runs_on_there_is_not_done_twice(
    cluster: Cluster, study: Path
) -> None:
    engine = _engine(study)
    dies, lives = _job(study, "dies", ENDLESS), _job(study, "lives", ENDLESS)  # on node2, which goes first
    handles = {job.name: engine.submit(job) for job in (dies, lives)}
    wait_until(lambda: all(_has_checkpoint(study / name) for name in handles), AT_MOST_S)

    cluster.kill_daemon("node2")
    cluster.kill_job("node2", _number(handles["dies"]))
    wait_until(lambda: _has_checkpoint(study / "dies.2"), AT_MOST_S)
    control.stop(study / "dies.2", by=STOPPED_BY)
    seen = _follow(engine, [handles["dies"]])
    wait_until(lambda: "another process is at work on lives" in lives.output.read_text(), AT_MOST_S)
    control.stop(study / "lives", by=STOPPED_BY)
    _follow(engine, [handles["lives"]])
    cluster.start_node("node2")

    assert [status.state for status in seen[handles["dies"]]][-1] is JobState.ENDED
    assert _ends(study, "dies") == [None, "stopped"]
    assert _goes_on_from(study / "dies.2") == "dies"
    assert _ends(study, "lives") == ["stopped"]
    assert "there is nothing to do" in lives.output.read_text()


def test_a_job_out_of_time_has_ended_and_goes_on_from_its_checkpoint_if_it_is_submitted_again(
    study: Path, timed: str
) -> None:
    engine = _engine(study)
    wait_until(lambda: _states(engine, [timed]) == {JobState.ENDED}, AT_MOST_S)
    assert engine.poll([timed])[timed].note == "its time was nearly out"
    assert _ends(study, "timed") == ["stopped"]

    handle = engine.submit(_job(study, "timed", ENDLESS, time_limit="1"))
    assert handle != timed
    wait_until(lambda: _has_checkpoint(study / "timed.2"), AT_MOST_S)
    control.stop(study / "timed.2", by=STOPPED_BY)
    wait_until(lambda: _states(engine, [handle]) == {JobState.ENDED}, AT_MOST_S)

    assert _ends(study, "timed") == ["stopped", "stopped"]


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        (Resources(partition="gold"), "no partition gold. There are: main, urgent."),
        (Resources(cpus=99), "Requested node configuration is not available"),
        (Resources(gpus=1), "Invalid generic resource"),
        (Resources(time_limit="soon"), "Invalid --time specification"),
        (Resources(time_limit="2:00:00"), "--time-limit 2:00:00 is more than the partition allows (60 minutes)"),
        (Resources(extra=("--golden",)), "unrecognized option '--golden'"),
    ],
)
def test_what_the_cluster_cannot_give_is_refused_before_anything_is_submitted(
    study: Path, resources: Resources, words: str
) -> None:
    with pytest.raises(EngineError) as refused:
        SlurmEngine(study, resources).start()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def _engine(study: Path) -> SlurmEngine:
    engine = SlurmEngine(study, Resources())
    engine.start()
    return engine


def _job(study: Path, name: str, epochs: str, node: str = "", time_limit: str = "10") -> Job:
    spec = study / JOBS / f"{name}.json"
    settings = {"epochs": epochs, "eval_every": "200"}  # a plan without end would be validated too seldom by itself
    spec.write_bytes(msgspec.json.encode(JobSpec(task="digits", settings=settings, command=["search"])))
    resources = Resources(time_limit=time_limit, extra=(f"--nodelist={node}",) if node else ())
    return Job(name=name, spec=spec, output=spec.with_suffix(".out"), resources=resources)


def _states(engine: SlurmEngine, handles: list[str]) -> set[JobState]:
    return {status.state for status in engine.poll(handles, 0.5).values()}


def _follow(engine: SlurmEngine, handles: list[str]) -> Mapping[str, list[JobStatus]]:
    """Return how each job stood, from now to the end of all of them."""
    seen: dict[str, list[JobStatus]] = {handle: [] for handle in handles}
    deadline = time.monotonic() + AT_MOST_S
    while any(not each or each[-1].state is not JobState.ENDED for each in seen.values()):
        assert time.monotonic() < deadline, seen
        for handle, status in engine.poll(handles, 0.5).items():
            if seen[handle][-1:] != [status]:
                seen[handle].append(status)
    return seen


def _has_checkpoint(run: Path) -> bool:
    return any((run / CHECKPOINTS).glob("*.pt"))


def _goes_on_from(attempt: Path) -> str:
    """Return the run whose checkpoint an attempt began with."""
    manifest = open_log(attempt).manifest
    assert manifest is not None and manifest.parent is not None and manifest.parent.step > 0
    return manifest.parent.run


def _ends(study: Path, job: str) -> list[str | None]:
    """Return how the log of each attempt ends, None for one that was cut off."""
    ends = (state_of(open_log(attempt)).end for attempt in attempts_in(study, job))
    return [end.status if end is not None else None for end in ends]


def _number(handle: str) -> int:
    id = parse_handle(handle)
    assert id is not None
    return id.number
