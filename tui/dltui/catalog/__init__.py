"""The trainings that a list shows: found beneath a folder, each in a few numbers, filtered and sorted."""
