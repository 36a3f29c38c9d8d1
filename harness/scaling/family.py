"""The cases of a run that differ in their size alone, and the law of each family of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

from harness.results import Row, Run
from harness.scaling.law import FEWEST, Estimate, Law, Point, fit_law

SIZES = ("n_samples", "n_features")

Quantity = Literal["time", "memory"]


class Prediction(NamedTuple):
    """What a law says of a size, and whether that is beyond the sizes it was fitted to."""

    n: int
    d: int
    expected: Estimate
    beyond: bool


@dataclass(frozen=True, eq=False)
class Family:
    """Cases alike in all but the size.

    Attributes
    ----------
    dataset, case : str
        What they share, as their ids have it; the sizes left out.
    rows : tuple of Row
    """

    dataset: str
    case: str
    rows: tuple[Row, ...]

    def points(self, quantity: Quantity) -> list[Point]:
        """Each size with the values of its rounds, of cases that were answered."""
        found = []
        for row in self.rows:
            values = values_of_rounds(row, quantity)
            if row.status == "ok" and row.problem is not None and values:
                found.append(Point(row.problem.n_samples, row.problem.n_features, values))
        return sorted(found)


@dataclass(frozen=True, eq=False)
class Growth:
    """How one quantity of a family grows.

    Attributes
    ----------
    family : Family
    quantity : {"time", "memory"}
    points : sequence of Point
    law : Law or None
        None where the sizes are too few.
    """

    family: Family
    quantity: Quantity
    points: Sequence[Point]
    law: Law | None

    @property
    def largest(self) -> Point | None:
        """The size with the most data."""
        return max(self.points, key=lambda each: each.n * each.d, default=None)

    def predicted(self, n: int | None, d: int | None) -> Prediction | None:
        """At a size; a number that is not given is the largest measured one's. None where the law cannot tell."""
        if self.law is None or self.largest is None or (n is None and d is None):
            return None
        at = (n or self.largest.n, d or self.largest.d)
        for axis, value in zip("nd", at, strict=True):
            if axis not in self.law.axes and value not in {getattr(each, axis) for each in self.points}:
                return None
        beyond = any(
            value > max(getattr(each, axis) for each in self.points) for axis, value in zip("nd", at, strict=True)
        )
        return Prediction(*at, self.law.at(*at), beyond)

    def record(self) -> dict[str, Any]:
        """As ``linbench scaling --format json`` has it."""
        law = self.law
        return {
            "dataset": self.family.dataset,
            "case": self.family.case,
            "quantity": self.quantity,
            "sizes": [{"n_samples": each.n, "n_features": each.d, "values": each.values} for each in self.points],
            "law": law and {
                "n_samples": _plain(law.exponent("n")),
                "n_features": _plain(law.exponent("d")),
                "overhead": _plain(law.overhead),
                "jump": _plain(law.jump),
                "jump_beyond_values": law.step,
            },
        }  # fmt: skip


def _plain(found: Estimate | None) -> dict[str, float] | None:
    return found and found._asdict()


def values_of_rounds(row: Row, quantity: Quantity) -> tuple[float, ...]:
    """A row's median seconds or peak bytes in each round that has them, above 0."""
    if quantity == "time":
        return tuple(each.median for each in row.rounds.values() if each.median > 0)
    return tuple(float(each.peak_memory_bytes) for each in row.measurements if each.peak_memory_bytes)


def families(run: Run) -> list[Family]:
    """The families of a run that have three or more sizes, in the order of its cases."""
    grouped: dict[str, list[Row]] = {}
    for row in run.rows:
        grouped.setdefault(json.dumps(_shared(row), sort_keys=True), []).append(row)
    several = [rows for rows in grouped.values() if len({_size(row) for row in rows}) >= FEWEST]
    return [Family(_named(rows[0], run.rows), rows[0].case.id.partition("/")[2], tuple(rows)) for rows in several]


def _size(row: Row) -> tuple[Any, ...]:
    return tuple(row.case.dataset_options.get(size) for size in SIZES)


def _named(row: Row, rows: Sequence[Row]) -> str:
    """A dataset with those of its options, sizes aside, that tell it from others of its name."""
    others = [each.case.dataset_options for each in rows if each.case.dataset == row.case.dataset]
    telling = {
        key: value
        for key, value in row.case.dataset_options.items()
        if key not in SIZES and any(each.get(key) != value for each in others)
    }
    return row.case.dataset + (f"[{','.join(f'{k}={v}' for k, v in telling.items())}]" if telling else "")


def _shared(row: Row) -> Mapping[str, Any]:
    """A case but for its sizes."""
    values = asdict(row.case)
    options = {key: value for key, value in row.case.dataset_options.items() if key not in SIZES}
    return {
        **{key: value for key, value in values.items() if key not in ("id", "dataset_label")},
        "dataset_options": options,
    }


def growths(run: Run) -> list[Growth]:
    """Time and memory of every family."""
    quantities: tuple[Quantity, ...] = ("time", "memory")
    found = []
    for family in families(run):
        for quantity in quantities:
            points = family.points(quantity)
            found.append(Growth(family, quantity, points, fit_law(points)))
    return found
