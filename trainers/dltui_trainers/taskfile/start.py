"""The beginnings of task files: whole ones that train as they are, with the places to change marked by comments."""

from importlib.resources import files
from typing import Literal, get_args

Kind = Literal["numbers", "images", "tabular", "text"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def start_of(kind: Kind) -> str:
    """Return the text of a task file for data of that kind; nothing of it is run."""
    return (files(__package__) / "starts" / f"{kind}.py").read_text(encoding="utf-8")
