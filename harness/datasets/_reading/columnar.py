"""Parquet and Feather, by the first of pyarrow, polars and DuckDB that is installed."""

import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from harness.datasets._reading.delimited import Choose
from harness.datasets._reading.grid import Grid, Texts, Values, column_of
from harness.datasets._reading.source import Source
from harness.errors import DatasetError

Columns = tuple[tuple[str, ...], Callable[[int], Any]]
"""The names, and a function that gives a column: a NumPy array if it is numbers without gaps, else Python objects."""


def read_columnar(source: Source, choose: Choose) -> Grid:
    """Read the chosen columns.

    Raises
    ------
    DatasetError
        When no library that can read it is installed.
    """
    names, get_column = _opened(source)
    columns: dict[int, Texts | Values] = {}
    for j in choose(names):
        found = get_column(j)
        if isinstance(found, np.ndarray):
            columns[j] = Values(found)
        else:
            columns[j] = column_of(found, lambda row: f"row {row + 1}", f"{source.name}: column {names[j]!r}")
    count = _length(next(iter(columns.values()), None))
    return Grid(source.name, names, columns, range(1, count + 1), "row")


def _length(column: Texts | Values | None) -> int:
    if column is None:
        return 0
    return len(column.array) if isinstance(column, Values) else sum(1 for _ in column)


def is_installed(library: str) -> bool:
    """Whether a library is installed."""
    return find_spec(library) is not None


def _opened(source: Source) -> Columns:
    readers = {"pyarrow": _by_pyarrow, "polars": _by_polars, "duckdb": _by_duckdb}
    if source.suffix == ".feather":
        del readers["duckdb"]
    for library, read in readers.items():
        if is_installed(library):
            return read(source)
    raise DatasetError(f"{source.name} needs {' or '.join(readers)}; pip install one of them")


def _by_pyarrow(source: Source) -> Columns:
    if source.suffix == ".feather":
        from pyarrow.feather import read_table
    else:
        from pyarrow.parquet import read_table
    with source.raw() as file:
        table = read_table(file)

    def column(j: int) -> Any:
        from pyarrow import types

        found = table.column(j)
        plain = types.is_integer(found.type) or types.is_floating(found.type)
        return found.to_numpy() if plain and not found.null_count else found.to_pylist()

    return tuple(table.column_names), column


def _by_polars(source: Source) -> Columns:
    import polars as pl

    with source.raw() as file:
        content = file.read()
    frame = pl.read_ipc(content, use_pyarrow=False) if source.suffix == ".feather" else pl.read_parquet(content)

    def column(j: int) -> Any:
        found = frame.to_series(j)
        plain = found.dtype.is_integer() or found.dtype.is_float()
        return found.to_numpy() if plain and not found.null_count() else found.to_list()

    return tuple(frame.columns), column


def _by_duckdb(source: Source) -> Columns:
    import duckdb

    with tempfile.TemporaryDirectory() as folder:
        path = source.path or Path(folder) / "data.parquet"
        if source.path is None:
            path.write_bytes(source.content)
        found = duckdb.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names, rows = tuple(str(each[0]) for each in found.description or ()), found.fetchall()
    return names, lambda j: [row[j] for row in rows]
