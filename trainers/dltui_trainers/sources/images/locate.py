"""From what a person wrote as ``data`` to one data set of images: by nothing, by a name, or by a path."""

import os
from pathlib import Path

from dltui_trainers.errors import DataError, suggestion
from dltui_trainers.sources.files import shown
from dltui_trainers.sources.images import cifar, idx
from dltui_trainers.sources.images.places import (
    VARIABLE,
    ImageSet,
    absolute,
    beneath,
    file_names,
    in_usual_places,
    key,
    places,
    sets_in,
)

_FORMS = "the four files of MNIST's format (train-images-idx3-ubyte, ..., also .gz) or CIFAR-10's binary version"


def locate(data: str) -> ImageSet:
    """Return the data set that ``data`` means: empty is the first in the usual places, else a path or a name.

    Raises :class:`DataError` if there is none, or more than one in the folder that was named.
    """
    if not data:
        for found in in_usual_places():
            return found
        raise _nowhere("No images were found", [])
    path = absolute(data)
    return _at(path) or _called(data) or _refuse(data, path)


def _at(path: Path) -> ImageSet | None:
    """The data set that lies in ``path`` itself or, if there is one alone, beneath it."""
    for found in sets_in(path.parent):
        if found.path == path and path != path.parent:
            return found
    near = sets_in(path) or list(beneath(path))
    if len(near) > 1:
        others = ", ".join(shown(each.path) for each in near)
        raise DataError(f"data = {shown(path)} holds {len(near)} data sets: take one of {others}.")
    return near[0] if near else None


def _called(name: str) -> ImageSet | None:
    if "/" not in name:
        for found in in_usual_places():
            if key(name) in (key(found.name), key(found.path.name)):
                return found
    return None


def _refuse(data: str, path: Path) -> ImageSet:
    if os.path.isdir(path):  # which pathlib refuses to tell of a name that is too long
        raise DataError(f"data = {shown(path)} {_what_is_wrong(path)}")
    if os.path.isfile(path):
        packed = _unpack(path) if path.name == cifar.ARCHIVE else f"take its folder, {shown(path.parent)}."
        raise DataError(f"data = {shown(path)} is a file, and images are a folder; {packed}")
    if "/" in data:
        raise DataError(f"data = {shown(path)} is not there; take a folder with {_FORMS}.")
    raise _nowhere(f"data = {shown(data)} was not found", [found.name for found in in_usual_places()], data)


def _what_is_wrong(folder: Path) -> str:
    """What ``folder``, which holds no whole data set, should have."""
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}."
    names = file_names(folder)
    for members in idx.sets_in(folder, names).values():
        missing = [field.replace("_", " ") for field in idx.FIELDS if field not in members]
        there = ", ".join(sorted(shown(each.name) for each in members.values()))
        return f"has {there}, and not the {' and '.join(missing)}; all four files of MNIST's format are needed."
    parts = [*cifar.TRAIN, cifar.TEST]
    if not {*parts}.isdisjoint(names):
        missing = [each for each in parts if each not in names]
        return f"has files of CIFAR-10, and not {', '.join(missing)}; unpack {cifar.ARCHIVE} again."
    if cifar.PICKLED in names:
        return (
            f"holds CIFAR-10 as pickled Python, which could run anything when it is read; get the binary version"
            f" ({cifar.ARCHIVE}) from {cifar.PAGE}."
        )
    if cifar.ARCHIVE in names:
        return f"holds no images yet: {_unpack(folder / cifar.ARCHIVE)}"
    return f"holds no images that can be read here; take a folder with {_FORMS}."


def _unpack(archive: Path) -> str:
    return f"unpack it first: tar -xzf {shown(archive)} -C {shown(archive.parent)}"


def _nowhere(trouble: str, known: list[str], word: str = "") -> DataError:
    hint = suggestion(word, [each.lower() for each in known])
    names = f" There are {', '.join(map(shown, known))}.{hint}" if known else ""
    where = ", ".join(map(shown, places()))
    return DataError(
        f"{trouble} in {where}.{names} Put {_FORMS} there, let ${VARIABLE} name their folder, or write data=FOLDER."
    )
