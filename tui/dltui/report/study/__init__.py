"""The report of a search or of a tuning: what was tried, what came of it, and the settings that were best."""
