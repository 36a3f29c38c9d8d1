"""``scratch_ols`` with ``method="exact"`` over random problems: digits, and time beside ``numpy.linalg.lstsq``.

``python -m tests.benchmarks.exact_answers`` (a minute; on one thread: ``OPENBLAS_NUM_THREADS=1``). Problems have 20 to
2,000 rows, 1 to 20 features, an intercept in two of three, and a design of a condition number drawn evenly, on the log
scale, from 1 to 1e14: orthonormal columns, stretched and mixed. Each is timed in turn with lstsq on the design with its
column of ones, both as the least of several calls.
"""

import argparse
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from backends.base import Problem
from backends.scratch_ols import ScratchOls
from harness.reference import solve

BANDS = [(0, 4), (4, 8), (8, 12), (12, 14)]
"""Exponents of the condition number, row by row of the table."""


class Tried(NamedTuple):
    """One problem."""

    exponent: float
    correct: bool
    proved: bool
    ratio: float


def problems(count: int, seed: int = 14) -> Iterator[tuple[float, Problem]]:
    """Random problems, each with the exponent of its condition number."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        p = int(rng.integers(1, 21))
        n = int(np.exp(rng.uniform(np.log(max(20, 2 * p)), np.log(2000))))
        exponent = float(rng.uniform(0, 14))
        yield exponent, random_problem(n, p, exponent, rng)


def random_problem(n: int, p: int, exponent: float, rng: np.random.Generator) -> Problem:
    """A design of that condition number (but for rounding), and a target with noise."""
    U = np.linalg.qr(rng.standard_normal((n, p)))[0]
    V = np.linalg.qr(rng.standard_normal((p, p)))[0]
    X = np.ascontiguousarray(U * np.logspace(0, -exponent, p) @ V)
    y = X @ rng.standard_normal(p) + 10.0 ** rng.uniform(-6, 0) * rng.standard_normal(n)
    return Problem(X, y, bool(rng.integers(3)))


def tried(exponent: float, problem: Problem, calls: int) -> Tried:
    """Solve it, time it, and hold it against the exact answer."""
    backend = ScratchOls(method="exact")
    state = backend.prepare(problem, "cpu")
    A = np.column_stack([problem.X, np.ones(len(problem.y))]) if problem.intercept else problem.X
    fit, truth = backend.solve(state), solve(problem)
    own = peer = np.inf
    for _ in range(calls):
        own = min(own, seconds(lambda: backend.solve(state)))
        peer = min(peer, seconds(lambda: np.linalg.lstsq(A, problem.y, rcond=None)))
    correct = bool(np.array_equal(fit.coef, truth.coef)) and fit.intercept == truth.intercept
    return Tried(exponent, correct, fit.converged, own / peer)


def seconds(call: Callable[[], Any]) -> float:
    """Of one call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def line(name: str, some: list[Tried]) -> str:
    """A row of the table."""
    ratios = sorted(each.ratio for each in some)
    correct, proved = (sum(getattr(each, key) for each in some) for key in ("correct", "proved"))
    return (
        f"| {name} | {len(some)} | {correct} | {proved} "
        f"| {median(ratios):.2f} | {ratios[len(ratios) * 9 // 10]:.2f} | {ratios[-1]:.1f} |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--calls", type=int, default=15, help="timed calls of each, of which the least counts")
    asked = parser.parse_args()
    all_of_them = [tried(exponent, problem, asked.calls) for exponent, problem in problems(asked.count)]
    print("| condition | problems | 17 digits | converged | time over lstsq's, median | 9 in 10 below | most |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for low, high in BANDS:
        band = [each for each in all_of_them if low <= each.exponent < high]
        print(line(f"1e{low} to 1e{high}", band))
    print(line("**all**", all_of_them))


if __name__ == "__main__":
    main()
