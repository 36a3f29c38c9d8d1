"""What judging costs beside the exact reference: ``python -m tests.benchmarks.judgement_cost``.

Processor time of one thread (``OPENBLAS_NUM_THREADS=1``), which neighbours disturb less. The reference is the exact
Gram matrix, the rational solution, condition number and standard errors. Beside it stand the inference, attainable
digits, and for one answer every score, backward error and verdict (with what is made once per problem: on further
answers it is not spent again).
"""

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from backends.base import Problem
from harness.reference import Judge, solve
from harness.reference.attainable import attainable
from harness.reference.design import design
from harness.reference.gram import exact_gram
from harness.reference.inference import inference
from harness.reference.rational import fit_moments
from harness.reference.solution import moments_of
from harness.reference.spread import spread

SIZES = ((10_000, 10), (100_000, 20), (1_000_000, 10), (2_000, 100), (1_000, 300))


def best(call: Callable[[], Any], seconds: float = 1.0) -> float:
    """Least processor time of a call, in seconds."""
    least, end = float("inf"), time.perf_counter() + seconds
    while True:
        start = time.process_time()
        call()
        least = min(least, time.process_time() - start)
        if time.perf_counter() > end:
            return least


def row(n: int, p: int) -> list[float]:
    """Seconds: reference, inference, attainable, first answer, further answer."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p))
    asked = Problem(X, X @ rng.standard_normal(p) + rng.standard_normal(n), True)
    fit = fit_moments(moments_of(exact_gram(asked.X, asked.y)), intercept=True)
    about, exact = spread(fit), solve(asked)
    judge, coef = Judge(asked, exact), exact.coef * (1 + 1e-12)

    def reference() -> None:
        found = fit_moments(moments_of(exact_gram(asked.X, asked.y)), intercept=True, l2=Fraction(0))
        spread(found)

    return [
        best(reference),
        best(lambda: inference(fit, about.variances)),
        best(lambda: attainable(design(asked, fit, about.inverse), determined=True)),
        best(lambda: Judge(asked, exact).score(coef, exact.intercept)),
        best(lambda: judge.score(coef, exact.intercept)),
    ]


def main() -> None:
    names = ("reference", "inference", "attainable", "first", "further")
    print(f"{'rows × features':>18} {' '.join(f'{each:>10}' for each in names)} {'share':>7} {'answer':>7}")
    for n, p in SIZES:
        seconds = row(n, p)
        share = sum(seconds[1:4]) / seconds[0]
        times = " ".join(f"{1e3 * each:8.2f}ms" for each in seconds)
        print(f"{f'{n:,} × {p}':>18} {times} {share:7.1%} {seconds[4] / seconds[0]:7.1%}")


if __name__ == "__main__":
    main()
