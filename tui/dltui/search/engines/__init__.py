"""Where trials run: on this machine, as jobs of Slurm, or on a Ray cluster, behind one small interface."""
