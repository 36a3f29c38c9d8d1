"""Points out of run files, by DuckDB, straight from the files: nothing is imported, nothing is written."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import LinbenchError
from harness.history.model import Machine, Point, Skipped, Visit
from harness.results import FORMAT
from harness.results.measurement import SEVERITY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Found", "Read", "read"]

CONFIG = {
    "temp_directory": "",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "false",
}
"""No spilling to disk, no network, and files read in any order."""

COLUMNS = {
    "linbench": "INTEGER",
    "run": "VARCHAR",
    "suite": "VARCHAR",
    "started": "VARCHAR",
    "plan": "STRUCT(threads INTEGER)",
    "machine": "STRUCT(id VARCHAR, cpu VARCHAR)",
    "protocol": "INTEGER",
    "commit": 'STRUCT(id VARCHAR, "time" VARCHAR, dirty BOOLEAN)',
    "finished": "VARCHAR",
    "case": "VARCHAR",
    "round": "INTEGER",
    "status": "VARCHAR",
    "seconds": "DOUBLE[]",
    "control": "DOUBLE[]",
    "scores": "STRUCT(digits DOUBLE)",
    "peak_memory_bytes": "BIGINT",
    "iterations": "BIGINT",
    "versions": "VARCHAR",
    "data": "VARCHAR",
}
"""What is read of a line, and as what; what is not there, or is of another type, is null."""

SCAN = """
    CREATE TEMP TABLE line AS
    SELECT * EXCLUDE (seconds, control),
           list_aggregate(seconds, 'quantile_cont', 0.25) AS seconds,
           list_aggregate(control, 'quantile_cont', 0.25) AS control
    FROM read_json($paths, columns = $columns, format = 'newline_delimited', ignore_errors = true, filename = true)
    WHERE "case" IS NULL OR "case" GLOB $pattern
"""

VISITS = """
    SELECT filename, min(linbench), any_value(run), any_value(suite), any_value(started),
           any_value(machine.id), any_value(machine.cpu), any_value("commit"), any_value(plan.threads),
           coalesce(any_value(protocol), 1)
    FROM line WHERE linbench IS NOT NULL GROUP BY filename
"""

DAMAGED = """
    SELECT filename, count(*) FROM line
    WHERE linbench IS NULL AND finished IS NULL AND ("case" IS NULL OR round IS NULL OR status IS NULL)
    GROUP BY filename
"""

POINTS = """
    SELECT filename, "case", max(data), max(list_position($statuses, status)), count(*),
           exp(avg(CASE WHEN seconds > 0 THEN ln(seconds) END)),
           exp(avg(CASE WHEN control > 0 THEN ln(control) END)),
           exp(avg(CASE WHEN seconds > 0 AND control > 0 THEN ln(seconds / control) END)),
           min(scores.digits), max(peak_memory_bytes), max(iterations), coalesce(max(versions), '{}')
    FROM line WHERE "case" IS NOT NULL AND round IS NOT NULL AND status IS NOT NULL
    GROUP BY filename, "case"
"""


class Found(NamedTuple):
    """A point, and what tells the series it belongs to."""

    case: str
    data: str
    point: Point


@dataclass(frozen=True)
class Read:
    """What files hold: the runs, oldest first, their points in that order, and what could not be read."""

    visits: tuple[Visit, ...]
    found: tuple[Found, ...]
    skipped: tuple[Skipped, ...]


def read(paths: Iterable[Path], case_pattern: str = "") -> Read:
    """The points of the cases in whose id the pattern is found.

    Parameters
    ----------
    paths : iterable of Path
    case_pattern : str
        ``*`` and ``?`` match as in file names; all cases when empty.

    Raises
    ------
    LinbenchError
        When DuckDB is not installed.
    """
    there: list[Path] = []
    skipped: list[Skipped] = []
    for path in paths:
        readable = path.is_file() and os.access(path, os.R_OK)
        there.append(path) if readable else skipped.append(Skipped(path, "cannot be read"))
    if not there:
        return Read((), (), tuple(skipped))
    connection, lost = _scanned(there, _glob(case_pattern))
    with connection:
        visits, foreign = _visits(connection, [path for path in there if path not in {each.path for each in lost}])
        damaged = _damaged(connection, visits)
        found = _points(connection, visits)
    return Read(_ordered(visits), found, (*skipped, *lost, *foreign, *damaged))


def _glob(pattern: str) -> str:
    """As ``linbench run --only`` has it: brackets mean themselves, and so do backslashes."""
    return f"*{pattern.replace(chr(92), chr(92) * 2).replace('[', '[[]')}*"


def _scanned(paths: Sequence[Path], pattern: str) -> tuple[DuckDBPyConnection, list[Skipped]]:
    """A database in memory with one row a line; where a file breaks the scan of all, each is tried by itself."""
    try:
        import duckdb
    except ImportError as error:
        raise LinbenchError(
            f"history needs duckdb, which cannot be imported ({error}); install 'linbench[history]'"
        ) from error

    def scan(some: Sequence[Path]) -> DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config=dict(CONFIG))
        connection.execute(
            SCAN, {"paths": [glob.escape(str(path)) for path in some], "pattern": pattern, "columns": COLUMNS}
        )
        return connection

    try:
        return scan(paths), []
    except duckdb.Error:
        lost = []
        for path in paths:
            try:
                scan([path]).close()
            except duckdb.Error as error:
                lost.append(Skipped(path, f"cannot be read: {str(error).splitlines()[0]}"))
        kept = [path for path in paths if path not in {each.path for each in lost}]
        if not kept:
            raise LinbenchError(f"no run file can be read; the first: {lost[0].path}: {lost[0].reason}") from None
        return scan(kept), lost


def _visits(connection: DuckDBPyConnection, paths: Sequence[Path]) -> tuple[dict[str, Visit], list[Skipped]]:
    visits: dict[str, Visit] = {}
    newer: dict[str, int] = {}
    for name, version, run, suite, started, machine, cpu, *rest in connection.execute(VISITS).fetchall():
        if version > FORMAT:
            newer[name] = version
        elif run is not None and started is not None:
            visits[name] = Visit(run, suite or "", started, Machine(machine or "", cpu or ""), *rest)
    skipped = [
        Skipped(path, f"format {newer[str(path)]}, this linbench reads up to {FORMAT}")
        if str(path) in newer
        else Skipped(path, "not a run of linbench: its first line says nothing of one")
        for path in paths
        if str(path) not in visits
    ]
    return visits, skipped


def _ordered(visits: dict[str, Visit]) -> tuple[Visit, ...]:
    return tuple(sorted(visits.values(), key=lambda visit: (visit.started, visit.run)))


def _damaged(connection: DuckDBPyConnection, visits: dict[str, Visit]) -> list[Skipped]:
    """Runs with lines that cannot be read; a last line that a crash cut off counts as not written."""
    skipped = []
    for name, lines in sorted(connection.execute(DAMAGED).fetchall()):
        lost = lines - _cut_off(Path(name))
        if name in visits and lost:
            skipped.append(Skipped(Path(name), f"{lost} damaged line(s) left out"))
    return skipped


def _cut_off(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _points(connection: DuckDBPyConnection, visits: dict[str, Visit]) -> tuple[Found, ...]:
    statuses = list(SEVERITY)
    found = [
        Found(case, data or "", Point(visits[name], _status(statuses, grade), *numbers))
        for name, case, data, grade, *numbers in connection.execute(POINTS, {"statuses": statuses}).fetchall()
        if name in visits
    ]
    place = {id(visit): i for i, visit in enumerate(_ordered(visits))}
    return tuple(sorted(found, key=lambda each: place[id(each.point.visit)]))


def _status(statuses: Sequence[str], grade: Any) -> str:
    """A status by its place, counted from one; one that this version does not know is an error."""
    return statuses[grade - 1] if grade else "error"
