"""Places names beside marks so that they cover neither marks nor each other."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

WIDTH, HEIGHT = 760, 270
"""Pixels of the plotting area."""

CHARACTER, LINE, MARK = 6.6, 14, 7
"""Pixels: width of a character, height of a line, half a mark."""


class Mark(NamedTuple):
    """A mark: its name, and its place as shares of the plotting area from the left and from the bottom."""

    across: float
    up: float
    name: str


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )


def positions(marks: Sequence[Mark]) -> list[str]:
    """Plotly's ``textposition`` for each name; empty if there is no room.

    Greedy in the given order. Above and below are tried first, because error bars are horizontal.
    """
    taken = [_box(mark, MARK, MARK) for mark in marks]
    found = []
    for mark in marks:
        free = ((side, box) for side, box in _sides(mark) if _inside(box) and not any(map(box.meets, taken)))
        side, box = next(free, ("", None))
        taken += [box] if box else []
        found.append(side)
    return found


def shares(values: Iterable[float], low: float, high: float) -> list[float]:
    """Each value's place between two ends of an axis, as a share; 0.5 if the ends are equal."""
    return [(value - low) / (high - low) if high > low else 0.5 for value in values]


def _box(mark: Mark, wide: float, high: float, right: float = 0.0, up: float = 0.0) -> _Box:
    """A box around a mark with these half sizes, moved right and up; all in pixels."""
    x, y = mark.across * WIDTH + right, mark.up * HEIGHT + up
    return _Box(x - wide, y - high, x + wide, y + high)


def _sides(mark: Mark) -> Iterable[tuple[str, _Box]]:
    half = CHARACTER * len(mark.name) / 2
    yield "top center", _box(mark, half, LINE / 2, up=LINE / 2 + MARK + 2)
    yield "bottom center", _box(mark, half, LINE / 2, up=-LINE / 2 - MARK - 2)
    yield "middle right", _box(mark, half, LINE / 2, right=half + MARK + 3)
    yield "middle left", _box(mark, half, LINE / 2, right=-half - MARK - 3)


def _inside(box: _Box) -> bool:
    return box.left >= -0.04 * WIDTH and box.right <= 1.04 * WIDTH and box.bottom > -LINE and box.top < HEIGHT + LINE
