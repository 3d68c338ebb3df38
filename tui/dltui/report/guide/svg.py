"""The report of a guide as one picture: what it came to, and the plots of its steps in two columns."""

from dltui.charts.legend import shorten
from dltui.guide.telling.step_words import StepWords
from dltui.report.drawing import draw_chart
from dltui.report.guide.plots import draw_plot, plot_height
from dltui.report.guide.report import TONES, GuideReport
from dltui.report.poster import COLUMN, GAP, LOSS_HEIGHT, MARGIN, WIDTH, card, frame, header, placed, text
from dltui.wrap import wrap

_HEAD, _LINES, _SAID_LINE, _SAID_CELLS = 64.0, 2, 17.0, 66
"""Room for the name of a step and its judgement, over its plot: so many lines of so many cells."""


def guide_as_svg(report: GuideReport) -> str:
    """Return the poster of a guide."""
    head = header(report.kicker, shorten(" · ".join((report.title, *report.facts)), 130))
    chosen = ", ".join(f"{each.name} {each.value}" for each in report.chosen)
    verdict, at = card(report.verdict, f"{report.word('chosen')}: {chosen}" if chosen else "")
    steps, at = _steps(report, at)
    final, at = _final(report, at)
    title, told = f"{report.title}: {report.verdict.word}", report.verdict.reason
    return frame(head + verdict + steps + final, at, title=title, told=told, texts=report.texts)


def _steps(report: GuideReport, top: float) -> tuple[str, float]:
    """The steps that have a plot, each in the column that ends higher."""
    shapes, ends = [], [top, top]
    for step in report.steps:
        if step.plot is None:
            continue
        column = 0 if ends[0] <= ends[1] else 1
        shapes.append(_step(report, step, MARGIN + column * (COLUMN + GAP), ends[column]))
        ends[column] += _HEAD + plot_height(step.plot, COLUMN) + GAP
    return "".join(shapes), max(ends)


def _step(report: GuideReport, step: StepWords, x: float, y: float) -> str:
    tone = TONES[step.judgement] if step.judgement is not None else "open"
    heading = text("strong", x, y + 14, report.step_heading(step))
    lines = wrap(f"{step.sign} {step.word}: {step.said}", _SAID_CELLS)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1]} …"]
    told = "".join(text(tone, x, y + 33 + at * _SAID_LINE, shorten(line, _SAID_CELLS)) for at, line in enumerate(lines))
    drawn = ""
    if step.plot is not None:
        plot = draw_plot(step.plot, COLUMN, f"s{step.number}", report.texts, report.guide_texts)
        drawn = placed(plot, x, y + _HEAD)
    return heading + told + drawn


def _final(report: GuideReport, top: float) -> tuple[str, float]:
    """The losses of the final run, in full width."""
    if report.final is None:
        return "", top
    chart = draw_chart(report.final.charts[0], WIDTH - 2 * MARGIN, LOSS_HEIGHT, "final", report.texts)
    heading = text("strong", MARGIN, top + 14, f"{report.word('final')}: {shorten(report.final.title, 60)}")
    return heading + placed(chart, MARGIN, top + 30), top + 30 + LOSS_HEIGHT + GAP / 2
