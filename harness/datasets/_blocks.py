"""Rows in blocks, so that memory holds one block at a time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

FileStamps = tuple[tuple[str, tuple[int, ...]], ...]
"""Files, each with its size and times as the system reports them."""


class RowBlock(NamedTuple):
    """Some rows, without those with missing values."""

    X: Float64
    """Of shape (n_rows, n_features)."""
    y: Float64
    """Of shape (n_rows,)."""
    dropped: int = 0
    """Rows left out of the block for missing values."""
    lacking: Mapping[str, int] = {}
    """Of these, by column, how many lacked its value."""


@dataclass(frozen=True)
class Blocks:
    """A source of rows in the data's own units; it can be read more than once."""

    features: tuple[str, ...]
    target: str
    read: Callable[[int, int], Iterator[RowBlock]]
    """``read(rows, first)`` yields the rows in order, in blocks of about ``rows``, from row ``first`` of the source:
    the same rows, whatever the block size and wherever it begins."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """As in `harness.datasets.base.Table`."""
