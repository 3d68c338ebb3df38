"""The outline of a task file, or of one class in it: its functions, its ``hparams``, and what they look at in ``h``."""

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dltui_trainers.errors import TaskFileError, suggestion

Function = ast.FunctionDef | ast.AsyncFunctionDef
H = "h"
"""What functions beside ``load`` and ``build_model`` call the hyperparameters, if they are handed on."""


@dataclass(frozen=True, slots=True)
class Found:
    """A function. ``skipped``: the first argument is the class, which is given by Python."""

    node: Function
    skipped: bool = False

    @property
    def arguments(self) -> list[str]:
        """The names of those that may be given by their place."""
        names = [each.arg for each in (*self.node.args.posonlyargs, *self.node.args.args)]
        return names[1:] if self.skipped else names

    @property
    def first(self) -> str:
        """The name of the first one."""
        return next(iter(self.arguments), "")

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many."""
        arguments, given = self.node.args, len(self.arguments)
        optional = len(arguments.defaults)
        if any(default is None for default in arguments.kw_defaults):
            return False
        return given - optional <= count <= given or (arguments.vararg is not None and given - optional <= count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """``names`` are all that there are, ``functions`` those that are written here; ``hparams`` is what stands behind
    that name, None where it is not written out. ``mentions``: what is looked at in ``h``."""

    path: Path
    docstring: str
    names: frozenset[str]
    functions: dict[str, Found]
    hparams: ast.expr | None
    mentions: frozenset[str]
    looked_at: tuple[tuple[str, ast.AST], ...] = field(default=())

    def place(self, node: ast.AST) -> str:
        """Return where that is, for a person: ``task.py:12``."""
        return f"{self.path.name}:{getattr(node, 'lineno', 0)}"

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Refuse a name in ``h`` that is none. Raises :class:`TaskFileError`."""
        for name, node in self.looked_at:
            if name not in known:
                raise TaskFileError(
                    f"{self.place(node)}: there is no hyperparameter '{name}'.{suggestion(name, list(known))} One of"
                    f" your own needs a default in hparams = {{'{name}': ...}}."
                )


def outline(tree: ast.Module, path: Path, member: str) -> Outline:
    """Return the outline of a file, or of its class ``member``. Raises :class:`TaskFileError`."""
    classes = {each.name: each for each in _statements(tree.body) if isinstance(each, ast.ClassDef)}
    if member and member not in classes:
        raise TaskFileError(f"There is no class {member} in {path.name}.{suggestion(member, list(classes))}")
    bodies, is_whole = _bodies(classes[member], classes) if member else ([tree.body], not _imports_all(tree))
    names: dict[str, ast.stmt] = {}
    for body in reversed(bodies):  # what a class has itself comes before what it inherits
        for statement in _statements(body):
            names.update(dict.fromkeys(_bound(statement), statement))
    if "load" not in names and is_whole:
        raise _no_load(path, member, [] if member else [each for each in classes if _has_load(classes[each], classes)])
    functions = {
        name: Found(node, skipped=bool(member) and _is_of_class(node))
        for name, node in names.items()
        if isinstance(node, Function)
    }
    looked_at = tuple(_looked_at(functions))
    mentions = {name for name, _ in looked_at} | _handed_on(tree)
    node = classes[member] if member else tree
    return Outline(
        path=path,
        docstring=ast.get_docstring(node) or "",
        names=frozenset(names),
        functions=functions,
        hparams=_value_of(names.get("hparams")),
        mentions=frozenset(mentions),
        looked_at=looked_at,
    )


def _bodies(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> tuple[list[list[ast.stmt]], bool]:
    """What a class has itself, then what it inherits within the file; and whether that is all."""
    bodies, is_whole, waiting, seen = [], True, [node], set()
    while waiting:
        each = waiting.pop(0)
        if each.name in seen:
            continue
        seen.add(each.name)
        bodies.append(each.body)
        for base in each.bases:
            if isinstance(base, ast.Name) and base.id in classes:
                waiting.append(classes[base.id])
            elif not (isinstance(base, ast.Name) and base.id == "object"):
                is_whole = False
    return bodies, is_whole


def _has_load(node: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> bool:
    bodies, _ = _bodies(node, classes)
    return any("load" in _bound(statement) for body in bodies for statement in _statements(body))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Those of a body, with what stands in an ``if``, a ``try`` or a ``with``."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(statement, part, []))
            for handler in getattr(statement, "handlers", []):
                yield from _statements(handler.body)


def _bound(statement: ast.stmt) -> list[str]:
    """The names that a statement gives something to."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [statement.name]
        case ast.Import() | ast.ImportFrom():
            return [each.asname or each.name.partition(".")[0] for each in statement.names]
        case ast.Assign():
            return [each.id for target in statement.targets for each in ast.walk(target) if isinstance(each, ast.Name)]
        case ast.AnnAssign() if isinstance(statement.target, ast.Name) and statement.value is not None:
            return [statement.target.id]
    return []


def _imports_all(tree: ast.Module) -> bool:
    return any(
        isinstance(each, ast.ImportFrom) and any(name.name == "*" for name in each.names)
        for each in _statements(tree.body)
    )


def _is_of_class(node: Function) -> bool:
    return any(isinstance(each, ast.Name) and each.id == "classmethod" for each in node.decorator_list)


def _value_of(statement: ast.stmt | None) -> ast.expr | None:
    match statement:
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign():
            return statement.value
    return None


def _looked_at(functions: dict[str, Found]) -> Iterator[tuple[str, ast.AST]]:
    """What ``load`` and ``build_model`` look at in their first argument, whatever they call it."""
    for name in ("load", "build_model"):
        found = functions.get(name)
        if found is not None and found.first and not _is_given_anew(found.node, found.first):
            yield from attributes_of(found.node, {found.first})


def _is_given_anew(node: Function, name: str) -> bool:
    """Whether the name means something else later on, as h often does in a network."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id == name and not isinstance(each.ctx, ast.Load):
            return True
        if isinstance(each, Function | ast.Lambda) and each is not node:
            inner = [arg.arg for arg in (*each.args.posonlyargs, *each.args.args, *each.args.kwonlyargs)]
            if name in inner:
                return True
    return False


def _handed_on(tree: ast.Module) -> set[str]:
    """What other functions look at in an argument that is called h, or the like of it."""
    return {
        name
        for node in ast.walk(tree)
        if isinstance(node, Function) and H in (each.arg for each in node.args.args)
        for name, _ in attributes_of(node, {H})
    }


def attributes_of(node: ast.AST, names: set[str]) -> Iterator[tuple[str, ast.AST]]:
    """Return ``h.depth``, and ``getattr(h, "depth")``; not what is given to h, nor what every object has."""
    written = {
        each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute) and not isinstance(each.ctx, ast.Load)
    }
    for each in ast.walk(node):
        match each:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in names:
                if not attr.startswith("_") and attr not in written:
                    yield attr, each
            case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id=name), ast.Constant(value=str(attr))]):
                if name in names:
                    yield attr, each


def _no_load(path: Path, member: str, classes: list[str]) -> TaskFileError:
    """Return the complaint about a file, or a class of it, that has no ``load``."""
    where = f"the class {member} of {path.name}" if member else path.name
    if not member and classes:
        hint = f" Its classes have: write {path.name}:{classes[0]} for that of {classes[0]}."
    else:
        hint = " It needs a function load(h) that returns the data."
    return TaskFileError(f"There is no load in {where}.{hint}")
