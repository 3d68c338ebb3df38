"""Played again, what was measured of the parameters comes when its step does, and once."""

from pathlib import Path

import msgspec
from runlogs import manifest, step

from dltui.formats import open_log
from dltui.log_options import AS_IT_IS
from dltui.replay.recording import record
from dltui.series.state import RunState
from dltui_trainers.atomic import write_whole
from dltui_trainers.runlog import MANIFEST, METRICS, ParametersRecord, ParameterStats, to_line


def test_each_record_of_the_parameters_comes_once_and_at_its_step(tmp_path: Path) -> None:
    lines = []
    for at in range(1, 41):
        lines.append(to_line(step(at, 1 / at)))
        if at in (1, 10, 30):
            stats = {"fc.weight": ParameterStats(norm=1.0)}
            lines.append(to_line(ParametersRecord(step=at, time=float(at), parameters=stats)))
    write_whole(tmp_path / METRICS, b"".join(lines))
    write_whole(tmp_path / MANIFEST, msgspec.json.encode(manifest()))
    recording = record(open_log(tmp_path, AS_IT_IS), {}, "")
    state, shown = RunState(), 0
    for rows, seen in ((5, [1]), (20, [1, 10]), (40, [1, 10, 30]), (15, [1, 10]), (40, [1, 10, 30])):
        state.take(recording.update(shown, rows))
        shown = rows
        assert [each.step for each in state.parameters] == seen, rows
