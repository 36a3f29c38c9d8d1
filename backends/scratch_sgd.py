"""Stochastic gradient descent from scratch: an update after each sample, or after each small batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from backends.base import Device, IterativeBackend, Problem, Snapshot, option

__all__ = ["ScratchSGD"]

Float64 = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class ScratchSGD(IterativeBackend[Problem]):
    """SGD."""

    learning_rate: float = option(0.01, above=0)
    epochs: int = option(1000, at_least=1)
    batch_size: int = option(1, at_least=1)
    shuffle: bool = True
    seed: int = option(0, at_least=0)
    schedule: Literal["constant", "invscaling"] = "constant"
    power_t: float = option(0.25, at_least=0)
    tolerance: float = option(0.0, at_least=0)
    engine: Literal["auto", "numba", "blocks", "naive"] = "auto"

    def prepare(self, problem: Problem, device: Device) -> Problem:  # noqa: ARG002  the CPU is all it claims
        """Widen to float64."""
        X, y = (np.ascontiguousarray(each, dtype=np.float64) for each in (problem.X, problem.y))
        return Problem(X, y, problem.intercept, problem.l2)

    def path(self, state: Problem) -> Iterator[Snapshot]:
        """Pass over the samples, in a new order in every epoch, until within the tolerance or out of epochs."""
        n, d = state.X.shape
        theta, updates, before = np.zeros(d + 1), 0, None
        rng = np.random.default_rng(self.seed)
        order = np.arange(n)
        for epoch in range(1, self.epochs + 1):
            if self.shuffle:
                rng.shuffle(order)
            rates = self._rates(updates, -(-n // self.batch_size))
            updates += len(rates)
            with np.errstate(over="ignore", invalid="ignore"):
                loss = naive_epoch(state, order, rates, self.batch_size, theta)
            converged = self.tolerance > 0 and before is not None and abs(loss - before) <= self.tolerance
            before = loss
            yield Snapshot(epoch, lambda: (theta[:-1].copy(), float(theta[-1])), loss, converged)
            if converged:
                return

    def _rates(self, updates: int, count: int) -> Float64:
        if self.schedule == "constant":
            return np.full(count, self.learning_rate)
        return self.learning_rate / np.arange(updates + 1, updates + count + 1, dtype=np.float64) ** self.power_t


def naive_epoch(problem: Problem, order: NDArray[np.intp], rates: Float64, batch_size: int, theta: Float64) -> float:
    X, y, l2 = problem.X, problem.y, problem.l2
    squares = 0.0
    for k, rate in enumerate(rates):
        rows = order[k * batch_size : (k + 1) * batch_size]
        residuals = y[rows] - (X[rows] @ theta[:-1] + theta[-1])
        squares += residuals @ residuals
        theta[:-1] += 2 * rate * (X[rows].T @ residuals / len(rows) - l2 * theta[:-1])
        if problem.intercept:
            theta[-1] += 2 * rate * residuals.mean()
    return float(squares) / len(order) + l2 * float(theta[:-1] @ theta[:-1])
