"""What was done to a training while it ran, and what came of it: from events and curves, before any advice."""
