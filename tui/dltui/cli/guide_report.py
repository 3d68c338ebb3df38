"""The report of a guide for ``dltui report``: its folder, and the final run in it, judged as any other."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dltui.errors import DltuiError, UsageError
from dltui.guide.folder import is_guide, read_guide
from dltui.guide.state import Guide
from dltui.report.report import Report
from dltui.texts import Texts


def guide_among(logs: Sequence[str], root: Path) -> Path | None:
    """Return the folder of the guide that the words name; None if they name runs and logs.

    Raises :class:`UsageError` for a guide beside others: its report is a whole page.
    """
    for log in logs:
        for folder in (root / log, Path(log).expanduser()):
            if is_guide(folder):
                if len(logs) > 1:
                    raise UsageError(f"The report of a guide holds nothing else: name {folder.name} alone.")
                return folder
    return None


def guide_report(folder: Path, format: str) -> str:
    """Return the report of the guide in ``folder``. Raises :class:`GuideError` if its state cannot be read."""
    from dltui.report.guide.report import make_guide_report
    from dltui.report.guide.write import render_guide
    from dltui.texts.guide import GuideTexts

    guide, texts = read_guide(folder), Texts.load()
    final, missing = _final(guide, folder, texts)
    return render_guide(make_guide_report(guide, texts, GuideTexts.load(texts.language), final, missing), format)


def _final(guide: Guide, folder: Path, texts: Texts) -> tuple[Report | None, str]:
    """The report of the final run, or why there is none."""
    from dltui.cli.diagnose import judge
    from dltui.cli.judged_text import report_of

    if not guide.final:
        return None, ""
    if Path(guide.final).name != guide.final or guide.final == "..":
        return None, "its name is no name of a run"
    if not (folder / guide.final).is_dir():
        return None, f"there is no {guide.final}"
    try:
        judged = judge(str(folder / guide.final), folder, None, {})
    except DltuiError as error:
        return None, str(error).replace(str(folder), folder.name)  # a report tells nobody where it lay
    return report_of(replace(judged, log=guide.final), texts), ""
