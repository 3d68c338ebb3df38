"""A command of a person that is followed: it runs as it is, and what it prints or writes becomes the log of a run."""
