"""Which hyperparameters of a task file only its network looks at: a search may turn those, and leave the data alone.

Another network on the same data can be compared with the first by its validation loss; on other data it cannot.
"""

import ast
from collections.abc import Iterable, Iterator

from dltui_trainers.taskfile.outline import Found, Outline, attributes_of


def of_network(parts: Outline, tree: ast.Module, own: Iterable[str]) -> tuple[str, ...]:
    """Return those of ``own`` that are looked at, but neither by ``load`` nor by what it hands ``h`` on to.

    None where it cannot be told what ``load`` looks at, as of one that is imported.
    """
    load = parts.functions.get("load")
    if load is None or "build_model" not in parts.names:
        return ()
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    of_data = _looked_at(load, functions)
    return () if of_data is None else tuple(name for name in own if name in parts.mentions and name not in of_data)


def _looked_at(load: Found, functions: dict[str, ast.FunctionDef]) -> set[str] | None:
    """What ``load`` and the functions of the file that it gives its ``h`` to look at; None where others get it."""
    names, waiting, seen = set[str](), [(load.node.name, load)], set[str]()
    while waiting:
        called, found = waiting.pop()
        if called in seen or not found.first:
            continue
        seen.add(called)
        names |= {name for name, _ in attributes_of(found.node, {found.first})}
        for each in _given_to(found):
            if each not in functions:
                return None
            waiting.append((each, Found(functions[each])))
    return names


def _given_to(found: Found) -> Iterator[str]:
    """The names of the functions that get all of ``h`` as their first argument; a name of none where it is unclear."""
    read = [each.value for each in ast.walk(found.node) if isinstance(each, ast.Attribute)]
    first = [each.args[0] for each in ast.walk(found.node) if isinstance(each, ast.Call) and each.args]
    for each in ast.walk(found.node):
        match each:
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=given), *_]) if given == found.first:
                if name != "getattr":
                    yield name
            case ast.Name(id=given) if given == found.first:
                if each not in read and each not in first:
                    yield ""
            case ast.Call(args=[ast.Name(id=given), *_]) if given == found.first:
                yield ""
