"""From what a person said of a space to the space: of a file, of words, of the catalogue where nobody says anything."""

from collections.abc import Mapping, Sequence

from dltui.errors import SpaceError
from dltui.search.space.checked import checked_dimension, checked_space
from dltui.search.space.default import default_space
from dltui.search.space.dimension import Space
from dltui.search.space.file import SpaceFile
from dltui.search.space.words import said_in
from dltui_trainers.registry import TaskInfo


def asked_space(
    task: TaskInfo,
    settings: Mapping[str, str],
    *,
    file: SpaceFile | None = None,
    over: Sequence[str] = (),
    architecture: bool = False,
) -> Space:
    """Return the space of a search of ``task`` beside ``settings``, which are given and have been configured.

    ``over`` are the words of ``--over``; what they name counts in the place of what the file says of it. Without a file
    and without words it is the task's own space. ``architecture`` adds what is tried of the network.
    Raises :class:`SpaceError`.
    """
    words = [said_in(word) for word in over]
    names = [each.name for each in words]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise SpaceError(f"--over names {name} twice; say in one word what to try of it.")
    said = [*(each for each in (file.said if file is not None else ()) if each.name not in names), *words]
    found = [checked_dimension(task, settings, each) for each in said]
    if architecture or (file is None and not words):
        there = {each.name for each in found}
        found = [
            *(each for each in default_space(task, settings, architecture).dimensions if each.name not in there),
            *found,
        ]
    return checked_space(task, settings, found)
