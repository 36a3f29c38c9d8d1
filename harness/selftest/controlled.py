"""Backends of known speed and accuracy, to test the gate. Not in the catalogue.

A worker imports this module, so it may import only NumPy and `backends.base`.
"""

from dataclasses import dataclass

import numpy as np

from backends.base import Backend, Device, Fit, Problem, option

PRODUCTS = 400
"""Gram products per solve: each percentage of them is a whole number."""


@dataclass(frozen=True, kw_only=True)
class ControlledBackend(Backend[Problem]):
    """Solves the normal equations with many repeated products, so that its time can be raised by any share.

    Attributes
    ----------
    copy : int
        Has no effect, so that two copies are the same program.
    slower : float
        Extra work, as a share of its own.
    digits_lost : float
        Correct digits that its coefficients lose.
    """

    copy: int = 0
    slower: float = option(0.0, at_least=0)
    digits_lost: float = option(0.0, at_least=0)

    def prepare(self, problem: Problem, device: Device) -> Problem:
        """Nothing to prepare."""
        return problem

    def solve(self, state: Problem) -> Fit:
        """Repeat the products, and solve once."""
        A = np.column_stack([state.X, np.ones(len(state.y))])
        for _ in range(round(PRODUCTS * (1 + self.slower))):
            G = A.T @ A
        beta = np.linalg.solve(G, A.T @ state.y)
        if self.digits_lost:
            beta = beta * (1 + 10.0 ** (self.digits_lost - 15))
        return Fit(beta[:-1], float(beta[-1]), converged=True, iterations=None)
