"""Sizes that were swept are drawn with their laws; `tests/scaling` holds the laws."""

from pathlib import Path

import pytest

from harness.reports.plots import sections
from harness.results import Measurement, Run
from tests.reports.views import answered, failed, run_of, section

SIZES = (100, 1000, 10_000, 100_000)


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
    assert f"a {letter}^1.00 (1.00 – 1.00)" in memory.notes[0]
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


def test_what_every_call_costs_bends_the_line(tmp_path: Path) -> None:
    sizes = [10**k for k in range(2, 10)]
    keys, found = {}, []
    for n in sizes:
        case = f"linear[n_samples={n}]/a/cpu/float64"
        keys[case] = {"dataset_options": {"n_samples": n, "n_features": 3, "seed": 0}}
        found.append(answered(case, seconds=1e-3 + 1e-9 * n, noise=0.0, samples=1))
    time = section(sections(run_of(tmp_path, found, keys=keys)), "scaling").plots[0]
    line = next(trace for trace in time.spec["data"] if trace["mode"] == "lines")
    assert len(line["x"]) > 2
    assert (line["x"][0], line["x"][-1]) == (sizes[0], sizes[-1])
    assert line["y"][0] == pytest.approx(1e-3, rel=0.2)
    assert line["y"][-1] == pytest.approx(1.001, rel=0.2)
    assert " ms whatever the size" in time.notes[0]
