"""A Slurm that is made up: programs of its names on the PATH, which answer what a test says and note what was asked."""

from pathlib import Path

import msgspec

from dltui.search.engines.engine import Job
from dltui.search.study.options import Resources

STUDY = Path("/shared/my 100% runs/digits-search-1")
_PROGRAM = """#!/bin/sh
cd "{folder}"
echo "{name} $*" >> asked
env > {name}.env
[ {name} = sbatch ] && cat > script
answers={name}
[ -e "$answers" ] && cat "$answers"
[ -e "$answers.error" ] || exit 0
cat "$answers.error" >&2
exit 1
"""


def job_of(name: str, resources: Resources = Resources(), study: Path = STUDY, extra: tuple[str, ...] = ()) -> Job:  # noqa: B008
    """Return a job of ``study``."""
    spec = study / "jobs" / f"{name}.json"
    resources = msgspec.structs.replace(resources, extra=extra)
    return Job(name=name, spec=spec, output=spec.with_suffix(".out"), resources=resources)


class AskedSlurm:
    """The programs, in ``folder``, which is to be the first on the PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir(exist_ok=True)
        for name in ("sbatch", "squeue", "scancel", "sinfo", "sacct"):
            program = folder / "bin" / name
            program.write_text(_PROGRAM.format(folder=folder, name=name))
            program.chmod(0o755)

    def answers(self, program: str, text: str = "", error: str = "") -> None:
        """Let a program print ``text`` from now on, and fail with ``error`` if there is one."""
        (self.folder / program).write_text(text)
        failing = self.folder / f"{program}.error"
        failing.unlink(missing_ok=True)
        if error:
            failing.write_text(error)

    def asked(self, program: str) -> list[str]:
        """Return the words of each time that a program was asked."""
        log = self.folder / "asked"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line for line in lines if line.startswith(f"{program} ")]
