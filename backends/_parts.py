"""The rows of a large problem in parts, each worked on by some thread, and put together in one order.

Where the parts begin and how their results are added up depends on the problem's shape alone, so that every number of
threads gives the same bits. Threads are as many as ``OMP_NUM_THREADS`` says, and one where it says nothing. NumPy's
BLAS leaves the interpreter's lock while it works, and so do the compiled kernels. Whoever has parts worked on holds
that BLAS to one thread (`one_blas_thread`): its own would be waited for.
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
"""Of X in a part, about: 2 MiB, which take longer than to hand them to a thread."""
WORTH_THREADS = 1 << 20
"""Elements of X from which more threads than one are faster."""


def threads() -> int:
    """How many the environment allows."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdecimal() and int(given) else 1


def parts(problem: Problem, least: int = 4) -> Iterator[Problem]:
    """Problems of consecutive rows, of one length but for the last, with ``least`` rows per feature or more."""
    rows = part_rows(problem, least)
    for first in range(0, len(problem.y), rows):
        own = slice(first, first + rows)
        weights = None if problem.weights is None else problem.weights[own]
        yield Problem(problem.X[own], problem.y[own], problem.intercept, problem.l2, weights)


def part_rows(problem: Problem, least: int = 4) -> int:
    """Rows of a part, ``least`` per feature or more."""
    p: int = problem.X.shape[1]
    return max(ELEMENTS // max(1, p), least * p, 1)


def each_part(problem: Problem, work: Callable[[Problem], Result]) -> list[Result]:
    """What ``work`` gives of each part, in their order."""
    several = threads() if problem.X.size >= WORTH_THREADS else 1
    if several == 1:
        return [work(part) for part in parts(problem)]
    from concurrent.futures import ThreadPoolExecutor  # 2 MiB, which one thread need not pay

    with ThreadPoolExecutor(several) as pool:
        return list(pool.map(work, parts(problem)))


def one_blas_thread() -> AbstractContextManager[Any]:
    """Hold NumPy's BLAS to one thread, where it may have more: its factors would have other bits with two."""
    controller = blas_threads() if threads() > 1 else None
    return nullcontext() if controller is None else controller.limit(limits=1, user_api="blas")


@cache
def blas_threads() -> Any:
    """What sets the threads of NumPy's BLAS; None where threadpoolctl is not installed. Slow at its first call."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
