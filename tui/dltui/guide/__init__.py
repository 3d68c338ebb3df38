"""The six steps of tuning, run for the user: what each does, decides and hands on.

On the road it stands behind the advice: a step asks for trials, which are ordinary runs, and makes a result of what
they came to. ``steps`` holds the steps and ``engine`` runs them; the whole state lies in the guide's folder, and
whoever shows it reads it there.
"""
