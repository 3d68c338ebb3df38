"""The families of a list of runs: which run came from which, and the tree that they are drawn as.

Everything here costs in proportion to the runs, also where a manifest lies: a run that came from itself, two that came
from each other, a chain of ten thousand.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dltui.catalog.summary import OWN, RunSummary
from dltui_trainers.runlog import Parent

LEVEL_CELLS = 2
MOST_LEVELS = 8
"""Levels whose lines are drawn: of a chain that is longer the last ones."""

Parents = Mapping[Path, RunSummary]
"""The folder of a run -> the run that it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A run at its place in the list.

    ``stem``: the lines before its name, :data:`LEVEL_CELLS` a level; empty where its parent does not stand above it.
    ``depth``: how many do, its parent's parent and so on. ``parent``: the run that it came from, None if that is
    unknown.
    """

    run: RunSummary
    stem: str = ""
    depth: int = 0
    parent: RunSummary | None = None


def parents_of(runs: Sequence[RunSummary], root: Path | None = None) -> Parents:
    """Return the parent of each run that has one among the runs.

    A manifest tells its name only. It is looked for beside the child, then in ``root``, then anywhere if there is just
    one such run of the same task.
    """
    children = [run for run in runs if origin_of(run) is not None]
    if not children:
        return {}
    by_path = {str(run.folder): run for run in runs if run.format == OWN}
    by_name: dict[str, list[RunSummary]] = {}
    for path, run in by_path.items():
        by_name.setdefault(os.path.basename(path), []).append(run)
    found: dict[Path, RunSummary] = {}
    for child in children:
        parent = _beside(child, by_path, root) or _elsewhere(child, by_name)
        if parent is not None:
            found[child.folder] = parent
    _cut_rings(found)
    return found


def origin_of(run: RunSummary) -> Parent | None:
    """Return what the run tells of its parent; None if it came from none, or names what cannot be a run."""
    parent = run.manifest.parent if run.manifest is not None else None
    return None if parent is None or parent.run in ("", ".", "..") or "/" in parent.run else parent


def flat(shown: Sequence[RunSummary], parents: Parents) -> list[Member]:
    """Return the runs as they are, each by itself."""
    return [Member(run=run, parent=parents.get(run.folder)) for run in shown]


def tree(shown: Sequence[RunSummary], parents: Parents) -> list[Member]:
    """Return the runs with their children beneath them, in the order in which those began.

    A family stands where its first member in ``shown`` does. A child whose parent is not shown begins one of its own.
    """
    there = {run.folder for run in shown}
    above = {run.folder: parents[run.folder] for run in shown if run.folder in parents}
    above = {folder: parent for folder, parent in above.items() if parent.folder in there}
    if not above:
        return flat(shown, parents)
    children: dict[Path, list[RunSummary]] = {}
    for run in sorted((run for run in shown if run.folder in above), key=_age):
        children.setdefault(above[run.folder].folder, []).append(run)
    members: list[Member] = []
    placed: set[Path] = set()
    for run in shown:
        if run.folder not in placed:
            family = list(_family(_eldest(run, above), children, parents))
            placed.update(member.run.folder for member in family)
            members += family
    return members


def _beside(child: RunSummary, by_path: Mapping[str, RunSummary], root: Path | None) -> RunSummary | None:
    origin = origin_of(child)
    assert origin is not None
    for folder in (os.path.dirname(child.folder), root):
        found = None if folder is None else by_path.get(os.path.join(folder, origin.run))
        if found is not None and found is not child:
            return found
    return None


def _elsewhere(child: RunSummary, by_name: Mapping[str, list[RunSummary]]) -> RunSummary | None:
    origin = origin_of(child)
    assert origin is not None
    named = by_name.get(origin.run, [])
    others = [run for run in named[:3] if run is not child and run.task == child.task] if len(named) < 4 else []
    return others[0] if len(others) == 1 else None


def _cut_rings(found: dict[Path, RunSummary]) -> None:
    """Where runs claim to come from each other the one that began first came from none of them."""
    settled: set[Path] = set()
    for start in list(found):
        climbed: dict[Path, None] = {}
        at = start
        while at in found and at not in settled and at not in climbed:
            climbed[at] = None
            at = found[at].folder
        if at in climbed:
            way = list(climbed)
            ring = [found[folder] for folder in way[way.index(at) :]]
            del found[min(ring, key=_age).folder]
        settled.update(climbed)


def _eldest(run: RunSummary, above: Parents) -> RunSummary:
    while run.folder in above:
        run = above[run.folder]
    return run


def _family(eldest: RunSummary, children: Mapping[Path, list[RunSummary]], parents: Parents) -> Iterator[Member]:
    """The eldest and all that came from it, each above its own children."""
    waiting = [(eldest, "", "", 0)]
    while waiting:
        run, stem, beneath, depth = waiting.pop()
        yield Member(run=run, stem=stem, depth=depth, parent=parents.get(run.folder))
        own = children.get(run.folder, [])
        for child in reversed(own):
            is_last = child is own[-1]
            stem, line = beneath + _sign(child, is_last), beneath + ("  " if is_last else "│ ")
            waiting.append((child, stem[-_MOST_CELLS:], line[-_MOST_CELLS:], depth + 1))


_MOST_CELLS = MOST_LEVELS * LEVEL_CELLS


def _sign(child: RunSummary, is_last: bool) -> str:
    """The line to a child; broken where it took over the settings only, and began anew."""
    origin = origin_of(child)
    return ("└" if is_last else "├") + ("╌" if origin is not None and not origin.step else " ")


def _age(run: RunSummary) -> tuple[float, str]:
    return (run.began, run.name)
