"""Sums of products in one query of another engine: `duckdb_ols` and `polars_sums`."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backends.base import Problem, Unsupported
from harness.reference import solve
from tests.backends.test_library_backends import fit, make, noisy
from tests.support.paths import ROOT


@pytest.mark.parametrize(("offset", "most"), [(1e6, 1e-5), (1e8, 0.1)])
def test_duckdbs_sums_lose_to_an_offset_what_its_own_slope_keeps(offset: float, most: float) -> None:
    x = np.arange(1.0, 33.0)
    asked = Problem((x + offset)[:, None], 7 + 3 * x + np.tile([0.25, -0.25], 16), intercept=True)
    exact_slope = solve(asked).coef[0]
    own, sums = (
        abs(fit(make("duckdb_ols", method=each), asked).coef[0] / exact_slope - 1) for each in ("regr", "normal")
    )
    assert own < 1e-14
    assert 1e-9 < sums < most


def test_duckdbs_own_slope_knows_one_column_and_an_intercept() -> None:
    with pytest.raises(Unsupported, match="regr_slope fits one column and an intercept"):
        make("duckdb_ols", method="regr").prepare(noisy(9, 2), "cpu")
    with pytest.raises(Unsupported, match="NULL for a constant column"):
        fit(make("duckdb_ols", method="regr"), Problem(np.ones((4, 1)), np.arange(4.0), intercept=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("intercept", [True, False])
def test_duckdbs_scan_gives_the_tables_bits(dtype: str, *, intercept: bool) -> None:
    asked = noisy(5000, 3)
    asked = Problem(asked.X.astype(dtype), asked.y.astype(dtype), intercept=intercept)
    table, scan = fit(make("duckdb_ols"), asked), fit(make("duckdb_ols", scan=True), asked)
    np.testing.assert_array_equal(table.coef, scan.coef)
    assert table.intercept == scan.intercept


def test_duckdb_scans_a_file_larger_than_its_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    duckdb = pytest.importorskip("duckdb")
    rows = np.random.default_rng(0).standard_normal((400_000, 11))
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    asked = Problem(np.asarray(mapped[:, :10]), np.asarray(mapped[:, 10]), intercept=True)
    wanted = fit(make("numpy_lstsq"), asked)
    monkeypatch.setattr("backends.duckdb_ols.SCAN_MEMORY", "16MB")
    state = make("duckdb_ols", scan=True).prepare(asked, "cpu")
    np.testing.assert_allclose(make("duckdb_ols", scan=True).solve(state).coef, wanted.coef, atol=1e-12)
    with pytest.raises(duckdb.OutOfMemoryException):
        state.connection.execute("CREATE TABLE copied AS SELECT * FROM data")


# Polars


@pytest.mark.parametrize("options", [{}, {"block_rows": 7}, {"engine": "in-memory"}])
@pytest.mark.parametrize("intercept", [True, False])
def test_polars_sums_are_those_of_the_rows_whatever_the_batches(options: dict[str, object], *, intercept: bool) -> None:
    asked = replace(noisy(500, 12), intercept=intercept)
    answer, exactly = fit(make("polars_sums", **options), asked), solve(asked)
    np.testing.assert_allclose(answer.coef, exactly.coef, rtol=1e-12)
    assert answer.intercept == pytest.approx(exactly.intercept, rel=1e-12)


def test_sums_have_their_limits_told() -> None:
    for name in ("polars_sums", "duckdb_ols"):
        with pytest.raises(Unsupported, match="60 columns at most, got 61"):
            make(name).prepare(noisy(70, 61), "cpu")
        with pytest.raises(Unsupported, match="exactly singular"):
            fit(make(name), Problem(np.ones((8, 2)), np.arange(8.0), intercept=False))


WITHIN = """
import resource, sys
import numpy as np
import polars as pl
from backends.base import Problem
from backends.polars_sums import PolarsSums

X, y = (np.asarray(np.load(each, mmap_mode="r")) for each in sys.argv[2:4])
backend = PolarsSums(engine=sys.argv[1])
few = Problem(X[:100], y[:100], intercept=True)
backend.solve(backend.prepare(few, "cpu"))  # its threads and arenas are there
held = next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmData"))
resource.setrlimit(resource.RLIMIT_DATA, (held + (96 << 20),) * 2)
print(backend.solve(backend.prepare(Problem(X, y, intercept=True), "cpu")).coef.tolist())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="takes a limit that Linux alone holds")
def test_polars_streams_a_file_larger_than_its_memory(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((1_500_000, 10))
    y = X.sum(axis=1)
    for name, array in (("X.npy", X), ("y.npy", y)):
        np.save(tmp_path / name, array)

    def run(engine: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-c", WITHIN, engine, str(tmp_path / "X.npy"), str(tmp_path / "y.npy")]
        own = {**os.environ, "POLARS_MAX_THREADS": "1"}
        return subprocess.run(words, cwd=ROOT, env=own, capture_output=True, text=True, timeout=120, check=False)

    streamed = run("streaming")
    assert streamed.returncode == 0, streamed.stderr
    np.testing.assert_allclose(json.loads(streamed.stdout), np.ones(10), rtol=1e-12)
    assert run("in-memory").returncode != 0, "the limit is less than the rows"
