"""Another program's log while it is written: what is new of it, whether it still grows, what was kept of it."""
