"""What the guide is worth: beside a random search on the same tasks, and against faults that were planted."""
