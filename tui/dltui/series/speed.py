"""How fast a training is: that of its last seconds, for it changes with the load of the machine."""

import math

import numpy as np

from dltui.series.track import Track

RATE_WINDOW_S = 10.0


def steps_per_s(track: Track, stood_until_s: float) -> float:
    """Return the steps a second over the last seconds of the log, NaN while that cannot be told.

    ``stood_until_s``: until when it last stood still, or did what no longer counts, on the clock of the track; NaN if
    it never did. That time is no part of it: what counts came after, or before while there is too little of that.
    """
    steps, times = track.axis("step").values, track.axis("time").values
    stop = len(times)
    after = int(np.searchsorted(times, stood_until_s, side="right")) if math.isfinite(stood_until_s) else 0
    start, stop = (after, stop) if stop - after >= 2 else (0, after or stop)
    if stop - start < 2 or not math.isfinite(times[stop - 1]):
        return math.nan
    recent = int(np.searchsorted(times[:stop], times[stop - 1] - RATE_WINDOW_S))
    first = min(max(start, recent), stop - 2)
    span = float(times[stop - 1] - times[first])
    done = float(steps[stop - 1] - steps[first])
    return done / span if span > 0 and done > 0 else math.nan
