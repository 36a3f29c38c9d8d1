"""Makes a question from a dataset: data in their own units, the file's other columns, and its missing values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.datasets.base import Dataset, Table
from harness.datasets.file import File
from harness.explain.question import Float64, Question

DUMMY = re.compile(r"(.+)\[(?:T\.)?[^\[\]]*\]$")
"""The dummy of a level, as named by formulas."""


def question_of(dataset: Dataset, cache: Path | None = None) -> Question:
    """The question of a dataset with its options, in the data's own units.

    Parameters
    ----------
    cache : Path, optional
        The folder in which exact answers are cached.

    Raises
    ------
    DatasetError
        When the data cannot be loaded.
    """
    table = dataset.table
    gaps = _Gaps.of(dataset, table)
    return Question(
        np.array(table.X),
        np.array(table.y),
        table.features,
        table.target,
        dataset.intercept if table.intercept is None else table.intercept,
        others=gaps.others if gaps else {},
        groups=_groups(table.features),
        with_gaps=gaps.question if gaps and gaps.has_any and table.weights is None else None,
        l2=dataset.penalty(len(table.y) if table.weights is None else math.fsum(table.weights)),
        cache=cache,
        rows=table.row_count.in_words(),
        weights=table.weights,
    )


def _groups(features: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    found: dict[str, list[int]] = {}
    for j, name in enumerate(features):
        if match := DUMMY.fullmatch(name):
            found.setdefault(match[1], []).append(j)
    return tuple(tuple(columns) for columns in found.values())


@dataclass(frozen=True, eq=False)
class _Gaps:
    """A file's numeric columns, NaN where a value is missing."""

    columns: Mapping[str, Float64]
    features: tuple[str, ...]
    target: str
    used: np.ndarray

    @classmethod
    def of(cls, dataset: Dataset, table: Table) -> _Gaps | None:
        """None where used rows cannot be matched with the file's: columns are computed, or missing values filled."""
        if not isinstance(dataset, File) or dataset.missing != "drop":
            return None
        columns = dataset.columns()
        weights = (dataset.weights,) if dataset.weights else ()
        wanted = [*table.features, table.target, *weights]
        if any(name not in columns for name in wanted):
            return None
        used = np.isfinite(np.column_stack([columns[name] for name in wanted])).all(axis=1)
        if int(used.sum()) != len(table.y) or not np.array_equal(columns[table.target][used], table.y):
            return None
        rest = {name: column for name, column in columns.items() if name not in weights}
        return cls(rest, table.features, table.target, np.asarray(used))

    @property
    def has_any(self) -> bool:
        """Whether a row was left out."""
        return not bool(self.used.all())

    @property
    def others(self) -> dict[str, Float64]:
        """Complete columns that the question does not use, on its rows."""
        taken = {*self.features, self.target}
        rest = {name: column[self.used] for name, column in self.columns.items() if name not in taken}
        return {name: column for name, column in rest.items() if np.isfinite(column).all() and np.ptp(column) > 0}

    def question(self) -> tuple[Float64, Float64]:
        """Features and target of all rows."""
        return np.column_stack([self.columns[name] for name in self.features]), self.columns[self.target]
