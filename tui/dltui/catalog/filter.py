"""Which runs of a list are shown, as a person types it: ``resnet -debug state:running|failed format:csv /lr=1e-[34]/``.

All terms must match. ``-`` before a term turns it around; ``a|b`` is one or the other; a word with ``*``, ``?`` or
``[`` is a glob of the whole name; what stands between slashes is a regular expression. Case makes no difference.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import translate

from dltui.catalog.summary import RunSummary
from dltui.errors import FilterError

FIELDS: dict[str, Callable[[RunSummary], str]] = {
    "name": lambda run: run.name,
    "state": lambda run: str(run.status),
    "format": lambda run: run.format,
    "verdict": lambda run: run.verdict,
    "task": lambda run: run.task,
}
_GLOB_SIGNS = frozenset("*?[")
_TERM = re.compile(r"(?P<no>-?)(?:(?P<field>[a-z]+):)?(?:/(?P<regex>(?:\\.|[^/\\])*)(?:/(?=\s|$)|$)|(?P<words>\S+))")
_AROUND = 12

Test = Callable[[RunSummary], bool]


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Tells which runs match; one without terms lets all through."""

    tests: tuple[Test, ...] = ()

    def matches(self, run: RunSummary) -> bool:
        """Return whether all terms match the run."""
        return all(test(run) for test in self.tests)


EVERYTHING = RunFilter()


def parse_filter(text: str) -> RunFilter:
    """Return the filter that was typed. Raises :class:`FilterError` for a regular expression that is none."""
    return RunFilter(tuple(_tests(text)))


def _tests(text: str) -> Iterator[Test]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        term = _TERM.match(text, at)
        assert term is not None  # whatever is no blank is a term
        at = term.end()
        test = _test(term)
        if test is not None:
            yield _negated(test) if term["no"] else test


def _test(term: re.Match[str]) -> Test | None:
    field, words = term["field"] or "", term["words"] or ""
    if field and field not in FIELDS:  # a name may have a colon in it
        field, words = "", f"{field}:{words or term['regex']}"
    elif term["regex"] is not None:
        return _regex(field, term["regex"]) if term["regex"] else None
    if words.removesuffix(":") in FIELDS and words.endswith(":"):  # its value is still to be typed
        return None
    alternatives = [_word(field, word) for word in words.lower().split("|") if word]
    if not alternatives:
        return None
    return lambda run: any(test(run) for test in alternatives)


def _word(field: str, word: str) -> Test:
    if _GLOB_SIGNS.intersection(word):
        glob = re.compile(translate(word))
        return lambda run: any(glob.match(text) for text in _texts(run, field))
    return lambda run: any(word in text for text in _texts(run, field))


def _regex(field: str, pattern: str) -> Test:
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise FilterError(f"/{pattern[:_AROUND]}/ is no regular expression: {error}") from None
    return lambda run: any(compiled.search(text) for text in _texts(run, field))


def _negated(test: Test) -> Test:
    return lambda run: not test(run)


def _texts(run: RunSummary, field: str) -> list[str]:
    """What a term is looked for in: one field, or all of them."""
    return [FIELDS[field](run).lower()] if field else [text(run).lower() for text in FIELDS.values()]
