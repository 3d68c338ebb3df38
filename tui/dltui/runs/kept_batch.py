"""The records of a reading as columns that can be kept, and back."""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from dltui.cache.layout import AnyColumn
from dltui.runs.update import Batch, Column, Mask, Rows, all_nan, all_true
from dltui_trainers.runlog import (
    EndRecord,
    EventRecord,
    LayersRecord,
    MetricsRecord,
    ParametersRecord,
    SystemRecord,
)

_AXES = ("step", "epoch", "time")
_KNOWN = "?"


class _Rest(msgspec.Struct, kw_only=True):
    """What of a batch is no column. The names of the metrics are those of each kind, known or not."""

    metrics: dict[str, list[str]]
    layers: LayersRecord | None
    parameters: tuple[ParametersRecord, ...]
    own_metrics: MetricsRecord | None
    system: SystemRecord | None
    events: tuple[EventRecord, ...]
    rows_before: tuple[tuple[int, int], ...]
    end: EndRecord | None
    skipped: int


_decoder = msgspec.msgpack.Decoder(_Rest)


def to_columns(batch: Batch) -> tuple[dict[str, AnyColumn], bytes]:
    """Return the batch as columns, and what is none of them."""
    kinds = {"steps": batch.steps, "evals": batch.evals}
    rest = _Rest(
        metrics={kind: list(rows.values) for kind, rows in kinds.items() if rows is not None},
        layers=batch.layers,
        parameters=batch.parameters,
        own_metrics=batch.metrics,
        system=batch.system,
        events=batch.events,
        rows_before=batch.rows_before,
        end=batch.end,
        skipped=batch.skipped,
    )
    columns = {f"{kind}.{name}": column for kind, rows in kinds.items() if rows for name, column in _columns(rows)}
    return columns, msgspec.msgpack.encode(rest)


def from_columns(columns: Mapping[str, AnyColumn], header: bytes) -> Batch:
    """Return the batch again. Raises ValueError if something is missing or damaged."""
    try:
        rest = _decoder.decode(header)
        rows = {kind: _rows(columns, kind, metrics) for kind, metrics in rest.metrics.items()}
    except (KeyError, IndexError, TypeError, msgspec.DecodeError) as error:
        raise ValueError(f"not a kept batch: {error}") from None
    return Batch(
        steps=rows.get("steps"),
        evals=rows.get("evals"),
        layers=rest.layers,
        parameters=rest.parameters,
        metrics=rest.own_metrics,
        system=rest.system,
        events=rest.events,
        rows_before=rest.rows_before,
        end=rest.end,
        skipped=rest.skipped,
    )


def _columns(rows: Rows) -> Iterator[tuple[str, AnyColumn]]:
    """The columns of a kind. Of a metric that some records have, their values and a bit a record; else nothing."""
    for axis in _AXES:
        yield axis, getattr(rows, axis)
    for name, values in rows.values.items():
        unknown = rows.unknown.get(name)
        if unknown is None:
            yield name, values
        elif not unknown.all():
            yield name, values[~unknown]
            yield name + _KNOWN, np.packbits(~unknown)


def _rows(columns: Mapping[str, AnyColumn], kind: str, metrics: list[str]) -> Rows:
    step, epoch, time = (columns[f"{kind}.{axis}"] for axis in _AXES)
    values, unknown = {}, {}
    for name in metrics:
        values[name], missing = _metric(columns, f"{kind}.{name}", len(step))
        if missing is not None:
            unknown[name] = missing
    if any(len(column) != len(step) for column in (epoch, time, *values.values())):
        raise ValueError("columns differ in length")
    return Rows(step=step, epoch=epoch, time=time, values=values, unknown=unknown)


def _metric(columns: Mapping[str, AnyColumn], name: str, length: int) -> tuple[Column, Mask | None]:
    given: npt.NDArray[np.float64] | None = columns.get(name)
    if given is None:
        return all_nan(length), all_true(length)
    bits = columns.get(name + _KNOWN)
    if bits is None:
        return given, None
    known = np.unpackbits(bits, count=length).view(np.bool_)
    values = np.full(length, np.nan)
    values[known] = given
    return values, ~known
