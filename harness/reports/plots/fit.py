"""Fit: the data and each row's line; with several features, predicted over actual values and residuals."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.judgement.digits import digits
from harness.reports.plotting.axes import layout, linear_axis
from harness.reports.plotting.descents import drawn_descents
from harness.reports.plotting.line import Descending, Sampled, animation, descending, line_trace, points_trace
from harness.reports.plotting.plot import Choice, Plot, empty, plot_kind
from harness.reports.plotting.style import DASHES, THIN, Look, rounded, safe, scatter
from harness.reports.plotting.view import DatasetRows, RunView, without
from harness.results import SHOWN_EPOCHS, Row

Float64 = NDArray[np.float64]


class Answer(NamedTuple):
    """A row with its coefficients in the data's own units."""

    row: Row
    coef: tuple[float, ...]
    intercept: float


@plot_kind(
    title="Fit",
    about="With one feature, the data and each row's line; with more, predicted over actual values, and residuals.",
    place=50,
)
def fit(view: RunView) -> Iterator[Plot]:
    """The fits on every dataset with a data sample in the run."""
    for dataset in view.datasets:
        answers = [answer for row in dataset.rows if (answer := _answer(row))]
        answered = {each.row.case.id for each in answers}
        notes = without([row for row in dataset.rows if row.case.id not in answered], view, "coefficients")
        problem = next((row.problem for row in dataset.rows if row.problem and row.problem.sample), None)
        if problem is None or problem.sample is None:
            yield empty(dataset.title, _no_sample(view), notes)
        elif problem.n_features == 1:
            data = Sampled(problem, problem.sample)
            yield _lines(view, dataset.title, answers, data, notes)
            yield from _descents(view, dataset, answers, data)
        elif not answers:
            yield empty(dataset.title, "No row has coefficients.", notes)
        else:
            yield from _many_features(view, dataset.title, answers, Sampled(problem, problem.sample), notes)


def _no_sample(view: RunView) -> str:
    old = ": an older linbench made it" if view.run.header.linbench < 2 else ""
    return f"The data are not in this run{old}."


def _answer(row: Row) -> Answer | None:
    coef = row.worst.coef_original
    if coef is None or any(each is None for each in coef):
        return None
    return Answer(row, tuple(each for each in coef if each is not None), row.worst.intercept_original or 0.0)


def _name(look: Look, row: Row) -> str:
    return look.name if row.status == "ok" else f"{look.name} ({row.status})"


def _lines(view: RunView, title: str, answers: Sequence[Answer], data: Sampled, notes: tuple[str, ...]) -> Plot:
    """The data of one feature, and the line of every row that has one."""
    lines = [
        line_trace(view.look(row), _name(view.look(row), row), data, coef[0], intercept)
        for row, coef, intercept in answers
    ]
    listed = "; ".join(
        f"{view.label(row)}: slope {coef[0]:.6g}, intercept {intercept:.6g}" for row, coef, intercept in answers
    )
    summary = f"{data.target} over {data.feature}: {len(data.y):,} points. {listed or 'No row has a line'}."
    spec = {"data": [points_trace(data), *lines], "layout": _plane(data)}
    return Plot(title, summary, spec, (*data.notes(), *notes))


def _plane(data: Sampled) -> dict[str, Any]:
    return layout(linear_axis(safe(data.feature)), linear_axis(safe(data.target)))


def _descents(view: RunView, dataset: DatasetRows, answers: Sequence[Answer], data: Sampled) -> Iterator[Plot]:
    """The longest descent of each iterative backend: its lines, and the path of its parameters.

    Not if it diverged: a line at 1e98 would hide the data.
    """
    known = [(correct, each) for each in answers if (correct := digits.of(each.row)) is not None]
    best = max(known, key=lambda pair: pair[0])[1] if known else None
    goal = best and (view.label(best.row), best.coef[0], best.intercept)
    for row, found in _longest(dataset.rows):
        title, look = f"{dataset.title}: {view.label(row)}", view.look(row)
        notes = [f"It ended {row.status}."] * (row.status != "ok")
        notes += [f"{found.stopped.capitalize()}."] * bool(found.stopped)
        yield _epochs(f"{title}, the line on its way", look, found, data, tuple(notes))
        yield animation(f"{title}, the path of its parameters", look, found, data, goal, notes)


def _longest(rows: Sequence[Row]) -> list[tuple[Row, Descending]]:
    found: dict[str, tuple[Row, Descending]] = {}
    for row, descent in drawn_descents(rows):
        path = descending(descent, row.problem)
        if path is None or row.status == "diverged":
            continue
        kept = found.setdefault(row.case.backend, (row, path))
        if path.epochs[-1] > kept[1].epochs[-1]:
            found[row.case.backend] = row, path
    return list(found.values())


def _epochs(title: str, look: Look, found: Descending, data: Sampled, notes: tuple[str, ...]) -> Plot:
    """The line after some of the epochs 1, 500, 2500 and 10,000, and at the end."""
    wanted = {1, *SHOWN_EPOCHS, found.epochs[-1]}
    shown = [i for i, epoch in enumerate(found.epochs) if epoch in wanted]
    lines, listed = [], []
    for dash, i in zip(DASHES[len(shown) - 1 :: -1], shown, strict=True):  # the last one is solid
        slope, intercept = found.slopes[i], found.intercepts[i]
        name = f"after {found.epochs[i]:,} epoch{'s' if found.epochs[i] > 1 else ''}"
        lines.append(line_trace(Look(name, look.colour, look.symbol, dash), name, data, slope, intercept))
        listed.append(f"{name} slope {slope:.4g}, intercept {intercept:.4g}")
    spec = {"data": [points_trace(data), *lines], "layout": _plane(data)}
    return Plot(title, f"The line {'; '.join(listed)}.", spec, (*data.notes(), *notes))


def _many_features(
    view: RunView, title: str, answers: Sequence[Answer], data: Sampled, notes: tuple[str, ...]
) -> Iterator[Plot]:
    """Predicted over actual values, and residuals, for several features; one row at a time."""
    actual = data.y
    predicted = [data.X @ np.array(each.coef) + each.intercept for each in answers]
    residuals = [actual - each for each in predicted]
    names = [view.label(row) + ("" if row.status == "ok" else f", {row.status}") for row, *_ in answers]
    choices = tuple(Choice(name, (i, len(answers))) for i, name in enumerate(names))
    spread = "; ".join(f"{name} {np.sqrt(np.mean(e**2)):.4g}" for name, e in zip(names, residuals, strict=True))
    listed = f"{len(actual)} points for each row. Root mean square of the residuals: {spread}."

    def drawn(what: str, x: Sequence[Float64], y: Sequence[Float64], guide: dict[str, Any], axes: Any) -> Plot:
        dots = [_dots(view.look(each.row), each.row, *xy) for each, *xy in zip(answers, x, y, strict=True)]
        spec = {"data": [*dots, guide], "layout": layout(*axes)}
        summary = f"{what.capitalize()}, {listed}"
        return Plot(f"{title}: {what}", summary, spec, (*data.notes(), *notes), choices=choices)

    target = safe(data.target)
    ends = [float(actual.min()), float(actual.max())]
    reach = [float(min(each.min() for each in predicted)), float(max(each.max() for each in predicted))]
    axes = linear_axis(f"actual {target}"), linear_axis(f"predicted {target}")
    yield drawn("predicted over actual", [actual] * len(answers), predicted, _guide("equal", ends, ends), axes)
    axes = linear_axis(f"predicted {target}"), linear_axis("residual, actual − predicted")
    yield drawn("residuals over predicted", predicted, residuals, _guide("zero", reach, [0.0, 0.0]), axes)


def _guide(name: str, x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    return scatter("lines", name, x, y, showlegend=False, line=THIN)


def _dots(look: Look, row: Row, *xy: Float64) -> dict[str, Any]:
    x, y = (rounded(each.tolist(), 4) for each in xy)
    marker = look.marker(size=6, opacity=0.7, line={"width": 0})
    return scatter("markers", _name(look, row), x, y, f"{look.name}<br>%{{x:.4~g}}: %{{y:.4~g}}", marker=marker)
