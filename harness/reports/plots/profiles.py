"""Performance profiles of time over all datasets, and the share of datasets answered to so many digits.

For every factor t, a profile gives the share of datasets on which a backend took at most t times the time of the
fastest (Dolan & Moré, "Benchmarking optimization software with performance profiles", Mathematical Programming
91:201-213, 2002). Where a backend has no answer, its time counts as infinite.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from harness.judgement.digits import digits
from harness.reports.plotting.axes import digits_axis, layout, linear_axis
from harness.reports.plotting.plot import Plot, empty, plot_kind
from harness.reports.plotting.style import Look, scatter
from harness.reports.plotting.view import RunView
from harness.results import Row

SOLVED_DIGITS = 4.0
"""Digits from which a dataset counts as answered in a profile of times; float32 reaches them on well-posed problems."""

Cases = Mapping[str, Mapping[str, Row]]
"""Rows by backend and dataset."""


@plot_kind(
    title="Performance profiles",
    about="Over all datasets (Dolan & Moré 2002): where a backend's curve starts says how often it is the fastest, "
    "how high it ends says how often it answers at all.",
    place=20,
    over_all=True,
)
def profiles(view: RunView) -> Iterator[Plot]:
    """The profile of times, and that of digits."""
    if len(view.datasets) < 2:
        yield empty("Over all datasets", "A profile needs two datasets or more; this run has one.")
        return
    cases: dict[str, dict[str, Row]] = {}
    drawn: dict[str, Look] = {}
    for title, rows in view.datasets:
        for row in rows:
            look = view.look(row)
            cases.setdefault(look.label, {})[title] = row
            drawn.setdefault(look.label, look)
    titles = [title for title, _ in view.datasets]
    yield _times(cases, drawn, titles)
    yield _digits(cases, drawn, titles)


def profile(times: Mapping[str, Mapping[str, float]], problems: int) -> dict[str, list[tuple[float, float]]]:
    """The steps of each solver's profile as factors, ascending, and shares; empty if it solved nothing.

    Parameters
    ----------
    times : mapping of solver to mapping of problem to seconds
        Only for problems that the solver solved.
    problems : int
        The number of problems, solved or not.
    """
    best: dict[str, float] = {}
    for own in times.values():
        for problem, seconds in own.items():
            best[problem] = min(seconds, best.get(problem, seconds))
    return {
        solver: [(ratio, i / problems) for i, ratio in enumerate(sorted(t / best[p] for p, t in own.items()), 1)]
        for solver, own in times.items()
    }


def share_with_digits(correct: Sequence[float], problems: int) -> list[tuple[float, float]]:
    """The share of problems answered to at least so many digits, from the fewest digits to the most."""
    ordered = sorted(correct)
    return [(each, (len(ordered) - i) / problems) for i, each in enumerate(ordered)]


def _times(cases: Cases, drawn: Mapping[str, Look], datasets: Sequence[str]) -> Plot:
    problems = len(datasets)
    times = {name: {d: row.median for d, row in own.items() if _solved(row)} for name, own in cases.items()}
    found = profile({name: {d: t for d, t in own.items() if t is not None} for name, own in times.items()}, problems)
    title = "Over all datasets: performance profile of time"
    notes = (*_lacking(cases, datasets, "unanswered", _why_unanswered), *_single(cases))
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
        f"more within that multiple of the fastest time. {winner} is fastest most often: "
        f"on {first[winner]} of {problems}."
    )
    return Plot(title, summary, spec, notes)


def _lacking(cases: Cases, datasets: Sequence[str], lacking: str, why_lacking: Callable[[Row], str]) -> Iterator[str]:
    """A note on how many datasets each backend lacks something, by reason; no reason means that it does not."""
    listed = []
    for name, own in cases.items():
        whys = Counter(why_lacking(own[each]) if each in own else "not in this run" for each in datasets)
        lost = [f"{count} {why}" for why, count in whys.items() if why]
        listed += [f"{name} ({', '.join(lost)})"] if lost else []
    if listed:
        yield f"Of {len(datasets)} datasets, {lacking}: {'; '.join(listed)}."


def _why_unanswered(row: Row) -> str:
    if row.status != "ok":
        return row.status
    return "" if _solved(row) else f"under {SOLVED_DIGITS:g} digits"


def _single(cases: Cases) -> Iterator[str]:
    timings = {name: [row.timing for row in own.values() if row.timing] for name, own in cases.items()}
    single = [name for name, own in timings.items() if any(each.samples == 1 for each in own)]
    if single:
        yield f"With a single sample on some dataset, so without an interval: {', '.join(single)}."


def _solved(row: Row) -> bool:
    correct = digits.of(row)
    return row.status == "ok" and correct is not None and correct >= SOLVED_DIGITS


def _digits(cases: Cases, drawn: Mapping[str, Look], datasets: Sequence[str]) -> Plot:
    problems = len(datasets)
    title = "Over all datasets: correct digits"
    correct = {name: [d for row in own.values() if (d := digits.of(row)) is not None] for name, own in cases.items()}
    known = {name: share_with_digits(found, problems) for name, found in correct.items() if found}
    notes = tuple(_lacking(cases, datasets, "without digits", lambda row: row.status if digits.of(row) is None else ""))
    if not known:
        return empty(title, "No row has digits.", notes)
    data = [_steps(drawn[name], [(0.0, steps[0][1]), *steps], shape="vh") for name, steps in known.items()]
    x = digits_axis(-0.3)
    spec = {"data": data, "layout": layout(x, _share_axis("datasets with at least so many"))}
    summary = (
        f"The share of {problems} datasets that each backend answered to at least so many correct digits, whatever "
        "its status; a curve further right and up is better."
    )
    return Plot(title, summary, spec, notes)


def _share_axis(title: str) -> dict[str, Any]:
    return linear_axis(title, tickformat=".0%", range=[-0.03, 1.03])


def _steps(look: Look, points: Sequence[tuple[float, float]], shape: str = "hv") -> dict[str, Any]:
    x, y = zip(*points, strict=True)
    looks = {"line": look.line(shape=shape), "marker": look.marker(size=6)}
    return scatter("lines+markers", look.name, x, y, f"{look.name}<br>%{{x:.3g}}: %{{y:.0%}}", **looks)
