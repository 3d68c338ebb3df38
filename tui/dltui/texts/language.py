"""Which language dltui speaks: what the command line said, else what the locale of the terminal says, else English."""

import os

from dltui.errors import UsageError

LANGUAGES = ("en", "zh_CN")
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first of these that is set decides, as POSIX has it."""

_chosen: str | None = None


def choose_language(language: str | None) -> None:
    """Make ``language`` the one of this process; None leaves it to the locale again. Raises :class:`UsageError`."""
    global _chosen
    _chosen = None if language is None else known_language(language)


def present_language() -> str:
    """Return the language that was chosen, else the locale's if we speak it, else English."""
    if _chosen is not None:
        return _chosen
    locale = next((os.environ[name] for name in _LOCALE if os.environ.get(name)), "")
    return _spoken(locale) or LANGUAGES[0]


def known_language(name: str) -> str:
    """Return the language that ``name`` (``zh``, ``zh-CN``, ``zh_CN.UTF-8``) means. Raises :class:`UsageError`."""
    language = _spoken(name)
    if language is None:
        raise UsageError(f"There are no texts in the language '{name}'; the languages are {' and '.join(LANGUAGES)}.")
    return language


def _spoken(name: str) -> str | None:
    """The territory does not matter: who reads ``zh_TW`` is served better by ``zh_CN`` than by English."""
    first = name.replace("-", "_").partition(".")[0].partition("_")[0].lower()
    return next((language for language in LANGUAGES if language.partition("_")[0] == first), None)
