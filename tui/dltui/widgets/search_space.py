"""A search space in a few lines: what is tried of each hyperparameter."""

from textual.content import Content

from dltui.formatting import count, setting
from dltui.search.space.dimension import Dimension
from dltui.search.study.options import SearchOptions
from dltui.text import safe_text

_MOST_CHOICES = 5


def space_text(options: SearchOptions) -> Content:
    """Return the dimensions one after the other."""
    parts = [
        Content.assemble((safe_text(each.name), "bold"), f" {dimension_text(each)}") for each in options.dimensions
    ]
    return Content.styled(" · ", "$chart-label").join(parts)


def dimension_text(dimension: Dimension) -> str:
    """Return what is tried: ``1e-4 .. 0.1 log``, ``32, 64, 128``, ``0 or 1e-5 .. 0.1 log``."""
    if dimension.is_choice:
        values = [setting(each) for each in dimension.choices]
        more = f", … {count(len(values))}" if len(values) > _MOST_CHOICES else ""
        return ", ".join(values[:_MOST_CHOICES]) + more
    ends = [setting(int(each) if dimension.whole else each) for each in (dimension.low, dimension.high)]
    also = "".join(f"{setting(each)} or " for each in dimension.also)
    step = f" by {setting(dimension.step)}" if dimension.step else ""
    return f"{also}{ends[0]} .. {ends[1]}{step}" + (" log" if dimension.log else "")
