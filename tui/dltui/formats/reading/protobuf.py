"""The fields of a message in protobuf's encoding, without its description: what each means is the caller's to know."""

from collections.abc import Iterator

VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5
"""How a field is written: the last three bits of its key."""


class Damaged(Exception):
    """These bytes are no message."""


def key(number: int, wire: int) -> int:
    """Return the key of a field as :func:`fields` gives it."""
    return number << 3 | wire


def fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Return each field of a message: its key, and its whole number or else its bytes. Raises Damaged."""
    at, end = 0, len(message)
    while at < end:
        tag, at = varint(message, at)
        wire = tag & 7
        if wire == VARINT:
            number, at = varint(message, at)
            yield tag, number, b""
            continue
        if wire == LENGTH:
            size, at = varint(message, at)
        elif wire in (EIGHT_BYTES, FOUR_BYTES):
            size = 8 if wire == EIGHT_BYTES else 4
        else:  # groups, which protobuf gave up, and what never was
            raise Damaged
        if size > end - at:
            raise Damaged
        yield tag, 0, message[at : at + size]
        at += size


def varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the whole number that begins at ``at``, seven bits a byte, and where the next thing begins."""
    if at < len(message) and message[at] < 0x80:  # nearly always
        return message[at], at + 1
    number = 0
    for place, byte in enumerate(message[at : at + 10]):
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return number & 0xFFFFFFFFFFFFFFFF, at + place + 1
    raise Damaged


def signed(number: int) -> int:
    """Return a number that was written as 64 bits with its sign."""
    return number - (1 << 64) if number >> 63 else number


def text(content: bytes) -> str:
    """Return a field that is text; bytes that are no UTF-8 are replaced."""
    return content.decode("utf-8", errors="replace")
