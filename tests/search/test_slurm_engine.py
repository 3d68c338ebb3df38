"""The Slurm engine beside programs that answer as Slurm would, also when it is restarted, forgets, or refuses."""

from pathlib import Path

import pytest
from search.slurm_asked import AskedSlurm, job_of

from dltui.errors import EngineError
from dltui.search.engines.engine import JobState
from dltui.search.engines.slurm.engine import SlurmEngine
from dltui.search.engines.slurm.queue import Queue
from dltui.search.study.options import Resources

NODES = "cpu*|idle|0/8/0/8|(null)|(null)|1:00:00|\ngpu|idle|0/8/0/8|gpu:2|gpu:0|infinite|\n"
SILENT = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AskedSlurm:
    slurm = AskedSlurm(tmp_path)
    slurm.answers("sinfo", NODES)
    slurm.answers("sbatch", "7\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setattr(Queue, "POLL_S", 0.0)
    monkeypatch.setattr(Queue, "COST_FACTOR", 0.0)
    monkeypatch.setattr(Queue, "PER_JOB_S", 0.0)
    return slurm


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return tmp_path / "digits-search-1"


@pytest.fixture
def engine(slurm: AskedSlurm, study: Path) -> SlurmEngine:
    engine = SlurmEngine(study, Resources())
    engine.start()
    return engine


def _row(number: int, state: str, job: str, study: Path, reason: str = "None") -> str:
    return f"{number}|{state}|{reason}|0:10|1:00:00|dltui-{study.name}-{job}|{study}\n"


def test_all_jobs_are_asked_for_in_one_question_which_is_seldom_repeated(
    slurm: AskedSlurm, engine: SlurmEngine, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _row(7, "RUNNING", "t0000", study) + _row(8, "PENDING", "t0001", study, "Priority")
    slurm.answers("squeue", rows + "9|RUNNING|None|0:10|1:00:00|of another study|/x\n")
    first = engine.poll(["slurm:7", "slurm:8"])
    monkeypatch.setattr(Queue, "POLL_S", 1000.0)
    engine.poll(["slurm:7", "slurm:8"])
    slurm.answers("squeue", "")

    assert engine.poll(["slurm:7", "slurm:8"]) == first
    assert [(status.state, status.note) for status in first.values()] == [
        (JobState.RUNNING, ""),
        (JobState.QUEUED, "others come first"),
    ]
    assert len(slurm.asked("squeue")) == 2


def test_a_job_that_left_the_queue_is_looked_for_in_the_accounts_once(
    slurm: AskedSlurm, engine: SlurmEngine, study: Path
) -> None:
    slurm.answers("squeue", _row(7, "RUNNING", "t0000", study))
    engine.poll(["slurm:7"])
    slurm.answers("squeue", "")
    slurm.answers("sacct", f"7|OUT_OF_MEMORY|00:10|1:00:00|dltui-{study.name}-t0000\n")
    for _ in range(3):
        status = engine.poll(["slurm:7"])["slurm:7"]
    assert (status.state, status.note) == (JobState.ENDED, "out of memory")
    assert len(slurm.asked("sacct")) == 1


def test_a_job_that_nobody_knows_is_lost_but_not_at_once(
    slurm: AskedSlurm, engine: SlurmEngine, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slurm.answers("sacct", error="Slurm accounting storage is disabled\n")
    slurm.answers("squeue", _row(7, "RUNNING", "t0000", study))
    engine.poll(["slurm:7"])
    slurm.answers("squeue", _row(7, "RUNNING", "t0000", study).replace("dltui-", "somebody's-"))

    assert engine.poll(["slurm:7"])["slurm:7"].state is JobState.RUNNING
    monkeypatch.setattr(Queue, "LOST_AFTER_S", 0.0)
    assert engine.poll(["slurm:7"])["slurm:7"].state is JobState.LOST
    assert len(slurm.asked("sacct")) == 1


def test_while_slurm_is_silent_jobs_stand_as_they_stood_and_after_minutes_that_is_an_error(
    slurm: AskedSlurm, engine: SlurmEngine, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slurm.answers("squeue", _row(7, "RUNNING", "t0000", study))
    before = engine.poll(["slurm:7"])
    slurm.answers("squeue", error=SILENT)
    assert engine.poll(["slurm:7"]) == before

    monkeypatch.setattr(Queue, "PATIENCE_S", 0.0)
    with pytest.raises(EngineError, match=r"not answered for 0 minutes \(Unable to contact slurm controller"):
        engine.poll(["slurm:7"])

    slurm.answers("squeue", _row(7, "PENDING", "t0000", study, "BeginTime"))
    status = engine.poll(["slurm:7"])["slurm:7"]
    assert (status.state, status.note) == (JobState.QUEUED, "again in the queue: waits until it may begin")


def test_another_engine_that_finds_slurm_silent_says_that_jobs_wait(
    slurm: AskedSlurm, engine: SlurmEngine, study: Path
) -> None:
    slurm.answers("squeue", error=SILENT)
    assert engine.poll(["slurm:7"])["slurm:7"].state is JobState.QUEUED


def test_a_job_of_that_name_in_the_queue_is_taken_up_and_one_that_ended_or_is_another_folder_s_is_not(
    slurm: AskedSlurm, engine: SlurmEngine, study: Path
) -> None:
    rows = _row(3, "TIMEOUT", "t0000", study) + _row(4, "RUNNING", "t0001", study)
    slurm.answers("squeue", rows + _row(5, "RUNNING", "t0002", study).replace(f"|{study}", "|/elsewhere"))
    jobs = [job_of(f"t000{number}", study=study) for number in range(3)]
    assert [engine.submit(job) for job in jobs] == ["slurm:7", "slurm:4", "slurm:7"]
    assert "exec " in (slurm.folder / "script").read_text()


def test_a_job_that_was_taken_though_no_answer_came_is_not_submitted_twice(
    slurm: AskedSlurm, engine: SlurmEngine, study: Path
) -> None:
    slurm.answers("sbatch", error="sbatch: error: Batch job submission failed: Socket timed out on send/recv\n")
    with pytest.raises(EngineError, match="does not answer: Socket timed out"):
        engine.submit(job_of("t0000", study=study))
    slurm.answers("squeue", _row(7, "PENDING", "t0000", study))
    assert engine.submit(job_of("t0000", study=study)) == "slurm:7"
    assert len([words for words in slurm.asked("sbatch") if "--parsable" in words]) == 1


def test_a_job_of_another_cluster_is_asked_for_and_cancelled_there(slurm: AskedSlurm, study: Path) -> None:
    engine = SlurmEngine(study, Resources(extra=("-M", "far")))
    engine.start()
    slurm.answers("sbatch", "7;far\n")
    handle = engine.submit(job_of("t0000", study=study, extra=("-M", "far")))
    slurm.answers("squeue", "CLUSTER: far\n" + _row(7, "RUNNING", "t0000", study))
    assert engine.poll([handle, "local:3"])[handle].state is JobState.RUNNING
    engine.cancel(handle)
    engine.cancel(handle)  # a supervisor that waits for its end asks again and again
    engine.cancel("local:3")
    assert slurm.asked("scancel") == ["scancel --clusters=far 7"]
    assert all("--clusters=far" in words for words in slurm.asked("squeue") + slurm.asked("sinfo"))


def test_cancelling_what_has_ended_is_no_error_and_a_refusal_is(slurm: AskedSlurm, engine: SlurmEngine) -> None:
    slurm.answers("scancel", error="scancel: error: Kill job error on job id 7: Invalid job id specified\n")
    engine.cancel("slurm:7")
    slurm.answers("scancel", error="scancel: error: Kill job error on job id 8: Access/permission denied\n")
    with pytest.raises(EngineError, match=r"does not cancel job 8: .*permission denied"):
        engine.cancel("slurm:8")


def test_gpus_of_the_partition_are_used_unasked(slurm: AskedSlurm, study: Path) -> None:
    engine = SlurmEngine(study, Resources(partition="gpu"))
    engine.start()
    engine.submit(job_of("t0000", Resources(partition="gpu"), study=study))
    assert engine.slots == 2
    assert all("--gres=gpu:1" in words for words in slurm.asked("sbatch"))


def test_an_own_job_and_a_person_s_own_lists_do_not_get_in_the_way(
    slurm: AskedSlurm, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLURM_JOB_ID", "SLURM_CPUS_PER_TASK", "SQUEUE_PARTITION", "SLURM_CONF", "SBATCH_QOS"):
        monkeypatch.setenv(name, "x")
    engine = SlurmEngine(study, Resources())
    engine.start()
    engine.submit(job_of("t0000", study=study))
    seen = (slurm.folder / "sbatch.env").read_text()
    assert [name in seen for name in ("SLURM_JOB_ID", "SLURM_CPUS_PER_TASK", "SQUEUE_PARTITION")] == [False] * 3
    assert "SLURM_CONF=x" in seen and "SBATCH_QOS=x" in seen


def test_a_cluster_that_refuses_is_told_in_its_own_words(slurm: AskedSlurm, study: Path) -> None:
    slurm.answers("sbatch", error="sbatch: error: Batch job submission failed: Invalid account\x1b[2J or account\n")
    with pytest.raises(EngineError) as refused:
        SlurmEngine(study, Resources(account="x")).start()
    assert str(refused.value).startswith("Slurm refuses such jobs: Invalid account␛[2J or account. ")
    with pytest.raises(EngineError, match="Slurm refuses t0000: Invalid account"):
        SlurmEngine(study, Resources()).submit(job_of("t0000", study=study))

    slurm.answers("sbatch", error="allocation failure: Requested partition configuration not available now\n")
    SlurmEngine(study, Resources()).start()


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        (Resources(partition="gold\x1b"), "no partition gold␛. There are: cpu, gpu."),
        (Resources(time_limit="1:00:01"), "--time-limit 1:00:01 is more than the partition allows (60 minutes)"),
    ],
)
def test_what_slurm_would_take_and_never_begin_is_refused(
    slurm: AskedSlurm, study: Path, resources: Resources, words: str
) -> None:
    with pytest.raises(EngineError) as refused:
        SlurmEngine(study, resources).start()
    assert words in str(refused.value)
    assert slurm.asked("sbatch") == []


def test_without_slurm_a_person_is_told_where_there_is_one(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="no sbatch on the PATH"):
        SlurmEngine(study, Resources()).start()


def test_a_controller_that_is_down_is_told(slurm: AskedSlurm, study: Path) -> None:
    slurm.answers("sinfo", error="slurm_load_partitions: Unable to contact slurm controller (connect failure)\n")
    with pytest.raises(EngineError, match=r"Slurm does not answer: .*Unable to contact"):
        SlurmEngine(study, Resources()).start()
