"""Chooses the reader for a path."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.datasets._reading.columnar import read_columnar
from harness.datasets._reading.databases import is_select, read_database
from harness.datasets._reading.delimited import Choose, read_delimited
from harness.datasets._reading.grid import Grid, joined
from harness.datasets._reading.how import How
from harness.datasets._reading.records import read_json, read_json_lines
from harness.datasets._reading.source import Source, sources
from harness.datasets._reading.workbooks import read_workbook
from harness.errors import DatasetError

DATABASES = {".duckdb", ".ddb", ".db"}
BY_DUCKDB = "DuckDB reads the texts of a query, and decides without asking how dates and decimals are written"
WORKBOOKS = {".xlsx", ".xls", ".xlsm", ".ods"}


@dataclass(frozen=True)
class Plan:
    """Which columns are read, and how: those asked for or all, those never filled, those that are categories."""

    asked: frozenset[str]
    everything: bool
    never_filled: frozenset[str]
    categories: frozenset[str] = frozenset()

    def how(self, name: str, how: How) -> How:
        """The options for one column: in ``C()`` it is a category, whatever its texts look like."""
        return replace(how, categories="dummies") if name in self.categories and how.categories == "auto" else how

    def choose(self, names: Sequence[str]) -> Sequence[int]:
        return [j for j, name in enumerate(names) if self.everything or name in self.asked]


def parted(path: str) -> tuple[str, str]:
    """A path, and the part after its ``::``."""
    file, _, inside = path.partition("::")
    return file.strip(), inside.strip()


def opened(path: str, how: How, plan: Plan, words: tuple[str, str]) -> Grid:
    """Read the chosen columns of a file, pattern, URL or query.

    Parameters
    ----------
    words : tuple of str
        Where to get the file, and its name, for messages.
    """
    if is_select(path):
        grid = read_database(None, path, plan.choose, path if len(path) < 60 else path[:57] + "...")
        return replace(grid, said=(BY_DUCKDB,)) if re.search(r"\.(csv|tsv|txt)\b", path) else grid
    file, inside = parted(path)
    found = sources(file, *words)
    if found[0].suffix in DATABASES:
        return _database(found[0], inside, plan.choose)
    if inside and found[0].suffix not in WORKBOOKS:
        raise DatasetError(f"{path}: only databases and workbooks take a part after '::'; give the path alone")
    grids = [_one(source, inside, how, plan) for source in found]
    return grids[0] if len(grids) == 1 else joined(path, grids)


def _database(source: Source, inside: str, choose: Choose) -> Grid:
    if not inside:
        raise DatasetError(f"{source.name} is a database; name a table or a query: {source.name}::table")
    if source.path is None:
        raise DatasetError(f"{source.name}: a database is read from a local file; download it")
    with source.raw() as file:
        if file.read(15) == b"SQLite format 3":
            raise DatasetError(f"{source.name} is an SQLite database, wanted DuckDB's; save the table as csv")
    return read_database(source.path, inside, choose, source.name)


def _one(source: Source, inside: str, how: How, plan: Plan) -> Grid:
    choose = plan.choose
    readers: dict[str, Callable[[], Grid]] = {
        ".json": lambda: read_json(source, how, choose),
        ".jsonl": lambda: read_json_lines(source, how, choose),
        ".ndjson": lambda: read_json_lines(source, how, choose),
        ".parquet": lambda: read_columnar(source, choose),
        ".feather": lambda: read_columnar(source, choose),
        **dict.fromkeys(WORKBOOKS, lambda: read_workbook(source, inside, how, plan.asked, choose)),
    }
    return readers.get(source.suffix, lambda: read_delimited(source, how, plan.asked, choose))()
