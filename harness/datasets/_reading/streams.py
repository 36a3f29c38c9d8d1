"""Columns of numbers, block by block, through DuckDB: files and tables that may be larger than memory.

What is read so is plain: columns of numbers, named or all, in Parquet, delimited text as it comes, a table or a query
of DuckDB's. A formula, weights, gaps to be filled, texts, and text whose form an option names are for the careful
readers, which want the columns whole.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.datasets._blocks import Blocks, FileStamps, RowBlock
from harness.datasets._columns import position
from harness.datasets._reading.databases import connected, is_select, locked
from harness.datasets._reading.how import How
from harness.datasets._reading.markers import USUAL
from harness.datasets._reading.opening import DATABASES, parted
from harness.datasets._reading.source import Source, is_url, local_files, sources
from harness.datasets._reading.wanted import Wanted
from harness.errors import DatasetError
from harness.files import stamp

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
"""DuckDB's types; a DECIMAL has its width behind it."""

VECTOR = 2048
"""Rows of DuckDB's own blocks."""

READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv"}
UNPACKED = {".parquet": 4, ".csv": 1, ".tsv": 1, ".txt": 1, **dict.fromkeys(DATABASES, 2)}
"""About how many times its size on disk a file's numbers take."""

MEMORY = "128MB"
"""For DuckDB's own buffers."""


@dataclass(frozen=True)
class _Query:
    """What is read: a SELECT, over files where there are some."""

    called: str
    text: str
    database: Path | None = None
    files: tuple[str, ...] = ()

    def open(self) -> tuple[Any, str, list[Any]]:
        """A connection, the query to be asked of it, and its parameters."""
        connection = connected(self.database, self.called)
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        if self.files:
            return connection, self.text, [list(self.files)]
        return connection, locked(connection, self.database, self.text, self.called), []


def expected_bytes(path: str) -> int:
    """About how much memory the numbers of local files take; 0 for a query, a URL, or a file that is not streamed."""
    if is_select(path) or is_url(path):
        return 0
    files = local_files(parted(path)[0])
    times = UNPACKED.get(Source(str(files[0])).suffix, 0) if files else 0
    return sum(times * file.stat().st_size for file in files if file.is_file())


def source(path: str) -> FileStamps | None:
    """What the system says of the files whose rows are read, in an order of their own; None of a query or a URL.

    What a query gives may be another thing each time, and in another order.
    """
    file, inside = parted(path)
    if is_select(path) or is_url(file) or is_select(inside):
        return None
    logs = ("", ".wal", "-wal") if inside else ("",)  # what a database has not written to its file yet
    files = [Path(f"{each.absolute()}{log}") for each in local_files(file) for log in logs]
    return tuple((str(each), stamp(each)) for each in files)


def blocks_of(path: str, wanted: Wanted, how: How) -> Blocks | None:
    """The chosen columns of a path, block by block; None where the careful readers are needed.

    Raises
    ------
    DatasetError
        When there is no such file, table or column, or one is not of numbers.
    """
    careful = how != replace(How(), missing=how.missing) or how.missing == "mean"
    if wanted.formula or wanted.weights or careful or (query := _query(path)) is None:
        return None
    try:
        return _described(query, wanted, how)
    except DatasetError:
        raise
    except Exception as error:  # DuckDB's own, of which there are many
        raise _unreadable(query, error) from error


def _query(path: str) -> _Query | None:
    if is_select(path):
        return _Query(path if len(path) < 60 else path[:57] + "...", path)
    file, inside = parted(path)
    if is_url(file):
        return None
    found = sources(file)
    if found[0].suffix in DATABASES:
        return _Query(found[0].name, inside, found[0].path) if inside else None
    reader = READERS.get(found[0].suffix)
    if reader is None or any(each.suffix != found[0].suffix for each in found):
        return None
    empty = ", ".join(f"'{each}'" for each in sorted({*USUAL, *map(str.upper, USUAL), "NaN", "None", "Null"}))
    options = f", nullstr = [{empty}], sample_size = -1" if reader == "read_csv" else ""
    return _Query(path, f"SELECT * FROM {reader}(?{options})", files=tuple(str(each.path) for each in found))  # noqa: S608


def _described(query: _Query, wanted: Wanted, how: How) -> Blocks:
    connection, text, parameters = query.open()
    with closing(connection):
        rows = connection.execute(f"DESCRIBE {text}", parameters).fetchall()
    kinds = {str(name): str(kind) for name, kind, *_ in rows}
    features = wanted.features or tuple(name for name in kinds if name != wanted.target)
    for name in (*features, wanted.target):
        position(name, [*kinds], query.called)
        if not kinds[name].startswith(NUMBERS):
            raise DatasetError(
                f"{query.called}: column {name!r} is {kinds[name]} and cannot be streamed, wanted numbers; name other "
                'features, or set data = "memory" in [plan]'
            )
    names = (*features, wanted.target)
    chosen = ", ".join(f'CAST("{_quoted(name)}" AS DOUBLE) AS c{j}' for j, name in enumerate(names))

    def read(size: int, first: int) -> Iterator[RowBlock]:
        opened, asked, given = query.open()
        rows = f"SELECT {chosen} FROM ({asked}) OFFSET {first:d}"  # noqa: S608
        try:
            with closing(opened):
                yield from _blocks(opened.execute(rows, given), names, size, how)
        except DatasetError:
            raise
        except Exception as error:
            raise _unreadable(query, error) from error

    return Blocks(features, wanted.target, read)


def _blocks(found: Any, names: Sequence[str], size: int, how: How) -> Iterator[RowBlock]:
    while len(frame := found.fetch_df_chunk(max(1, size // VECTOR))):
        values = np.column_stack([frame[column].to_numpy(dtype=np.float64, na_value=np.nan) for column in frame])
        lacks = np.isnan(values)
        whole = ~lacks.any(axis=1)
        if how.missing == "error" and not whole.all():
            column = names[int(np.flatnonzero(lacks.any(axis=0))[0])]
            raise DatasetError(f"column {column!r} lacks a value, and missing = 'error'; set missing = 'drop'")
        lacking = {name: count for name, count in zip(names, lacks.sum(axis=0).tolist(), strict=True) if count}
        kept = values if whole.all() else values[whole]
        yield RowBlock(kept[:, :-1], kept[:, -1], len(whole) - len(kept), lacking)


def _quoted(name: str) -> str:
    return name.replace('"', '""')


def _unreadable(query: _Query, error: Exception) -> DatasetError:
    first = (str(error).strip() or type(error).__name__).splitlines()[0]
    return DatasetError(f"{query.called} cannot be read: {first}")
