"""Writes data in memory to a file, which the loading process reads like any other."""

import datetime as dt
import hashlib
import io
import numbers
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import UsageError
from harness.files import write_whole

WRITABLE = (str, bytes, numbers.Number, dt.date, dt.time, dt.timedelta, np.generic, np.ndarray, list, tuple, dict)
"""Types that a file can hold, or that reading it refuses; other objects, such as pandas' intervals, become texts."""


def columns_of(data: Any, y: Any = None, weights: Any = None) -> tuple[dict[str, Any], str, str]:
    """Columns by name, and the names of the target and the weights; "" for one that is not given.

    Parameters
    ----------
    data : pandas or polars DataFrame, mapping of columns, or array-like of shape (n_samples, n_features)
    y, weights : array-like of shape (n_samples,), or str, optional
        A column's values, or its name.

    Raises
    ------
    UsageError
        When the shapes do not fit together.
    """
    if hasattr(data, "columns") and hasattr(data, "__getitem__"):
        names = [str(name) for name in data.columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UsageError(f"got two columns called {twice[0]!r}, wanted a name for each; rename one")
        columns = {str(name): _plain(data[name]) for name in data.columns}
    elif isinstance(data, Mapping):
        columns = {str(name): _plain(values) for name, values in data.items()}
    else:
        X = np.asarray(data)
        if X.ndim != 2:
            raise UsageError(f"got data of shape {X.shape}, wanted a table: (rows, columns)")
        columns = {f"x{j + 1}": X[:, j] for j in range(X.shape[1])}
    for what, values in (("y", y), ("weights", weights)):
        _check_order(what, values, data)
    target, weights_name = _with_column(columns, y, "y"), _with_column(columns, weights, "weights")
    lengths = {len(each) for each in columns.values()}
    if len(lengths) > 1:
        raise UsageError(f"got columns of {' and '.join(map(str, sorted(lengths)))} rows, wanted as many in each")
    return columns, target, weights_name


def _with_column(columns: dict[str, Any], values: Any, called: str) -> str:
    """The name of a column, after adding it to the others if its values are given; "" for none."""
    if values is None:
        return ""
    if np.ndim(values) == 0:
        return str(values)
    if np.size(values) != len(values):
        raise UsageError(f"{called}: got shape {np.shape(values)}, wanted one value for each row")
    name = str(getattr(values, "name", None) or called)
    while name in columns:
        name += "_"
    columns[name] = np.ravel(_plain(values))
    return name


def _check_order(called: str, values: Any, data: Any) -> None:
    """Check that a pandas index equals that of the data: values are joined to rows by position."""
    own: Any = getattr(values, "index", None)
    whole: Any = getattr(data, "index", None)
    if hasattr(own, "equals") and hasattr(whole, "equals") and len(own) == len(whole) and not own.equals(whole):
        raise UsageError(
            f"{called}: its index differs from that of data, so its order may, too; "
            f"give {called}.loc[data.index], or {called}.to_numpy() if the order is the same"
        )


def _plain(values: Any) -> Any:
    """A column as a NumPy array of numbers or dates, or else as a list of values with None for missing ones."""
    array = np.asarray(values)
    if array.dtype.kind in "biufM":
        return array
    return [None if _is_missing(each) else each if isinstance(each, WRITABLE) else str(each) for each in array.tolist()]


def _is_missing(value: Any) -> bool:
    """Whether it is None, NaN, NaT, or pandas' NA, whose comparisons have no truth value."""
    return value is None or type(value).__name__ == "NAType" or bool(np.all(value != value))  # noqa: PLR0124 - NaN


def write_columns(columns: Mapping[str, Any], folder: Path) -> Path:
    """Write columns to a file named by the hash of its content: Parquet if a library for it is installed, else CSV."""
    content, suffix = _content(columns)
    path = folder / f"data-{hashlib.sha256(content).hexdigest()[:8]}{suffix}"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    return path


def _content(columns: Mapping[str, Any]) -> tuple[bytes, str]:
    buffer = io.BytesIO()
    if find_spec("polars") is not None:
        import polars as pl

        pl.DataFrame(dict(columns), strict=False).write_parquet(buffer)
        return buffer.getvalue(), ".parquet"
    import pandas as pd

    frame = pd.DataFrame(dict(columns))
    if find_spec("pyarrow") is not None:
        frame.to_parquet(buffer)
        return buffer.getvalue(), ".parquet"
    return frame.to_csv(index=False).encode(), ".csv"  # its floats read back to the same bits
