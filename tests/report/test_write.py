"""A report goes to its file whole or not at all, and over nothing that somebody may still want."""

import os
from pathlib import Path

import pytest
from reports import report_of
from runlogs import whole_run

from dltui.errors import OutputError, UsageError
from dltui.report.write import FORMATS, format_for, render, write_report
from dltui.saving import save


@pytest.mark.parametrize(
    ("name", "begin"),
    [("x.html", "<!doctype"), ("x.HTM", "<!doctype"), ("x.md", "# "), ("x.svg", "<svg"), ("x.txt", "m")],
)
def test_the_name_says_the_format(tmp_path: Path, name: str, begin: str) -> None:
    write_report(tmp_path / name, [report_of(whole_run())])
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_name_that_says_none_is_refused(tmp_path: Path) -> None:
    for name in ("x.pdf", "x", ".html"):
        with pytest.raises(UsageError, match=r"\.html, \.md, \.svg or \.txt"):
            format_for(tmp_path / name)
    write_report(tmp_path / "x.pdf", [report_of(whole_run())], format="txt")
    assert {format_for(Path(f"a.{each}")) for each in FORMATS} == set(FORMATS)


def test_a_poster_is_of_one_run() -> None:
    with pytest.raises(UsageError, match="one run"):
        render([report_of([]), report_of([])], "svg")


def test_a_file_is_replaced_only_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("mine")
    with pytest.raises(UsageError, match="--force"):
        write_report(path, [report_of(whole_run())])
    assert path.read_text() == "mine"
    write_report(path, [report_of(whole_run())], force=True)
    assert path.read_text() != "mine"


def test_a_link_goes_on_pointing_where_it_did(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    save(link, [b"new"], force=True)
    assert link.is_symlink() and target.read_text() == "new"


def test_what_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    def pieces() -> object:
        yield b"begun"
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        save(tmp_path / "x", pieces(), force=False)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["missing/x.txt", "file/x.txt", "n" * 300 + ".txt"])
def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        save(tmp_path / name, [b""], force=True)


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        save(tmp_path, [b""], force=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no regular file"):
        save(tmp_path / "pipe", [b""], force=True)
