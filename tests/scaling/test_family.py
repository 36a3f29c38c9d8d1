"""From a run to its laws, through the command."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.results import ProblemRecord, load_run
from harness.scaling import growths
from tests.support.runs import key, measured, write_run

SIZES = [(n, d) for n in (1000, 10_000, 100_000) for d in (5, 20, 80)]


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
            found += [measured(rng, case, i, seconds=seconds, peak_memory_bytes=8 * n * d, **more) for i in range(3)]
    found.append(measured(rng))
    return write_run(tmp_path / "runs", 0, found, cases=[*cases, key(found[-1].case)], problems=problems)


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


def test_a_run_of_one_size_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from harness.cli import app

    path = write_run(tmp_path / "runs", 0, [measured(np.random.default_rng(0))])
    assert app(["scaling", str(path)], standalone_mode=False) == 4
    assert "no case was measured at three sizes" in capsys.readouterr().out
