"""Streams columns of numbers through DuckDB or polars, block by block, from files larger than memory.

This works for columns of numbers in Parquet, Feather, delimited text, and tables and queries of DuckDB. Formulas,
weights, filled gaps, categories and options of notation need the careful readers, which read whole columns.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.datasets._blocks import Blocks, FileStamps, RowBlock
from harness.datasets._columns import position
from harness.datasets._reading.categories import Unreadable
from harness.datasets._reading.columnar import is_installed
from harness.datasets._reading.columns import Numbers, parsed
from harness.datasets._reading.databases import connected, is_select, locked
from harness.datasets._reading.delimited import read_delimited
from harness.datasets._reading.doubts import doubted
from harness.datasets._reading.how import How
from harness.datasets._reading.markers import USUAL, Markers
from harness.datasets._reading.opening import DATABASES, parted
from harness.datasets._reading.source import Source, is_url, local_files, sources
from harness.datasets._reading.usable import RUNNING
from harness.datasets._reading.wanted import Wanted
from harness.errors import DatasetError
from harness.files import stamp

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT",
           "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
"""DuckDB's numeric types; a DECIMAL is followed by its width."""

VECTOR = 2048
"""Rows in a block of DuckDB."""

READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv"}
UNPACKED = {".parquet": 4, ".feather": 2, ".csv": 1, ".tsv": 1, ".txt": 1, **dict.fromkeys(DATABASES, 2)}
"""Roughly the memory of a file's numbers over its size on disk."""

LOOKED_AT = 1 << 20
"""Bytes of a text that the careful readers check."""

MEMORY = "128MB"
"""DuckDB's limit for its buffers."""


@dataclass(frozen=True)
class _Query:
    """A SELECT from files or a database."""

    called: str
    text: str
    database: Path | None = None
    files: tuple[str, ...] = ()

    def open(self) -> tuple[Any, str, list[Any]]:
        """A connection, the query for it, and the query's parameters."""
        connection = connected(self.database, self.called)
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        if self.files:
            return connection, self.text, [list(self.files)]
        return connection, locked(connection, self.database, self.text, self.called), []


def expected_bytes(path: str) -> int:
    """The approximate memory for the numbers of local files; 0 for a query, a URL, or a file that is not streamed."""
    if is_select(path) or is_url(path):
        return 0
    files = local_files(parted(path)[0])
    times = UNPACKED.get(Source(str(files[0])).suffix, 0) if files else 0
    return sum(times * file.stat().st_size for file in files if file.is_file())


def source(path: str) -> FileStamps | None:
    """The file stamps of the data; None for a query, whose rows and their order may change, and for a URL."""
    file, inside = parted(path)
    if is_select(path) or is_url(file) or is_select(inside):
        return None
    logs = ("", ".wal", "-wal") if inside else ("",)  # logs hold what is not yet in the database's file
    files = [Path(f"{each.absolute()}{log}") for each in local_files(file) for log in logs]
    return tuple((str(each), stamp(each)) for each in files)


def blocks_of(path: str, wanted: Wanted, how: How) -> Blocks | None:
    """The chosen columns of a path, block by block; None if the careful readers are needed.

    Raises
    ------
    DatasetError
        When there is no such file, table or column, or one is not of numbers.
    """
    careful = how != replace(How(), missing=how.missing) or how.missing == "mean"
    if wanted.formula or wanted.weights or careful:
        return None
    if files := _feather_files(path):
        return _feather(files, path, wanted, how)
    if (query := _query(path)) is None:
        return None
    with _blamed_on(query.called):
        if "read_csv" in query.text and query.files:
            _ask(Path(query.files[0]), wanted, how)
        return _described(query, wanted, how)


def _ask(file: Path, wanted: Wanted, how: How) -> None:
    """Let the careful readers check the first lines of a text, and ask where DuckDB would guess.

    Raises
    ------
    DatasetError
        With the question.
    """
    source = Source(file.name, file)
    with source.unpacked() as opened:
        head = opened.read(LOOKED_AT)
    head = head[: head.rfind(b"\n") + 1] or head
    asked = frozenset({*wanted.features, wanted.target})
    try:
        grid = read_delimited(replace(source, path=None, content=head), how, asked, lambda names: range(len(names)))
    except DatasetError:
        return  # DuckDB will meet the fault, unless it is only that the text is cut off here
    markers = Markers(how.missing_markers)
    columns = []
    for name in (*wanted.features, wanted.target) if wanted.features else filter(None, grid.names):
        with nullcontext() if name in asked else suppress(Unreadable):
            columns.append(parsed(grid, name, how, markers, asked=True))
    doubted(grid, [each for each in columns if isinstance(each, Numbers)], how)


def _feather_files(path: str) -> list[Path]:
    """The Feather files of a path, if polars is installed; else none."""
    if is_select(path) or is_url(path) or "::" in path or not is_installed("polars"):
        return []
    files = [each.path for each in sources(path) if each.suffix == ".feather" and each.path is not None]
    return files if len(files) == len(sources(path)) else []


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
    features = _features(kinds, wanted, query.called)
    names = (*features, wanted.target)
    chosen = ", ".join(f"{_as_double(name, kinds[name])} AS c{j}" for j, name in enumerate(names))

    def read(size: int, first: int) -> Iterator[RowBlock]:
        with _blamed_on(query.called):
            opened, asked, given = query.open()
            with closing(opened):
                text = f"SELECT {chosen} FROM ({asked}) OFFSET {first:d}"  # noqa: S608
                for values in _frames(opened.execute(text, given), size):
                    yield _block(values, names, how)

    return Blocks(features, wanted.target, read)


def _as_double(name: str, kind: str) -> str:
    """SQL for a column as float64, correctly rounded; DuckDB's own cast is not for integers of 128 bits."""
    quoted = '"' + name.replace('"', '""') + '"'
    return f"CAST({f'CAST({quoted} AS VARCHAR)' if 'HUGEINT' in kind else quoted} AS DOUBLE)"


def _feather(files: Sequence[Path], called: str, wanted: Wanted, how: How) -> Blocks:
    from harness.datasets._reading.feather_streams import frames, kinds_of

    with _blamed_on(called):
        features = _features(kinds_of(files[0]), wanted, called)
    names = (*features, wanted.target)

    def read(size: int, first: int) -> Iterator[RowBlock]:
        with _blamed_on(called):
            for values in frames(files, names, size, first):
                yield _block(values, names, how)

    return Blocks(features, wanted.target, read)


def _features(kinds: Mapping[str, str], wanted: Wanted, called: str) -> tuple[str, ...]:
    """The features, after a check that they and the target are numbers.

    Asks about a column that may only count the rows; the careful readers decide that by its values.
    """
    features = wanted.features or tuple(name for name in kinds if name != wanted.target)
    for name in (*features, wanted.target):
        position(name, [*kinds], called)
        if not kinds[name].startswith(NUMBERS):
            raise DatasetError(
                f"{called}: column {name!r} is {kinds[name]} and cannot be streamed, wanted numbers; name other "
                'features, or set data = "memory" in [plan]'
            )
    for j, name in enumerate(() if wanted.features else kinds):
        if name == f"column{j}" or (j == 0 and name.lower() in RUNNING):
            what = "has no name" if name == f"column{j}" else f"is called {name!r}"
            raise DatasetError(
                f"{called}: column {j + 1} {what} and may only count the rows; name features, or set "
                'data = "memory" in [plan]'
            )
    return features


def _frames(found: Any, size: int) -> Iterator[NDArray[np.float64]]:
    while len(frame := found.fetch_df_chunk(max(1, size // VECTOR))):
        yield np.column_stack([frame[column].to_numpy(dtype=np.float64, na_value=np.nan) for column in frame])


def _block(values: NDArray[np.float64], names: Sequence[str], how: How) -> RowBlock:
    """A block of rows, without those that lack a value."""
    lacks = np.isnan(values)
    whole = ~lacks.any(axis=1)
    if how.missing == "error" and not whole.all():
        column = names[int(np.flatnonzero(lacks.any(axis=0))[0])]
        raise DatasetError(f"column {column!r} lacks a value, and missing = 'error'; set missing = 'drop'")
    lacking = {name: count for name, count in zip(names, lacks.sum(axis=0).tolist(), strict=True) if count}
    kept = values if whole.all() else values[whole]
    return RowBlock(kept[:, :-1], kept[:, -1], len(values) - len(kept), lacking)


@contextmanager
def _blamed_on(called: str) -> Iterator[None]:
    """Turn any error of DuckDB or polars into one that names the file."""
    try:
        yield
    except (DatasetError, MemoryError):
        raise
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DatasetError(f"{called} cannot be read: {first}") from error
