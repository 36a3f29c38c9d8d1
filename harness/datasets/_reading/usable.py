"""Which of the columns that the user did not name can be used, and why others are left out."""

from collections.abc import Sequence

import numpy as np

from harness.datasets._reading.categories import Levels, Unreadable
from harness.datasets._reading.columns import Numbers, parsed
from harness.datasets._reading.grid import Grid
from harness.datasets._reading.how import How
from harness.datasets._reading.markers import Markers

RUNNING = {"id", "index", "unnamed: 0", "row", "rownames", "#"}
"""Names in lower case of a first column that may only count the rows."""


def usable(
    grid: Grid, how: How, markers: Markers, taken: Sequence[str]
) -> tuple[dict[str, Numbers | Levels], list[str]]:
    """Every usable column that is not taken, and notes on those left out."""
    found: dict[str, Numbers | Levels] = {}
    out: list[str] = []
    for j, name in enumerate(grid.names):
        if name in taken:
            continue
        if not name or grid.names.count(name) > 1:
            out.append(
                f"column {j + 1} is left out: {'it has no name' if not name else f'another is named {name!r} too'}"
            )
            continue
        try:
            column = parsed(grid, name, how, markers)
        except Unreadable as error:
            out.append(f"column {name!r} is left out: it {str(error).partition(repr(name))[2].strip()}")
            continue
        if (why := _useless(column, first=j == 0)) is not None:
            out.append(f"column {name!r} is left out: {why}")
        else:
            found[name] = column
    return found, out


def _useless(column: Numbers | Levels, *, first: bool) -> str | None:
    if isinstance(column, Levels):
        return "it has a single level" if len(column.levels) < 2 else None
    known = column.values[~np.isnan(column.values)]
    if len(known) == 0:
        return "it holds no values"
    if (known == known[0]).all():
        return f"all its values are {known[0]:g}"
    if first and column.name.lower() in RUNNING and len(known) > 2 and (np.diff(column.values) == 1).all():
        return "it only counts the rows"
    return None
