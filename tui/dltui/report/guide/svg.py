"""The report of a guide as one picture: what it came to, and the plots of its steps in two columns."""

from html import escape

from dltui.charts.legend import shorten
from dltui.guide.telling.step_words import StepWords
from dltui.report.drawing import draw_chart
from dltui.report.guide.plots import draw_plot, plot_height
from dltui.report.guide.report import TONES, GuideReport
from dltui.report.paths import number
from dltui.report.style import poster_style
from dltui.report.svg import GAP, LOSS_HEIGHT, MARGIN, WIDTH, paragraph, text
from dltui.wrap import wrap
from dltui_trainers import __version__

_PAD, _LINE = 24, 21.0
_COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
_HEAD, _LINES, _SAID_LINE, _SAID_CELLS = 64.0, 2, 17.0, 66
"""Room for the name of a step and its judgement, over its plot: so many lines of so many cells."""


def guide_as_svg(report: GuideReport) -> str:
    """Return the poster of a guide."""
    header = text("name", MARGIN, MARGIN + 20, shorten(report.kicker, 64))
    header += text("muted", MARGIN, MARGIN + 42, shorten(" · ".join((report.title, *report.facts)), 130))
    card, at = _card(report, MARGIN + 60.0)
    steps, at = _steps(report, at)
    final, at = _final(report, at)
    height = number(at + MARGIN)
    made_by = escape(report.texts.ui("made_by", version=__version__))
    name, told = escape(f"{report.title}: {report.verdict.word}"), escape(report.verdict.reason)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" aria-labelledby="t d"><title id="t">{name}</title><desc id="d">{told}</desc>'
        f'<style>{poster_style()}</style><rect class="paper" width="{WIDTH}" height="{height}"/>'
        f"{header}{card}{steps}{final}"
        f'<text class="muted" x="{WIDTH - MARGIN}" y="{number(at + 12)}" text-anchor="end">{made_by}</text></svg>\n'
    )


def _card(report: GuideReport, top: float) -> tuple[str, float]:
    verdict, left = report.verdict, MARGIN + _PAD
    y = top + _PAD + 22
    shapes = [text(f"word {verdict.tone}", left, y, f"{verdict.sign} {verdict.word}")]
    if verdict.sure:
        shapes.append(text("text muted", WIDTH - MARGIN - _PAD, y, verdict.sure, end=True))
    y += 8
    for line in paragraph(verdict.reason):
        y += _LINE
        shapes.append(text("text", left, y, line))
    chosen = ", ".join(f"{each.name} {each.value}" for each in report.chosen)
    for at, line in enumerate(paragraph(f"{report.word('chosen')}: {chosen}") if chosen else []):
        y += _LINE + (8 if at == 0 else 0)
        shapes.append(text("strong", left, y, line))
    bottom = y + _PAD - 4
    size = f'y="{number(top)}" height="{number(bottom - top)}"'
    card = f'<rect class="card" x="{MARGIN}" {size} width="{WIDTH - 2 * MARGIN}" rx="6"/>'
    edge = f'<rect class="{verdict.tone}" x="{MARGIN}" {size} width="6" rx="3"/>'
    return card + edge + "".join(shapes), bottom + GAP


def _steps(report: GuideReport, top: float) -> tuple[str, float]:
    """The steps that have a plot, each in the column that ends higher."""
    shapes, ends = [], [top, top]
    for step in report.steps:
        if step.plot is None:
            continue
        column = 0 if ends[0] <= ends[1] else 1
        shapes.append(_step(report, step, MARGIN + column * (_COLUMN + GAP), ends[column]))
        ends[column] += _HEAD + plot_height(step.plot, _COLUMN) + GAP
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
        plot = draw_plot(step.plot, _COLUMN, f"s{step.number}", report.texts, report.guide_texts)
        drawn = f'<g transform="translate({number(x)} {number(y + _HEAD)})">{plot}</g>'
    return heading + told + drawn


def _final(report: GuideReport, top: float) -> tuple[str, float]:
    """The losses of the final run, in full width."""
    if report.final is None:
        return "", top
    chart = draw_chart(report.final.charts[0], WIDTH - 2 * MARGIN, LOSS_HEIGHT, "final", report.texts)
    heading = text("strong", MARGIN, top + 14, f"{report.word('final')}: {shorten(report.final.title, 60)}")
    drawn = f'<g transform="translate({MARGIN} {number(top + 30)})">{chart}</g>'
    return heading + drawn, top + 30 + LOSS_HEIGHT + GAP / 2
