"""Scaling: time and memory over rows and over features, with the power law that fits best."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from harness.reports.figures.axes import bytes_axis, layout, log_axis, seconds_axis
from harness.reports.figures.model import Figure, empty
from harness.reports.figures.power import FEWEST, PowerLaw, power_law
from harness.reports.figures.scene import Record, Scene, bars, hover, lost, without
from harness.reports.figures.style import Look, rounded, symbol
from harness.units import bytes_text, seconds_text

__all__ = ["figures"]


class Axis(NamedTuple):
    """What a problem's size is told by: the dataset's option, its letter and its name."""

    option: str
    letter: str
    name: str
    sizes: tuple[int, ...]
    """For example."""


class Quantity(NamedTuple):
    """What grows with the size."""

    name: str
    value: Callable[[Record], float | None]
    text: Callable[[float | None], str]
    axis: Callable[..., dict[str, Any]]
    note: str


AXES = (Axis("n_samples", "n", "rows", (1000, 10_000, 100_000)), Axis("n_features", "d", "features", (5, 20, 80)))
QUANTITIES = (
    Quantity("time", lambda r: r["seconds"] and r["seconds"]["median"], seconds_text, seconds_axis, ""),
    Quantity(
        "peak memory",
        lambda r: r["peak_memory_bytes"],
        bytes_text,
        bytes_axis,
        "Memory is the whole process's, its libraries included: the exponent is small until the data outgrow them.",
    ),
)


@dataclass(frozen=True)
class Family:
    """Rows on one dataset of several sizes, alike in everything but the one option.

    Attributes
    ----------
    title : str
    axis : Axis
    members : mapping of str to list of (size, record)
        By how a row is called; sizes rising.
    """

    title: str
    axis: Axis
    members: Mapping[str, Sequence[tuple[int, Record]]]


def figures(scene: Scene) -> Iterator[Figure]:
    """Time and memory over every size that was swept."""
    records = [r for group in scene.groups for r in group.records]
    for axis in AXES:
        found = list(_families(scene, records, axis))
        if not found:
            yield empty(f"Over {axis.name} {axis.letter}", _why(records, axis))
        for family in found:
            yield from (_figure(scene, family, quantity) for quantity in QUANTITIES)


def _families(scene: Scene, records: Sequence[Record], axis: Axis) -> Iterator[Family]:
    grouped: dict[tuple[str, str], dict[str, list[tuple[int, Record]]]] = {}
    for record in records:
        options = dict(record["dataset_options"])
        size = options.pop(axis.option, None)
        if isinstance(size, int) and size > 0:
            key = record["dataset"], json.dumps(options, sort_keys=True)
            grouped.setdefault(key, {}).setdefault(scene.look(record).label, []).append((size, record))
    several = {
        key: {name: sorted(found, key=lambda pair: pair[0]) for name, found in members.items()}
        for key, members in grouped.items()
        if len({size for found in members.values() for size, _ in found}) >= FEWEST
    }
    for (dataset, others), members in several.items():
        alike = [json.loads(told) for name, told in several if name == dataset]
        telling = {k: v for k, v in json.loads(others).items() if any(each.get(k) != v for each in alike)}
        where = ", ".join(f"{key} {value}" for key, value in telling.items())
        yield Family(f"{dataset}{f' ({where})' if where else ''}", axis, members)


def _why(records: Sequence[Record], axis: Axis) -> str:
    sizes: dict[str, set[int]] = {}
    for record in records:
        if isinstance(size := record["dataset_options"].get(axis.option), int):
            sizes.setdefault(record["dataset"], set()).add(size)
    most = max(sizes, key=lambda name: len(sizes[name]), default=None)
    if most and len(sizes[most]) >= FEWEST:
        return f"{most} has {len(sizes[most])} numbers of {axis.name}, but not {FEWEST} of them with all else alike."
    has = f"at most {len(sizes[most])} ({most})" if most else "none that says its number"
    return (
        f"An exponent needs one dataset with {FEWEST} or more numbers of {axis.name}, alike in all else; this run has "
        f"{has}. A list in a suite, as {axis.option} = {list(axis.sizes)}, makes them."
    )


def _figure(scene: Scene, family: Family, quantity: Quantity) -> Figure:
    title = f"{family.title}: {quantity.name} over {family.axis.name} {family.axis.letter}"
    folded = quantity.name != "time"
    every = [record for found in family.members.values() for _, record in found]
    rest = [record for record in every if not quantity.value(record)]
    notes = without(rest, scene, quantity.name)
    values = [value for record in every if (value := quantity.value(record))]
    if not values:
        return empty(title, f"No row has a {quantity.name}.", notes)
    laws = {name: power_law(_points(found, quantity)) for name, found in family.members.items()}
    data: list[dict[str, Any]] = []
    for name, found in family.members.items():
        data += _traces(scene, family.axis, quantity, found, laws[name])
    top = 2 * max(values)
    data += [
        lost(scene.look(r), r, size, top, r["status"], "top center")
        for found in family.members.values()
        for size, r in found
        if not quantity.value(r)
    ]
    x = log_axis(f"{family.axis.name} {family.axis.letter}")
    spec = {"data": data, "layout": layout(x, quantity.axis(values, quantity.name))}
    few = [name for name, law in laws.items() if law is None]
    notes = (*_said(family.axis, laws), *([quantity.note] if quantity.note else []), *_too_few(few), *notes)
    return Figure(title, _summary(family, quantity, laws), spec, notes, folded=folded)


def _points(found: Sequence[tuple[int, Record]], quantity: Quantity) -> list[tuple[float, float]]:
    """What a law is fitted to: only what was really answered, for a fit that was cut short costs less."""
    return [(size, value) for size, r in found if (value := quantity.value(r)) and r["status"] == "ok"]


def _traces(
    scene: Scene, axis: Axis, quantity: Quantity, found: Sequence[tuple[int, Record]], law: PowerLaw | None
) -> Iterator[dict[str, Any]]:
    drawn = [(size, record, value) for size, record in found if (value := quantity.value(record))]
    if not drawn:
        return
    look = scene.look(drawn[0][1])
    yield _dots(scene, look, axis, quantity, drawn)
    if law is not None:
        yield _line(look, axis, law, [size for size, *_ in drawn])


def _dots(
    scene: Scene, look: Look, axis: Axis, quantity: Quantity, drawn: Sequence[tuple[int, Record, float]]
) -> dict[str, Any]:
    intervals = {"error_y": bars([r["seconds"] for _, r, _ in drawn], look.colour)} if quantity.name == "time" else {}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": look.name,
        "legendgroup": look.name,
        "x": [size for size, *_ in drawn],
        "y": rounded([value for *_, value in drawn]),
        "marker": look.marker(symbol=[symbol(scene.look(record), record) for _, record, _ in drawn]),
        "text": [
            f"{hover(look, record)}<br>{size:,} {axis.name}<br>{quantity.name} {quantity.text(value)}"
            for size, record, value in drawn
        ],
        "hovertemplate": "%{text}<extra></extra>",
        **intervals,
    }


def _line(look: Look, axis: Axis, law: PowerLaw, sizes: Sequence[int]) -> dict[str, Any]:
    ends = [min(sizes), max(sizes)]
    told = f"{look.name}<br>{law.text(axis.letter)}, {law.sizes} sizes<br>between the two largest {law.last:.2f}"
    return {
        "type": "scatter",
        "mode": "lines",
        "name": f"{look.name}: {axis.letter}^{law.exponent:.2f}",
        "legendgroup": look.name,
        "x": ends,
        "y": rounded([law.factor * size**law.exponent for size in ends]),
        "line": look.line(),
        "text": [told] * 2,
        "hovertemplate": "%{text}<extra></extra>",
    }


def _said(axis: Axis, laws: Mapping[str, PowerLaw | None]) -> Iterator[str]:
    fitted = {name: law for name, law in laws.items() if law is not None}
    if fitted:
        yield (
            f"Lines are fitted to rows of status ok. Exponents of {axis.letter}, their 95 % intervals, and what it is "
            "between the two largest sizes alone: "
            + "; ".join(f"{name} {law.text(axis.letter)}, {law.last:.2f}" for name, law in fitted.items())
            + "."
        )


def _too_few(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"No exponent, with fewer than {FEWEST} sizes of status ok: {', '.join(names)}."


def _summary(family: Family, quantity: Quantity, laws: Mapping[str, PowerLaw | None]) -> str:
    sizes = sorted({size for found in family.members.values() for size, _ in found})
    fitted = {name: law for name, law in laws.items() if law is not None}
    told = (
        f"{quantity.name.capitalize()} over {len(sizes)} numbers of {family.axis.name}, {sizes[0]:,} to {sizes[-1]:,}."
    )
    if not fitted:
        return f"{told} No row was ok at {FEWEST} sizes."
    least = min(fitted, key=lambda name: fitted[name].exponent)
    return f"{told} {least} grows the slowest: as {fitted[least].text(family.axis.letter)}."
