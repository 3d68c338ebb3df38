"""Which mirrors a person wants: ``tensorboard``, ``wandb``, each with a place where that is not the usual one."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, get_args

from dltui.errors import UsageError
from dltui.text import safe_text
from dltui_trainers.errors import suggestion

Kind = Literal["tensorboard", "wandb"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One mirror. ``where``: of TensorBoard the folder of its event files, of W&B the project; empty: the usual one."""

    kind: Kind
    where: str = ""

    def __str__(self) -> str:
        return f"{self.kind}={self.where}" if self.where else self.kind


def wanted(words: Iterable[str]) -> tuple[Wanted, ...]:
    """Return the mirrors that ``words`` name: ``tensorboard``, ``tensorboard=FOLDER``, ``wandb``, ``wandb=PROJECT``.

    Raises :class:`UsageError` for a word that names none, and for a mirror that this Python cannot make.
    """
    found = []
    for word in words:
        name, _, where = word.partition("=")
        kind = next((each for each in KINDS if each == name.strip().lower()), None)
        if kind is None:
            raise UsageError(
                f"There is no mirror '{safe_text(name)}'.{suggestion(name, list(KINDS))} There are {', '.join(KINDS)}."
            )
        if kind == "wandb" and find_spec("wandb") is None:
            raise UsageError("A mirror to W&B needs its package, which is not installed here: pip install wandb.")
        found.append(Wanted(kind=kind, where=where.strip()))
    return tuple(dict.fromkeys(found))
