"""Which files are logs of trainings, and what else a file is, told by its name and its beginning."""
