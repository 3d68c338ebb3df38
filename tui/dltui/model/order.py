"""What the table of a model can be sorted by; nothing is imported, for the command line names it before all else."""

from enum import StrEnum


class Order(StrEnum):
    """What the rows are sorted by; what a person looks for is on top."""

    MODEL = "order"
    HEALTH = "health"
    COUNT = "count"
    RATIO = "ratio"
    GRADIENT = "gradient"
    DEAD = "dead"
