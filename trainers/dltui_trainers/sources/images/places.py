"""Where data sets of images lie: the usual places, what a folder holds, and what it is called.

=========================  ============================================================================
place                      who puts data there
=========================  ============================================================================
``$DLTUI_DATA``            you; several folders as in ``$PATH``
``data``, ``datasets``     of the current folder: torchvision, by what its examples give as ``root``
``~/data``, ``~/datasets`` the same
``~/.keras/datasets``      Keras (Fashion-MNIST; its MNIST is of another format)
``~/.cache``               scripts of all kinds
``/usr/share/datasets``    Debian (the package ``dataset-fashion-mnist``)
=========================  ============================================================================

In each of them the place itself, its folders, and their ``raw`` (torchvision: ``MNIST/raw``) are looked into.
"""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from dltui_trainers.sources.images import cifar, idx

VARIABLE = "DLTUI_DATA"
PLACES = ("data", "datasets", "~/data", "~/datasets", "~/.keras/datasets", "~/.cache", "/usr/share/datasets")
MOST_ENTRIES = 2000
"""Of a folder; what lies there beside more others is not found. EMNIST, the longest known, has less than 50."""
_SETTLED_NS = 2 * 10**9
"""A folder that was changed more lately may change again within the grain of its time."""
_RAW = "raw"
CIFAR_10, FASHION = "CIFAR-10", "Fashion-MNIST"
_NAMES = {"mnist": "MNIST", "fashion": FASHION, "fashionmnist": FASHION, "cifar": CIFAR_10, "cifar10": CIFAR_10}
"""What people write, without case and dashes."""
_FIRST_LABELS = {
    bytes([5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1, 7]): "MNIST",
    bytes([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9]): FASHION,
}
"""How the training labels begin, which tells the two apart: their files have the same names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSet:
    """A data set that was found, its files as yet unchecked. ``path`` is what ``data`` is set to."""

    name: str
    path: Path
    files: idx.IdxFiles | cifar.CifarFiles


def places() -> tuple[str, ...]:
    """Return the usual places, as a person writes them."""
    return (*filter(None, os.environ.get(VARIABLE, "").split(os.pathsep)), *PLACES)


def in_usual_places() -> Iterator[ImageSet]:
    """Yield the complete data sets in the usual places, those of an earlier place first."""
    seen = set()
    for place in places():
        for found in beneath(absolute(place)):
            if found.path not in seen:
                seen.add(found.path)
                yield found


def beneath(folder: Path) -> Iterator[ImageSet]:
    """Yield the complete data sets in ``folder``, in its folders, and in the ``raw`` of each."""
    yield from sets_in(folder)
    yield from sets_in(folder / _RAW)
    for name in _folders(folder):
        if name != _RAW:
            yield from sets_in(folder / name)
            yield from sets_in(folder / name / _RAW)


def sets_in(folder: Path) -> list[ImageSet]:
    """Return the complete data sets whose files lie in ``folder`` itself."""
    names = file_names(folder)
    found: list[ImageSet] = []
    if batches := cifar.files_in(folder, names):
        found.append(ImageSet(name=CIFAR_10, path=folder, files=batches))
    for prefix, members in sorted(idx.sets_in(folder, names).items()):
        if len(members) == len(idx.FIELDS):
            # Where several lie in one folder, what their names begin with stands for one of them.
            path = folder / prefix if prefix else folder
            files = idx.IdxFiles(**members)
            found.append(ImageSet(name=_name(folder, prefix, files), path=path, files=files))
    return found


def key(name: str) -> str:
    """Return ``name`` as it is compared: ``Fashion-MNIST`` and ``fashion_mnist`` are the same, as is ``fashion``."""
    return _plain(_NAMES.get(_plain(name), name))


def file_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the regular files in ``folder``, none if it cannot be read or is not there."""
    return _entries(folder, folders=False)


def _folders(folder: Path) -> tuple[str, ...]:
    return _entries(folder, folders=True)


def _entries(folder: Path, *, folders: bool) -> tuple[str, ...]:
    try:
        modified_ns = folder.stat().st_mtime_ns
        settled = time.time_ns() - modified_ns > _SETTLED_NS
        return (_listed(folder, modified_ns) if settled else _list(folder))[folders]
    except (OSError, ValueError):
        return ()


@lru_cache(maxsize=4096)
def _listed(folder: Path, modified_ns: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The same, listed again when the folder has changed: a form asks at every key."""
    return _list(folder)


def _list(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The regular files, and the folders."""
    with os.scandir(folder) as entries:
        first = sorted(islice(entries, MOST_ENTRIES), key=lambda entry: entry.name)
        return tuple(each.name for each in first if each.is_file()), tuple(each.name for each in first if each.is_dir())


def absolute(path: str) -> Path:
    """Return ``path`` as an absolute one, ``~`` expanded where there is such a user."""
    return Path(os.path.abspath(os.path.expanduser(path)))


def _name(folder: Path, prefix: str, files: idx.IdxFiles) -> str:
    """Its name by how its labels begin and, if that is unknown, by its files or its folder."""
    word = prefix or (folder.parent.name if folder.name == _RAW else folder.name)
    return _FIRST_LABELS.get(idx.first_values(files.train_labels, 16)) or _NAMES.get(_plain(word), word)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
