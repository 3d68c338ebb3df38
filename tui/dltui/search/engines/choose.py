"""Makes the engine that a person has chosen; what one of them alone needs is imported only then."""

from pathlib import Path

from dltui.errors import EngineError
from dltui.search.engines.engine import Engine
from dltui.search.study.options import Resources
from dltui.text import safe_text


def make_engine(name: str, folder: Path, resources: Resources, workers: int = 0) -> Engine:
    """Return the engine ``name`` for the study in ``folder``; ``workers``: jobs at a time, 0: as it suggests.

    Raises :class:`EngineError`.
    """
    match name:
        case "local":
            from dltui.search.engines.local import LocalEngine

            return LocalEngine(folder, resources, workers)
        case "slurm":
            from dltui.search.engines.slurm.engine import SlurmEngine

            return SlurmEngine(folder, resources)
        case "ray":
            from dltui.search.engines.ray.engine import RayEngine

            return RayEngine(folder, resources)
    raise EngineError(f"There is no engine {safe_text(name)!r}; there are local, slurm and ray.")
