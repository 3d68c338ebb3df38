"""The command line: words -> one call. Each command is a file; none of them does the work itself."""

import os
import sys
from io import TextIOWrapper

from dltui.cli.parser import parse
from dltui.errors import DltuiError
from dltui_trainers.errors import TrainerError

DONE = 0
FAILED = 1
UNUSABLE = 2
INTERRUPTED = 130


def main(words: list[str] | None = None) -> int:
    """Run the command that ``words`` (default: the process's own) ask for and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # what LANG=C cannot write becomes a question mark, never a traceback
            stream.reconfigure(errors="replace")
    try:
        command = parse(sys.argv[1:] if words is None else words)
        return command()
    except (DltuiError, TrainerError) as error:
        print(f"dltui: {error}", file=sys.stderr)
        return UNUSABLE
    except FileNotFoundError:
        if not _is_nowhere():
            raise
        print("dltui: The current folder was removed: go to another one with cd.", file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter would complain again when it flushes at exit.
        sys.stdout = None
        return FAILED


def _is_nowhere() -> bool:
    """Whether the current folder is no longer there."""
    try:
        os.getcwd()
    except OSError:
        return True
    return False
