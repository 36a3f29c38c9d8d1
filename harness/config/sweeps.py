"""Sweeps in short form: ``{ log = [1000, 1000000], steps = 7 }``."""

import math
from collections.abc import Mapping
from typing import Any

MOST_STEPS = 1000


def swept(table: Mapping[str, Any], *, whole: bool) -> list[Any]:
    """The numbers of a sweep on a logarithmic scale, including both ends.

    Parameters
    ----------
    table : mapping
        ``log``, the first and last number, and ``steps``, how many numbers there are.
    whole : bool
        Whether they are rounded to whole numbers.

    Raises
    ------
    ValueError
        When it is not such a table.
    """
    ends, steps = table.get("log"), table.get("steps")
    if set(table) != {"log", "steps"}:
        raise ValueError(f"got a table of {', '.join(table) or 'nothing'}, wanted {{ log = [low, high], steps = 5 }}")
    if not (isinstance(ends, list) and len(ends) == 2 and all(map(_is_positive, ends))):
        raise ValueError(f"log: got {ends!r}, wanted two numbers above 0, [low, high]")
    if not isinstance(steps, int) or isinstance(steps, bool) or not 2 <= steps <= MOST_STEPS:
        raise ValueError(f"steps: got {steps!r}, wanted a whole number from 2 to {MOST_STEPS}")
    low, high = map(float, ends)
    values = [low * (high / low) ** (k / (steps - 1)) for k in range(steps)]
    values[-1] = high
    return list(dict.fromkeys(map(round, values))) if whole else values


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
