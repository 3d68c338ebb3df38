"""A cluster of Slurm that is thrown away: a controller and two nodes on this machine, everything in one folder.

Nothing of the machine's own Slurm, if it has one, is touched: own ports, own key, own socket, own configuration.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil
from runlogs import wait_until

PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
PROGRAMS = ("slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "munged", "mungekey")
NODES = ("node1", "node2")
ALLOWED = "DLTUI_INSTALL_SLURM"
READY_S = 60.0
_PLACES = "/usr/sbin:/sbin:/usr/bin"

# SlurmdTimeout: seconds of silence after which a node counts as dead (it becomes some 20: Slurm looks now and then).
# cred_expire: also how long a requeued job waits. linuxproc, task/none: no cgroups, which a container may not change.
# config_overrides: a node may have more processors than this machine. Weight: jobs that name no node go to node2 first.
CONFIGURATION = """
ClusterName=dltui
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=6
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/controller.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/controller.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_interval=2
MessageTimeout=5
SlurmctldTimeout=5
SlurmdTimeout=3
ReturnToService=2
KillWait=5
SlurmdParameters=config_overrides
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 Port={node1} CPUs=4 RealMemory=1000 Weight=2
NodeName=node2 NodeHostname={host} NodeAddr=127.0.0.1 Port={node2} CPUs=4 RealMemory=1000 Weight=1
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=node1,node2 Default=YES MaxTime=60 PriorityTier=1 State=UP
PartitionName=urgent Nodes=node1,node2 MaxTime=60 PriorityTier=2 State=UP
"""


class NoSlurmError(Exception):
    """Why there is no Slurm to be tested with."""


def install() -> None:
    """See that Slurm's programs are there, by Debian's packages where :data:`ALLOWED` says that these may be installed.

    Raises :class:`NoSlurmError`.
    """
    if not _missing():
        return
    if os.environ.get(ALLOWED) != "1":
        raise NoSlurmError(f"Slurm is not installed ({_missing()[0]}): 'make test-slurm' installs it")
    if shutil.which("apt-get") is None:
        raise NoSlurmError(f"Slurm is not installed ({_missing()[0]}), and there is no apt-get to install it")
    as_root = [] if os.getuid() == 0 else ["sudo", "-n"]
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        try:
            done = subprocess.run(
                [*as_root, "apt-get", *words], env=environment, capture_output=True, text=True, timeout=300
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoSlurmError(f"Slurm is not installed, and apt-get {words[0]} did not work: {error}") from error
        if done.returncode != 0:
            raise NoSlurmError(f"Slurm is not installed, and apt-get {words[0]} failed: {done.stderr.strip()[-200:]}")
    if _missing():
        raise NoSlurmError(f"Debian's packages of Slurm have no {_missing()[0]}")


class Cluster:
    """The cluster. ``configuration`` is what ``SLURM_CONF`` must be for all who talk to it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="dltui-slurm-"))  # a socket's path may not be long
        self.configuration = self.folder / "slurm.conf"
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start it, and wait until both nodes are idle."""
        names = ("controller", *NODES)
        ports = dict(zip(names, _free_ports(len(names)), strict=True))
        host, user = socket.gethostname().split(".")[0], psutil.Process().username()
        (self.folder / "state").mkdir()
        self.configuration.write_text(CONFIGURATION.format(folder=self.folder, host=host, user=user, **ports))
        self._start_munge()
        self._daemon("controller", "slurmctld", "-D")
        for node in NODES:
            self.start_node(node)
        try:
            wait_until(lambda: self.states() == dict.fromkeys(NODES, "idle"), READY_S)
        except AssertionError as error:
            raise RuntimeError(f"the cluster does not come up: {self.last_words()}") from error

    def start_node(self, node: str) -> None:
        """Start the daemon of a node."""
        self._daemon(node, "slurmd", "-D", "-N", node)

    def kill_daemon(self, node: str) -> None:
        """Kill the daemon of a node; its jobs are others' children, and go on."""
        self._daemons[node].kill()
        self._daemons[node].wait()

    def kill_job(self, node: str, number: int) -> None:
        """Kill all that there is of a job on a node, as if the node were gone."""
        for step in self._steps(node):
            if f"[{number}." in " ".join(step.cmdline()):
                _kill(step, *step.children(recursive=True))

    def preempt(self, node: str) -> None:
        """Submit somebody's urgent job, which wants all of a node for a moment."""
        self.ask("sbatch", "--partition=urgent", f"--nodelist={node}", "--exclusive", "--output=/dev/null", "--wrap=:")

    def states(self) -> dict[str, str]:
        """Return the nodes' states, empty while nobody answers."""
        answer = self.ask("sinfo", "--noheader", "--Node", "--format=%N %T")
        return dict(line.split() for line in answer.splitlines())

    def job(self, number: int) -> dict[str, str]:
        """Return what the controller knows of a job, empty if it knows nothing."""
        answer = self.ask("scontrol", "--oneliner", "show", "job", str(number))
        return dict(word.split("=", 1) for word in answer.split() if "=" in word)

    def ask(self, *words: str) -> str:
        """Return what one of Slurm's programs prints."""
        done = subprocess.run(words, env=self._environment(), capture_output=True, text=True, timeout=60)
        return done.stdout

    def last_words(self) -> str:
        """Return the ends of the daemons' logs."""
        return " / ".join(path.read_text(errors="replace")[-300:] for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """End everything, jobs included, and leave nothing behind."""
        steps = [step for node in NODES for step in self._steps(node)]
        _kill(*(each for step in steps for each in (step, *step.children(recursive=True))))
        for daemon in reversed(self._daemons.values()):
            daemon.kill()
            daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_munge(self) -> None:
        key = self.folder / "munge.key"
        subprocess.run([_path("mungekey"), "--create", f"--keyfile={key}"], check=True, timeout=60)
        files = {"socket": "munge.socket", "pid-file": "munge.pid", "log-file": "munge.log", "seed-file": "munge.seed"}
        options = [f"--{name}={self.folder / file}" for name, file in files.items()]
        self._daemon("munge", "munged", "--foreground", "--force", f"--key-file={key}", *options)
        wait_until(lambda: (self.folder / "munge.socket").exists(), READY_S)

    def _daemon(self, name: str, program: str, *options: str) -> None:
        with (self.folder / f"{name}.out").open("ab") as output:
            self._daemons[name] = subprocess.Popen(
                [_path(program), *options],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        return os.environ | {"SLURM_CONF": str(self.configuration)}

    def _steps(self, node: str) -> list[psutil.Process]:
        """Return the processes that hold the jobs on a node: they write to its log."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                is_step = process.cmdline()[:1] and process.cmdline()[0].startswith("slurmstepd")
                if is_step and any(file.path == str(self.folder / f"{node}.log") for file in process.open_files()):
                    found.append(process)
        return found


def _kill(*processes: psutil.Process) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)


def _missing() -> list[str]:
    return [name for name in PROGRAMS if _path(name) == ""]


def _path(program: str) -> str:
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{_PLACES}") or ""


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports
