"""The plot of a step on the screen: at its own size, in both themes, and only what changed is drawn anew."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from guide.sample import curves, heat_map, plots
from textual.app import App, ComposeResult
from textual.geometry import Region

import dltui.app
from dltui.charts.canvas import HEAT_STYLES, StyleName
from dltui.guide.drawing import draw_plot
from dltui.texts.guide import GuideTexts
from dltui.themes import DARK, LIGHT
from dltui.widgets.plot_view import PlotView

TEXTS = GuideTexts.load("en")


class PlotApp(App[None]):
    """A plot and nothing else, in the colours of dltui."""

    CSS_PATH = str(Path(dltui.app.__file__).with_name("app.tcss"))
    ENABLE_COMMAND_PALETTE = False

    def __init__(self) -> None:
        super().__init__()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name

    def compose(self) -> ComposeResult:
        yield PlotView(TEXTS)


def shown(view: PlotView) -> str:
    """What the widget would have the terminal show."""
    return "\n".join(view.render_line(row).text.rstrip() for row in range(view.size.height))


@pytest.mark.parametrize("size", [(40, 8), (80, 24), (120, 35)])
async def test_every_plot_is_drawn_at_the_size_of_the_widget(size: tuple[int, int]) -> None:
    app = PlotApp()
    async with app.run_test(size=size) as pilot:
        view = app.query_one(PlotView)
        for plot in plots().values():
            view.show(plot)
            await pilot.pause()
            assert shown(view) == draw_plot(plot, TEXTS, *view.size).text()
        view.show(None)
        await pilot.pause()
        assert not shown(view).strip()


async def test_a_resized_widget_draws_anew() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(PlotView)
        view.show(curves())
        await pilot.resize_terminal(60, 12)
        await pilot.pause()
        assert shown(view) == draw_plot(curves(), TEXTS, 60, 12).text()


async def test_only_the_cells_that_changed_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(PlotView)
        view.show(heat_map())
        await pilot.pause()
        drawn: list[Region] = []

        def refresh(*regions: Region, **_: Any) -> PlotView:
            drawn.extend(regions)
            return view

        monkeypatch.setattr(view, "refresh", refresh)
        view.show(heat_map())
        assert drawn == []
        values = [list(row) for row in heat_map().values]
        values[2][3] = 0.99
        states = [list(row) for row in heat_map().states]
        states[2][3] = ""
        view.show(msgspec.structs.replace(heat_map(), values=values, states=states))
        assert drawn and sum(region.area for region in drawn) < 0.2 * view.size.area


async def test_both_themes_give_each_shade_a_colour_of_its_own() -> None:
    app = PlotApp()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(PlotView)
        colours = []
        for theme in (DARK, LIGHT):
            app.theme = theme.name
            await pilot.pause()
            names = (*HEAT_STYLES, StyleName.LEVEL)
            styles = [f"chart--{name.name.lower().replace('_', '-')}" for name in names]
            colours.append({str(view.get_component_rich_style(style).color) for style in styles})
            assert len(colours[-1]) == len(names)
        assert colours[0].isdisjoint(colours[1] - colours[0])
        assert colours[0] != colours[1]
