"""A script's run in the interface: what is not known is not claimed, and its own numbers are shown."""

from pathlib import Path

from dltui.charts.of_run import run_charts, smoothing_for
from dltui.charts.run_view import RunView
from dltui.formats import open_log, state_of
from dltui.series.state import SMOOTHING, RunState
from dltui.widgets.run_facts import run_facts
from dltui.widgets.run_header import _facts
from dltui_trainers.recorder import start_run


def shown(hparams: dict[str, object] | None = None, **told: int) -> RunState:
    with start_run("test", hparams=hparams, **told) as run:  # type: ignore[arg-type]
        for step in range(1, 41):
            run.log(step, loss=1 / step, reward=step, **{"evil\x1b[31m": 1.0})
        run.log(40, val_loss=0.5)
    return state_of(open_log(Path("runs/test")))


def header(state: RunState) -> str:
    return " ".join(piece.plain for piece in _facts("test", state, False))


def test_the_header_claims_no_plan_that_nobody_told() -> None:
    line = header(shown())
    assert "step 40" in line and "finished" in line
    assert not [word for word in ("nan", "ETA", "epoch", "%") if word in line]


def test_the_header_tells_the_plan_that_was_told() -> None:
    assert "epoch 2/4 50 %" in header(shown(epochs=4, steps_per_epoch=20))


def test_there_is_no_chart_of_what_the_script_does_not_log() -> None:
    state = shown()
    assert [chart.title for chart in run_charts(state, RunView())] == ["loss"]
    assert smoothing_for(state, 10) < SMOOTHING


def test_its_own_numbers_and_all_of_its_settings_are_facts() -> None:
    facts = {
        fact.name: fact.value for fact in run_facts(shown({"momentum": 0.9, "optimizer": "adam", "inner": {"a": 1}}))
    }
    assert facts["reward"] == "40"
    assert facts["momentum"] == "0.9"  # what Adam of ours would not read
    assert facts["inner.a"] == "1"
    assert "train" not in facts


def test_an_unknown_number_of_samples_is_no_fact() -> None:
    facts = {fact.name: fact.value for fact in run_facts(shown(n_train=100))}
    assert facts["train"] == "100" and "val" not in facts
