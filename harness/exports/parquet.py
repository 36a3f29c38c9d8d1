"""A Parquet file with everything that was measured: one line per case and round, with samples as lists.

Values without a fixed shape (options, versions, scores) are JSON text. DuckDB writes the file.
"""

import json
import os
import re
import secrets
from pathlib import Path
from typing import Any

from harness.errors import LinbenchError, NothingToShow
from harness.exports.base import Format
from harness.judgement import scores
from harness.records import json_text, values_of
from harness.results import Measurement, Row, Run

CASE = ("dataset", "dataset_label", "backend", "backend_label", "device", "dtype", "environment")


def _numeric_scores() -> list[str]:
    return [name for name, each in scores().items() if each.kind == float | None]


COLUMNS = {
    **dict.fromkeys(("run", "suite", "run_started", "machine", "commit", "case", *CASE), "VARCHAR"),
    **dict.fromkeys(("dataset_options", "options"), "VARCHAR"),
    "round": "INTEGER",
    **dict.fromkeys(("status", "reason", "started", "data"), "VARCHAR"),
    **dict.fromkeys(_numeric_scores(), "DOUBLE"),
    **dict.fromkeys(("seconds", "cpu_seconds", "control", "stream"), "DOUBLE[]"),
    "order": "BIGINT[]",
    "repeats": "BIGINT",
    **dict.fromkeys(("first_call", "prepare"), "DOUBLE"),
    "peak_memory_bytes": "BIGINT",
    **dict.fromkeys(("coef", "coef_original"), "DOUBLE[]"),
    **dict.fromkeys(("intercept", "intercept_original"), "DOUBLE"),
    **dict.fromkeys(("iterations", "rank"), "BIGINT"),
    **dict.fromkeys(("converged", "differing_fits"), "BOOLEAN"),
    **dict.fromkeys(("scores", "versions"), "VARCHAR"),
}
"""Names and types, in the file's order."""

ROWS = "SELECT line.* FROM (SELECT unnest(from_json($lines, $shape)) AS line)"


def write(run: Run, target: Path) -> None:
    """Write the file; an existing one is replaced.

    Raises `NothingToShow` when nothing was measured, and `LinbenchError` when DuckDB is not installed.
    """
    if not run.measurements:
        raise NothingToShow(f"run {run.id}: nothing was measured")
    try:
        import duckdb
    except ImportError as error:
        raise LinbenchError(
            f"parquet needs duckdb, which cannot be imported ({error}); install 'linbench[history]'"
        ) from error
    lines = json_text([_line(run, row, each) for row in run.rows for each in row.measurements])
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        rows = connection.sql(ROWS, params={"lines": lines, "shape": json.dumps([COLUMNS])})
        beside = target.with_name(f".{target.name}-{secrets.token_hex(4)}.tmp")
        try:
            rows.write_parquet(str(beside))
            beside.replace(target)
        except duckdb.Error as error:
            raise _as_os_error(str(error)) from error
        finally:
            beside.unlink(missing_ok=True)


def _as_os_error(said: str) -> OSError:
    """DuckDB's error about a file that it cannot write, with the system's errno if DuckDB passes it on."""
    number = re.search(r'"errno":"([0-9]+)"', said)
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else OSError(said.splitlines()[0])


def _line(run: Run, row: Row, measurement: Measurement) -> dict[str, Any]:
    measured, key = values_of(measurement), values_of(row.case)
    return {
        **{name: measured[name] for name in COLUMNS if name in measured},
        **{name: key[name] for name in CASE},
        **{name: measurement.scores.get(name) for name in _numeric_scores()},
        "run": run.id,
        "suite": run.header.suite,
        "run_started": run.header.started,
        "machine": measurement.measured_on(run.header.machine).id or None,
        "commit": run.header.commit and run.header.commit.id,
        **{name: json_text(key[name]) for name in ("dataset_options", "options")},
        **{name: json_text(measured[name]) for name in ("scores", "versions")},
    }


FORMAT = Format("Parquet, one line per case and round with all samples", write=write)
