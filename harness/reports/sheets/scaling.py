"""How time and memory grow: the powers of each case, the overhead of a call, and predictions for another size."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple

from harness.reports.naming import case_names
from harness.reports.sheet import Column, Line, Sheet, Table
from harness.reports.sheets.base import report
from harness.scaling import growths
from harness.units import ABSENT, bytes_text, rate_text, seconds_text

if TYPE_CHECKING:
    from harness.results import Run
    from harness.scaling import Growth, Prediction
    from harness.scaling.law import Estimate


class _Shown(NamedTuple):
    growth: Growth
    predicted: Prediction | None
    name: str


@report(record=lambda run: [each.record() for each in growths(run)])
def scaling(run: Run, *, samples: int | None = None, features: int | None = None) -> Sheet:
    """Time and memory as powers of the rows n and the columns d, with their intervals, from the sizes of a run."""
    found = growths(run)
    keys = [each.family.rows[0].case for each in found]
    names = case_names(keys)
    shown = [
        _Shown(each, each.predicted(samples, features), names[key.id]) for each, key in zip(found, keys, strict=True)
    ]
    tables = [
        Table.of(title, (*COLUMNS, *RATES) if any(each.growth.achieved for each in these) else COLUMNS, these)
        for title in dict.fromkeys(f"{each.growth.family.dataset}: {each.growth.quantity}" for each in shown)
        if (these := [each for each in shown if f"{each.growth.family.dataset}: {each.growth.quantity}" == title])
    ]
    return Sheet(tuple(tables), after=tuple(map(Line, _notes(shown))))


def _notes(shown: list[_Shown]) -> Iterator[str]:
    if not shown:
        yield "no case was measured at three sizes; sweep them, as n_samples = { log = [1000, 1000000], steps = 7 }"
        return
    yield "intervals hold 95 %; a law is fitted to cases of status ok"
    if any(each.growth.law and each.growth.law.has_overhead for each in shown):
        yield "overhead: the cost of every call, and its share at the largest size; the powers are of the rest"
    if any(each.growth.law and each.growth.law.step for each in shown):
        yield "step: the factor by which it grows once X and y are larger than that, for instance than a cache"
    if any(each.growth.achieved for each in shown):
        roof = shown[0].growth.roof
        yield "FLOP/s, B/s: the cost that the backend declares for its method at the largest size, over the time"
        yield "of the roof: the FLOP/s over the limit of this machine at as many operations per byte" + (
            "; this run did not measure that" if roof is None else f": {roof.text()}"
        )
    if any(each.predicted is not None and each.predicted.beyond for each in shown):
        yield "predicted: beyond the measured sizes, so another step is possible"


def _power(growth: Growth, axis: str) -> Estimate | None:
    return growth.law.exponent(axis) if growth.law else None


def _power_text(growth: Growth, axis: str) -> str:
    return (growth.law and growth.law.power_text(axis)) or ABSENT


def _value_text(growth: Growth, value: float) -> str:
    return seconds_text(value) if growth.quantity == "time" else bytes_text(value)


def _overhead_text(growth: Growth) -> str:
    if growth.law is None or growth.law.overhead is None or growth.largest is None:
        return ABSENT
    share = growth.law.overhead_share(growth.largest.n, growth.largest.d)
    return f"{_value_text(growth, growth.law.overhead.value)}, {share:.1%}"


def _step_text(growth: Growth) -> str:
    if growth.law is None or growth.law.jump is None or growth.law.step is None:
        return ABSENT
    return f"{growth.law.jump.value:.2f} × from {bytes_text(8 * growth.law.step)}"


def _rate(name: Literal["flops_per_second", "bytes_per_second", "share"]) -> Callable[[_Shown], float | None]:
    return lambda each: None if each.growth.achieved is None else getattr(each.growth.achieved, name)


def _rate_text(shown: _Shown, unit: Literal["FLOP/s", "B/s"]) -> str:
    found = shown.growth.achieved
    return rate_text(found and (found.flops_per_second if unit == "FLOP/s" else found.bytes_per_second), unit)


def _share_text(shown: _Shown) -> str:
    share = _rate("share")(shown)
    return ABSENT if share is None else f"{share:.0%}"


def _predicted_text(shown: _Shown) -> str:
    if shown.predicted is None:
        return ABSENT
    at, low, high = (_value_text(shown.growth, each) for each in shown.predicted.expected)
    return f"{at} ({low} – {high}) at {shown.predicted.n:,} × {shown.predicted.d:,}"


def _sizes_text(growth: Growth) -> str:
    if not growth.points:
        return "none ok"
    ends = (growth.points[0], growth.largest or growth.points[-1])
    return f"{len(growth.points)}: " + " … ".join(f"{each.n:,} × {each.d:,}" for each in ends)


COLUMNS: tuple[Column[_Shown], ...] = (
    Column("case", "backend", lambda each: each.growth.family.case, lambda each: each.name, left=True),
    Column("sizes", "sizes", lambda each: len(each.growth.points), lambda each: _sizes_text(each.growth), left=True,
           priority=3),
    Column("n_samples", "power of n", lambda each: _power(each.growth, "n"),
           lambda each: _power_text(each.growth, "n")),
    Column("n_features", "power of d", lambda each: _power(each.growth, "d"),
           lambda each: _power_text(each.growth, "d")),
    Column("overhead", "overhead", lambda each: each.growth.law.overhead if each.growth.law else None,
           lambda each: _overhead_text(each.growth), priority=1),
    Column("step", "step", lambda each: each.growth.law.jump if each.growth.law else None,
           lambda each: _step_text(each.growth), priority=2),
    Column("predicted", "predicted", lambda each: each.predicted and each.predicted.expected, _predicted_text),
)  # fmt: skip

RATES: tuple[Column[_Shown], ...] = (
    Column("flops_per_second", "FLOP/s", _rate("flops_per_second"), lambda each: _rate_text(each, "FLOP/s"),
           priority=1),
    Column("bytes_per_second", "B/s", _rate("bytes_per_second"), lambda each: _rate_text(each, "B/s"), priority=1),
    Column("roof_share", "of the roof", _rate("share"), _share_text, priority=1),
)  # fmt: skip
