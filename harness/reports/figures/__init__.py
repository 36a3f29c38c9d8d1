"""The figures of a report: from a run to Plotly specifications, as plain data.

Nothing here needs Plotly: a page hands the specifications to its script, `harness.reports.notebook` to its Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.reports.figures import convergence, fit, heat, history, profiles, scaling, speed, timing
from harness.reports.figures.model import Choice, Figure, Section
from harness.reports.figures.replay import Replays
from harness.reports.figures.scene import Scene
from harness.results import Run

__all__ = ["SECONDS", "Choice", "Figure", "Section", "sections"]

SECONDS = 1.0
"""For loading data again and going descents again; what it does not suffice for is named in the figures' notes."""


class Kind(NamedTuple):
    """A section before it is drawn; `why_empty` is told where no figure comes of it."""

    id: str
    title: str
    about: str
    figures: Callable[[Scene], Iterable[Figure]]
    why_empty: str


KINDS = (
    Kind(
        "speed",
        "Accuracy against speed",
        "Up is more correct digits, left is less time. The line joins the rows that no other beats in both: the Pareto "
        "front. Bars are the time's interval; a hollow mark did not converge, one with a dot in it is a single sample, "
        "and a row without an answer stands below the line with its status.",
        speed.figures,
        "No row was measured.",
    ),
    Kind(
        "profiles",
        "All datasets at once",
        "Performance profiles (Dolan & Moré 2002): where a backend's curve starts says how often it is the fastest, "
        "how high it ends says how often it answers at all.",
        profiles.figures,
        "No row was measured.",
    ),
    Kind(
        "agreement",
        "Agreement",
        "Digits that the coefficients of two rows have in common, whether or not they are the right ones.",
        heat.figures,
        "No two rows on the same dataset have coefficients.",
    ),
    Kind(
        "convergence",
        "Convergence",
        "How the loss falls: lines are descents replayed for this report, marks are what was measured. A direct "
        "solver is a mark alone. The excess loss is the loss less the exact minimum.",
        convergence.figures,
        "No row of this run iterates: every backend solves directly.",
    ),
    Kind(
        "fit",
        "Fit",
        "With one feature, the data and each row's line; with more, predicted over actual values, and residuals.",
        fit.figures,
        "No row was measured.",
    ),
    Kind(
        "scaling",
        "Scaling",
        "Time and memory over rows n and over features d, both on logarithmic scales, where a straight line is a power "
        "law: its slope is the exponent, told with its 95 % interval.",
        scaling.figures,
        "No row was measured.",
    ),
    Kind(
        "timing",
        "Timing",
        "Every sample in the order in which it was taken, round by round, above the control kernel's in the same "
        "process: what moves both is the machine, what moves one is the backend.",
        timing.figures,
        "No row was timed.",
    ),
    Kind(
        "history",
        "History",
        "Each case over all the runs that were given. Lines are the levels between the steps that were found; grey "
        "uprights are changes of machine.",
        history.figures,
        "Only one run was given: give several to see their history.",
    ),
)


def sections(run: Run, runs: Sequence[Run | Path] = (), *, seconds: float = SECONDS) -> tuple[Section, ...]:
    """Draw a run.

    Parameters
    ----------
    run : Run
    runs : sequence of Run or Path
        All that the history is to show, this run's own among them or not. A path saves reading the whole of a file:
        the history takes from each what it needs.
    seconds : float
        For loading data and replaying descents, all together; 0 does neither. A library that takes seconds to import
        is imported for this only where there are five or more.

    Returns
    -------
    tuple of Section
        All of them, in the order of the page; one without a figure says why.
    """
    paths = tuple(each if isinstance(each, Path) else each.path for each in runs)
    scene = Scene(run, paths, Replays(run, seconds))
    for group in scene.groups:  # before descents take what time there is
        scene.replays.data(scene.rows(group)[0])
    return tuple(_section(kind, scene) for kind in KINDS)


def _section(kind: Kind, scene: Scene) -> Section:
    figures = tuple(kind.figures(scene))
    return Section(kind.id, kind.title, kind.about, figures, "" if figures else kind.why_empty)
