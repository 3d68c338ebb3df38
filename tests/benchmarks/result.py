"""One measured number beside the number to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What was measured; ``lower_is_better`` says on which side of ``target`` it must be."""

    name: str
    value: float
    unit: str
    target: float
    lower_is_better: bool = True

    @property
    def met(self) -> bool:
        """Whether the target is reached. A NaN never is."""
        return self.value <= self.target if self.lower_is_better else self.value >= self.target
