"""What is wrong with a training, told from its curves: a symptom a file, all over one view of the run.

Third on the road of the data, after ``series``: numbers in, findings out. Nothing here draws, reads a file or knows a
language.
"""
