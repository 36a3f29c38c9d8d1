"""From a run to its laws, through the command."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.machine import Host, Machine, Roof
from harness.results import CostRecord, ProblemRecord, load_run
from harness.scaling import achieved, growths, sweeps_sizes
from tests.support.runs import key, measured, write_run

SIZES = [(n, d) for n in (1000, 10_000, 100_000) for d in (5, 20, 80)]

ROOF = Roof(threads=1, flops_per_second={"float32": 8e9, "float64": 4e9}, bytes_per_second=1e9)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Two backends on nine sizes in three rounds, one of which failed at the largest; and a dataset of one size."""
    rng = np.random.default_rng(0)
    found, cases, problems = [], [], []
    for n, d in SIZES:
        label = f"normal[n_samples={n},n_features={d}]"
        problems.append(
            ProblemRecord(dataset_label=label, dtype="float64", data="0123abcd" * 8, n_samples=n, n_features=d)
        )
        for backend, factor in (("scratch_ols", 1.0), ("numpy_lstsq", 9.0)):
            case = f"{label}/{backend}/cpu/float64"
            cases.append(key(case, dataset_options={"n_samples": n, "n_features": d, "seed": 0}))
            lost = backend == "numpy_lstsq" and (n, d) == SIZES[-1]
            more: dict[str, Any] = {"status": "out_of_memory", "reason": "it is large"} if lost else {}
            seconds = factor * 1e-9 * n * d**2
            cost = None if backend == "numpy_lstsq" else CostRecord(flops=1.0 * n * d**2, bytes=8.0 * n * d)
            more["cost"] = cost
            found += [measured(rng, case, i, seconds=seconds, peak_memory_bytes=8 * n * d, **more) for i in range(3)]
    found.append(measured(rng))
    cases.append(key(found[-1].case))
    return write_run(tmp_path / "runs", 0, found, cases=cases, problems=problems, roof=ROOF)


def test_each_family_has_the_powers_that_it_was_made_with(run: Path) -> None:
    found = growths(load_run(run))
    assert [(each.family.case, each.quantity) for each in found] == [
        (f"{backend}/cpu/float64", quantity)
        for backend in ("scratch_ols", "numpy_lstsq")
        for quantity in ("time", "memory")
    ]
    for each in found:
        assert each.family.dataset == "normal"
        assert each.law is not None
        n, d = each.law.exponent("n"), each.law.exponent("d")
        assert n is not None
        assert d is not None
        assert n.value == pytest.approx(1, abs=0.05)
        assert d.value == pytest.approx(2 if each.quantity == "time" else 1, abs=0.05)
    assert [len(each.points) for each in found] == [9, 9, 8, 8]


def test_a_prediction_says_where_it_is_and_whether_that_was_measured(run: Path) -> None:
    time = growths(load_run(run))[0]
    within, beyond = time.predicted(50_000, None), time.predicted(10**7, 100)
    assert within is not None
    assert beyond is not None
    assert ((within.n, within.d), within.beyond) == ((50_000, 80), False)
    assert ((beyond.n, beyond.d), beyond.beyond) == ((10**7, 100), True)
    assert beyond.expected.low <= 100.0 * 1.05 <= beyond.expected.high * 1.1
    assert time.predicted(None, None) is None


def test_the_verb_prints_it(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from harness.cli import app

    app(["scaling", str(run), "--samples", "10000000"], standalone_mode=False)
    out = capsys.readouterr().out
    assert "normal: time" in out
    assert "10,000,000 × 80" in out
    app(["scaling", str(run), "--format", "json"], standalone_mode=False)
    record = json.loads(capsys.readouterr().out)
    text = json.dumps(record)
    assert '"n_samples"' in text
    assert '"jump_beyond_values"' in text


def test_what_is_achieved_times_the_time_is_what_was_declared(run: Path) -> None:
    loaded = load_run(run)
    for row in loaded.rows:
        found, cost = achieved(row, loaded.header.roof), row.worst.cost
        if cost is None:
            assert found is None
            continue
        assert found is not None
        assert row.timing is not None
        assert found.intensity is not None
        assert found.share is not None
        assert found.flops_per_second * row.timing.median == pytest.approx(cost.flops)
        assert found.bytes_per_second * row.timing.median == pytest.approx(cost.bytes)
        assert found.intensity == pytest.approx(cost.flops / cost.bytes)
        assert found.share == pytest.approx(found.flops_per_second / min(4e9, found.intensity * 1e9))


def test_without_limits_there_is_no_share_and_without_a_dtype_neither(run: Path) -> None:
    row = load_run(run).rows[0]
    for roof in (None, Roof(threads=1, flops_per_second={"float32": 8e9}, bytes_per_second=1e9)):
        found = achieved(row, roof)
        assert found is not None
        assert found.share is None
    assert achieved(None, ROOF) is None


def test_another_machine_is_not_held_against_this_ones_limits(run: Path) -> None:
    row = load_run(run).rows[0]
    elsewhere = replace(row.measurements[-1], host=Host(machine=Machine(id="two")))
    found = achieved(replace(row, measurements=(*row.measurements[:-1], elsewhere)), ROOF)
    assert found is not None
    assert found.share is None


def test_the_roof_is_what_memory_allows_up_to_the_peak() -> None:
    assert ROOF.at(0.5, "float64") == 0.5e9
    assert ROOF.at(4.0, "float64") == 4e9
    assert ROOF.at(1e6, "float32") == 8e9
    assert ROOF.at(1.0, "float16") is None


def test_the_verb_sets_what_is_achieved_beside_the_limits(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from harness.cli import app

    app(["scaling", str(run), "--format", "markdown"], standalone_mode=False)
    time, memory = capsys.readouterr().out.split("normal: memory")
    assert "FLOP/s" not in memory.split("intervals hold")[0], "of time alone"
    declared, other = ([row for row in time.splitlines() if name in row] for name in ("scratch_ols", "numpy_lstsq"))
    assert re.search(r"\d MFLOP/s \| \d+\.\d MB/s \| \d+%", declared[0])
    assert other[0].count("–") > declared[0].count("–"), "what is not declared is a dash"
    assert "8.00 GFLOP/s in float32, 4.00 GFLOP/s in float64, 1.00 GB/s from memory, with 1 thread" in memory
    app(["scaling", str(run), "--format", "json"], standalone_mode=False)
    first = json.loads(capsys.readouterr().out)[0]
    assert first["roof"]["bytes_per_second"] == 1e9
    assert set(first["sizes"][0]["achieved"]) == {"flops_per_second", "bytes_per_second", "intensity", "share"}


def test_a_run_sweeps_sizes_where_it_has_three_alike_in_all_else(run: Path) -> None:
    cases = load_run(run).header.cases
    swept = [case for case in cases if case.dataset_options.get("n_features") == 5 and case.backend == "scratch_ols"]
    assert sweeps_sizes(cases)
    assert sweeps_sizes(swept)
    assert not sweeps_sizes(swept[:2])
    assert not sweeps_sizes([*swept[:2], next(case for case in cases if case.backend == "numpy_lstsq")])


def test_a_run_of_one_size_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from harness.cli import app

    path = write_run(tmp_path / "runs", 0, [measured(np.random.default_rng(0))])
    assert app(["scaling", str(path)], standalone_mode=False) == 4
    assert "no case was measured at three sizes" in capsys.readouterr().out
