"""Scaling: time and memory over rows and over features, each with its law."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from harness.reports.plotting.axes import bytes_axis, count_axis, layout, seconds_axis
from harness.reports.plotting.plot import Plot, empty, plot_kind
from harness.reports.plotting.style import Look, rounded, scatter, symbol
from harness.reports.plotting.view import RunView, bars, hover, lost, without
from harness.results import Row
from harness.scaling import FEWEST, Law, Point, fit_law, values_of_rounds
from harness.units import bytes_text, seconds_text


class Axis(NamedTuple):
    """A size of problems: the dataset's option, its letter and name, and example values."""

    option: str
    letter: Literal["n", "d"]
    name: str
    sizes: tuple[int, ...]

    def point(self, size: int, values: tuple[float, ...] = ()) -> Point:
        """A point for fitting a law at this size, with the other size fixed."""
        return Point(size, 1, values) if self.letter == "n" else Point(1, size, values)


class Quantity(NamedTuple):
    """A quantity that grows with the size."""

    name: str
    rounds: Literal["time", "memory"]
    value: Callable[[Row], float | None]
    text: Callable[[float | None], str]
    axis: Callable[..., dict[str, Any]]
    note: str


BENT = 50
"""Points for drawing a law that is not a straight line."""

AXES = (Axis("n_samples", "n", "rows", (1000, 10_000, 100_000)), Axis("n_features", "d", "features", (5, 20, 80)))
QUANTITIES = (
    Quantity("time", "time", lambda row: row.median, seconds_text, seconds_axis, ""),
    Quantity(
        "peak memory",
        "memory",
        lambda row: row.peak_memory_bytes,
        bytes_text,
        bytes_axis,
        "Memory is the whole process's, its libraries included: the exponent is small until the data outgrow them.",
    ),
)


class Family(NamedTuple):
    """Rows on one dataset that differ only in one size, ascending, by the row's label."""

    title: str
    axis: Axis
    members: Mapping[str, Sequence[tuple[int, Row]]]

    @property
    def every(self) -> list[tuple[int, Row]]:
        """Each size with each of its rows."""
        return [pair for found in self.members.values() for pair in found]


@plot_kind(
    title="Scaling",
    about="Time and memory over rows n and over features d, both on logarithmic scales, where a power is a straight "
    "line: its slope is the exponent, given with its 95 % interval. The overhead of a call bends the line at small "
    "sizes; where data outgrow a cache it may step up.",
    place=60,
    over_all=True,
)
def scaling(view: RunView) -> Iterator[Plot]:
    """Time and memory over every size that was swept."""
    rows = view.rows
    for axis in AXES:
        found = list(_families(view, rows, axis))
        if not found:
            yield empty(f"Over {axis.name} {axis.letter}", _why(rows, axis))
        for family in found:
            yield from (_plot(view, family, quantity) for quantity in QUANTITIES)


def _families(view: RunView, rows: Sequence[Row], axis: Axis) -> Iterator[Family]:
    grouped: dict[tuple[str, str], dict[str, list[tuple[int, Row]]]] = {}
    for row in rows:
        options = dict(row.case.dataset_options)
        size = options.pop(axis.option, None)
        if isinstance(size, int) and size > 0:
            key = row.case.dataset, json.dumps(options, sort_keys=True)
            grouped.setdefault(key, {}).setdefault(view.label(row), []).append((size, row))
    several = {
        key: {name: sorted(found, key=lambda pair: pair[0]) for name, found in members.items()}
        for key, members in grouped.items()
        if len({size for found in members.values() for size, _ in found}) >= FEWEST
    }
    for (dataset, others), members in several.items():
        alike = [json.loads(each) for name, each in several if name == dataset]
        differing = {k: v for k, v in json.loads(others).items() if any(each.get(k) != v for each in alike)}
        where = ", ".join(f"{key} {value}" for key, value in differing.items())
        yield Family(f"{dataset}{f' ({where})' if where else ''}", axis, members)


def _why(rows: Sequence[Row], axis: Axis) -> str:
    sizes: dict[str, set[int]] = {}
    for row in rows:
        if isinstance(size := row.case.dataset_options.get(axis.option), int):
            sizes.setdefault(row.case.dataset, set()).add(size)
    most = max(sizes, key=lambda name: len(sizes[name]), default=None)
    if most and len(sizes[most]) >= FEWEST:
        return f"{most} has {len(sizes[most])} numbers of {axis.name}, but not {FEWEST} of them with all else alike."
    has = f"at most {len(sizes[most])} ({most})" if most else "none that says its number"
    return (
        f"An exponent needs one dataset with {FEWEST} or more numbers of {axis.name}, alike in all else; this run has "
        f"{has}. A list in a suite, as {axis.option} = {list(axis.sizes)}, makes them."
    )


def _plot(view: RunView, family: Family, quantity: Quantity) -> Plot:
    title = f"{family.title}: {quantity.name} over {family.axis.name} {family.axis.letter}"
    folded = quantity.name != "time"
    rest = [(size, row) for size, row in family.every if not quantity.value(row)]
    notes = without([row for _, row in rest], view, quantity.name)
    values = [value for _, row in family.every if (value := quantity.value(row))]
    if not values:
        return empty(title, f"No row has a {quantity.name}.", notes, folded=folded)
    laws = {name: fit_law(_points(found, family.axis, quantity)) for name, found in family.members.items()}
    fitted = {name: law for name, law in laws.items() if law is not None}
    data = [trace for name in laws for trace in _traces(view, family.axis, quantity, family.members[name], laws[name])]
    data += [lost(view.look(row), row, size, 2 * max(values), row.status, "top center") for size, row in rest]
    x = count_axis([size for size, _ in family.every], f"{family.axis.name} {family.axis.letter}")
    spec = {"data": data, "layout": layout(x, quantity.axis(values, quantity.name))}
    few = [name for name in laws if name not in fitted]
    notes = (*_notes(family.axis, quantity, fitted, few), *notes)
    return Plot(title, _summary(family, quantity, fitted), spec, notes, folded=folded)


def _points(found: Sequence[tuple[int, Row]], axis: Axis, quantity: Quantity) -> list[Point]:
    """The points to fit a law to; only rows of status ok, because a fit that stopped early costs less."""
    values: dict[int, tuple[float, ...]] = {}
    for size, row in found:
        if row.status == "ok" and (rounds := values_of_rounds(row, quantity.rounds)):
            values[size] = values.get(size, ()) + rounds
    return [axis.point(size, each) for size, each in values.items()]


def _traces(
    view: RunView, axis: Axis, quantity: Quantity, found: Sequence[tuple[int, Row]], law: Law | None
) -> Iterator[dict[str, Any]]:
    drawn = [(size, row, value) for size, row in found if (value := quantity.value(row))]
    if drawn:
        look = view.look(drawn[0][1])
        yield _dots(view, look, axis, quantity, drawn)
        if law is not None:
            yield _line(look, axis, law, [size for size, *_ in drawn])


def _dots(
    view: RunView, look: Look, axis: Axis, quantity: Quantity, drawn: Sequence[tuple[int, Row, float]]
) -> dict[str, Any]:
    timings = [row.timing for _, row, _ in drawn if row.timing]
    intervals = {"error_y": bars(timings, look.colour)} if quantity.rounds == "time" else {}
    sizes, rows, values = zip(*drawn, strict=True)
    marker = look.marker(symbol=[symbol(view.look(row), row) for row in rows])
    text = [
        f"{hover(look, row)}<br>{size:,} {axis.name}<br>{quantity.name} {quantity.text(value)}"
        for size, row, value in drawn
    ]
    more = {"legendgroup": look.name, "marker": marker, "text": text, **intervals}
    return scatter("markers", look.name, sizes, rounded(values), "%{text}", **more)


def _line(look: Look, axis: Axis, law: Law, sizes: Sequence[int]) -> dict[str, Any]:
    straight = not law.has_overhead and law.step is None
    x = np.geomspace(min(sizes), max(sizes), 2 if straight else BENT).round().astype(int).tolist()
    text, power = f"{look.name}<br>{law.power_text(axis.letter)}", law.exponent(axis.letter)
    name = f"{look.name}: {axis.letter}^{power.value:.2f}" if power else look.name
    y = rounded([law.at(*axis.point(size)[:2]).value for size in x])
    more = {"legendgroup": look.name, "line": look.line()}
    return scatter("lines", name, x, y, "%{text}", text=[text] * len(x), **more)


def _notes(axis: Axis, quantity: Quantity, fitted: Mapping[str, Law], few: Sequence[str]) -> Iterator[str]:
    if fitted:
        listed = "; ".join(f"{name} {_law_text(law, axis, quantity)}" for name, law in fitted.items())
        yield f"Lines are fitted to rows of status ok. Exponents of {axis.letter} and their 95 % intervals: {listed}."
    if quantity.note:
        yield quantity.note
    if few:
        yield f"No exponent, with fewer than {FEWEST} sizes of status ok: {', '.join(few)}."


def _law_text(law: Law, axis: Axis, quantity: Quantity) -> str:
    overhead = law.overhead and f", and {quantity.text(law.overhead.value)} whatever the size"
    return f"{law.power_text(axis.letter)}{overhead or ''}"


def _summary(family: Family, quantity: Quantity, fitted: Mapping[str, Law]) -> str:
    sizes = sorted({size for size, _ in family.every})
    over = f"{len(sizes)} numbers of {family.axis.name}, {sizes[0]:,} to {sizes[-1]:,}"
    swept = f"{quantity.name.capitalize()} over {over}."
    if not fitted:
        return f"{swept} No row was ok at {FEWEST} sizes."
    letter = family.axis.letter
    least = min(fitted, key=lambda name: fitted[name].exponent(letter) or (0.0,))
    return f"{swept} {least} grows the slowest: as {fitted[least].power_text(letter)}."
