"""Exact sums over a problem's first rows, kept beside the exact answers while a pass takes long.

A run that is interrupted or killed in the pass leaves them, and the next one over the same data adds the rows that are
left, to the same bits.
"""

import time
from collections.abc import Callable
from pathlib import Path

from backends.base import Problem
from harness.reference import cache
from harness.reference.gram import ExactGram
from harness.reference.record import plain_gram, read_gram

EVERY = 5.0
"""Seconds between two times that they are kept: more than a thousand times what that takes."""


class PartialSums:
    """Those of one problem.

    Parameters
    ----------
    folder : Path
    key : str
        The problem's fingerprint.
    problem : Problem
    clock : callable, optional
        Gives seconds.

    Attributes
    ----------
    resumed : bool
        Whether `begun` found some.
    """

    def __init__(self, folder: Path, key: str, problem: Problem, clock: Callable[[], float] = time.monotonic) -> None:
        self.resumed = False
        self._folder, self._key = folder, f"{key}-sums"
        self._rows, columns = problem.X.shape
        self._columns = columns + 2
        self._weighted = problem.weights is not None
        self._clock = clock
        self._kept_at = clock()
        self._there = False

    def begun(self) -> tuple[int, ExactGram] | None:
        """How many rows an earlier pass has added, and to what; None where it left nothing that can be used."""
        kept = cache.load(self._folder, self._key)
        rows = None if kept is None else kept.get("rows")
        if kept is None or not isinstance(rows, int) or not 0 < rows <= self._rows:
            return None
        self._there = True
        found = read_gram(kept.get("gram"), self._columns)
        if found is None or found.n_samples > rows or (found.n_samples < rows and not self._weighted):
            return None
        self.resumed = True
        return rows, found

    def keep(self, rows: int, gram: ExactGram) -> None:
        """Keep the sum over so many rows, where some time has passed since the last."""
        if self._clock() - self._kept_at < EVERY or (plain := plain_gram(gram)) is None:
            return
        cache.save(self._folder, self._key, {"rows": rows, "gram": plain})
        self._kept_at, self._there = self._clock(), True

    def forget(self) -> None:
        """Remove what is kept: the answer is."""
        if self._there:
            cache.remove(self._folder, self._key)
            self._there = False
