"""What to change: findings and the configuration in, ranked changes with numbers out.

Fourth on the road of the data, after ``diagnosis``. Nothing here draws, reads a file or knows a language.
"""
