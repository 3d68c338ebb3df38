"""What was read of a long log, kept in the user's cache folder so that it opens at once the next time.

A kept log is columns of numbers, never code, and never lies beside the log itself. All of it may be deleted at any
time; whatever goes wrong here, a full disk or a damaged file, only means that the log is read again.
"""

from dltui.cache.kept import KeptLog, Part, load
from dltui.cache.stamp import Stamp
from dltui.cache.writer import WORTH_KEEPING_BYTES, KeptWriter, save

__all__ = ["WORTH_KEEPING_BYTES", "KeptLog", "KeptWriter", "Part", "Stamp", "load", "save"]
