"""Search: many trainings of one task, with settings that a method chooses, on an engine that runs them.

The road: a ``space`` says what may be tried, a ``methods`` asks for the next trial, ``trials`` runs each one on one of
the ``engines``, prunes the bad ones and writes a ``study``, the file from which a search goes on and screens read.
"""
