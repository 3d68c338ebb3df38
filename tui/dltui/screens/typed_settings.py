"""Settings as they are typed into one field of a dialog: ``model=cnn lr=0.01``."""

import shlex

from dltui.errors import UsageError


def settings_in(text: str) -> dict[str, str]:
    """Return the settings in ``name=value name=value``. Raises :class:`UsageError` for what is none."""
    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError("A quote is not closed.") from None
    settings = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"'{word}' is not name=value, such as lr=0.01.")
        settings[name] = value
    return settings
