"""The processes of a command, in a process of their own: whoever reaps them reaps all of its children."""

import subprocess
import sys
from pathlib import Path

_LEFT_BEHIND = """
import os, sys, time
import psutil
from dltui.wrapped.tree import Tree

fifo = sys.argv[1]
tree = Tree(["sh", "-c", f"(read word < {fifo}; exit 4) & exit 0"], os.environ, 1)
while tree.status is None:
    tree.reap()
    time.sleep(0.01)
(left,) = tree.members()
assert not tree.is_gone
open(fifo, "w").close()
while left.status() != psutil.STATUS_ZOMBIE:  # it ends between two looks
    time.sleep(0.01)
print(tree.is_gone, tree.status, tree.last_status)
"""


def test_what_ends_just_before_the_last_look_is_told_as_it_ended(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    subprocess.run(["mkfifo", str(fifo)], check=True)
    words = [sys.executable, "-c", _LEFT_BEHIND, str(fifo)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True 0 4\n", done.stderr
