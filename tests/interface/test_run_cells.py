"""A cell of the list of runs holds what tells a run from the others."""

import pytest
from rich.cells import cell_len

from dltui.widgets.run_cells import cut_name


@pytest.mark.parametrize(
    ("name", "cells", "shown"),
    [
        ("digits-a", 8, "digits-a"),
        ("tabular-20261121-172430-817c", 16, "tabular…430-817c"),
        ("logs/2026/resnet/metrics.csv", 16, "…net/metrics.csv"),
        ("训练-20261121-172430-817c", 12, "训练-…0-817c"),
    ],
)
def test_a_long_name_keeps_its_beginning_and_its_end_and_a_path_its_end(name: str, cells: int, shown: str) -> None:
    assert cut_name(name, cells) == shown
    assert cell_len(shown) <= cells
