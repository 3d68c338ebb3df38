"""How a command went that ``dltui control`` has handed over."""

from enum import StrEnum


class Outcome(StrEnum):
    """How it went. These words are a contract: scripts read them."""

    DONE = "done"
    REFUSED = "refused"
    HANDED_OVER = "handed_over"
    NO_ANSWER = "no_answer"
    OVER = "over"

    @property
    def exit_code(self) -> int:
        """Return what the command exits with."""
        return 0 if self in (Outcome.DONE, Outcome.HANDED_OVER) else 1
