"""All datasets at once: performance profiles of time, and how many datasets are answered to how many digits.

A profile says, for every factor t, on which share of the datasets a backend took no more than t times the time of the
fastest one (Dolan & Moré, "Benchmarking optimization software with performance profiles", Mathematical Programming
91:201-213, 2002). A dataset that a backend did not answer counts as one it needs forever for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.reports.figures.axes import layout, linear_axis
from harness.reports.figures.model import Figure, empty
from harness.reports.figures.scene import Record, Scene
from harness.reports.figures.style import Look

__all__ = ["SOLVED_DIGITS", "figures", "profile", "share_with_digits"]

SOLVED_DIGITS = 4.0
"""Digits from which an answer counts as one in a profile of times: what float32 can reach on a well-posed problem."""

Cells = Mapping[str, Mapping[str, Record]]


def figures(scene: Scene) -> Iterator[Figure]:
    """The profile of times, and that of digits."""
    if len(scene.groups) < 2:
        yield empty("Over all datasets", "A profile needs two datasets or more; this run has one.")
        return
    cells, drawn = _cells(scene)
    datasets = [group.title for group in scene.groups]
    yield _times(cells, drawn, datasets)
    yield _digits(cells, drawn, datasets)


def _cells(scene: Scene) -> tuple[Cells, dict[str, Look]]:
    """Records by backend and dataset, and how each backend looks."""
    cells: dict[str, dict[str, Record]] = {}
    drawn: dict[str, Look] = {}
    for group in scene.groups:
        for record in group.records:
            look = scene.look(record)
            cells.setdefault(look.label, {})[group.title] = record
            drawn.setdefault(look.label, look)
    return cells, drawn


def profile(times: Mapping[str, Mapping[str, float]], problems: int) -> dict[str, list[tuple[float, float]]]:
    """The steps of each solver's profile.

    Parameters
    ----------
    times : mapping of solver to mapping of problem to seconds
        Only of the problems that the solver solved.
    problems : int
        How many there are, solved or not.

    Returns
    -------
    dict of str to list of (factor, share)
        Rising; empty for a solver that solved nothing.
    """
    best: dict[str, float] = {}
    for own in times.values():
        for problem, seconds in own.items():
            best[problem] = min(seconds, best.get(problem, seconds))
    return {
        solver: [(ratio, i / problems) for i, ratio in enumerate(sorted(t / best[p] for p, t in own.items()), 1)]
        for solver, own in times.items()
    }


def share_with_digits(digits: Sequence[float], problems: int) -> list[tuple[float, float]]:
    """The share of problems answered to at least so many digits, from the fewest digits to the most."""
    ordered = sorted(digits)
    return [(each, (len(ordered) - i) / problems) for i, each in enumerate(ordered)]


def _times(cells: Cells, drawn: Mapping[str, Look], datasets: Sequence[str]) -> Figure:
    problems = len(datasets)
    solved = {
        name: {d: r["seconds"]["median"] for d, r in own.items() if r["seconds"] and _solved(r)}
        for name, own in cells.items()
    }
    found = profile(solved, problems)
    title = "Over all datasets: performance profile of time"
    notes = (*_unsolved(cells, datasets), *_single(cells))
    if not any(found.values()):
        return empty(title, f"No backend answered a dataset to {SOLVED_DIGITS:g} digits.", notes)
    end = 2 * max(ratio for steps in found.values() for ratio, _ in steps)
    data = [_steps(drawn[name], [*steps, (end, steps[-1][1])]) for name, steps in found.items() if steps]
    x = {"title": {"text": "time, as a multiple of the fastest"}, "type": "log", "dtick": 1, "ticksuffix": "×"}
    spec = {"data": data, "layout": layout(x, _share_axis("datasets answered within it"))}
    first = {name: sum(1 for ratio, _ in steps if ratio == 1) for name, steps in found.items()}
    winner = max(first, key=lambda name: first[name])
    summary = (
        f"For every factor, the share of {problems} datasets that a backend answered to {SOLVED_DIGITS:g} digits or "
        f"more in no more than that many times the fastest one's time. {winner} is fastest most often: "
        f"on {first[winner]} of {problems}."
    )
    return Figure(title, summary, spec, notes)


def _unsolved(cells: Cells, datasets: Sequence[str]) -> Iterator[str]:
    """What counts as unanswered, backend by backend."""
    told = []
    for name, own in cells.items():
        whys = Counter(_why(own.get(dataset)) for dataset in datasets)
        lost = [f"{count} {why}" for why, count in whys.items() if why]
        told += [f"{name} ({', '.join(lost)})"] if lost else []
    if told:
        yield f"Of {len(datasets)} datasets, unanswered: {'; '.join(told)}."


def _why(record: Record | None) -> str:
    """Why a dataset counts as unanswered; empty where it does not."""
    if record is None:
        return "not in this run"
    if record["status"] != "ok":
        return str(record["status"])
    return "" if _solved(record) else f"under {SOLVED_DIGITS:g} digits"


def _single(cells: Cells) -> Iterator[str]:
    single = [
        name for name, own in cells.items() if any(r["seconds"] and r["seconds"]["samples"] == 1 for r in own.values())
    ]
    if single:
        yield f"With a single sample on some dataset, so without an interval: {', '.join(single)}."


def _solved(record: Record) -> bool:
    return bool(record["status"] == "ok" and record["digits"] is not None and record["digits"] >= SOLVED_DIGITS)


def _digits(cells: Cells, drawn: Mapping[str, Look], datasets: Sequence[str]) -> Figure:
    problems = len(datasets)
    title = "Over all datasets: correct digits"
    found = {
        name: share_with_digits([r["digits"] for r in own.values() if r["digits"] is not None], problems)
        for name, own in cells.items()
    }
    told = {name: steps for name, steps in found.items() if steps}
    if not told:
        return empty(title, "No row has digits.", tuple(_without(cells, datasets)))
    data = [_steps(drawn[name], [(0.0, steps[0][1]), *steps], shape="vh") for name, steps in told.items()]
    x = linear_axis("correct digits", tickvals=[0, 4, 8, 12, 16], range=[-0.3, 17.6])
    spec = {"data": data, "layout": layout(x, _share_axis("datasets with at least so many"))}
    summary = (
        f"The share of {problems} datasets that each backend answered to at least so many correct digits, whatever "
        "its status; a curve further right and up is better."
    )
    return Figure(title, summary, spec, tuple(_without(cells, datasets)))


def _without(cells: Cells, datasets: Sequence[str]) -> Iterator[str]:
    """The rows that have no digits."""
    told = []
    for name, own in cells.items():
        lost = [
            own[d]["status"] if d in own else "not in this run"
            for d in datasets
            if d not in own or own[d]["digits"] is None
        ]
        told += [f"{name} ({', '.join(f'{count} {why}' for why, count in Counter(lost).items())})"] if lost else []
    if told:
        yield f"Of {len(datasets)} datasets, without digits: {'; '.join(told)}."


def _share_axis(title: str) -> dict[str, Any]:
    return linear_axis(title, tickformat=".0%", range=[-0.03, 1.03])


def _steps(look: Look, points: Sequence[tuple[float, float]], shape: str = "hv") -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": look.name,
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "line": look.line(shape=shape),
        "marker": look.marker(size=6),
        "hovertemplate": f"{look.name}<br>%{{x:.3g}}: %{{y:.0%}}<extra></extra>",
    }
