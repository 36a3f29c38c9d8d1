"""Reads points directly from run files with DuckDB, without a database on disk."""

from __future__ import annotations

import contextlib
import glob
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.config import CaseKey
from harness.environments import EnvironmentRecord
from harness.errors import LinbenchError, StoreError
from harness.history.points import Point, RunSummary, Skipped
from harness.machine import Commit, Machine
from harness.records import from_values
from harness.results import FORMAT, SEVERITY, Status
from harness.results.lines import checked, whole_lines
from harness.results.machines import machines_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

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
    "cases": 'STRUCT("case" VARCHAR, dataset VARCHAR, dataset_label VARCHAR, dataset_options VARCHAR, backend VARCHAR, '
    "backend_label VARCHAR, options VARCHAR, device VARCHAR, dtype VARCHAR, environment VARCHAR)[]",
    "machine": "STRUCT(id VARCHAR, cpu VARCHAR)",
    "host": "STRUCT(machine STRUCT(id VARCHAR, cpu VARCHAR))",
    "protocol": "INTEGER",
    "environments": "STRUCT(name VARCHAR, requires VARCHAR[], python VARCHAR)[]",
    "commit": 'STRUCT(id VARCHAR, "time" VARCHAR, dirty BOOLEAN)',
    "finished": "VARCHAR",
    "problem": "STRUCT(data VARCHAR)",
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
"""Fields read from a line, with their types; a field that is missing, or of another type, is null."""

SCAN = """
    CREATE TEMP TABLE line AS
    SELECT * EXCLUDE (seconds, control),
           list_aggregate(seconds, 'quantile_cont', 0.25) AS seconds,
           list_aggregate(control, 'quantile_cont', 0.25) AS control
    FROM read_json($paths, columns = $columns, format = 'newline_delimited', ignore_errors = true, filename = true)
    WHERE "case" IS NULL OR "case" GLOB $pattern
"""

RUNS = """
    SELECT filename, min(linbench), any_value(run), any_value(suite), any_value(started),
           any_value(machine.id), any_value(machine.cpu), any_value("commit"), any_value(plan.threads),
           coalesce(any_value(protocol), 1), any_value(environments)
    FROM line WHERE linbench IS NOT NULL GROUP BY filename
"""

DAMAGED = """
    SELECT filename, count(*) FROM line
    WHERE linbench IS NULL AND finished IS NULL AND problem IS NULL
          AND ("case" IS NULL OR round IS NULL OR list_position($statuses, status) IS NULL)
    GROUP BY filename
"""

PLACES = """
    SELECT filename, "case", coalesce(list(DISTINCT host.machine) FILTER (seconds IS NOT NULL),
                                      list(DISTINCT host.machine))
    FROM line WHERE "case" IS NOT NULL AND round IS NOT NULL GROUP BY filename, "case"
"""

MIXED = """
    SELECT filename, "case", count(DISTINCT data) FROM line
    WHERE data <> '' GROUP BY filename, "case" HAVING count(DISTINCT data) > 1
"""

KEYS = """
    SELECT DISTINCT key."case", last_value(key) OVER (
        PARTITION BY key."case" ORDER BY started ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    )
    FROM (SELECT unnest(cases) AS key, started FROM line WHERE linbench IS NOT NULL)
    WHERE key."case" GLOB $pattern
"""

POINTS = """
    SELECT filename, "case", max(data), max(list_position($statuses, status)), count(*),
           exp(avg(CASE WHEN seconds > 0 THEN ln(seconds) END)),
           exp(avg(CASE WHEN control > 0 THEN ln(control) END)),
           exp(avg(CASE WHEN seconds > 0 AND control > 0 THEN ln(seconds / control) END)),
           min(scores.digits), max(peak_memory_bytes), max(iterations), coalesce(max(versions), '{}')
    FROM line WHERE "case" IS NOT NULL AND round IS NOT NULL AND list_position($statuses, status) IS NOT NULL
    GROUP BY filename, "case"
"""


class CasePoint(NamedTuple):
    """A point, with the case and the data's fingerprint that identify its series."""

    case: str
    data: str
    point: Point


@dataclass(frozen=True)
class ReadRuns:
    """What was read: the runs, oldest first, their points in that order, what was skipped, and cases by id."""

    runs: tuple[RunSummary, ...]
    found: tuple[CasePoint, ...]
    skipped: tuple[Skipped, ...]
    keys: Mapping[str, CaseKey]


def read(paths: Iterable[Path], case_pattern: str = "") -> ReadRuns:
    """Read the points of cases whose id contains the pattern; ``*`` and ``?`` match as in file names.

    Raises
    ------
    LinbenchError
        When DuckDB is not installed.
    """
    whole = {path: _why_unreadable(path) for path in paths}
    skipped = [Skipped(path, why) for path, why in whole.items() if why]
    readable = [path for path, why in whole.items() if not why]
    if not readable:
        return ReadRuns((), (), tuple(skipped), {})
    pattern = _glob(case_pattern)
    connection, lost = _scan_files(readable, pattern)
    with connection:
        runs, foreign = _runs(connection, [path for path in readable if path not in {each.path for each in lost}])
        damaged = [*_damaged(connection, runs), *_mixed(connection)]
        keys = _keys(connection, pattern)
        places = _places(connection, runs)
        runs = _placed(runs, places)
        found = tuple(each for each in _points(connection, runs, places) if each.case in keys)
    return ReadRuns(_ordered(runs), found, (*skipped, *lost, *foreign, *damaged), keys)


def _why_unreadable(path: Path) -> str:
    """Why a file is skipped: it cannot be read, or a checksum does not match; empty when it is fine."""
    try:
        lines = whole_lines(path)
    except StoreError:
        return "cannot be read"
    for number, line in enumerate(lines, 1):
        try:
            checked(line, wanted=False)
        except ValueError as error:
            return f"line {number} is damaged: {error}; remove the line to read the rest"
    return ""


def _glob(pattern: str) -> str:
    """The pattern of ``linbench run --only`` for DuckDB: brackets and backslashes are literal."""
    return f"*{pattern.replace(chr(92), chr(92) * 2).replace('[', '[[]')}*"


def _scan_files(paths: Sequence[Path], pattern: str) -> tuple[DuckDBPyConnection, list[Skipped]]:
    """An in-memory database with one row per line; if the scan of all files fails, each is tried alone."""
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
        lost, kept = [], []
        for path in paths:
            try:
                scan([path]).close()
                kept.append(path)
            except duckdb.Error as error:
                lost.append(Skipped(path, f"cannot be read: {str(error).splitlines()[0]}"))
        if not kept:
            raise LinbenchError(f"no run file can be read; the first: {lost[0].path}: {lost[0].reason}") from None
        return scan(kept), lost


def _runs(connection: DuckDBPyConnection, paths: Sequence[Path]) -> tuple[dict[str, RunSummary], list[Skipped]]:
    runs: dict[str, RunSummary] = {}
    newer: dict[str, int] = {}
    for name, version, run, suite, started, machine, cpu, commit, *rest in connection.execute(RUNS).fetchall():
        if version > FORMAT:
            newer[name] = version
        elif run is not None and started is not None:
            threads, protocol, made_in = rest
            where = _machine(machine, cpu), _commit(commit)
            runs[name] = RunSummary(run, suite or "", started, *where, threads, protocol, _environments(made_in))
    skipped = [
        Skipped(path, f"format {newer[str(path)]}, this linbench reads up to {FORMAT}")
        if str(path) in newer
        else Skipped(path, "not a run of linbench: its first line is not that of a run")
        for path in paths
        if str(path) not in runs
    ]
    return runs, skipped


def _machine(identity: str | None, cpu: str | None) -> Machine:
    return Machine(id=identity or "", cpu=cpu or "")


Places = Mapping[tuple[str, str], Mapping[str, Machine]]
"""The machines of each file's cases."""


def _places(connection: DuckDBPyConnection, runs: Mapping[str, RunSummary]) -> Places:
    found = connection.execute(PLACES).fetchall()
    return {
        (name, case): machines_of(
            (each and _machine(each["id"], each["cpu"]) for each in hosts or ()), runs[name].machine
        )
        for name, case, hosts in found
        if name in runs
    }


def _placed(runs: Mapping[str, RunSummary], places: Places) -> dict[str, RunSummary]:
    """The runs with the machines of all their cases."""
    found: dict[str, list[Machine]] = {name: [] for name in runs}
    for (name, _), machines in places.items():
        found[name] += machines.values()
    return {name: replace(run, machines=machines_of(found[name], run.machine)) for name, run in runs.items()}


def _commit(values: dict[str, Any] | None) -> Commit | None:
    return Commit(**{**values, "dirty": bool(values["dirty"])}) if values and values["id"] else None


def _environments(values: Sequence[Mapping[str, Any]] | None) -> tuple[EnvironmentRecord, ...]:
    named = [each for each in values or () if each and each["name"]]
    return tuple(
        EnvironmentRecord(name=each["name"], requires=tuple(each["requires"] or ()), python=each["python"])
        for each in named
    )


def _keys(connection: DuckDBPyConnection, pattern: str) -> dict[str, CaseKey]:
    """Every case by id, as the latest run describes it; a case with a damaged description is left out."""
    found: dict[str, CaseKey] = {}
    for case, values in connection.execute(KEYS, {"pattern": pattern}).fetchall():
        options = {name: json.loads(values[name] or "{}") for name in ("options", "dataset_options")}
        with contextlib.suppress(ValueError):
            found[case] = from_values(CaseKey, {**values, **options})
    return found


def _ordered(runs: dict[str, RunSummary]) -> tuple[RunSummary, ...]:
    return tuple(sorted(runs.values(), key=lambda run: (run.started, run.run)))


def _damaged(connection: DuckDBPyConnection, runs: dict[str, RunSummary]) -> list[Skipped]:
    """Runs with lines that cannot be read, not counting a last line that a crash truncated."""
    skipped = []
    for name, lines in sorted(connection.execute(DAMAGED, {"statuses": list(SEVERITY)}).fetchall()):
        lost = lines - _truncated(Path(name))
        if name in runs and lost:
            skipped.append(Skipped(Path(name), f"{lost} damaged line(s) left out"))
    return skipped


def _mixed(connection: DuckDBPyConnection) -> list[Skipped]:
    """Runs in which the rounds of a case were not all over the same data."""
    found = connection.execute(MIXED).fetchall()
    return [Skipped(Path(name), f"{case} was fitted to {count} different data sets") for name, case, count in found]


def _truncated(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _points(connection: DuckDBPyConnection, runs: dict[str, RunSummary], places: Places) -> tuple[CasePoint, ...]:
    statuses: list[Status] = list(SEVERITY)
    found = [
        CasePoint(case, data or "", Point(*(runs[name], statuses[grade - 1], *numbers, frozenset(places[name, case]))))
        for name, case, data, grade, *numbers in connection.execute(POINTS, {"statuses": statuses}).fetchall()
        if name in runs
    ]
    place = {id(run): i for i, run in enumerate(_ordered(runs))}
    return tuple(sorted(found, key=lambda each: place[id(each.point.run)]))
