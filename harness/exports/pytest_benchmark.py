"""pytest-benchmark's JSON, for `pytest-benchmark compare`: all samples of each case that has an answer.

It cannot hold cases without a time; those are under ``linbench``, which it ignores.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from harness.exports.base import Format, as_json, calls_of, timed
from harness.machine import Commit
from harness.results import Row, Run
from harness.results.machines import joined

VERSION = "5.1.0"
"""Version of pytest-benchmark that this format follows."""


def record(run: Run) -> dict[str, Any]:
    """The file."""
    rows = list(timed(run))
    there = {row.case.id for row in rows}
    absent = [row for row in run.rows if row.case.id not in there]
    return {
        "machine_info": _machine(run),
        "commit_info": _commit(run),
        "benchmarks": [_benchmark(row) for row in rows],
        "datetime": run.header.started,
        "version": VERSION,
        "linbench": {
            "run": run.id,
            "suite": run.header.suite,
            "absent": [{"case": row.case.id, "status": row.status, "reason": row.worst.reason} for row in absent],
        },
    }


def _machine(run: Run) -> dict[str, Any]:
    machine = joined(run.machines) if len(run.machines) > 1 else run.header.machine
    return {
        "node": machine.id,
        "processor": machine.architecture,
        "machine": machine.architecture,
        "python_implementation": "CPython",
        "python_version": run.versions().get("python", ""),
        "python_build": [],
        "release": machine.release,
        "system": machine.system,
        "cpu": {"brand_raw": machine.cpu, "count": machine.cores},
    }


def _commit(run: Run) -> dict[str, Any]:
    commit = run.header.commit or Commit(id="unversioned")
    return {
        "id": commit.id,
        "time": commit.time,
        "author_time": commit.time,
        "dirty": commit.dirty,
        "project": "linbench",
        "branch": "(unknown)",
    }


def _benchmark(row: Row) -> dict[str, Any]:
    case, record = row.case, row.record()
    shown = ("status", "reason", "digits", "judged_by", "ill_posed", "iterations", "loss_train", "peak_memory_bytes")
    return {
        "group": case.dataset_label,
        "name": case.on_its_dataset,
        "fullname": case.id,
        "params": {key: record[key] for key in ("backend", "device", "dtype", "environment")},
        "param": None,
        "extra_info": {**{key: record[key] for key in shown}, "machine": joined(row.machines).id},
        "options": {
            "disable_gc": True, "timer": "perf_counter_ns", "min_rounds": 1, "max_time": 0.0, "min_time": 0.0,
            "warmup": True,
        },
        "stats": statistics(row.samples, calls_of(row)),
    }  # fmt: skip


def statistics(samples: Sequence[float], calls: int) -> dict[str, Any]:
    """pytest-benchmark's statistics of at least one sample, in seconds per call, with this many calls per sample.

    Its rounds are our samples, and its iterations the calls in each.
    """
    x = np.sort(np.asarray(samples, dtype=np.float64))
    q1, median, q3 = (float(each) for each in np.quantile(x, [0.25, 0.5, 0.75]))
    mean, deviation = float(x.mean()), float(x.std(ddof=1)) if len(x) > 1 else 0.0
    low, high = q1 - 1.5 * (q3 - q1), q3 + 1.5 * (q3 - q1)
    beyond = int(np.sum((x < low) | (x > high)))
    apart = int(np.sum(np.abs(x - mean) > deviation)) if deviation else 0
    return {
        "min": float(x[0]),
        "max": float(x[-1]),
        "mean": mean,
        "stddev": deviation,
        "rounds": len(x),
        "median": median,
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": beyond,
        "stddev_outliers": apart,
        "outliers": f"{apart};{beyond}",
        "ld15iqr": float(x[x >= low][0]),
        "hd15iqr": float(x[x <= high][-1]),
        "ops": 1 / mean if mean else 0.0,
        "total": float(x.sum()),
        "data": list(samples),
        "iterations": calls,
    }


FORMAT = Format("pytest-benchmark's JSON, for `pytest-benchmark compare`", text=as_json(record))
