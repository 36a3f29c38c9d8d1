"""The rows of a large problem in parts that threads share, with results combined in a fixed order.

The parts, and the order of the sums over them, depend on the problem's shape alone, so that any number of threads gives
the same bits. ``OMP_NUM_THREADS`` sets the number of threads, one where it is unset. NumPy's BLAS and the compiled
kernels release the interpreter's lock while they work. Callers limit BLAS itself to one thread (`one_blas_thread`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, TypeVar

from backends.base import Problem

Result = TypeVar("Result")

ELEMENTS = 1 << 18
"""Elements of X per part, about: 2 MiB, enough to outweigh handing them to a thread."""
WORTH_THREADS = 1 << 20
"""Elements of X from which several threads are faster than one."""


def threads() -> int:
    """Number of threads that the environment allows."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdecimal() and int(given) else 1


def parts(problem: Problem, least: int = 4) -> Iterator[Problem]:
    """Problems of consecutive rows, all but the last of one length, with at least ``least`` rows per feature."""
    rows = part_rows(problem, least)
    for first in range(0, len(problem.y), rows):
        own = slice(first, first + rows)
        weights = None if problem.weights is None else problem.weights[own]
        yield Problem(problem.X[own], problem.y[own], problem.intercept, problem.l2, weights)


def part_rows(problem: Problem, least: int = 4) -> int:
    """Rows per part, at least ``least`` per feature."""
    p: int = problem.X.shape[1]
    return max(ELEMENTS // max(1, p), least * p, 1)


def each_part(problem: Problem, work: Callable[[Problem], Result]) -> list[Result]:
    """The result of ``work`` for each part, in the order of the rows."""
    several = threads() if problem.X.size >= WORTH_THREADS else 1
    if several == 1:
        return [work(part) for part in parts(problem)]
    from concurrent.futures import ThreadPoolExecutor  # 2 MiB, which a single thread does without

    with ThreadPoolExecutor(several) as pool:
        return list(pool.map(work, parts(problem)))


def one_blas_thread() -> AbstractContextManager[Any]:
    """Limit NumPy's BLAS to one thread where it may use more: with more, its factors differ in their last bits."""
    controller = blas_threads() if threads() > 1 else None
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")


@cache
def blas_threads() -> Any:
    """Controls the threads of NumPy's BLAS; None where threadpoolctl is not installed. The first call is slow."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
