"""Reports made by hand for tests: of a short training, with whatever its log says."""

from pathlib import Path
from typing import Any

from runlogs import end, evaluation, manifest, step, whole_run

from dltui.advice.prescribe import prescribe
from dltui.diagnosis.examine import examine
from dltui.formats import open_log, state_of
from dltui.report.make import make_report
from dltui.report.report import Report
from dltui.runs.reader import decode
from dltui.series.state import RunState
from dltui.texts import Texts
from dltui_trainers.runlog import AnyRecord, EventRecord, Parent, to_line

ROOT = Path(__file__).parents[1]
HOSTILE = (
    "<script>alert(1)</script>",
    "]]></desc></svg><b onload='x'>",
    "&lt;&amp;&#0; \"'",
    "\x1b[31mred\x1b]0;title\x07",
    "\u202egnp.exe\u200f",
    "first\nsecond\r\n# heading\n| a | b |\n```\n",
    "[link](javascript:alert(1)) ![i](http://x/y.png) <http://x> @everyone $x$",
    "\ud800 \ufffe \x00",
    "long " * 2000,
)
"""What a log may say, and no reader must act on."""


def report_of(records: list[AnyRecord], *, name: str = "mine", language: str = "en", **changes: Any) -> Report:
    """Return the report of a run of those records, whose manifest has those fields different."""
    state = RunState()
    state.manifest = manifest(**changes)
    state.extend(decode(b"".join(map(to_line, records)).rstrip(b"\n")))
    return judged(state, name, language)


def judged(state: RunState, name: str, language: str = "en", at_step: float | None = None) -> Report:
    """Return the report of what is found in a state."""
    diagnosis = examine(state, at_step)
    return make_report(
        name=name,
        format="dltui",
        state=state,
        diagnosis=diagnosis,
        advice=prescribe(state, diagnosis),
        texts=Texts.load(language),
        cut=at_step is not None,
    )


def sample(name: str, language: str = "en", at_step: float | None = None) -> Report:
    """Return the report of one of the saved samples."""
    return judged(state_of(open_log(ROOT / "samples" / name)), name, language, at_step)


def hostile(text: str) -> Report:
    """Return the report of a run that says ``text`` wherever a log can say something."""
    said = text.encode("utf-8", errors="replace").decode()
    records = whole_run()[:-1]
    event = EventRecord(step=30, time=records[40].time, name=said, from_=said, to=said, by=said, reason=said)
    hparams = {"lr": 0.001, "optimizer": said, said: said}
    parent = Parent(run=said, step=3, changed={said: said})
    return report_of(
        [*records, event, end("failed", error=said)],
        name=text,
        hparams=hparams,
        parent=parent,
        task=said,
        device=said,
        loss=said,
        git=said,
        created=said,
        command=[said, said],
        versions={said: said},
    )


def long_run(steps: int) -> Report:
    """Return the report of a run of that many noisy steps, with gaps and values that are not finite."""
    records: list[AnyRecord] = []
    for at in range(1, steps + 1):
        loss = float("nan") if at % 997 == 0 else 1 / (1 + at / steps) + (at * 7919 % 1000) / 2000
        records.append(step(at, loss, grad_norm=1 + (at * 104729 % 1000) / 100))
        if at % 10 == 0:
            records.append(evaluation(at, 0.5 + (at * 31 % 100) / 300, val_accuracy=(at * 17 % 100) / 100))
    return report_of(records)
