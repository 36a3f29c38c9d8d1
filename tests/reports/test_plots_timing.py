"""Timing: the order, the levels, what is far out, and how it is thinned."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reports.plots import sections
from harness.reports.plotting.samples import decimated, far_out
from harness.results import Measurement
from tests.reports.views import answered, every_end, failed, run_of, section

LAWS = settings(derandomize=True, deadline=None, max_examples=100)
VALUES = st.lists(st.floats(1e-9, 1e3), min_size=1, max_size=200).map(np.array)


def exactly(
    case: str, round_: int, seconds: tuple[float, ...], order: tuple[int, ...], control: tuple[float, ...]
) -> Measurement:
    return replace(answered(case, round_), seconds=seconds, order=order, control=control)


@LAWS
@given(VALUES, st.integers(2, 50))
def test_thinning_keeps_the_extremes_the_order_and_the_promise(values: np.ndarray, most: int) -> None:
    kept = decimated(values, most)
    assert list(kept) == sorted(set(kept))
    assert len(kept) <= max(most, len(values) if len(values) <= most else 0)
    assert values[kept].max() == values.max()
    assert values[kept].min() == values.min()
    if len(values) <= most:
        assert list(kept) == list(range(len(values)))


def test_far_out_by_hand() -> None:
    values = np.array([10.0, 11, 12, 13, 14, 20.01, 3.99, 20.0 + 1])
    low, high = np.quantile(values, [0.25, 0.75])
    reach = 3 * (high - low)
    assert list(far_out(values)) == [not low - reach <= each <= high + reach for each in values]
    assert list(far_out(np.array([1.0, 1, 1, 1, 1, 1, 1, 9]))) == [False] * 7 + [True]
    assert not far_out(np.array([1.0, 99.0, 1.0])).any(), "three say nothing of what is usual"
    assert not far_out(np.array([])).any()


def test_samples_stand_in_the_order_they_were_taken_round_by_round(tmp_path: Path) -> None:
    one, other = "linear/a/cpu/float64", "linear/b/cpu/float64"
    run = run_of(
        tmp_path,
        [
            exactly(one, 0, (1.0, 2.0), (1, 3), (0.5, 0.6)),
            exactly(other, 0, (5.0, 6.0), (0, 2), (0.7, 0.8)),
            exactly(one, 1, (3.0,), (1,), (0.9,)),
            exactly(other, 1, (7.0,), (0,), (1.0,)),
        ],
    )
    (plot,) = section(sections(run), "timing").plots
    traces = {trace["name"]: trace for trace in plot.spec["data"] if trace["name"][0] in "ab"}
    assert traces["a"]["x"] == [2, 4, 6]
    assert traces["a"]["y"] == [1.0, 2.0, 3.0]
    assert traces["b"]["x"] == [1, 3, 5]
    medians = traces["a: median of each round"]
    assert medians["x"] == [2, 4, None, 6, 6, None]
    assert medians["y"] == [1.5, 1.5, None, 3.0, 3.0, None]
    control = [trace for trace in plot.spec["data"] if trace["name"] == "control kernel"]
    assert [trace["y"] for trace in control] == [[0.5, 0.6, 0.9], [0.7, 0.8, 1.0]]
    assert all(trace["yaxis"] == "y2" for trace in control)
    assert [shape["x0"] for shape in plot.spec["layout"]["shapes"]] == [4.5], "an upright before the second round"
    assert [choice.label for choice in plot.choices] == ["a", "b"]
    assert [i for choice in plot.choices for i in choice.traces] == list(range(len(plot.spec["data"])))


def test_an_outlier_is_drawn_apart_and_counted(tmp_path: Path) -> None:
    case = "linear/a/cpu/float64"
    seconds = (*[1.0, 1.01, 1.02, 0.99] * 5, 9.0)
    run = run_of(tmp_path, [exactly(case, 0, seconds, tuple(range(21)), (0.5,) * 21)])
    (plot,) = section(sections(run), "timing").plots
    out = next(trace for trace in plot.spec["data"] if trace["name"] == "a: far out")
    assert out["x"] == [21]
    assert out["y"] == [9.0]
    assert out["marker"]["symbol"].endswith("-open")
    assert "21 samples, 1 far out, the slowest 9.00 s" in plot.summary


def test_too_many_samples_are_thinned_and_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.reports.plots.timing.MOST_SAMPLES", 100)
    monkeypatch.setattr("harness.reports.plots.timing.LEAST_SHARE", 20)
    run = run_of(tmp_path, [answered(f"linear/{name}/cpu/float64", samples=500) for name in "abc"])
    (plot,) = section(sections(run), "timing").plots
    clouds = [trace for trace in plot.spec["data"] if trace["mode"] == "markers" and "yaxis" not in trace]
    assert 3 * 20 <= sum(len(trace["x"]) for trace in clouds) <= 3 * 33
    row = run.rows[0].samples
    drawn = [y for trace in clouds if trace["name"].startswith("a") for y in trace["y"]]
    assert max(drawn) == float(f"{max(row):.4g}")
    assert min(drawn) == float(f"{min(row):.4g}")
    assert plot.notes[0].startswith("Of rows with more than 33 samples (up to 500), only the fastest and the slowest")
    assert "500 samples" in plot.summary, "the words are of all of them"


def test_every_end_is_told(tmp_path: Path) -> None:
    plot = section(sections(every_end(tmp_path)), "timing").plots[0]
    labels = [choice.label for choice in plot.choices]
    assert "numpy_lstsq, a single sample" in labels
    assert "scratch_gd[epochs=9], not_converged" in labels
    assert "scratch_sgd[seed=0], diverged" in labels
    assert "scratch_sgd[seed=2]: missing (it was not to be)" in plot.notes[-1]
    assert "numpy_lstsq: a single sample of" in plot.summary


def test_untimed_says_why(tmp_path: Path) -> None:
    run = run_of(tmp_path, [failed("linear/a/cpu/float64", "missing")])
    (plot,) = section(sections(run), "timing").plots
    assert plot.why_empty == "No row was timed."
    assert plot.notes == ("Without samples: a: missing (it was not to be).",)


def test_thinning_leaves_out_nothing_that_is_far_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.reports.plots.timing.MOST_SAMPLES", 10)
    monkeypatch.setattr("harness.reports.plots.timing.LEAST_SHARE", 10)
    seconds = [1.0, 1.01, 1.02, 0.99] * 50
    seconds[100:103] = [9.0, 8.0, 7.0]
    run = run_of(tmp_path, [exactly("linear/a/cpu/float64", 0, tuple(seconds), tuple(range(200)), (0.5,) * 200)])
    (plot,) = section(sections(run), "timing").plots
    out = next(trace for trace in plot.spec["data"] if trace["name"] == "a: far out")
    assert out["y"] == [9.0, 8.0, 7.0]
