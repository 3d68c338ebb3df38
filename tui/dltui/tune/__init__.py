"""Tune: the doctor's loop. Train, diagnose, apply the first advice, see what it did, and back out of what hurt."""
