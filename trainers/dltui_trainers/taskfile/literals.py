"""Reads ``hparams = {...}`` of a task file without running it: plain values, each with its line and its comment."""

import ast
import re
from dataclasses import dataclass
from typing import Any

from dltui_trainers.errors import TaskFileError
from dltui_trainers.taskfile.outline import Outline

_COMMENT = re.compile(r"[\s,})\]]*#\s*(.+)")
_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]{0,39}")
LONGEST_COMMENT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """One entry, and what the person has written behind it."""

    name: str
    value: Any
    line: int
    comment: str = ""


def literals(parts: Outline, source: str) -> tuple[Literal, ...]:
    """Return the entries of ``hparams``, none where there is none. Raises :class:`TaskFileError` with the line."""
    if "hparams" not in parts.names:
        return ()
    node = parts.hparams
    if node is None:
        raise TaskFileError(
            f"{parts.path.name}: hparams must be written out, as hparams = {{'epochs': 20}}: it is read without running"
            " the file."
        )
    lines = source.splitlines()
    found = [_literal(parts, lines, key, value) for key, value in _entries(parts, node)]
    names = [each.name for each in found]
    for each in found:
        if names.count(each.name) > 1:
            raise TaskFileError(f"{parts.path.name}:{each.line}: hparams names {each.name} twice.")
    return tuple(found)


def _entries(parts: Outline, node: ast.expr) -> list[tuple[ast.expr | str, ast.expr]]:
    """Of ``{"depth": 3}``, and of ``dict(depth=3)``."""
    if isinstance(node, ast.Dict) and None not in node.keys:
        return [(key, value) for key, value in zip(node.keys, node.values, strict=True) if key is not None]
    is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict"
    if isinstance(node, ast.Call) and is_call and not node.args and all(each.arg for each in node.keywords):
        return [(each.arg or "", each.value) for each in node.keywords]
    raise TaskFileError(
        f"{parts.place(node)}: hparams must be a plain dictionary, as {{'epochs': 20}}: it is read without running the"
        " file."
    )


def _literal(parts: Outline, lines: list[str], key: ast.expr | str, node: ast.expr) -> Literal:
    name = key if isinstance(key, str) else _plain(parts, key, "a name in hparams")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TaskFileError(
            f"{parts.place(node)}: hparams: {str(name)[:60]!r} cannot be the name of a hyperparameter: take letters,"
            " digits and _."
        )
    end = (node.end_lineno or node.lineno) - 1
    # Columns count bytes.
    rest = lines[end].encode()[node.end_col_offset or 0 :].decode(errors="replace") if end < len(lines) else ""
    comment = _COMMENT.fullmatch(rest.rstrip())
    return Literal(
        name=name,
        value=_plain(parts, node, f"hparams: {name}"),
        line=node.lineno,
        comment="".join(filter(str.isprintable, comment[1]))[:LONGEST_COMMENT] if comment else "",
    )


def _plain(parts: Outline, node: ast.expr, what: str) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise TaskFileError(
            f"{parts.place(node)}: {what} is {ast.unparse(node)[:60]}, and must be a plain value such as 3, 0.5 or"
            " 'text': it is read without running the file."
        ) from None
