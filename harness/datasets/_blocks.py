"""Rows that come block by block, so that no more of them is in memory than one block."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

FileStamps = tuple[tuple[str, tuple[int, ...]], ...]
"""Files, each with what the system says of it."""


class RowBlock(NamedTuple):
    """Some rows, without those that lack a value."""

    X: Float64
    """Of shape (n_rows, n_features)."""
    y: Float64
    """Of shape (n_rows,)."""
    dropped: int = 0
    """Rows left out of the block."""
    lacking: Mapping[str, int] = {}
    """Of these, how many lacked a value of each column."""


@dataclass(frozen=True)
class Blocks:
    """A source of rows in the data's own units, which can be read more than once."""

    features: tuple[str, ...]
    target: str
    read: Callable[[int, int], Iterator[RowBlock]]
    """The rows in order, in blocks of about so many, from this one of the source's on: the same rows, whatever the
    blocks and wherever it begins."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """As `harness.datasets.base.Table` has them."""
