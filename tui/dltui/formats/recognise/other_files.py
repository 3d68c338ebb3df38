"""Files that lie beside the log of a training and are named in its place: told apart by their first bytes."""

from dltui.formats.reading.source import HEAD_BYTES, MARKS_OF_UTF_16

_COMPRESSED = "is compressed ({}): unpack it first, and name the log that is in it."
_ARCHIVE = "is an archive ({}): unpack it first, and name the log that is in it."
_CHECKPOINT = "is a checkpoint, not a log ({}): name the log that the training wrote beside it."
_ARRAYS = "holds arrays ({}), not a log: export them as CSV, with a name for each column."
_IMAGE = "is an image ({}): dltui reads the numbers of a log, not a picture of them."
_DOCUMENT = "is a document ({}), not a log: name the file with the numbers."
_PACKED = (b"PK\x03\x04", b"PK\x05\x06")
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x1f\x8b", _COMPRESSED, "gzip"),
    (b"BZh", _COMPRESSED, "bzip2"),
    (b"\xfd7zXZ\0", _COMPRESSED, "xz"),
    (b"\x28\xb5\x2f\xfd", _COMPRESSED, "zstd"),
    (b"\x04\x22\x4d\x18", _COMPRESSED, "lz4"),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE, "7z"),
    (b"\x89HDF\r\n\x1a\n", _CHECKPOINT, "HDF5"),
    (b"GGUF", _CHECKPOINT, "GGUF"),
    (b"\x93NUMPY", _ARRAYS, "NumPy"),
    (b"PAR1", _ARRAYS, "Parquet"),
    (b"ARROW1\0\0", _ARRAYS, "Arrow"),
    (b"\x89PNG\r\n\x1a\n", _IMAGE, "PNG"),
    (b"\xff\xd8\xff", _IMAGE, "JPEG"),
    (b"GIF8", _IMAGE, "GIF"),
    (b"%PDF-", _DOCUMENT, "PDF"),
)
_PICKLES = tuple(bytes((0x80, version)) for version in (2, 3, 4, 5))
_TAR_AT, _TAR = 257, b"ustar"
_HEADER_OF_SAFETENSORS = 8
_WIDE_SHARE = 0.8


def refusal(head: bytes) -> str:
    """Return why a file that begins so is no log, as the rest of a sentence about it; empty if that is not known."""
    for beginning, sentence, name in _BEGINNINGS:
        if head.startswith(beginning):
            return sentence.format(name)
    if head.startswith(_PACKED):
        return _of_zip(head)
    if head.startswith(_PICKLES):
        return _CHECKPOINT.format("pickle")
    if head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR:
        return _ARCHIVE.format("tar")
    if _is_safetensors(head):
        return _CHECKPOINT.format("safetensors")
    if _is_unmarked_utf_16(head):
        return "is UTF-16 without the mark at its beginning that says so: save it as UTF-8."
    return ""


def _of_zip(head: bytes) -> str:
    if b"/data.pkl" in head or b"/version" in head or b"/byteorder" in head:
        return _CHECKPOINT.format("PyTorch")
    if b".npy" in head[:200]:
        return _ARRAYS.format("NumPy")
    return _ARCHIVE.format("zip")


def _is_safetensors(head: bytes) -> bool:
    """Whether it begins with the length of a JSON object, and with that."""
    length = int.from_bytes(head[:_HEADER_OF_SAFETENSORS], "little")
    return length < 1 << 28 and head[_HEADER_OF_SAFETENSORS : _HEADER_OF_SAFETENSORS + 2] == b'{"'


def _is_unmarked_utf_16(head: bytes) -> bool:
    """Whether nearly each second byte is zero and hardly any other, as in English text of two bytes a character."""
    head = head[:HEAD_BYTES]
    first, second = head[::2], head[1::2]
    zeros = sorted((first.count(0) / max(len(first), 1), second.count(0) / max(len(second), 1)))
    is_wide = len(head) >= 8 and zeros[0] < 1 - _WIDE_SHARE and zeros[1] > _WIDE_SHARE
    return is_wide and not head.startswith(MARKS_OF_UTF_16)
