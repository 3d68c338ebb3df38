"""What is said to Slurm, and what is made of its answers."""

import pytest
from search.slurm_asked import STUDY, job_of

from dltui.search.engines.engine import Job, JobState
from dltui.search.engines.slurm.durations import seconds_in
from dltui.search.engines.slurm.listing import Entry, JobId, parse_accounts, parse_handle, parse_queue, parse_submitted
from dltui.search.engines.slurm.nodes import UNKNOWN_SLOTS, in_partition, limit_of, parse_nodes, slots_of
from dltui.search.engines.slurm.programs import LONGEST_WORDS, spoken
from dltui.search.engines.slurm.script import cluster_in, options_of, resource_options, script_of, warning_s
from dltui.search.engines.slurm.states import is_live, status_of
from dltui.search.study.options import Resources

NODES = """\
cpu*      |idle   |2/6/0/8    |(null)            |(null)                 |1-00:00:00|
cpu*      |drain  |0/0/8/8    |(null)            |(null)                 |1-00:00:00|
gpu       |mix    |8/56/0/64  |gpu:a100:8(S:0-1) |gpu:a100:3(IDX:0-2)    |infinite  |
gpu       |down*  |0/0/64/64  |gpu:8             |gpu:0                  |infinite  |
a greeting of the cluster
"""


def test_a_job_is_named_after_its_study_and_a_person_s_own_options_come_last() -> None:
    resources = Resources(gpus=2, cpus=8, memory="32G", time_limit="4:00:00", partition="gpu", account="ml")
    options = options_of(STUDY, job_of("t0007", resources, extra=("--qos=low",)), has_gpus=False)
    assert options == [
        f"--job-name=dltui-{STUDY.name}-t0007",
        f"--chdir={STUDY}",
        f"--output={STUDY}/jobs/t0007.out".replace("%", "%%"),
        "--open-mode=append",
        "--requeue",
        "--nodes=1",
        "--ntasks=1",
        "--cpus-per-task=8",
        "--gres=gpu:2",
        "--mem=32G",
        "--time=4:00:00",
        "--partition=gpu",
        "--account=ml",
        "--signal=B:TERM@60",
        "--qos=low",
    ]


def test_the_worker_takes_the_place_of_the_script_s_shell_and_spaces_in_its_path_hold() -> None:
    job = job_of("t0007", Resources(cpus=8, processes=2))
    start, threads, last = script_of(job).splitlines()
    assert (start, threads) == ("#!/bin/sh", "export OMP_NUM_THREADS=4")
    assert last.startswith("exec ") and last.endswith(f"-P -m dltui_trainers.job '{job.spec}'")


@pytest.mark.parametrize(
    ("resources", "has_gpus", "gpus"),
    [
        (Resources(), False, []),
        (Resources(), True, ["--gres=gpu:1"]),
        (Resources(processes=4), True, ["--gres=gpu:4"]),
        (Resources(gpus=0), True, []),
        (Resources(gpus=3), False, ["--gres=gpu:3"]),
    ],
)
def test_a_training_has_a_gpu_for_each_process_unless_somebody_says_otherwise(
    resources: Resources, has_gpus: bool, gpus: list[str]
) -> None:
    options = resource_options(resources, has_gpus)
    assert [each for each in options if each.startswith("--gres")] == gpus
    assert f"--cpus-per-task={resources.processes}" in options


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 5400),
        ("30:00", 1800),
        ("12:00:00", 43200),
        ("2-12", 216_000),
        ("2-12:30", 217_800),
        ("1-00:00:01", 86401),
        ("UNLIMITED", None),
        ("", None),
        ("-1", None),
        ("1:2:3:4", None),
    ],
)
def test_times_are_read_as_slurm_writes_them(text: str, seconds: int | None) -> None:
    assert seconds_in(text) == seconds


def test_a_training_is_told_of_its_end_in_time_but_not_as_it_begins() -> None:
    assert [warning_s(limit) for limit in ("", "1", "2", "1:00:00")] == [60, 15, 30, 60]


@pytest.mark.parametrize(
    ("state", "reason", "expected", "note"),
    [
        ("PENDING", "Priority", JobState.QUEUED, "others come first"),
        ("PENDING", "ReqNodeNotAvail, UnavailableNodes:node2", JobState.QUEUED, "its nodes are down or reserved"),
        ("PENDING", "QOSMaxJobsPerUserLimit", JobState.QUEUED, "a limit of the account: QOSMax Jobs Per User Limit"),
        ("PENDING", "Some\x1b[2JNewReason", JobState.QUEUED, "Some␛[2JNew Reason"),
        ("PENDING", "", JobState.QUEUED, ""),
        ("REQUEUED", "", JobState.QUEUED, ""),
        ("CONFIGURING", "", JobState.QUEUED, "its nodes are being made ready"),
        ("RUNNING", "", JobState.RUNNING, ""),
        ("COMPLETING", "TimeLimit", JobState.RUNNING, ""),
        ("SUSPENDED", "", JobState.RUNNING, "suspended"),
        ("A_NEW_STATE", "", JobState.RUNNING, "a new state"),
        ("COMPLETED", "", JobState.ENDED, ""),
        ("FAILED", "NonZeroExitCode", JobState.ENDED, "its process failed"),
        ("FAILED", "BadConstraints", JobState.ENDED, "the cluster has no such node"),
        ("TIMEOUT", "TimeLimit", JobState.ENDED, "out of time"),
        ("OUT_OF_MEMORY", "OutOfMemory", JobState.ENDED, "out of memory"),
        ("NODE_FAIL", "", JobState.ENDED, "its node failed"),
        ("PREEMPTED", "", JobState.ENDED, "preempted"),
        ("CANCELLED", "", JobState.ENDED, "cancelled"),
        ("CANCELLED by 0", "", JobState.ENDED, "cancelled by root"),
        ("CANCELLED by 4123456789", "", JobState.ENDED, "cancelled by 4123456789"),
    ],
)
def test_states_are_told_in_words(state: str, reason: str, expected: JobState, note: str) -> None:
    entry = Entry(id=JobId(1), state=state, reason=reason, name="dltui-x-t0000")
    status = status_of(entry)
    assert (status.state, status.note) == (expected, note)
    assert is_live(entry) is (expected is not JobState.ENDED)


@pytest.mark.parametrize(("used", "note"), [("58:30", "its time was nearly out"), ("12:30", "")])
def test_a_job_that_was_told_to_end_by_its_limit_has_completed_but_not_by_itself(used: str, note: str) -> None:
    entry = Entry(id=JobId(1), state="COMPLETED", used=used, limit="1:00:00", name="x")
    assert status_of(entry).note == note


def test_handles_say_the_cluster_where_there_are_several() -> None:
    for handle in ("slurm:12", "slurm:12;far-2"):
        id = parse_handle(handle)
        assert id is not None and id.handle == handle
    assert parse_submitted("Welcome!\n12;far-2\n") == JobId(12, "far-2")
    assert parse_submitted("Welcome!\n") is None
    assert [parse_handle(each) for each in ("local:12", "slurm:", "slurm:1;a b", "slurm:1\n", "slurm:٣")] == [None] * 5


def test_the_cluster_is_read_from_a_person_s_options() -> None:
    given = [(), ("-M", "far"), ("-Mfar",), ("--qos=low", "--clusters=far"), ("--clusters", "far"), ("-M",)]
    assert [cluster_in(extra) for extra in given] == ["", "far", "far", "far", "far", ""]


def test_lines_of_lists_that_are_none_are_left_out() -> None:
    listed = parse_queue("CLUSTER: far\n7|RUNNING|None|0:10|1:00|dltui-x-t0000|/a|b\nx|y\n9x|A|B|C|D|E|F\n", "far")
    assert [(entry.id, entry.reason, entry.folder) for entry in listed] == [(JobId(7, "far"), "", "/a|b")]
    accounted = parse_accounts("8|CANCELLED by 0|00:10|01:00|dltui-x-t0001\n8.batch|X\n")
    assert [(entry.id, entry.state) for entry in accounted] == [(JobId(8), "CANCELLED by 0")]


@pytest.mark.parametrize(
    ("partition", "cpus", "gpus", "slots"),
    [
        ("", 1, 0, 6),  # what is free on the default partition
        ("", 8, 0, 2),  # nothing is free: what would fit waits in the queue
        ("", 99, 0, 1),
        ("gpu", 4, 1, 5),
        ("gpu", 32, 1, 4),
        ("cpu,gpu", 1, 0, 32),  # as many as a search should have
        ("nowhere", 1, 0, UNKNOWN_SLOTS),
    ],
)
def test_so_many_jobs_at_a_time_as_fit(partition: str, cpus: int, gpus: int, slots: int) -> None:
    assert slots_of(in_partition(parse_nodes(NODES), partition), cpus, gpus) == slots


def test_the_longest_limit_of_a_partition_counts_and_none_is_none() -> None:
    nodes = parse_nodes(NODES)
    assert (limit_of(in_partition(nodes, "")), limit_of(in_partition(nodes, "cpu,gpu"))) == (86400, None)


def test_slurm_s_words_are_shortened_and_harmless() -> None:
    said = "sbatch: error: invalid partition specified: x\x1b]0;owned\x07\nsbatch: error: Batch job submission failed: "
    assert spoken(said + "No such thing\n") == "invalid partition specified: x␛]0;owned␇; No such thing"
    assert spoken("sbatch: unrecognized option '--x'\nTry \"sbatch --help\" for more information\n") == (
        "unrecognized option '--x'"
    )
    assert len(spoken("sbatch: error: " + "a" * 10_000)) == LONGEST_WORDS


def test_a_job_has_the_resources_that_it_is_given_not_those_of_the_study() -> None:
    job: Job = job_of("t0000", Resources(memory="2G"))
    assert "--mem=2G" in options_of(STUDY, job, has_gpus=False)
