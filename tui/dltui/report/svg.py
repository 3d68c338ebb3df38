"""A report as one picture: verdict, first advice and charts on a poster, for a README, a slide or a chat."""

from html import escape

from dltui.charts.legend import shorten
from dltui.report.drawing import describe_chart, draw_chart
from dltui.report.paths import number
from dltui.report.poster import (
    GAP,
    LINE,
    LOSS_HEIGHT,
    MARGIN,
    PAD,
    WIDTH,
    boxed,
    frame,
    header,
    paragraph,
    placed,
    text,
    verdict_lines,
)
from dltui.report.report import Report

_SMALL_HEIGHT = 220


def as_svg(report: Report) -> str:
    """Return the poster of one run."""
    head = header(report.title, shorten(" · ".join(report.facts), 120))
    verdict, at = _verdict(report)
    charts, at = _charts(report, at)
    title, told = f"{report.title}: {report.verdict.word}", describe_chart(report.charts[0], report.texts)
    return frame(head + verdict + charts, at, title=title, told=told, texts=report.texts)


def _verdict(report: Report) -> tuple[str, float]:
    """The card that the eye finds first: the word, what it rests on, and what to change."""
    shapes, y = verdict_lines(report.verdict, report.verdict.reason or report.first_finding)
    for change in report.advice[:1]:
        y += LINE + 10
        label, action = escape(report.texts.ui("first_advice")), escape(shorten(change.action, 70))
        told = f'<tspan class="muted">{label}:</tspan> <tspan class="action">{action}</tspan>'
        shapes.append(f'<text class="text" x="{MARGIN + PAD}" y="{number(y)}">{told}</text>')
        for line in paragraph(change.rows[0][1]):
            y += LINE
            shapes.append(text("text muted", MARGIN + PAD, y, line))
    return boxed(shapes, report.verdict, y)


def _charts(report: Report, top: float) -> tuple[str, float]:
    """The losses in full width, the others beside each other below."""
    whole, beside = WIDTH - 2 * MARGIN, len(report.charts) - 1
    shapes = [_placed(report, 0, MARGIN, top, whole, LOSS_HEIGHT)]
    y = top + LOSS_HEIGHT + GAP / 2
    if not beside:
        return shapes[0], y
    width = (whole - GAP * (beside - 1)) / beside
    for index in range(beside):
        shapes.append(_placed(report, index + 1, MARGIN + index * (width + GAP), y, width, _SMALL_HEIGHT))
    return "".join(shapes), y + _SMALL_HEIGHT + GAP / 2


def _placed(report: Report, index: int, x: float, y: float, width: float, height: float) -> str:
    drawn = draw_chart(report.charts[index], width, height, f"c{index}", report.texts)
    return placed(drawn, x, y)
