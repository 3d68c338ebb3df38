"""How many different trials a search can have, and who tells that: its folder, its first line, its screen's header."""

from pathlib import Path

import pytest
from fakes import FakeServices, run_app, screen_text, with_footer
from msgspec.structs import replace
from search.asking import searched
from search.studies import search_records, study_of

from dltui.cli.search_lines import described
from dltui.runs.status import RunStatus
from dltui.search.methods.choose import make_method
from dltui.search.methods.size import configurations
from dltui.search.space.dimension import Dimension
from dltui.search.study.folder import read_study
from dltui.search.study.follow import StudySeen
from dltui.search.study.options import MethodName, SearchOptions, TuneOptions
from dltui.search.study.records import Begun
from dltui.search.study.study import Study
from dltui.search.supervisor.launch import begin
from dltui_trainers.registry import TASKS

DIGITS = TASKS["digits"]
RATES = Dimension(name="lr", low=1e-4, high=0.1, log=True)
WIDTHS = Dimension(name="width", choices=(16, 32, 16))
OPTIMIZERS = Dimension(name="optimizer", choices=("adam", "momentum"))
LAYERS = Dimension(name="layers", low=0, high=2, whole=True)
MOMENTUM = Dimension(name="momentum", low=0.5, high=0.9, step=0.2)


@pytest.mark.parametrize(
    ("method", "dimensions", "count"),
    [
        ("grid", (RATES,), 5),
        ("grid", (RATES, WIDTHS), 10),
        ("grid", (OPTIMIZERS, MOMENTUM), 1 + 3),  # adam has no momentum
        ("random", (RATES,), 0),
        ("random", (RATES, WIDTHS), 0),
        ("random", (WIDTHS,), 2),
        ("bayes", (OPTIMIZERS, MOMENTUM), 1 + 3),
        ("random", (LAYERS, WIDTHS), 1 + 2 * 2),  # without a layer there is no width
        ("random", (Dimension(name="batch_size", low=16, high=18, whole=True, log=True, also=(4,)),), 4),
        ("random", (Dimension(name="batch_size", low=1, high=1437, whole=True),), 0),
        ("bayes", (Dimension(name="dropout", low=0.0, high=0.5, step=1e-9),), 0),
        ("random", (Dimension(name="batch_size", low=1, high=900, whole=True), WIDTHS), 0),
    ],
)
def test_how_many_configurations_there_are(method: MethodName, dimensions: tuple[Dimension, ...], count: int) -> None:
    options = SearchOptions(method=method, dimensions=dimensions, trials=0 if method == "grid" else 40)
    assert configurations(DIGITS, options) == count
    if method == "grid":
        assert make_method(DIGITS, options).count() == count
    elif count:
        assert len(searched(DIGITS, options, lambda settings: 1.0)) == count


def test_a_study_knows_from_its_beginning_how_many_there_are(tmp_path: Path) -> None:
    asked: tuple[tuple[SearchOptions | TuneOptions, int], ...] = (
        (SearchOptions(method="grid", trials=0, dimensions=(RATES, WIDTHS)), 10),
        (SearchOptions(dimensions=(RATES,)), 0),
        (TuneOptions(), 0),
    )
    for options, count in asked:
        begun = read_study(begin(tmp_path, "digits", options, f"s{count}-{len(list(tmp_path.iterdir()))}")).begun
        assert begun is not None and begun.configurations == count


def study_with(count: int, **options: object) -> Study:
    begun, *rest = search_records()
    assert isinstance(begun, Begun)
    search = SearchOptions(**{"dimensions": (RATES, WIDTHS), **options})  # type: ignore[arg-type]
    return study_of([replace(begun, search=search, configurations=count), *rest])


@pytest.mark.parametrize(
    ("count", "options", "told"),
    [
        (12, {"method": "grid", "trials": 0}, "grid over lr, width: 12 configurations"),
        (1, {"method": "grid", "trials": 0}, "grid over lr, width: 1 configuration"),
        (500, {"method": "grid", "trials": 0}, "grid over lr, width: 500 configurations"),
        (
            2160,
            {"method": "grid", "trials": 0, "seeds": 2},
            "grid over lr, width: 2 160 configurations, so 4 320 trainings: --trials or --budget makes it fewer",
        ),
        (
            300,
            {"method": "grid", "trials": 0, "seeds": 3},
            "grid over lr, width: 300 configurations, so 900 trainings: --trials or --budget makes it fewer",
        ),
        (2160, {"method": "grid", "trials": 9}, "grid over lr, width: 2 160 configurations; 9 trials"),
        (2160, {"method": "grid", "trials": 0, "budget_s": 60}, "grid over lr, width: 2 160 configurations; 1:00 in"),
        (6, {"method": "random", "trials": 40}, "random over lr, width: 6 configurations; at most 40 trials"),
        (60, {"method": "random", "trials": 40}, "random over lr, width; 40 trials"),
        (60, {"method": "random", "trials": 0, "budget_s": 60}, "random over lr, width; 1:00 in all"),
        (0, {"method": "grid", "trials": 0}, "grid over lr, width"),
    ],
)
def test_the_first_line_tells_what_it_will_come_to(count: int, options: dict[str, object], told: str) -> None:
    line = described(study_with(count, **options)).partition("minimises val_loss; ")[2]
    assert line.startswith(told) and ("trainings" in line) == ("trainings" in told)


@pytest.mark.parametrize(
    ("count", "options", "told"),
    [
        (1440, {"method": "grid", "trials": 0}, ("31/1440 trials", "grid of 1 440")),
        (36, {"method": "random", "trials": 40}, ("31/36 trials", "random of 36")),
        (1440, {"method": "grid", "trials": 40}, ("31/40 trials", "grid of 1 440")),
        (90, {"method": "random", "trials": 40}, ("31/40 trials", "random ─")),
    ],
)
async def test_the_header_tells_the_end_in_little_room_and_the_size_in_more(
    count: int, options: dict[str, object], told: tuple[str, str]
) -> None:
    seen = StudySeen(study=study_with(count, **options), status=RunStatus.RUNNING)
    for size, parts in (((80, 24), told[:1]), ((200, 50), told)):
        app = run_app(FakeServices(study=seen), study="digits-search")
        async with app.run_test(size=size) as pilot:
            await with_footer(pilot)
            head = "\n".join(screen_text(app).split("\n")[:3])
        assert [each for each in parts if each not in head] == [], head
