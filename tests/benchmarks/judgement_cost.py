"""What judging costs beside the exact reference: ``python -m tests.benchmarks.judgement_cost``.

Processor time of one thread (``OPENBLAS_NUM_THREADS=1``), which neighbours disturb less. The reference is all that
`solve` finds but attainable digits: Gram matrix, solution, condition number, standard errors, inference. Judging is
attainable digits and, for a first answer, its backward error, its errors in standard errors and in fitted values, with
what is made once per problem. Scoring is all else that is said of an answer: its loss, its digits, its gradient. Each
round times them all, one after the other, so that a ratio is of the same moment; the table has the median over the
rounds and an interval of 95 % for it. The last row takes NIST's sets as one suite.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from backends.base import Problem
from harness.catalog import dataset_class
from harness.reference import Judge, solve
from harness.reference.attainable import attainable
from harness.reference.design import design
from harness.reference.gram import exact_gram
from harness.reference.inference import inference
from harness.reference.rational import fit_moments
from harness.reference.solution import moments_of
from harness.reference.spread import spread

SIZES = ((50, 3), (1_000, 5), (10_000, 10), (100_000, 10), (1_000_000, 10), (2_000, 100))
SETS = ("norris", "pontius", "noint1", "noint2", "filip", "longley", "wampler1", "wampler2", "wampler3", "wampler4",
        "wampler5")  # fmt: skip
SECONDS, LEAST_ROUNDS, SHORT = 3.0, 7, 2e-3


@dataclass(frozen=True)
class Times:
    """Seconds of one round."""

    whole: float
    inference: float
    attainable: float
    first: float
    scoring: float

    @property
    def reference(self) -> float:
        """Of the exact reference alone."""
        return self.whole - self.attainable

    @property
    def judging(self) -> float:
        """Of what says whether an answer could be better, and whether it matters."""
        return self.attainable + self.first - self.scoring

    @property
    def share(self) -> float:
        """Of judging, over the reference."""
        return self.judging / self.reference


class Scoring(Judge):
    """A judge without judgement: losses, digits and gradient only."""

    _backward = SimpleNamespace(error=lambda *_: 0.0)  # type: ignore[assignment]
    _by_prediction = False
    _measure = "standard errors"

    def _in_standard_errors(self, *_: Any) -> float:
        return 0.0

    def _prediction_error(self, *_: Any) -> float:
        return 0.0


def timed(call: Callable[[], Any]) -> float:
    """Processor time of a call: the mean over as many as make two milliseconds."""
    calls, start = 0, time.process_time()
    while True:
        call()
        calls += 1
        if (spent := time.process_time() - start) >= SHORT:
            return spent / calls


def problems() -> Iterator[tuple[str, Problem]]:
    """Random ones, and certified ones."""
    for n, p in SIZES:
        rng = np.random.default_rng(0)
        X = rng.standard_normal((n, p))
        yield f"{n:,} × {p}", Problem(X, X @ rng.standard_normal(p) + rng.standard_normal(n), True)
    for name in SETS:
        yield f"nist_{name}", dataset_class(f"nist_{name}")().data().problem


def rounds(asked: Problem, seconds: float) -> list[Times]:
    """One problem, timed again and again."""
    fit = fit_moments(moments_of(exact_gram(asked.X, asked.y)), intercept=True)
    about, exact = spread(fit), solve(asked)
    coef = exact.coef * (1 + 1e-12)
    found: list[Times] = []
    end = time.perf_counter() + seconds
    while len(found) < LEAST_ROUNDS or time.perf_counter() < end:
        found.append(
            Times(
                whole=timed(lambda: solve(asked)),
                inference=timed(lambda: inference(fit, about.variances)),
                attainable=timed(lambda: attainable(design(asked, fit, about.inverse), determined=True)),
                first=timed(lambda: Judge(asked, exact).score(coef, exact.intercept)),
                scoring=timed(lambda: Scoring(asked, exact).score(coef, exact.intercept)),
            )
        )
    return found


def interval(values: list[float]) -> tuple[float, float, float]:
    """The median, and the order statistics that hold the true one in 95 % (normal approximation of the binomial)."""
    ordered, n = sorted(values), len(values)
    reach = 0.98 * n**0.5
    low, high = max(0, int(n / 2 - reach)), min(n - 1, int(np.ceil(n / 2 + reach)))
    return float(np.median(ordered)), ordered[low], ordered[high]


def main() -> None:
    put = sys.stdout.write
    columns = ("reference", "inference", "attainable", "first", "scoring", "judging")
    headings = ("rows × features", "reference", "of it inference", "attainable digits", "first answer", "of it scoring",
                "judging", "judging over reference")  # fmt: skip
    put(f"| {' | '.join(headings)} |\n| --- |{' ---: |' * (len(headings) - 1)}\n")
    totals = np.zeros(len(columns))
    for name, asked in problems():
        found = rounds(asked, SECONDS)
        times = np.array([1e3 * float(np.median([getattr(each, column) for each in found])) for column in columns])
        totals += times * name.startswith("nist")
        middle, low, high = interval([each.share for each in found])
        put(f"| {name} | {_cells(times)} | {middle:.1%} ({low:.1%} to {high:.1%}) |\n")
        sys.stdout.flush()
    put(f"| the sets of NIST together | {_cells(totals)} | {totals[-1] / totals[0]:.1%} |\n")


def _cells(times: Iterable[float]) -> str:
    return " | ".join(f"{each:.2f} ms" for each in times)


if __name__ == "__main__":
    main()
