"""How well diagnosis and advice do on trainings with seeded faults; what each run is labelled by stands in `label.py`.

`make bench-diagnosis` and `make bench-advice`. The tasks are small, procedural, and not those that dltui comes with.
"""
