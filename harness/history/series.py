"""Builds a history from its points: the series, and the steps in each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.errors import NothingToShow
from harness.history.annotations import Annotation
from harness.history.points import History, Point, Quantity, Series, Step
from harness.history.reader import CasePoint, ReadRuns, read
from harness.history.steps import Shift, jumps, ruptures, shifts
from harness.results import SEVERITY

if TYPE_CHECKING:
    from harness.revisions import Library

Key = tuple[str, str, int | None]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Varying:
    """A number with noise, and the least relative change of it that is worth reporting."""

    quantity: Quantity
    value: Callable[[Point], float | None]
    margin: float


VARYING = (
    Varying("time", lambda point: point.ratio, 0.02),
    Varying("memory", lambda point: point.memory_bytes, 0.10),
)

HALF_A_DIGIT = 0.5


def history(
    paths: Iterable[Path],
    case_pattern: str = "",
    *,
    library: Library | None = None,
    known: Sequence[Annotation] = (),
) -> History:
    """Trends and steps over run files, or over the commits of a library that they were measured with.

    Parameters
    ----------
    paths : iterable of Path
        Run files, in any order. Of a damaged file only the damaged lines are left out, and it is reported.
    case_pattern : str
        Select cases whose id contains this; ``*`` and ``?`` match as in file names.
    library : Library, optional
        Order the points by this library's commits, and find steps only between commits.
    known : sequence of Annotation
        Known causes, to be attached to the steps that they explain.

    Raises
    ------
    NothingToShow
        When no run has such a case, or none was measured with a commit of the library.
    LinbenchError
        When DuckDB or ruptures is not installed.
    """
    with ThreadPoolExecutor(1) as pool:  # importing ruptures takes as long as scanning, which releases the GIL
        importing = pool.submit(ruptures)
        found = read(paths, case_pattern)
        importing.result()
    if not found.found:
        raise NothingToShow(_nothing(found, case_pattern))
    if library is None:
        return History(_series(found, None, known), found.runs, found.skipped)
    from harness.history.library import placed

    found, about = placed(found, library)
    return History(_series(found, library, known), found.runs, found.skipped, about)


def _series(found: ReadRuns, library: Library | None, known: Sequence[Annotation]) -> tuple[Series, ...]:
    grouped = {key: tuple(points) for key, points in sorted(_grouped(found.found).items(), key=_place)}
    steps: dict[Key, list[Step]] = {key: [*_exact_steps(points)] for key, points in grouped.items()}
    for varying in VARYING:
        for key, step in _varying_steps(grouped, varying):
            steps[key].append(step)
    completed = {key: _complete(key[0], each, library, known) for key, each in steps.items()}
    return tuple(Series(found.keys[key[0]], *key[1:], points, completed[key]) for key, points in grouped.items())


def _complete(
    case: str, steps: Iterable[Step], library: Library | None, known: Sequence[Annotation]
) -> tuple[Step, ...]:
    """A case's steps in order, with the commits between their levels, and their known causes."""
    placed = [step if library is None else _between(step, library) for step in steps]
    found = [replace(each, known=tuple(one.reason for one in known if one.explains(case, each))) for each in placed]
    return tuple(sorted(found, key=lambda step: (_order(step.after), step.after.run.started)))


def _between(step: Step, library: Library) -> Step:
    from harness.history.library import between

    before, after = step.before.place, step.after.place
    return replace(step, between=between(library, before, after)) if before and after else step


def _order(point: Point) -> int:
    return point.place.order if point.place else 0


def _nothing(found: ReadRuns, pattern: str) -> str:
    if found.runs:
        return f"none of {len(found.runs)} runs has a case {pattern!r}" if pattern else "no run has measured anything"
    if found.skipped:
        first = found.skipped[0]
        return f"no run can be read; the first of {len(found.skipped)}: {first.path}: {first.reason}"
    return "no runs; make one with `linbench run`"


def _place(item: tuple[Key, list[Point]]) -> tuple[str, str, str]:
    (case, data, _), points = item
    return case, points[0].run.started, data


def _grouped(found: Sequence[CasePoint]) -> dict[Key, list[Point]]:
    """Points by series. A case that failed before its data were known joins the series of its other points."""
    known: dict[tuple[str, int | None], str] = {}
    for case, data, point in reversed(found):
        known[case, point.run.threads] = data or known.get((case, point.run.threads), "")
    grouped: dict[Key, list[Point]] = {}
    for case, data, point in found:
        where = case, point.run.threads
        known[where] = data or known[where]
        grouped.setdefault((case, known[where], point.run.threads), []).append(point)
    return grouped


def _varying_steps(grouped: dict[Key, tuple[Point, ...]], varying: Varying) -> Iterator[tuple[Key, Step]]:
    """Steps of a number with noise, over all series at once; never between protocols."""
    rows = [(key, row) for key, points in grouped.items() for row in _by_protocol(points, varying)]
    logs = [np.log([float(varying.value(point) or 0) for point in row]) for _, row in rows]
    margin = math.log1p(varying.margin)
    places = [[_order(point) for point in row] if row[0].place else None for _, row in rows]
    for (key, row), x, found in zip(rows, logs, shifts(logs, margin, places), strict=True):
        yield from ((key, _step(varying.quantity, row, x, shift)) for shift in found)


def _by_protocol(points: Sequence[Point], varying: Varying) -> list[list[Point]]:
    """The points that have the number, grouped by timing protocol."""
    rows: dict[int, list[Point]] = {}
    for point in points:
        if (varying.value(point) or 0) > 0:
            rows.setdefault(point.run.protocol, []).append(point)
    return list(rows.values())


def _step(quantity: Quantity, row: Sequence[Point], x: Array, shift: Shift) -> Step:
    old, new = row[shift.start : shift.index], row[shift.index : shift.stop]
    new_machine = not {point.machines for point in old} & {point.machines for point in new}
    return Step(
        quantity=quantity,
        before=old[-1],
        after=new[0],
        level_before=math.exp(x[shift.start : shift.index].mean()),
        level_after=math.exp(x[shift.index : shift.stop].mean()),
        effect=math.expm1(shift.effect),
        low=math.expm1(shift.low),
        high=math.expm1(shift.high),
        p=shift.p,
        runs_before=len(old),
        runs_after=len(new),
        new_machine=new_machine,
        own=_own(old, new, shift.effect) if quantity == "time" and not new_machine else None,
    )


def _own(old: Sequence[Point], new: Sequence[Point], effect: float) -> bool:
    """Whether the case's own seconds moved by half of the effect or more, on the machines that measured both levels."""
    both = {point.machines for point in old} & {point.machines for point in new}
    levels = [
        np.median([math.log(point.seconds) for point in points if point.seconds and point.machines in both])
        for points in (old, new)
    ]
    return bool((levels[1] - levels[0]) / effect >= 0.5)


def _exact_steps(points: Sequence[Point]) -> Iterator[Step]:
    """Changes of numbers without noise: digits, by half a digit or more, and the status.

    The status ``missing`` is ignored: it says that a library was not installed, nothing about the case.
    """
    digits = [point.digits for point in points]
    grades = [None if point.status == "missing" else float(SEVERITY[point.status]) for point in points]
    found: tuple[tuple[Quantity, list[tuple[int, int]]], ...] = (
        ("digits", jumps(digits, HALF_A_DIGIT)),
        ("status", jumps(grades, 1.0)),
    )
    for quantity, places in found:
        for before, after in places:
            old, new = points[before].place, points[after].place
            if old is None or old is not new:  # a difference between runs of one commit is not due to the library
                yield _change(quantity, points, before, after)


def _change(quantity: Quantity, points: Sequence[Point], before: int, after: int) -> Step:
    old, new = points[before], points[after]
    graded = quantity == "status"
    return Step(
        quantity=quantity,
        before=old,
        after=new,
        level_before=old.status if graded else old.digits or 0.0,
        level_after=new.status if graded else new.digits or 0.0,
        effect=None if graded else (new.digits or 0.0) - (old.digits or 0.0),
        runs_before=before + 1,
        runs_after=len(points) - after,
        new_machine=old.machines != new.machines,
    )
