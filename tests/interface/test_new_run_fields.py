"""The fields of the new-run form: what is shown beside which choices, and how one gets around among them."""

import pytest
from fakes import FakeServices, run_app, screen_text, settle
from forms import LOG, choose_task, open_form, set_value, shown
from textual.widgets import Input, Select, Static

from dltui.widgets.family_section import FamilyHeading
from dltui.widgets.family_strip import FamilyTab
from dltui.widgets.hparam_field import HparamField
from dltui.widgets.hparam_form import HparamForm
from dltui_trainers.registry import TASKS

OFTEN = ("digits", "tabular", "text")
OTHERS = tuple(name for name in TASKS if name not in OFTEN)


def strip(app: object) -> str:
    """Return the line of families."""
    return screen_text(app).splitlines()[1].rstrip()  # type: ignore[arg-type]


async def test_what_has_no_effect_beside_a_choice_is_not_shown() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        assert {"momentum", "kernel_size", "channels", "pooling", "augment_strength"}.isdisjoint(shown(screen))
        set_value(screen, "optimizer", "nesterov")
        set_value(screen, "model", "cnn")
        set_value(screen, "augment", "crop")
        await settle(pilot)
        assert {"momentum", "kernel_size", "channels", "pooling", "augment_strength"} <= {*shown(screen)}
        assert "width" not in shown(screen)
        set_value(screen, "layers", "0")
        set_value(screen, "loss", "mse")
        await settle(pilot)
        assert {"dropout", "activation", "norm", "channels", "label_smoothing"}.isdisjoint(shown(screen))


async def test_what_was_typed_into_a_hidden_field_is_kept_and_does_not_count() -> None:
    services = FakeServices()
    app = run_app(services)
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        set_value(screen, "model", "cnn")
        set_value(screen, "channels", "32")
        await settle(pilot)
        assert "✓ Ready: digits with model=cnn  channels=32" in screen_text(app)
        set_value(screen, "model", "gru")
        await settle(pilot)
        text = screen_text(app)
        assert "✓ Ready: digits with model=gru." in text
        assert "· channels is left out: it has no effect with model = gru." in text
        set_value(screen, "model", "cnn")
        await settle(pilot)
        assert "✓ Ready: digits with model=cnn  channels=32" in screen_text(app)
        set_value(screen, "model", "gru")
        await settle(pilot)
        await pilot.press("ctrl+s")
        await settle(pilot)
    assert services.launches == [("digits", {"model": "gru"})]


async def test_a_choice_shows_its_fields_though_something_else_is_wrong() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        set_value(screen, "lr", "fast")
        set_value(screen, "optimizer", "sgd")
        set_value(screen, "optimizer", "momentum")
        await settle(pilot)
        assert "✗ lr = fast" in screen_text(app) and "momentum" in shown(screen)


async def test_random_changes_of_no_strength_can_be_found_again() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        set_value(screen, "augment", "crop")
        set_value(screen, "augment_strength", "0")
        await settle(pilot)
        assert {"augment", "augment_strength"} <= {*shown(screen)}
        assert "augment has no effect with augment_strength = 0" in screen_text(app).replace("\n ", "")


async def test_what_is_edited_stays_where_it_is() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        field = screen.query_one("#field-layer_dropout", HparamField).box
        field.focus()
        await settle(pilot)
        before = field.region.y
        await pilot.press("0", "comma", "0")  # dropout, above it, goes
        await settle(pilot)
        assert "dropout" not in shown(screen) and screen.focused is field and field.region.y == before
        assert isinstance(field, Input) and field.value == "0,0"
        await pilot.press("ctrl+r")
        await settle(pilot)
        assert "dropout" in shown(screen) and field.region.y == before and field.value == "none"


async def test_one_goes_from_family_to_family_and_always_sees_where_one_is() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        assert strip(app) == " training   architecture   regularisation   data   log"
        await pilot.press("pagedown")
        await pilot.press("slash")
        await settle(pilot)
        assert strip(app) == "▸training ●1   architecture   regularisation   data   log"
        await pilot.press("pagedown", "pagedown", "down", "down", "down", "1")
        await settle(pilot)
        assert strip(app) == " training ●1   architecture  ▸regularisation ●1   data   log"
        assert screen.query_one("#field-weight_decay", HparamField).has_class("-changed")
        await pilot.press("pageup", "pageup", "pageup")
        await settle(pilot)
        assert strip(app).endswith("▸log") and set(LOG) <= {*shown(screen)}
        assert "▾ log" in screen_text(app) and "log_every  steps from one record" in screen_text(app)
        await pilot.click(next(tab for tab in screen.query(FamilyTab) if tab.family == "architecture"))
        await settle(pilot)
        assert "▸architecture" in strip(app) and "model  the kind of network" in screen_text(app)
        assert screen.query_one("#form").region.y == 2
        await pilot.press("pageup", "up")  # the task
        await settle(pilot)
        assert "▸" not in strip(app) and "10 classes" in str(screen.query_one("#explanation", Static).content)


async def test_what_is_seldom_touched_is_folded_away() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(120, 35)) as pilot:
        screen = await open_form(app, pilot)
        assert set(LOG).isdisjoint(shown(screen)) and "▸ log  log_every, watch_every" in screen_text(app)
        heading = next(each for each in screen.query(FamilyHeading) if each.can_focus)
        await pilot.click(heading)
        await settle(pilot)
        assert set(LOG) <= {*shown(screen)}
        heading.focus()
        await pilot.press("enter")
        await settle(pilot)
        assert set(LOG).isdisjoint(shown(screen))


async def test_open_choices_scroll_by_pages() -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        screen.query_one("#field-optimizer", HparamField).box.focus()
        await pilot.press("enter", "pagedown", "enter")
        await settle(pilot)
        assert screen.query_one("#field-optimizer Select", Select).value == "adamw"
        assert screen.query_one(HparamForm).family == "training"


@pytest.mark.parametrize("name", [*OFTEN, *(pytest.param(name, marks=pytest.mark.long) for name in OTHERS)])
async def test_only_what_can_work_in_the_task_is_offered(name: str) -> None:
    app = run_app(FakeServices())
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await open_form(app, pilot)
        await choose_task(screen, pilot, name)
        task = TASKS[name]
        assert set(shown(screen)) <= set(task.reads)
        assert ("model" in shown(screen)) == (len(task.models) > 1)
        if "model" in shown(screen):
            field = screen.query_one("#field-model", HparamField)
            assert field.hparam.choices == task.models
        if "augment" in task.reads:
            explanation = str(screen.query_one("#field-augment", HparamField).explanation)
            assert ("rotate" in explanation) == ("rotate" in task.augmentations)
        first = next(iter(screen.query_one(HparamForm).families))
        assert first == ("data" if task.resolver else "training")
