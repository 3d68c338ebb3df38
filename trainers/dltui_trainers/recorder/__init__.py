"""What a script of a user's own imports: ``start_run`` opens a run, ``Run.log`` appends to it.

On the road of the data it stands where our own loop stands, at the beginning: the files that it writes are those of
any run. It imports neither torch nor numpy, and it never raises into the training: trouble is one line on stderr.
"""

from dltui_trainers.recorder.host import Listener as Listener
from dltui_trainers.recorder.run import Run as Run
from dltui_trainers.recorder.start import start_run as start_run

__all__ = ["Listener", "Run", "start_run"]
