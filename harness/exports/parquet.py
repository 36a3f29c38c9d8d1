"""A Parquet file with everything that was measured, a line for each case and round, its samples as lists.

What has no fixed shape (options, versions, scores) is JSON text. Written by DuckDB.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.errors import LinbenchError, NothingToShow
from harness.exports.base import Format
from harness.results import Measurement, Run, json_text

__all__ = ["FORMAT"]

PLAN = ("dataset", "dataset_label", "backend", "backend_label", "device", "dtype", "environment")
SCORES = ("digits", "certified_digits", "condition", "loss_train", "loss_test", "excess_loss")

COLUMNS = {
    **dict.fromkeys(("run", "suite", "run_started", "machine", "commit", "case", *PLAN), "VARCHAR"),
    **dict.fromkeys(("dataset_options", "options"), "VARCHAR"),
    "round": "INTEGER",
    **dict.fromkeys(("status", "reason", "started", "data"), "VARCHAR"),
    **dict.fromkeys(SCORES, "DOUBLE"),
    **dict.fromkeys(("seconds", "cpu_seconds", "control"), "DOUBLE[]"),
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
    """Write the file, in place of one that is there.

    Raises
    ------
    NothingToShow
        When nothing was measured.
    LinbenchError
        When DuckDB is not installed.
    """
    if not run.measurements:
        raise NothingToShow(f"run {run.id}: nothing was measured")
    try:
        import duckdb
    except ImportError as error:
        raise LinbenchError(
            f"parquet needs duckdb, which cannot be imported ({error}); install 'linbench[history]'"
        ) from error
    plans = {plan["case"]: plan for plan in run.header["cases"]}
    lines = json_text([_line(run, plans[each.case], each) for each in run.measurements])
    with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
        rows = connection.sql(ROWS, params={"lines": lines, "shape": json.dumps([COLUMNS])})
        try:
            rows.write_parquet(str(target))
        except duckdb.IOException as error:
            raise OSError(str(error).splitlines()[0]) from error


def _line(run: Run, plan: dict[str, Any], measurement: Measurement) -> dict[str, Any]:
    measured = asdict(measurement)
    scores = measured["scores"]
    return {
        **{key: measured[key] for key in COLUMNS if key in measured},
        **{key: plan[key] for key in PLAN},
        **{key: scores.get(key) for key in SCORES},
        "run": run.id,
        "suite": run.header["suite"],
        "run_started": run.header["started"],
        "machine": (run.header["machine"] or {}).get("id"),
        "commit": (run.header["commit"] or {}).get("id"),
        **{key: json_text(plan[key]) for key in ("dataset_options", "options")},
        **{key: json_text(measured[key]) for key in ("scores", "versions")},
    }


FORMAT = Format("Parquet, a line a case and round with all samples", write=write)
