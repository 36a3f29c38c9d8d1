"""Timing: every sample in order, round by round, above the control kernel's in the same process."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.reports.plotting.axes import layout, linear_axis, seconds_axis
from harness.reports.plotting.plot import Plot, empty, picked, plot_kind
from harness.reports.plotting.samples import Samples, decimated, far_out, samples_of, starts_of
from harness.reports.plotting.style import NEUTRAL, THIN, Look, rounded, scatter
from harness.reports.plotting.view import DatasetRows, RunView, without
from harness.results import Row
from harness.units import seconds_text

Float64 = NDArray[np.float64]

MOST_SAMPLES = 30_000
"""The most samples drawn for a run, not counting the control's: about a megabyte."""

LEAST_SHARE = 60
"""Samples drawn per row, however many rows there are."""


@plot_kind(
    title="Timing",
    about="Every sample in the order in which it was taken, round by round, above the control kernel's in the same "
    "process: a change in both comes from the machine, a change in one from the backend.",
    why_empty="No row was timed.",
    place=70,
)
def timing(view: RunView) -> Iterator[Plot]:
    """One plot per dataset, with a choice of rows."""
    starts = starts_of(view.run)
    taken = sum(len(row.samples) for row in view.run.rows)
    timed = sum(1 for row in view.run.rows if row.samples)
    share = max(LEAST_SHARE, MOST_SAMPLES // max(timed, 1)) if taken > MOST_SAMPLES else taken
    yield from (_plot(view, dataset, starts, share) for dataset in view.datasets)


def _plot(view: RunView, dataset: DatasetRows, starts: Mapping[int, int], share: int) -> Plot:
    rows = [row for row in dataset.rows if row.samples]
    untimed = without([row for row in dataset.rows if not row.samples], view, "samples")
    if not rows:
        return empty(dataset.title, "No row was timed.", untimed)
    groups: list[tuple[str, list[dict[str, Any]]]] = []
    summaries: list[str] = []
    for row in rows:
        look, samples = view.look(row), samples_of(row, starts)
        out = _far_out(samples)
        groups.append((_label(look, row), _traces(look, samples, out, share)))
        summaries.append(_summary(look, samples, int(out.sum())))
    data, choices = picked(groups)
    notes = (*_thinned(rows, share), *untimed)
    spec = {"data": data, "layout": _layout(starts)}
    return Plot(dataset.title, " ".join(summaries), spec, notes, choices=tuple(choices))


def _far_out(samples: Samples) -> NDArray[np.bool_]:
    """Outliers within each round: processes differ, and a different level is not an outlier."""
    out = np.zeros(len(samples.place), dtype=bool)
    for mine in samples.rounds():
        out[mine] = far_out(samples.seconds[mine])
    return out


def _label(look: Look, row: Row) -> str:
    single = ", a single sample" if len(row.samples) == 1 else ""
    return f"{look.label}{'' if row.status == 'ok' else f', {row.status}'}{single}"


def _summary(look: Look, samples: Samples, out: int) -> str:
    """A row in words: its number of samples, the range of round medians, and outliers."""
    medians = [float(np.median(samples.seconds[mine])) for mine in samples.rounds()]
    least, most, n = seconds_text(min(medians)), seconds_text(max(medians)), len(samples.seconds)
    if n == 1:
        return f"{look.label}: a single sample of {least}."
    between = f", round medians {least} to {most}" if len(medians) > 1 else ""
    slowest = seconds_text(float(samples.seconds.max()))
    return f"{look.label}: {n:,} samples{between}, {out or 'none'} far out, the slowest {slowest}."


def _thinned(rows: Sequence[Row], share: int) -> Iterator[str]:
    many = [row for row in rows if len(row.samples) > share]
    if many:
        most = max(len(row.samples) for row in many)
        yield (
            f"Of rows with more than {share:,} samples (up to {most:,}), only the fastest and the slowest of every few "
            "are drawn, and all that are far out. The scatter looks wider than it is; levels and outliers do not "
            "change. Medians are of all samples."
        )


def _traces(look: Look, samples: Samples, out: NDArray[np.bool_], share: int) -> list[dict[str, Any]]:
    kept = out.copy()
    kept[decimated(samples.seconds, share)] = True
    marker = look.marker(size=5, opacity=0.7, line={"width": 0})
    hollow = look.marker(size=8, symbol=f"{look.symbol}-open")
    beside = samples.only(kept & ~np.isnan(samples.control))
    found = [
        _cloud(look.name, samples.only(kept & ~out), marker),
        _medians(f"{look.name}: median of each round", samples, samples.seconds, {"color": look.colour}),
    ]
    if out.any():
        found.append(_cloud(f"{look.name}: far out", samples.only(kept & out), hollow))
    if len(beside.place):
        below = {"xaxis": "x", "yaxis": "y2"}
        grey = {"color": NEUTRAL, "size": 4, "opacity": 0.7}
        cloud = _cloud("control kernel", Samples(beside.place, beside.round, beside.control, beside.control), grey)
        medians = _medians("control kernel: median of each round", samples, samples.control, {"color": NEUTRAL})
        found += [{**cloud, **below}, {**medians, **below}]
    return found


def _cloud(name: str, samples: Samples, marker: Mapping[str, Any]) -> dict[str, Any]:
    x, y = samples.place.tolist(), rounded(samples.seconds.tolist(), 4)
    return scatter("markers", name, x, y, f"{name}<br>sample %{{x}}: %{{y:.4~s}}s", marker=dict(marker))


def _medians(name: str, samples: Samples, values: Float64, line: Mapping[str, Any]) -> dict[str, Any]:
    """A level per round, with a gap between them."""
    x: list[int | None] = []
    y: list[float | None] = []
    for mine in samples.rounds():
        known = values[mine & ~np.isnan(values)]
        if len(known):
            middle = float(np.median(known))
            x += [int(samples.place[mine].min()), int(samples.place[mine].max()), None]
            y += [middle, middle, None]
    return scatter("lines", name, x, rounded(y), f"{name}<br>%{{y:.4~s}}s", line={**line, "width": 2})


def _layout(starts: Mapping[int, int]) -> dict[str, Any]:
    """Two panels over one axis of samples, with a vertical line where a round begins."""
    upper = seconds_axis((), "time per call", domain=[0.4, 1])
    lower = seconds_axis((), "control kernel", domain=[0, 0.3])
    uprights = [
        {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": start + 0.5, "x1": start + 0.5, "line": THIN}
        for start in sorted(starts.values())[1:]
    ]
    found = layout(linear_axis("sample of the run, in the order taken", anchor="y2"), upper, height=520)
    return {**found, "yaxis2": {"automargin": True, **lower}, "shapes": uprights}
