"""asv's results folder, for `asv publish`: seconds, peak memory and lost digits of each dataset, backend by backend.

The target is the ``results_dir`` of an ``asv.conf.json`` whose repository is the one that was measured. Runs are added
to what is there. A run on several machines gets a folder for each. As in asv's own files, a case that failed is null
and one that could not be tried is NaN. In asv less is always better, so digits are exported as those missing from 17.

Versions of libraries are left out of asv's environment on purpose: asv draws a separate line for each environment, and
never finds a step between two lines.
"""

import contextlib
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from harness.errors import NothingToShow, StoreError
from harness.exports.base import ANSWERED, Format, by_machine, calls_of
from harness.files import write_out
from harness.judgement.digits import digits
from harness.machine import Commit, Machine
from harness.results import FAILED, Row, Run
from harness.units import MOST_DIGITS

COLUMNS = (
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples",
)  # fmt: skip
VERSION = "1"
"""Version of the benchmarks; asv hides results of other versions."""


class Quantity(NamedTuple):
    """A benchmark of each dataset."""

    name: str
    kind: str
    unit: str
    value: Callable[[Row], float | None]


QUANTITIES = (
    Quantity("time_fit", "time", "seconds", lambda row: row.median),
    Quantity("peakmem_fit", "peakmemory", "bytes", lambda row: row.peak_memory_bytes),
    Quantity("track_lost_digits", "track", "digits",
             lambda row: None if (found := digits.of(row)) is None else MOST_DIGITS - found),
)  # fmt: skip


def write(run: Run, target: Path) -> None:
    """Add the run to a results folder.

    Raises `NothingToShow` when nothing was measured or the commit is unknown, by which asv orders results, and
    `StoreError` when the folder's ``benchmarks.json`` cannot be read.
    """
    if not run.rows:
        raise NothingToShow(f"run {run.id}: nothing was measured")
    commit = run.header.commit
    if commit is None:
        raise NothingToShow(f"run {run.id}: made outside of a repository, but asv orders results by commit")
    files: dict[Path, Mapping[str, Any]] = {}
    for machine, rows in by_machine(run):
        files |= _results(run, commit, _machine(machine), rows, target)
    listed = target / "benchmarks.json"
    results = _named(run.rows)
    _write_all({**files, listed: _benchmarks(listed, results)})


def _results(
    run: Run, commit: Commit, machine: Mapping[str, str], rows: Sequence[Row], target: Path
) -> dict[Path, Mapping[str, Any]]:
    """The files of one machine, with the rows measured on it."""
    folder = target / machine["machine"]
    environment = f"threads{run.header.plan.threads}"
    python = ".".join(run.versions().get("python", "3").split(".")[:2])
    whole = {
        "commit_hash": commit.id,
        "env_name": environment,
        "date": _milliseconds(commit.time or run.header.started),
        "params": {**machine, "python": python},
        "python": python,
        "requirements": {},
        "env_vars": {},
        "result_columns": list(COLUMNS),
        "results": _named(rows),
        "durations": {},
        "version": 2,
    }
    return {
        folder / f"{commit.id[:8]}-{environment}.json": whole,
        folder / "machine.json": {**machine, "version": 1},
    }


def _named(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Results by the benchmark's name."""
    pairs = product(_datasets(rows).items(), QUANTITIES)
    return {f"{dataset}.{quantity.name}": _result(theirs, quantity) for (dataset, theirs), quantity in pairs}


def _write_all(files: Mapping[Path, Mapping[str, Any]]) -> None:
    """Write all files; after a failure, remove the new ones."""
    fresh = [path for path in files if not path.exists()]
    folders = [each for path in files for each in (path.parent, path.parent.parent) if not each.exists()]
    try:
        for path, value in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_out(path, f"{json.dumps(value, indent=1)}\n".encode())
    except OSError:
        for path in fresh:
            path.unlink(missing_ok=True)
        for each in folders:
            with contextlib.suppress(OSError):
                each.rmdir()
        raise


def _machine(machine: Machine) -> dict[str, str]:
    return {
        "machine": _word(machine.id or "unknown"),
        "os": f"{machine.system} {machine.release}".strip(),
        "arch": machine.architecture,
        "cpu": machine.cpu,
        "num_cpu": str(machine.cores or ""),
        "ram": str(machine.memory_bytes or ""),
    }


def _datasets(rows: Sequence[Row]) -> dict[str, dict[str, Row]]:
    """Rows by the names of the dataset and the backend in asv."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(f"linbench.{_word(row.case.dataset_label)}", {})[repr(row.case.on_its_dataset)] = row
    return found


def _word(label: str) -> str:
    """A label as a word that is safe in a file name; with part of its hash if characters had to be replaced."""
    word = re.sub(r"[^A-Za-z0-9_-]+", "_", label).strip("_")[:80]
    return word if word == label else f"{word}_{hashlib.sha256(label.encode()).hexdigest()[:6]}"


def _result(rows: Mapping[str, Row], quantity: Quantity) -> list[Any]:
    """The results of a benchmark, in the order of `COLUMNS`."""
    values = [_value(row, quantity) for row in rows.values()]
    started = [each.started for row in rows.values() for each in row.measurements if each.started]
    line = [values, [list(rows)], VERSION, _milliseconds(min(started)) if started else None, None]
    return [*line, *map(list, zip(*map(_statistics, rows.values()), strict=True))] if quantity.kind == "time" else line


def _value(row: Row, quantity: Quantity) -> float | None:
    """The number; None (null) for a failure, NaN where it could not be tried or there is none."""
    if row.status in FAILED or row.status == "diverged":
        return None
    value = quantity.value(row) if row.status in ANSWERED else None
    return math.nan if value is None else value


def _statistics(row: Row) -> list[Any]:
    """Interval, quartiles, counts and samples."""
    time = row.timing if row.status in ANSWERED else None
    if time is None:
        return [None] * 7
    quartiles = np.quantile(row.samples, [0.25, 0.75]).tolist()
    return [time.low, time.high, *quartiles, calls_of(row), len(row.samples), list(row.samples)]


def _benchmarks(path: Path, results: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The list of benchmarks: the existing ones, with this run's backends added."""
    known = _load(path)
    for name, line in results.items():
        quantity = next(each for each in QUANTITIES if name.endswith(f".{each.name}"))
        there = known.get(name, {}).get("params", [[]])[0]
        known[name] = {
            "name": name,
            "pretty_name": name.removeprefix("linbench."),
            "code": f"linbench, {quantity.name}",
            "type": quantity.kind,
            "unit": quantity.unit,
            "param_names": ["backend"],
            "params": [sorted({*there, *line[1][0]})],
            "version": VERSION,
            "timeout": 60.0,
        }
    return {**known, "version": 2}


def _load(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}: not JSON: {error}; remove it to start a new one") from error
    if not isinstance(found, dict):
        raise StoreError(f"{path}: not asv's list of benchmarks; remove it to start a new one")
    return {key: value for key, value in found.items() if isinstance(value, dict)}


def _milliseconds(when: str) -> int:
    moment = datetime.fromisoformat(when)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


FORMAT = Format("asv's results, for `asv publish`", write=write)
