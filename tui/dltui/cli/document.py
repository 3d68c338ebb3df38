"""A JSON document on standard output, for scripts."""

import json
import sys
from io import TextIOWrapper

from dltui.text import safe_json


def utf8_output() -> None:
    """Let standard output be UTF-8, whatever the locale says: what is written is a document, not a message."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")


def print_json(document: object) -> None:
    """Print one JSON document; nothing in it can steer a terminal. Numbers that are not finite have no place in it."""
    utf8_output()
    print(safe_json(json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)), flush=True)
