"""A report as one picture: verdict, first advice and charts on a poster, for a README, a slide or a chat."""

from html import escape

from dltui.charts.legend import shorten
from dltui.report.drawing import describe_chart, draw_chart
from dltui.report.paths import number
from dltui.report.report import Report
from dltui.report.style import poster_style
from dltui.wrap import wrap
from dltui_trainers import __version__

WIDTH, MARGIN, GAP = 960, 36, 32
LOSS_HEIGHT, SMALL_HEIGHT = 380, 220
_PAD = 24
_TEXT_CELL, _LINE = 7.4, 21.0
"""Pixels that a character of a paragraph takes, and a line of it."""
_MOST_LINES = 4


def as_svg(report: Report) -> str:
    """Return the poster of one run."""
    header, at = _header(report)
    verdict, at = _verdict(report, at)
    charts, at = _charts(report, at)
    height = number(at + MARGIN)
    made_by = escape(report.texts.ui("made_by", version=__version__))
    name = escape(f"{report.title}: {report.verdict.word}")
    told = escape(describe_chart(report.charts[0], report.texts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-labelledby="t d"><title id="t">{name}</title><desc id="d">{told}</desc>'
        f'<style>{poster_style()}</style><rect class="paper" width="{WIDTH}" height="{height}"/>'
        f"{header}{verdict}{charts}"
        f'<text class="muted" x="{WIDTH - MARGIN}" y="{number(at + 12)}" text-anchor="end">{made_by}</text></svg>\n'
    )


def _header(report: Report) -> tuple[str, float]:
    name = shorten(report.title, 64)
    facts = shorten(" · ".join(report.facts), 120)
    shapes = text("name", MARGIN, MARGIN + 20, name) + text("muted", MARGIN, MARGIN + 42, facts)
    return shapes, MARGIN + 60.0


def _verdict(report: Report, top: float) -> tuple[str, float]:
    """The card that the eye finds first: the word, what it rests on, and what to change."""
    verdict, left = report.verdict, MARGIN + _PAD
    word = f"{verdict.sign} {verdict.word}"
    y = top + _PAD + 22
    shapes = [text(f"word {verdict.tone}", left, y, word)]
    if verdict.sure:
        shapes.append(text("text muted", WIDTH - MARGIN - _PAD, y, verdict.sure, end=True))
    y += 8
    for line in paragraph(verdict.reason or report.first_finding):
        y += _LINE
        shapes.append(text("text", left, y, line))
    for change in report.advice[:1]:
        y += _LINE + 10
        label, action = escape(report.texts.ui("first_advice")), escape(shorten(change.action, 70))
        told = f'<tspan class="muted">{label}:</tspan> <tspan class="action">{action}</tspan>'
        shapes.append(f'<text class="text" x="{left}" y="{number(y)}">{told}</text>')
        for line in paragraph(change.rows[0][1]):
            y += _LINE
            shapes.append(text("text muted", left, y, line))
    bottom = y + _PAD - 4
    size = f'y="{number(top)}" height="{number(bottom - top)}"'
    card = f'<rect class="card" x="{MARGIN}" {size} width="{WIDTH - 2 * MARGIN}" rx="6"/>'
    edge = f'<rect class="{verdict.tone}" x="{MARGIN}" {size} width="6" rx="3"/>'
    return card + edge + "".join(shapes), bottom + GAP


def _charts(report: Report, top: float) -> tuple[str, float]:
    """The losses in full width, the others beside each other below."""
    whole, beside = WIDTH - 2 * MARGIN, len(report.charts) - 1
    shapes = [_placed(report, 0, MARGIN, top, whole, LOSS_HEIGHT)]
    y = top + LOSS_HEIGHT + GAP / 2
    if not beside:
        return shapes[0], y
    width = (whole - GAP * (beside - 1)) / beside
    for index in range(beside):
        shapes.append(_placed(report, index + 1, MARGIN + index * (width + GAP), y, width, SMALL_HEIGHT))
    return "".join(shapes), y + SMALL_HEIGHT + GAP / 2


def _placed(report: Report, index: int, x: float, y: float, width: float, height: float) -> str:
    drawn = draw_chart(report.charts[index], width, height, f"c{index}", report.texts)
    return f'<g transform="translate({number(x)} {number(y)})">{drawn}</g>'


def paragraph(told: str) -> list[str]:
    """The lines of a text as wide as the card; of a long one the first few."""
    lines = wrap(told, int((WIDTH - 2 * (MARGIN + _PAD)) / _TEXT_CELL)) if told else []
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1]} …"]
    return lines


def text(name: str, x: float, y: float, told: str, *, end: bool = False) -> str:
    """Return a text at that place of the poster."""
    anchor = ' text-anchor="end"' if end else ""
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}"{anchor}>{escape(told)}</text>'
