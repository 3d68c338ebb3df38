"""``python -m dltui.wrapped ORDER``: the process that runs a command and follows it."""

import sys

from dltui.wrapped.supervise import main

if __name__ == "__main__":
    sys.exit(main())
