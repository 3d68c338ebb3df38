"""Charts as grids of characters: pure functions from series to a canvas that a widget or a report shows."""
