"""Files of columns, read with pandas and turned into numbers."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets._columns import position
from harness.datasets.base import Float64, Table
from harness.errors import DatasetError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["read_table"]

COMPRESSED = {".gz", ".bz2", ".zip", ".xz", ".zst", ".tar"}
TABS = {".tsv", ".tab"}
READERS: dict[str, Callable[[str], pd.DataFrame]] = {
    ".json": lambda path: _json(path, lines=False),
    ".jsonl": lambda path: _json(path, lines=True),
    ".ndjson": lambda path: _json(path, lines=True),
    ".parquet": lambda path: _pandas().read_parquet(path),
    ".feather": lambda path: _pandas().read_feather(path),
    ".xlsx": lambda path: _pandas().read_excel(path),
    ".xls": lambda path: _pandas().read_excel(path),
    ".ods": lambda path: _pandas().read_excel(path),
}
"""By suffix; any other file is read as delimited text."""

UNSAFE = {".pkl", ".pickle", ".joblib", ".h5", ".hdf", ".hdf5", ".npy", ".npz"}
"""Formats that can hold pickled objects, which run code when they are read."""


def read_table(path: str, features: Sequence[str], target: str, *, separator: str = "auto", where: str = "") -> Table:
    """Read the columns of a file, leaving out the rows in which one of them has no value.

    Parameters
    ----------
    path : str
        Of a local file, or a URL that pandas can open. Text files may be compressed.
    features : sequence of str
    target : str
    separator : str
        Between the values of delimited text, as pandas takes it; ``"auto"`` is a tab for .tsv and .tab, else a comma.
    where : str
        Where the file can be had, for the message when there is none.

    Raises
    ------
    DatasetError
        When there is no such file or column, the file cannot be read, or a column is not numbers.
    """
    header, frame = _read(path, separator, where)
    columns = ((name, frame.iloc[:, position(name, header, path)]) for name in (*features, target))
    numbers = np.column_stack([_numbers(column, f"{path}: column {name!r}") for name, column in columns])
    complete: NDArray[np.bool_] = np.logical_not(np.isnan(numbers).any(axis=1))
    kept = numbers[complete]
    X, y = np.ascontiguousarray(kept[:, :-1]), kept[:, -1].copy()
    return Table(X, y, tuple(features), target, dropped_rows=len(complete) - len(kept))


def _check_path(path: str, where: str) -> None:
    suffix = _suffix(path)
    if suffix in UNSAFE:
        raise DatasetError(
            f"{path}: {suffix} files can hold pickled objects and are not read; save it as csv or parquet"
        )
    if _is_url(path):
        return
    file = Path(path).expanduser()
    if file.is_dir():
        raise DatasetError(f"{path!r} is a folder; give the path of a file in it")
    if not file.exists():
        tail = where or f"paths are relative to the current folder, {Path.cwd()}"
        raise DatasetError(f"there is no file {path}; {tail}")


def _read(path: str, separator: str, where: str) -> tuple[list[str], pd.DataFrame]:
    """The names of the columns, as the file has them, and the columns."""
    try:
        _check_path(path, where)
        if (reader := READERS.get(_suffix(path))) is None:
            return _delimited(path, separator)
        frame = reader(path)
    except DatasetError:
        raise
    except Exception as error:  # the file system's, a parser's, a decompressor's, the network's, a missing library's
        raise DatasetError(f"{path} cannot be read: {_first_line(error)}") from error
    return [str(name) for name in frame.columns], frame


def _delimited(path: str, separator: str) -> tuple[list[str], pd.DataFrame]:
    """Read the header by itself, because pandas renames the second of two columns of one name in silence."""
    pd = _pandas()
    if separator == "auto":
        separator = "\t" if _suffix(path) in TABS else ","
    quick = len(separator) == 1 or separator == r"\s+"  # what pandas' C parser can; it rounds correctly when told to
    how: dict[str, Any] = {"sep": separator, "engine": "c" if quick else "python"}
    if _is_gzip(path):
        how["compression"] = "gzip"
    header = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, **how).iloc[0]
    exact: dict[str, Any] = {"low_memory": False} if quick else {"dtype": str}
    if quick and _pandas_rounds_twice():
        exact["float_precision"] = "round_trip"
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            # Without index_col=False a value too many would shift every column by one in silence.
            frame = pd.read_csv(path, header=0, index_col=False, **exact, **how)
        except pd.errors.ParserWarning as warning:
            raise DatasetError(f"{path}: a row holds more values than the header has names") from warning
    return [name.strip() for name in header], frame


def _json(path: str, *, lines: bool) -> pd.DataFrame:
    dates: dict[str, Any] = {"convert_dates": False} if _pandas_rounds_twice() else {}
    frame: pd.DataFrame = _pandas().read_json(path, lines=lines, dtype=False, precise_float=True, **dates)
    return frame


def _numbers(column: pd.Series[Any], called: str) -> Float64:
    """The column, whose name in a message is given, as float64: NaN where it has no value."""
    pd = _pandas()
    kind = column.dtype
    if pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    values = column.to_numpy(dtype=object)
    out = np.full(len(values), np.nan)
    for i in np.flatnonzero(column.notna()):
        try:
            out[i] = float(values[i])
        except (TypeError, ValueError, OverflowError):
            got = f"{_short(values[i])} in row {i + 1}"
            raise DatasetError(f"{called} holds {got}, wanted numbers") from None
    return out


def _suffix(path: str) -> str:
    """The last suffix that is not a compression's, in lower case: ``.csv`` of ``data.CSV.gz``."""
    name = re.split(r"[?#]", path)[0] if _is_url(path) else path
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    while suffixes and suffixes[-1] in COMPRESSED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _is_url(path: str) -> bool:
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", path) is not None


def _is_gzip(path: str) -> bool:
    """Whether a local file is gzip, whatever its name."""
    if _is_url(path):
        return False
    with Path(path).expanduser().open("rb") as file:
        return file.read(2) == b"\x1f\x8b" and ".tar" not in Path(path).suffixes


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _pandas_rounds_twice() -> bool:
    """Whether this pandas' own way to read a decimal is not the correctly rounded one, as it is from 3.1 on."""
    major, minor = _pandas().__version__.split(".")[:2]
    return (int(major), int(minor)) < (3, 1)


def _pandas() -> Any:
    """Pandas, whose import takes a third of a second that most suites need not pay."""
    import pandas as pd

    return pd
