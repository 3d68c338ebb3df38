"""Runs of Weights & Biases as they lie on the disk, offline or online: the ``.wandb`` file, or the folder it is in."""

from dataclasses import replace
from pathlib import Path

from dltui.errors import LogFormatError
from dltui.formats.meaning.facts_found import take_facts
from dltui.formats.reading.growing_file import GrowingFile
from dltui.formats.reading.protobuf import Damaged
from dltui.formats.reading.source import shown
from dltui.formats.reading.table import Table, TableBuilder
from dltui.formats.reading.tail import PIECE_BYTES, Advance
from dltui.formats.wandb.records import Decoder, Exit, History, Settings
from dltui.formats.wandb.wire import HEADER_BYTES, MAGIC, RecordReader
from dltui.log_options import LogOptions

NAME = "wandb"
SUFFIX = ".wandb"
_PRIVATE = "_"
"""How the names of what wandb notes for itself among the settings begin."""


def sniff(head: bytes, path: Path) -> bool:
    """Whether it begins as such a file, is called as one, or is a run's folder with one in it."""
    if path.is_dir():
        return _file_in(path) is not None
    return head.startswith(MAGIC) or path.suffix == SUFFIX


def tail(path: Path, options: LogOptions) -> "WandbTail":
    """Return a reader of the run. Its names are its own: ``options`` come later on the road."""
    file = _file_in(path) if path.is_dir() else path
    if file is None:
        raise LogFormatError(f"{shown(path)} holds no run of W&B: it has no file that ends in {SUFFIX}.")
    return WandbTail(file)


def runs_beneath(folder: Path) -> list[Path]:
    """Return the folders of the runs in a folder that wandb writes to (``wandb/``), the newest first."""
    try:
        inner = [each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()]  # latest-run is a link
    except OSError:
        return []
    runs = (each for each in inner if _file_in(each) is not None)
    return sorted(runs, key=lambda each: each.name.partition("run-")[2], reverse=True)  # offline-run-20261121_091639-id


class WandbTail:
    """Follows one ``.wandb`` file. A record that is not whole yet is waited for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = GrowingFile(path)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._records = RecordReader()
        self._decoder = Decoder()
        self._table = TableBuilder()
        self._config: dict[tuple[str, ...], object] = {}
        self._header = b""

    def advance(self, most: int = PIECE_BYTES) -> Advance:
        """Read what is new. Raises LogFormatError if it is no such file, or gone."""
        gain = self._file.read(most)
        if gain.anew:
            self._begin_anew()
        if len(self._header) < HEADER_BYTES:
            self._header += gain.data[: HEADER_BYTES - len(self._header)]
            if not MAGIC.startswith(self._header[: len(MAGIC)]):
                raise LogFormatError(f"{shown(self._path)} is not a run of W&B: it does not begin as one.")
        records = self._records.feed(gain.data)
        for record in records:
            self._take(record)
        return Advance(changed=gain.anew or bool(records), more=gain.more, share=gain.share)

    def finish(self) -> None:
        """Count a record that was cut off."""
        self._records.finish()

    def table(self) -> Table:
        """Return the rows so far. A run that has logged nothing yet is a run all the same."""
        self._table.facts = {}
        for path, value in self._config.items():
            take_facts({path[-1]: value}, self._table)
        self._table.known = not self._table.length
        table = self._table.build()
        return replace(table, skipped=table.skipped + self._records.skipped)

    def _take(self, record: bytes) -> None:
        try:
            found = self._decoder.decode(record)
        except Damaged:
            self._table.skipped += 1
            return
        if isinstance(found, History):
            self._table.add(found.cells)
        elif isinstance(found, Settings):
            self._config.update({path: value for path, value in found.config.items() if path[0][:1] != _PRIVATE})
        elif isinstance(found, Exit):
            self._table.ended = True
            self._table.failed = found.code != 0


def _file_in(folder: Path) -> Path | None:
    """The file of the run in its folder; the newest, should there be several."""
    try:
        files = [each for each in folder.iterdir() if each.suffix == SUFFIX and each.is_file()]
    except OSError:  # it may not be entered
        return None
    return max(files, key=lambda each: each.name, default=None)
