"""Digits of ``scratch_ols`` beside those of its peers: ``python -m tests.benchmarks.digits_of_peers`` (minutes).

Single features and three, far from zero and near, sorted and not: wherever a peer has more digits, the rule by which
``scratch_ols`` decides how to solve is wrong. The digits are those of the harness: of the worst coefficient, against
the exact solution.
"""

import argparse
from collections.abc import Iterator

import numpy as np

from backends.base import Problem
from harness.catalog import backend_class
from harness.reference import Judge, solve

PEERS = ["numpy_lstsq", "scipy_lstsq", "sklearn_ols", "statsmodels_ols", "polars_ols"]
OFFSETS = [0.0, 1e0, 1e3, 1e6, 1e9, 1e12]


def problems(rows: int, offsets: list[float]) -> Iterator[tuple[str, Problem]]:
    """The sweep, at one number of rows."""
    for p in (1, 3):
        for offset in offsets:
            rng = np.random.default_rng([rows, p])
            X = rng.standard_normal((rows, p)) + offset
            y = X @ np.linspace(1, 2, p) + 0.5 * rng.standard_normal(rows)
            yield f"{rows:,} × {p}, offset {offset:g}", Problem(X, y, True)
        money = np.round(rng.gamma(2.0, 0.4, (rows, p)), 2)
        yield (
            f"{rows:,} × {p}, two decimals",
            Problem(money, np.round(7756 * money[:, 0] + 3e3 * rng.random(rows)), True),
        )
    X = np.sort(rng.standard_normal((rows, 1)), axis=0) * 1e3
    yield f"{rows:,} × 1, sorted", Problem(X, X[:, 0] + rng.standard_normal(rows), True)


def digits(name: str, problem: Problem, judge: Judge) -> float | None:
    """Of a backend's answer; None where its library is not installed, or it declines."""
    try:
        backend = backend_class(name)()
        fit = backend.solve(backend.prepare(problem, "cpu"))
    except Exception:  # noqa: BLE001 - a peer that fails has no digits to compare with
        return None
    return judge.score(fit.coef, fit.intercept).coefficient_digits


def compared(problem: Problem, peers: list[str]) -> dict[str, float]:
    """Digits of ``scratch_ols`` and of every peer that answered."""
    judge = Judge(problem, solve(problem))
    found = {name: digits(name, problem, judge) for name in ["scratch_ols", *peers]}
    return {name: value for name, value in found.items() if value is not None}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000, 100_000])
    print("| problem | " + " | ".join(["scratch_ols", *PEERS]) + " |")
    print("| --- |" + " ---: |" * (len(PEERS) + 1))
    for rows in parser.parse_args().rows:
        for name, problem in problems(rows, OFFSETS):
            found = compared(problem, PEERS)
            cells = [f"{found[each]:.1f}" if each in found else "" for each in ["scratch_ols", *PEERS]]
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
