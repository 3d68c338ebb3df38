"""What is found in a run, in words: diagnosis, advice, a report of both."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dltui.advice.change import Change
    from dltui.diagnosis.finding import Diagnosis
    from dltui.series.state import RunState
    from dltui.texts import Texts


class JudgeServices:
    """Judges runs, and has the words for it."""

    def diagnose(self, state: "RunState") -> "tuple[Diagnosis, tuple[Change, ...]]":
        """Return what is found in a run, and what to change, best first."""
        from dltui.advice.prescribe import prescribe
        from dltui.diagnosis.examine import examine

        diagnosis = examine(state)
        return diagnosis, prescribe(state, diagnosis)

    def texts(self) -> "Texts":
        """Return the words of the present language."""
        from dltui.texts import Texts

        return Texts.load()

    def report(self, name: str, state: "RunState", diagnosis: "Diagnosis", changes: "Sequence[Change]") -> Path:
        """Write a report of a run to a new file in the current folder, and return its path.

        Raises :class:`~dltui.errors.DltuiError` if it cannot be written.
        """
        from dltui.formats.meaning.columns import ColumnRole
        from dltui.formats.saved import OWN_FORMAT
        from dltui.log_options import Role
        from dltui.report.make import make_report
        from dltui.report.write import write_report

        report = make_report(
            name=name,
            format=state.format or OWN_FORMAT,
            state=state,
            diagnosis=diagnosis,
            advice=changes,
            texts=self.texts(),
            columns=[ColumnRole(column, Role(role)) for role, column in state.columns],
        )
        path = next(each for each in report_paths(name) if not each.exists())
        write_report(path, [report])
        return path


def report_paths(name: str) -> Iterator[Path]:
    """Return the names that a report of a run may have, in the order in which they are tried."""
    plain = Path(name).stem if Path(name).suffix else name
    yield Path(f"{plain}.html")
    yield from (Path(f"{plain}-{number}.html") for number in count(2))
