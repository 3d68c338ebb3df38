"""The seven steps, each a room of its own: trials are asked for, judged, and made a result of."""
