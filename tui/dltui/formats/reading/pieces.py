"""Lines in pieces of some size: what is worked on at once stays in the processor's cache."""

from collections.abc import Iterator


def pieces(lines: bytes, most: int) -> Iterator[bytes]:
    """Return whole lines of about ``most`` bytes at once; a longer line comes alone."""
    start = 0
    while start < len(lines):
        end = lines.rfind(b"\n", start, start + most) + 1 or lines.find(b"\n", start + most) + 1 or len(lines)
        yield lines[start:end]
        start = end
