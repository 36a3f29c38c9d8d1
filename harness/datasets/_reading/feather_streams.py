"""Streams columns of numbers from Feather files through polars, where a slice reads only the batches it touches."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def kinds_of(file: Path) -> dict[str, str]:
    """The type of each column by name; ``DOUBLE``, as in DuckDB, for all numbers."""
    import polars as pl

    schema = pl.read_ipc_schema(file)
    return {name: "DOUBLE" if kind.is_numeric() else str(kind) for name, kind in schema.items()}


def frames(files: Sequence[Path], names: Sequence[str], rows: int, first: int) -> Iterator[NDArray[np.float64]]:
    """Blocks of `rows` rows of these columns, beginning with row `first`; NaN where a value is missing."""
    import polars as pl

    for file in files:
        scan = pl.scan_ipc(file)
        length = scan.select(pl.len()).collect().item()
        for start in range(min(first, length), length, rows):
            part = scan.select(pl.col(list(names)).cast(pl.Float64)).slice(start, rows).collect()
            yield np.column_stack([part[name].to_numpy() for name in names]).astype(np.float64, copy=False)
        first = max(0, first - length)
