"""What the runs of a comparison are called: as short as keeps them apart."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """Return the last part of each path, with as many of the parts before it as make it another than the rest."""
    absolute = [path.absolute() for path in paths]
    depths = [1] * len(paths)
    while True:
        names = [_end(path, depth) for path, depth in zip(absolute, depths, strict=True)]
        often = Counter(names)
        deeper = [
            depth + 1 if often[name] > 1 and depth < len(path.parts) else depth
            for path, depth, name in zip(absolute, depths, names, strict=True)
        ]
        if deeper == depths:
            return names
        depths = deeper


def _end(path: Path, depth: int) -> str:
    return str(Path(*path.parts[-depth:]))
