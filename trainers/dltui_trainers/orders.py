"""What is said to the warm process and what it answers: one JSON object a line, without torch.

See :mod:`dltui_trainers.warm`, which reads orders from its standard input and writes replies to its standard output.
"""

from typing import TypeAlias

import msgspec

NO_ORDER = -1
"""The id of a refusal that answers no order: the line was none."""


class Train(msgspec.Struct, tag_field="order", tag="train", kw_only=True, frozen=True):
    """Begin a training of ``task`` in the new ``folder``, an absolute path whose parent is there.

    ``command`` is what a person typed, for the manifest.
    """

    id: int
    folder: str
    task: str
    settings: dict[str, str]
    command: list[str]


class RunJob(msgspec.Struct, tag_field="order", tag="job", kw_only=True, frozen=True):
    """Do the job of a search that stands in the file ``spec``, as :mod:`dltui_trainers.job` does it.

    ``output``: where what it prints goes before its run has a folder. ``environment``: variables of its own, such as
    ``CUDA_VISIBLE_DEVICES``. Both paths are absolute.
    """

    id: int
    spec: str
    output: str
    environment: dict[str, str] = {}


class Look(msgspec.Struct, tag_field="order", tag="look", kw_only=True, frozen=True):
    """Look at the data of ``task``, and write a :data:`dltui_trainers.looked.Looked` to the absolute path ``answer``.

    Each of ``models`` holds settings that are added to ``settings``: a network to be built and measured.
    """

    id: int
    answer: str
    task: str
    settings: dict[str, str]
    models: list[dict[str, str]] = []


class Ready(msgspec.Struct, tag_field="reply", tag="ready", kw_only=True, frozen=True):
    """The warm process has imported everything; what is ordered from now on begins at once."""

    pid: int


class Started(msgspec.Struct, tag_field="reply", tag="started", kw_only=True, frozen=True):
    """The order ``id`` is at work in the process ``pid``; ``mark``: see :mod:`dltui_trainers.process_mark`."""

    id: int
    pid: int
    mark: str = ""


class Ended(msgspec.Struct, tag_field="reply", tag="ended", kw_only=True, frozen=True):
    """The process of the order ``id`` is gone: ``status`` is its exit code, or minus the signal that killed it."""

    id: int
    status: int


class Refused(msgspec.Struct, tag_field="reply", tag="refused", kw_only=True, frozen=True):
    """Nothing was started for the order ``id`` (:data:`NO_ORDER`: for a line that is none), and why, in a sentence."""

    id: int
    reason: str


AnyOrder: TypeAlias = Train | RunJob | Look
Reply: TypeAlias = Ready | Started | Ended | Refused

order_decoder = msgspec.json.Decoder(AnyOrder)
"""Decodes one line. Raises ``msgspec.DecodeError`` for what is no order."""
reply_decoder = msgspec.json.Decoder(Reply)


def to_line(message: AnyOrder | Reply) -> bytes:
    """Return the message as one line of JSON, newline included."""
    return msgspec.json.encode(message) + b"\n"


class Lines:
    """Cuts what comes through a pipe into lines: one that has no end yet waits for it."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, block: bytes) -> list[bytes]:
        """Return the lines that are whole with ``block``, without those that are empty."""
        self._rest += block
        whole, newline, rest = self._rest.rpartition(b"\n")
        if not newline:
            return []
        self._rest = bytearray(rest)
        return [bytes(line) for line in whole.split(b"\n") if line.strip()]
