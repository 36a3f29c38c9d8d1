"""Exponents: exact laws come back exactly, and an interval holds what it must."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.reports.plots import sections
from harness.reports.plotting.power import power_law
from harness.results import Measurement, Run
from tests.reports.views import answered, failed, run_of, section

LAWS = settings(derandomize=True, deadline=None, max_examples=100)
SIZES = (100, 1000, 10_000, 100_000)


@LAWS
@given(st.floats(-2, 4), st.floats(1e-9, 1e3), st.sets(st.integers(1, 10**7), min_size=3, max_size=9))
def test_an_exact_power_law_is_found(exponent: float, factor: float, sizes: set[int]) -> None:
    law = power_law([(n, factor * n**exponent) for n in sizes])
    assert law is not None
    assert law.exponent == pytest.approx(exponent, abs=1e-7)
    assert law.factor == pytest.approx(factor, rel=1e-5)
    assert law.low <= law.exponent <= law.high
    assert law.high - law.low < 1e-5, "nothing scatters, so nothing is uncertain"
    assert law.sizes == len(sizes)


@LAWS
@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6))
def test_a_unit_moves_the_factor_alone(seed: int, unit: float) -> None:
    rng = np.random.default_rng(seed)
    points = [(n, float(n**0.9 * np.exp(0.1 * rng.standard_normal()))) for n in SIZES]
    one, other = power_law(points), power_law([(x, unit * y) for x, y in points])
    assert one is not None
    assert other is not None
    assert other[1:] == pytest.approx(one[1:], abs=1e-9)
    assert other.factor == pytest.approx(unit * one.factor)


def test_the_interval_is_that_of_scipy() -> None:
    rng = np.random.default_rng(7)
    x = np.array([10.0, 30, 100, 300, 1000, 1000])
    y = x**1.7 * np.exp(0.2 * rng.standard_normal(len(x)))
    law = power_law(list(zip(x.tolist(), y.tolist(), strict=True)))
    found = stats.linregress(np.log(x), np.log(y))
    reach = stats.t.ppf(0.975, len(x) - 2) * found.stderr
    assert law is not None
    assert law[:4] == pytest.approx(
        (math.exp(found.intercept), found.slope, found.slope - reach, found.slope + reach), rel=1e-10
    )
    both = math.sqrt(y[4] * y[5])
    assert law.last == pytest.approx(math.log(both / y[3]) / math.log(1000 / 300))


def test_the_interval_holds_the_exponent_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        law = power_law([(n, float(n * np.exp(0.3 * rng.standard_normal()))) for n in SIZES])
        assert law is not None
        held += law.low <= 1 <= law.high
    assert stats.binomtest(held, 400, 0.95).pvalue > 0.001


def test_two_sizes_make_no_law() -> None:
    assert power_law([(10, 1.0), (20, 2.0), (20, 2.1)]) is None
    assert power_law([]) is None


def swept(folder: Path, changes: dict[int, Measurement] | None = None, *, option: str = "n_samples") -> Run:
    """``a`` grows as n, ``b`` as n²; `changes` replace b's at those sizes."""
    found, keys = [], {}
    for n in SIZES:
        for name, exponent in (("a", 1), ("b", 2)):
            case = f"linear[{option}={n}]/{name}/cpu/float64"
            size = {"n_samples": 7, "n_features": 3, option: n}
            keys[case] = {"dataset_options": {**size, "seed": 0}}
            whole = answered(case, seconds=1e-9 * n**exponent, noise=0.0, samples=1, peak_memory_bytes=1000 * n)
            found.append(changes[n] if changes and name == "b" and n in changes else whole)
    return run_of(folder, found, keys=keys)


@pytest.mark.parametrize(("option", "letter"), [("n_samples", "n"), ("n_features", "d")])
def test_a_sweep_is_drawn_with_its_exponents(tmp_path: Path, option: str, letter: str) -> None:
    found = section(sections(swept(tmp_path, option=option)), "scaling").plots
    drawn = [each for each in found if not each.why_empty]
    assert [each.title.partition(": ")[2] for each in drawn] == [
        f"time over {'rows' if letter == 'n' else 'features'} {letter}",
        f"peak memory over {'rows' if letter == 'n' else 'features'} {letter}",
    ]
    (other,) = (each.why_empty for each in found if each.why_empty)
    assert "3 or more numbers of features" in other if letter == "n" else "3 or more numbers of rows" in other
    assert "this run has at most 1 (linear)" in other
    time, memory = drawn
    names = [trace["name"] for trace in time.spec["data"]]
    assert names[0] == "a"
    assert names[1].startswith(f"a: {letter}^")
    assert time.spec["data"][0]["x"] == list(SIZES)
    assert time.spec["layout"]["xaxis"]["type"] == time.spec["layout"]["yaxis"]["type"] == "log"
    assert f"a {letter}^1.00 (1.00 – 1.00), 1.00" in memory.notes[0]
    assert "libraries included" in memory.notes[1]


def test_what_failed_stands_at_its_size_and_is_not_fitted(tmp_path: Path) -> None:
    case = "linear[n_samples=100000]/b/cpu/float64"
    time, memory, _ = section(sections(swept(tmp_path, {100_000: failed(case, "timeout")})), "scaling").plots
    for plot in (time, memory):
        lost = next(trace for trace in plot.spec["data"] if trace["mode"] == "markers+text")
        assert lost["x"] == [100_000]
        assert lost["text"] == ["timeout"]
        assert any("b: timeout (it was not to be)" in note for note in plot.notes)
    measured = next(trace for trace in time.spec["data"] if trace["name"] == "b")
    assert measured["x"] == [100, 1000, 10_000]


def test_a_row_that_did_not_converge_is_drawn_but_not_fitted(tmp_path: Path) -> None:
    changes = {
        n: answered(f"linear[n_samples={n}]/b/cpu/float64", status="not_converged", seconds=1.0) for n in SIZES[:2]
    }
    time = section(sections(swept(tmp_path, changes)), "scaling").plots[0]
    measured = next(trace for trace in time.spec["data"] if trace["name"] == "b")
    assert ["-open" in each for each in measured["marker"]["symbol"]] == [True, True, False, False]
    assert any("No exponent, with fewer than 3 sizes of status ok: b." in note for note in time.notes)


def test_datasets_unlike_in_something_else_are_not_mixed(tmp_path: Path) -> None:
    cases = [f"linear[seed={i}]/a/cpu/float64" for i in range(3)]
    keys = {case: {"dataset_options": {"n_samples": 10 + i, "seed": i}} for i, case in enumerate(cases)}
    run = run_of(tmp_path, [answered(case) for case in cases], keys=keys)
    plots = section(sections(run), "scaling").plots
    assert [bool(each.why_empty) for each in plots] == [True, True]
