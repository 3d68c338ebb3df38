"""Callbacks for trainings of other frameworks: each starts a run by the recorder and tells it what the framework knows.

One file a framework, and each needs its framework to be imported: nothing here is imported by the rest of the house.
What they share is how names are read (``names``), which settings are told (``settings``), and how losses are read
from a GPU without waiting for it at each step (``losses``).
"""
