"""The supervisor: a process that works on one study, hears what a person wants of it, and may be killed at any time."""
