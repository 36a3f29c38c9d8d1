"""Families of cases that differ only in size, and the law of each."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from harness.config import CaseKey
from harness.machine import Roof
from harness.results import Row, Run
from harness.scaling.law import FEWEST, Estimate, Law, Point, fit_law
from harness.scaling.rates import Achieved, achieved

SIZES = ("n_samples", "n_features")

Quantity = Literal["time", "memory"]


class Prediction(NamedTuple):
    """A law's prediction for a size; ``beyond``: it is an extrapolation."""

    n: int
    d: int
    expected: Estimate
    beyond: bool


@dataclass(frozen=True, eq=False)
class Family:
    """Cases that differ only in size."""

    dataset: str
    case: str
    """``dataset`` and ``case``: the shared parts of their ids, without sizes."""
    rows: tuple[Row, ...]

    def points(self, quantity: Quantity) -> list[Point]:
        """Each size with the values of its rounds, for answered cases."""
        found = [(row, values) for row in self.answered if (values := values_of_rounds(row, quantity))]
        return sorted(Point(*_problem_size(row), values) for row, values in found)

    @property
    def answered(self) -> list[Row]:
        """Rows with status ok."""
        return [row for row in self.rows if row.status == "ok" and row.problem is not None]


@dataclass(frozen=True, eq=False)
class Growth:
    """How one quantity of a family grows."""

    family: Family
    quantity: Quantity
    points: Sequence[Point]
    law: Law | None
    """None where there are too few sizes."""
    roof: Roof | None = None
    """The machine's peak rates; None where the run does not record them."""

    @property
    def achieved(self) -> Achieved | None:
        """The rates at the size with the most data; None for memory, and where the backend declares no cost."""
        return next((found for size, found in self._rates if size == self.largest), None)

    @cached_property
    def _rates(self) -> Sequence[tuple[Point, Achieved | None]]:
        by_size = {_problem_size(row): row for row in self.family.answered} if self.quantity == "time" else {}
        return [(each, achieved(by_size.get((each.n, each.d)), self.roof)) for each in self.points]

    @property
    def largest(self) -> Point | None:
        """The size with the most data."""
        return max(self.points, key=lambda each: each.n * each.d, default=None)

    def predicted(self, n: int | None, d: int | None) -> Prediction | None:
        """The prediction at a size; a missing number is that of the largest size. None where the law does not apply."""
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
        """The growth as in ``linbench scaling --format json``."""
        law, rates = self.law, [found for _, found in self._rates]
        return {
            "dataset": self.family.dataset,
            "case": self.family.case,
            "quantity": self.quantity,
            "sizes": [
                {"n_samples": each.n, "n_features": each.d, "values": each.values, "achieved": rate and rate.record()}
                for each, rate in zip(self.points, rates, strict=True)
            ],
            "law": law and {
                "n_samples": _plain(law.exponent("n")),
                "n_features": _plain(law.exponent("d")),
                "overhead": _plain(law.overhead),
                "jump": _plain(law.jump),
                "jump_beyond_values": law.step,
            },
            "roof": self.roof and asdict(self.roof),
        }  # fmt: skip


def _plain(found: Estimate | None) -> dict[str, float] | None:
    return found and found._asdict()


def _problem_size(row: Row) -> tuple[int, int]:
    return (row.problem.n_samples, row.problem.n_features) if row.problem else (0, 0)


def values_of_rounds(row: Row, quantity: Quantity) -> tuple[float, ...]:
    """A row's positive median seconds, or peak bytes, of each round."""
    if quantity == "time":
        return tuple(each.median for each in row.rounds.values() if each.median > 0)
    return tuple(float(each.peak_memory_bytes) for each in row.measurements if each.peak_memory_bytes)


def families(run: Run) -> list[Family]:
    """The families with `FEWEST` or more sizes, in the order of the run's cases."""
    grouped: dict[str, list[Row]] = {}
    for row in run.rows:
        grouped.setdefault(_shared(row.case), []).append(row)
    several = [rows for rows in grouped.values() if len({_size(row.case) for row in rows}) >= FEWEST]
    return [Family(_named(rows[0], run.rows), rows[0].case.id.partition("/")[2], tuple(rows)) for rows in several]


def sweeps_sizes(cases: Iterable[CaseKey]) -> bool:
    """Whether a run of these cases has a family."""
    sizes: dict[str, set[tuple[Any, ...]]] = {}
    for case in cases:
        sizes.setdefault(_shared(case), set()).add(_size(case))
    return any(len(each) >= FEWEST for each in sizes.values())


def _size(case: CaseKey) -> tuple[Any, ...]:
    return tuple(case.dataset_options.get(size) for size in SIZES)


def _named(row: Row, rows: Sequence[Row]) -> str:
    """A dataset's name, with the options, other than sizes, that distinguish it from others of its name."""
    others = [each.case.dataset_options for each in rows if each.case.dataset == row.case.dataset]
    telling = {
        key: value
        for key, value in row.case.dataset_options.items()
        if key not in SIZES and any(each.get(key) != value for each in others)
    }
    return row.case.dataset + (f"[{','.join(f'{k}={v}' for k, v in telling.items())}]" if telling else "")


def _shared(case: CaseKey) -> str:
    """What a family's cases share, as text."""
    values = {key: value for key, value in asdict(case).items() if key not in ("id", "dataset_label")}
    options = {key: value for key, value in case.dataset_options.items() if key not in SIZES}
    return json.dumps({**values, "dataset_options": options}, sort_keys=True)


def growths(run: Run) -> list[Growth]:
    """Time and memory of every family."""
    quantities: tuple[Quantity, ...] = ("time", "memory")
    found = []
    for family in families(run):
        for quantity in quantities:
            points = family.points(quantity)
            found.append(Growth(family, quantity, points, fit_law(points), run.header.roof))
    return found
