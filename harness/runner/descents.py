"""Descents of iterative methods: which epochs are kept, and the loss at each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.results import SHOWN_EPOCHS, Descent
from harness.runner.problems import PreparedProblem
from harness.runner.protocol import Descended

Float64 = NDArray[np.float64]

SNAPSHOTS = 60
"""Epochs of a descent that are kept, about evenly spaced on a logarithmic scale."""

MOST_FEATURES = 10
"""A descent keeps its coefficients up to this many features."""


def epochs_to_keep(total: int) -> list[int]:
    """The epochs to keep of a descent of ``total`` epochs, ascending."""
    spaced = np.geomspace(1, max(total, 1), SNAPSHOTS - len(SHOWN_EPOCHS))
    wanted = {total, *(round(each) for each in spaced.tolist()), *(each for each in SHOWN_EPOCHS if each <= total)}
    return sorted(wanted)


def descent_of(descended: Descended, problem: PreparedProblem, total: int) -> Descent:
    """The descent as a run file keeps it, with its losses.

    Parameters
    ----------
    total : int
        Epochs of the timed fit.
    """
    p = problem.problem.X.shape[1]
    if not descended.epochs:
        return Descent(stopped="it diverged in its first epoch")
    if (
        any(len(coef) != p for coef in descended.coef)
        or len({*map(len, (descended.epochs, descended.coef, descended.intercept))}) > 1
    ):
        return Descent(stopped="its iterates do not have the shape of the problem")
    coef, intercept = np.array(descended.coef, dtype=np.float64), np.array(descended.intercept, dtype=np.float64)
    losses = [problem.judge.losses(*each) for each in zip(coef, intercept.tolist(), strict=True)]
    loss, excess = zip(*losses, strict=True)
    small = p <= MOST_FEATURES
    last = descended.epochs[-1]
    return Descent(
        epochs=descended.epochs,
        loss=_finite(loss),
        excess_loss=_finite(excess),
        coef=tuple(_finite(each) for each in coef) if small else None,
        intercept=_finite(intercept) if small else None,
        stopped=f"the limit left time for {last:,} of {total:,} epochs" if descended.late and last < total else "",
    )


def _finite(values: Sequence[float] | Float64) -> tuple[float | None, ...]:
    return tuple(float(each) if np.isfinite(each) else None for each in values)
