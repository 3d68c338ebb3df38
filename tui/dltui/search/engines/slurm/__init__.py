"""Trials as jobs of Slurm, one job a training: through Slurm's own programs, as a person would ask it."""
