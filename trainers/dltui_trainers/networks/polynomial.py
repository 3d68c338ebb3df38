"""A polynomial in one variable."""

import torch
from torch import Tensor, nn


class Polynomial(nn.Module):
    """A polynomial on [-1, 1], its weights on Chebyshev polynomials: on powers of x descent would creep.

    It starts as the zero polynomial: the problem is convex, so no symmetry needs to be broken.
    """

    def __init__(self, degree: int) -> None:
        super().__init__()
        self.degrees: Tensor
        self.register_buffer("degrees", torch.arange(degree + 1, dtype=torch.float32), persistent=False)
        self.weight = nn.Parameter(torch.zeros(degree + 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the value at each ``x`` of shape (n, 1)."""
        return torch.cos(torch.acos(x) * self.degrees) @ self.weight
