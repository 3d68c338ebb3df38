"""What the posters of a run, a guide and a study share: the frame, the card of the verdict, and texts that fit in."""

from html import escape

from dltui.charts.legend import shorten
from dltui.report.paths import number
from dltui.report.report import VerdictWords
from dltui.report.style import poster_style
from dltui.texts import Texts
from dltui.wrap import wrap
from dltui_trainers import __version__

WIDTH, MARGIN, GAP = 960, 36, 32
COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
"""How wide each of two columns is."""
LOSS_HEIGHT = 380
PAD, LINE = 24, 21.0
"""What the card keeps free within its edges, and the height of a line of a paragraph."""
_TOP = MARGIN + 60.0
"""Where the header has ended and the card begins."""
_TEXT_CELL = 7.4
"""Pixels that a character of a paragraph takes."""
_MOST_LINES = 4


def frame(shapes: str, end: float, *, title: str, told: str, texts: Texts) -> str:
    """Return the poster whose ``shapes`` end at ``end``; ``title`` and ``told`` are for those who cannot see it."""
    height = number(end + MARGIN)
    made_by = escape(texts.ui("made_by", version=__version__))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-labelledby="t d"><title id="t">{escape(title)}</title><desc id="d">{escape(told)}</desc>'
        f'<style>{poster_style()}</style><rect class="paper" width="{WIDTH}" height="{height}"/>'
        f"{shapes}"
        f'<text class="muted" x="{WIDTH - MARGIN}" y="{number(end + 12)}" text-anchor="end">{made_by}</text></svg>\n'
    )


def header(name: str, facts: str) -> str:
    """Return what stands above the card: the name, and the facts below it, which are short enough."""
    return text("name", MARGIN, MARGIN + 20, shorten(name, 64)) + text("muted", MARGIN, MARGIN + 42, facts)


def card(verdict: VerdictWords, best: str) -> tuple[str, float]:
    """Return the card that the eye finds first, and where what follows begins: the verdict, and how the best was set.

    ``best`` may be empty.
    """
    shapes, y = verdict_lines(verdict, verdict.reason)
    for at, line in enumerate(paragraph(best)):
        y += LINE + (8 if at == 0 else 0)
        shapes.append(text("strong", MARGIN + PAD, y, line))
    return boxed(shapes, verdict, y)


def verdict_lines(verdict: VerdictWords, reason: str) -> tuple[list[str], float]:
    """Return the verdict with the reason below it, as they stand on the card, and where its last line is."""
    y = _TOP + PAD + 22
    shapes = [text(f"word {verdict.tone}", MARGIN + PAD, y, f"{verdict.sign} {verdict.word}")]
    if verdict.sure:
        shapes.append(text("text muted", WIDTH - MARGIN - PAD, y, shorten(verdict.sure, 60), end=True))
    y += 8
    for line in paragraph(reason):
        y += LINE
        shapes.append(text("text", MARGIN + PAD, y, line))
    return shapes, y


def boxed(shapes: list[str], verdict: VerdictWords, y: float) -> tuple[str, float]:
    """Return the card around shapes whose last line is at ``y``, and where what follows begins."""
    bottom = y + PAD - 4
    size = f'y="{number(_TOP)}" height="{number(bottom - _TOP)}"'
    box = f'<rect class="card" x="{MARGIN}" {size} width="{WIDTH - 2 * MARGIN}" rx="6"/>'
    edge = f'<rect class="{verdict.tone}" x="{MARGIN}" {size} width="6" rx="3"/>'
    return box + edge + "".join(shapes), bottom + GAP


def placed(drawn: str, x: float, y: float) -> str:
    """Return a drawing with its upper left corner there."""
    return f'<g transform="translate({number(x)} {number(y)})">{drawn}</g>'


def paragraph(told: str) -> list[str]:
    """The lines of a text as wide as the card; of a long one the first few."""
    lines = wrap(told, int((WIDTH - 2 * (MARGIN + PAD)) / _TEXT_CELL)) if told else []
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]} …"]
    return lines


def text(name: str, x: float, y: float, told: str, *, end: bool = False) -> str:
    """Return a text at that place of the poster."""
    anchor = ' text-anchor="end"' if end else ""
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}"{anchor}>{escape(told)}</text>'
