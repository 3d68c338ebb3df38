"""One cluster for all of these tests. Where Slurm cannot be installed they are skipped, and say why."""

import os
from collections.abc import Iterator

import pytest
from slurm.cluster import Cluster, NoSlurmError, install


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Start the cluster, and let everything that is started from here talk to it."""
    try:
        install()
    except NoSlurmError as error:
        pytest.skip(str(error))
    cluster = Cluster()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("SLURM", "SBATCH"))]:
            patch.delenv(name)
        patch.setenv("SLURM_CONF", str(cluster.configuration))
        patch.setenv("CUDA_VISIBLE_DEVICES", "")
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
