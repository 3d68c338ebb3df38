"""The diagnosis of a run below its charts: the worst finding with its evidence, the others, and what to change."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from dltui.diagnosis.finding import Verdict
from dltui.series.state import RunState
from dltui.text import safe_text
from dltui.widgets.diagnosed import Diagnosed, finding_facts, finding_name, finding_sign, how_to_start
from dltui.widgets.wrapping import flow, wrap

if TYPE_CHECKING:
    from dltui.texts import Texts

TONES = ("error", "warning", "success", "secondary")
_GAP = 4
_ADVICE_SEEN = 3
"""Rows for so much advice come before the evidence of the lesser findings."""
_LEAST_ROWS_FOR_OTHERS = 5
_LEAST_COLUMNS_FOR_TWO = 150
_LEAST_COLUMNS_FOR_WIDE_ENTRIES = 100
_SEPARATOR = " · "


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One change in words."""

    action: str
    how: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the panel says. ``others``: further findings, each with its evidence."""

    tone: str
    title: str
    beside: str
    facts: tuple[str, ...] = ()
    evidence: str = ""
    others: tuple[tuple[Content, str], ...] = ()
    advice: tuple[Advice, ...] = ()
    no_advice: str = ""


class DiagnosisPanel(Widget):
    """Fills the rows that it has: the more there are, the more it says."""

    told: reactive[Told | None] = reactive(None)

    def show(self, diagnosed: Diagnosed | None, state: RunState, texts: "Texts", *, live: bool = False) -> None:
        """Show what was found in the run; None while its log is being read, or has yet to begin.

        ``live``: whether its training can be changed while it runs.
        """
        if diagnosed is not None:
            self.told = tell(diagnosed, state, texts, live=live)
        else:
            when = texts.ui("reading_log" if state.loading else "no_records")
            self.told = Told(tone="secondary", title=f"… {texts.ui('diagnosis')}", beside=when)

    def watch_told(self, told: Told | None) -> None:
        """Let the bar at the left have the colour of the worst."""
        for tone in TONES:
            self.set_class(told is not None and told.tone == tone, f"-{tone}")

    def render(self) -> Content:
        """Lay it out for the present size."""
        width, rows = self.size
        if self.told is None or not rows or width < 1:
            return Content()
        return Content("\n").join(lay_out(self.told, width, rows))


def tell(diagnosed: Diagnosed, state: RunState, texts: "Texts", *, live: bool = False) -> Told:
    """Put a diagnosis into words."""
    diagnosis = diagnosed.diagnosis
    first = diagnosed.worst or next(iter(diagnosis.findings), None)
    verdict = texts.verdict(diagnosis.verdict)
    undecided = diagnosis.verdict is Verdict.INCONCLUSIVE
    reason = texts.reason(diagnosis.reason) if diagnosis.reason else ""
    if first is None or (undecided and diagnosed.worst is None):
        title = f"… {texts.ui('cannot_tell')}" if undecided else f"● {verdict}"
        beside, facts, evidence, rest = "", [], reason or texts.ui("no_findings"), diagnosis.findings
    else:
        heads = diagnosed.worst is not None  # what must be acted on comes before the verdict
        name = texts.symptom(first.symptom)
        title = f"{finding_sign(first)} {name if heads else verdict}".upper()
        beside = "" if first.symptom == diagnosis.verdict.value else (verdict if heads else name)
        facts = finding_facts(first, state, texts)
        evidence, rest = texts.finding(first), tuple(each for each in diagnosis.findings if each is not first)
    advice = tuple(_advice(diagnosed, state, texts, live=live))
    return Told(
        tone=diagnosed.tone,
        title=safe_text(title),
        beside=safe_text(beside),
        facts=tuple(map(safe_text, facts)),
        evidence=safe_text(evidence),
        others=tuple((finding_name(each, texts), safe_text(texts.finding(each))) for each in rest),
        advice=advice,
        no_advice="" if advice or undecided else texts.ui("no_advice"),
    )


def _advice(diagnosed: Diagnosed, state: RunState, texts: "Texts", *, live: bool) -> list[Advice]:
    advice = []
    for change in diagnosed.changes:
        words = texts.change(change)
        how = how_to_start(change, state, texts, live=live)
        advice.append(Advice(action=safe_text(words.action), how=safe_text(how), why=safe_text(words.why)))
    return advice


def lay_out(told: Told, width: int, rows: int) -> list[Content]:
    """Return at most ``rows`` lines of at most ``width`` cells."""
    lay = _two_columns if width >= _LEAST_COLUMNS_FOR_TWO and told.advice else _one_column
    return lay(told, width, rows)[:rows]


def _two_columns(told: Told, width: int, rows: int) -> list[Content]:
    """What was found, and what to change beside it."""
    left = (width - _GAP) // 2
    found = _found(told, left, rows)
    advised = _advised_in_full(told.advice, width - _GAP - left, rows)
    return [
        one.pad_right(left + _GAP - one.cell_length) + other
        for one, other in zip_longest(found, advised, fillvalue=Content())
    ]


def _one_column(told: Told, width: int, rows: int) -> list[Content]:
    """What was found, and what to change below it; a row at least is kept for that."""
    if not told.advice:
        last = [Content.styled(told.no_advice, "$chart-label").truncate(width, ellipsis=True)] if told.no_advice else []
        return [*_found(told, width, max(rows - len(last), 1)), *last]
    lines = _found(told, width, max(rows - 1, 1), kept_for_advice=min(len(told.advice), _ADVICE_SEEN) - 1)
    return [*lines, *_advised(told.advice, width, rows - len(lines))]


def _found(told: Told, width: int, rows: int, kept_for_advice: int = 0) -> list[Content]:
    """The first finding with its evidence, then the others as far as there is room."""
    hidden = len(told.others) if rows < _LEAST_ROWS_FOR_OTHERS else 0
    evidence = wrap(told.evidence, width)
    room = max(1, rows - 1 - (1 if told.others and not hidden else 0))
    lines = [_head(told, width, hidden), *_cut(evidence, width, room)]
    room = rows - len(lines)
    if hidden or room < 1 or not told.others:
        return lines
    if room - kept_for_advice >= 2 * len(told.others):
        for name, text in told.others:
            lines += [
                each.truncate(width, ellipsis=True) for each in (name, Content.styled(f"  {text}", "$chart-label"))
            ]
        return lines
    chips = flow([name for name, _ in told.others], width, 3)
    return [*lines, *_joined(chips, width, max(1, room - max(kept_for_advice, 0)), 3)]


def _head(told: Told, width: int, hidden: int) -> Content:
    """The title, and as many of the facts as there is room for."""
    line = Content.styled(told.title, f"bold $text-{told.tone}")
    if told.beside:
        line += Content.styled(f"{_SEPARATOR}{told.beside}", "$foreground")
    if hidden:
        line += Content.styled(f"{_SEPARATOR}+{hidden}", "$chart-label")
    for number, fact in enumerate(told.facts):
        longer = line + Content.styled(f"{_SEPARATOR if number else '   '}{fact}", "$chart-label")
        if longer.cell_length <= width:
            line = longer
    return line.truncate(width, ellipsis=True)


def _advised(advice: Sequence[Advice], width: int, rows: int) -> list[Content]:
    """One change a line with its reason where there is room, else as many a line as fit."""
    if rows < 1:
        return []
    entries = [_entry(number, each) for number, each in enumerate(advice, 1)]
    if len(entries) <= rows:
        widest = max(entry.cell_length for entry in entries)
        return [
            (entry.pad_right(widest + _GAP - entry.cell_length) + Content.styled(each.why, "$chart-label")).truncate(
                width, ellipsis=True
            )
            for entry, each in zip(entries, advice, strict=True)
        ]
    if width < _LEAST_COLUMNS_FOR_WIDE_ENTRIES:
        entries = [_entry(number, each, gap=1) for number, each in enumerate(advice, 1)]
        return _joined(flow(entries, width, _GAP - 1), width, rows, _GAP - 1)
    return _joined(flow(entries, width, _GAP), width, rows, _GAP)


def _advised_in_full(advice: Sequence[Advice], width: int, rows: int) -> list[Content]:
    """Each change with its reason below it, as many as there is room for."""
    if 2 * len(advice) > rows:
        return _advised(advice, width, rows)
    lines = []
    for number, each in enumerate(advice, 1):
        lines.append(_entry(number, each).truncate(width, ellipsis=True))
        lines.append(Content.styled(f"   {each.why}", "$chart-label").truncate(width, ellipsis=True))
    return lines


def _entry(number: int, advice: Advice, gap: int = 2) -> Content:
    entry = Content.assemble((f"{number}", "bold $text-accent"), " " * gap, advice.action)
    return entry + Content.styled(f"{' ' * gap}{advice.how}", "$chart-label") if advice.how else entry


def _joined(lines: list[list[Content]], width: int, rows: int, gap: int) -> list[Content]:
    """Join the entries of each line; those of the lines that have no room are counted at the end of the last one."""
    hidden = sum(len(line) for line in lines[rows:])
    joined = [Content(" " * gap).join(line).truncate(width, ellipsis=True) for line in lines[:rows]]
    note = f"+{hidden}"
    if hidden and joined and len(note) < width:
        last = joined[-1].truncate(width - len(note) - 1, ellipsis=True)
        joined[-1] = last.pad_right(width - len(note) - last.cell_length) + Content.styled(note, "$chart-label")
    return joined


def _cut(lines: list[Content], width: int, rows: int) -> list[Content]:
    """The first ``rows`` lines, an ellipsis where there are more."""
    if len(lines) <= rows:
        return lines
    kept = lines[:rows]
    return [*kept[:-1], (kept[-1].truncate(width - 1) + "…")] if kept else []
