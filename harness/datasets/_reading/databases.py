"""SQL through DuckDB: a table or a SELECT of a database file, or a SELECT over the files of the current folder.

A suite file is data, so its query may only read. Anything but one SELECT is refused, the database is opened read-only,
and DuckDB may neither load extensions nor read files outside the current folder.
"""

import re
from contextlib import closing
from pathlib import Path
from typing import Any

from harness.datasets._reading.delimited import Choose
from harness.datasets._reading.grid import Grid
from harness.datasets._reading.records import grid_of
from harness.errors import DatasetError, nearest

SELECT = re.compile(r"\s*(select|with|from)\s", re.IGNORECASE)
CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",  # a name must not be looked up among Python's variables
    "threads": "1",
}


def is_select(text: str) -> bool:
    """Whether a text is a query rather than a path or the name of a table."""
    return SELECT.match(text) is not None


def read_database(path: Path | None, query: str, choose: Choose, called: str) -> Grid:
    """Run the query, or read the table of that name, and keep the chosen columns.

    Parameters
    ----------
    path : Path or None
        The database, if there is one.
    query : str
        A SELECT, or the name of a table.
    called : str
        What the source is called in a message.

    Raises
    ------
    DatasetError
        When DuckDB is not installed, there is no such table, or the query is not one SELECT.
    """
    with closing(connected(path, called)) as connection:
        found = connection.execute(locked(connection, path, query, called))
        names = [str(each[0]) for each in found.description or []]
        rows = found.fetchall()
    return grid_of(called, names, rows, choose, "row")


def connected(path: Path | None, called: str) -> Any:
    """Connect to a database read-only, or to an empty one in memory.

    Raises
    ------
    DatasetError
        When DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as lack:
        raise DatasetError(f"{called} needs DuckDB; pip install duckdb") from lack
    return duckdb.connect(str(path or ":memory:"), read_only=path is not None, config=dict(CONFIG))


def locked(connection: Any, path: Path | None, query: str, called: str) -> str:
    """Lock a connection for an untrusted query, and return the query as one SELECT; a table's name selects all of it.

    Raises
    ------
    DatasetError
        When there is no such table, or the query is not one SELECT.
    """
    _lock(connection, path)
    if not is_select(query):
        query = _whole_table(connection, query, called)
    _check(connection, query, called)
    return query


def _lock(connection: Any, path: Path | None) -> None:
    if path is None:
        folder = str(Path.cwd()).replace("'", "''")
        connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _whole_table(connection: Any, table: str, called: str) -> str:
    tables = [str(row[0]) for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()]
    if table not in tables:
        raise DatasetError(f"{called}: there is no table {table!r}{nearest(table, tables)}")
    quoted = table.replace('"', '""')
    return f'SELECT * FROM "{quoted}"'  # noqa: S608 - the table exists and its name is quoted


def _check(connection: Any, query: str, called: str) -> None:
    import duckdb

    statements = connection.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise DatasetError(f"{called}: got several statements or one that is no SELECT, wanted one SELECT")
