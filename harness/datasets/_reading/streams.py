"""Columns of numbers, block by block, through DuckDB or polars: files and tables that may be larger than memory.

What is read so is plain: columns of numbers, named or all, in Parquet, Feather, delimited text as it comes, a table or
a query of DuckDB's. A formula, weights, gaps to be filled, texts, and text whose form an option names are for the
careful readers, which want the columns whole.
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
from harness.datasets._reading.columnar import is_there
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
"""DuckDB's types; a DECIMAL has its width behind it."""

VECTOR = 2048
"""Rows of DuckDB's own blocks."""

READERS = {".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".txt": "read_csv"}
UNPACKED = {".parquet": 4, ".feather": 2, ".csv": 1, ".tsv": 1, ".txt": 1, **dict.fromkeys(DATABASES, 2)}
"""About how many times its size on disk a file's numbers take."""

LOOKED_AT = 1 << 20
"""Bytes of a text that the careful readers see."""

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
    """Let the careful readers look at the first lines of a text, and ask what DuckDB would guess.

    Raises
    ------
    DatasetError
        Which asks.
    """
    source = Source(file.name, file)
    with source.unpacked() as opened:
        head = opened.read(LOOKED_AT)
    head = head[: head.rfind(b"\n") + 1] or head
    asked = frozenset({*wanted.features, wanted.target})
    try:
        grid = read_delimited(replace(source, path=None, content=head), how, asked, lambda names: range(len(names)))
    except DatasetError:
        return  # if anything is wrong, and not only cut off, DuckDB meets it
    markers = Markers(how.missing_markers)
    columns = []
    for name in (*wanted.features, wanted.target) if wanted.features else filter(None, grid.names):
        with nullcontext() if name in asked else suppress(Unreadable):
            columns.append(parsed(grid, name, how, markers, asked=True))
    doubted(grid, [each for each in columns if isinstance(each, Numbers)], how)


def _feather_files(path: str) -> list[Path]:
    """Feather files where polars can read them."""
    if is_select(path) or is_url(path) or "::" in path or not is_there("polars"):
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
    """A column as float64, each number correctly rounded, which DuckDB does not do for integers of 128 bits itself."""
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
    """The features, of which each is a column of numbers, as the target is.

    A column that may only count the rows is asked about: the careful readers look at its values, and leave it out.
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
    """Rows of these columns, without those that lack a value."""
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
    """Whatever goes wrong but what is ours to say is the file's: of DuckDB's and polars's errors there are many."""
    try:
        yield
    except (DatasetError, MemoryError):
        raise
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DatasetError(f"{called} cannot be read: {first}") from error
