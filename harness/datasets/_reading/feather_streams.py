"""Columns of numbers of Feather files, block by block, through polars: a slice reads the batches that it touches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def kinds_of(file: Path) -> dict[str, str]:
    """The type of each column, as DuckDB calls it where it is a number, by name."""
    import polars as pl

    schema = pl.read_ipc_schema(file)
    return {name: "DOUBLE" if kind.is_numeric() else str(kind) for name, kind in schema.items()}


def frames(files: Sequence[Path], names: Sequence[str], rows: int, first: int) -> Iterator[NDArray[np.float64]]:
    """The columns of these names, so many rows at a time, from this first one on; NaN where there is no value."""
    import polars as pl

    for file in files:
        scan = pl.scan_ipc(file)
        there = scan.select(pl.len()).collect().item()
        for start in range(min(first, there), there, rows):
            part = scan.select(pl.col(list(names)).cast(pl.Float64)).slice(start, rows).collect()
            yield np.column_stack([part[name].to_numpy() for name in names]).astype(np.float64, copy=False)
        first = max(0, first - there)
