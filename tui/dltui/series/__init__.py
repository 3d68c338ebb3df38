"""From the rows of a log to curves: growing columns, smoothing, decimation, and the state of a run. Pure numpy."""
