"""Accuracy against speed: the front, and what stands below it."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reports.plots import sections
from harness.reports.plots.speed import front
from tests.reports.views import ANSWERLESS, answered, every_end, failed, run_of, section

POINTS = st.lists(st.tuples(st.floats(1e-9, 1e3), st.floats(0, 17)), max_size=30)
LAWS = settings(derandomize=True, deadline=None, max_examples=200)


def beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """No worse in either, better in one."""
    return one != other and one[0] <= other[0] and one[1] >= other[1]


@LAWS
@given(POINTS)
def test_the_front_is_what_nothing_beats(points: list[tuple[float, float]]) -> None:
    found = front(points)
    assert set(found) == {each for each in points if not any(beats(other, each) for other in points)}


@LAWS
@given(POINTS)
def test_along_the_front_both_rise(points: list[tuple[float, float]]) -> None:
    found = front(points)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(found))


@LAWS
@given(POINTS, st.randoms(use_true_random=False))
def test_the_front_knows_no_order_and_keeps_to_itself(points: list[tuple[float, float]], random: object) -> None:
    shuffled = list(points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert front(shuffled) == front(points) == front(front(points))


def test_the_front_by_hand() -> None:
    assert front([(3, 9), (1, 2), (2, 2), (2, 8), (4, 9), (2.5, 8)]) == [(1, 2), (2, 8), (3, 9)]


def test_the_digits_that_the_data_determine_are_a_line_for_each_precision(tmp_path: Path) -> None:
    scores = {"digits": 12.0, "excess_loss": 1e-18}
    double = answered("linear/a/cpu/float64", seconds=1e-3, scores={**scores, "attainable": 14.25})
    again = answered("linear/b/cpu/float64", seconds=2e-3, scores={**scores, "attainable": 14.25})
    single = answered("linear/a/cpu/float32", seconds=1e-3, scores={**scores, "digits": 4.0, "attainable": 5.5})
    plot = section(sections(run_of(tmp_path / "two", [double, again, single])), "speed").plots[0]
    assert [each["y0"] for each in plot.spec["layout"]["shapes"]] == [14.25, 5.5]
    words = [each["text"] for each in plot.spec["layout"]["annotations"]]
    assert words == ["attainable, float64: 14.2", "attainable, float32: 5.5"]
    plot = section(sections(run_of(tmp_path / "one", [double, again])), "speed").plots[0]
    assert [each["text"] for each in plot.spec["layout"]["annotations"]] == ["attainable: 14.2"]


def test_a_figure_has_points_a_front_and_what_has_no_answer(tmp_path: Path) -> None:
    run = run_of(
        tmp_path,
        [
            answered("linear/a/cpu/float64", seconds=1e-3, scores={"digits": 3.0, "excess_loss": 1e-6}),
            answered("linear/b/cpu/float64", seconds=1e-2, scores={"digits": 15.0, "excess_loss": 0.0}),
            answered("linear/c/cpu/float64", seconds=1e-1, scores={"digits": 9.0, "excess_loss": 1e-18}),
            failed("linear/d/cpu/float64", "timeout", "took longer than 60 s"),
        ],
    )
    digits, excess = section(sections(run), "speed").plots
    traces = {trace["name"]: trace for trace in digits.spec["data"]}
    assert traces["Pareto front"]["y"] == [3.0, 15.0]
    assert [traces[name]["y"] for name in "abc"] == [[3.0], [15.0], [9.0]]
    assert traces["d"]["y"][0] < 0, "below every answer"
    assert traces["d"]["x"][0] > max(traces["c"]["x"])
    assert traces["d"]["text"] == ["timeout, no time"]
    assert "took longer than 60 s" in traces["d"]["hovertext"][0]
    assert digits.notes == ("Without digits or a time: d: timeout (took longer than 60 s).",)
    assert digits.summary.endswith("1 without an answer or a time.")
    assert "a (3.0 digits in" in digits.summary
    exact = next(trace for trace in excess.spec["data"] if trace["name"] == "b")
    assert exact["y"] == [1e-19], "an excess loss of 0 has no place on a log scale but below all others"
    assert any("exactly 0 is drawn at 1e-19" in note for note in excess.notes)


def test_not_converged_is_hollow_and_a_single_sample_has_a_dot_and_no_bar(tmp_path: Path) -> None:
    digits = section(sections(every_end(tmp_path)), "speed").plots[0]
    marks = {trace["name"]: trace for trace in digits.spec["data"] if trace["mode"] != "lines"}
    assert marks["scratch_gd[epochs=9]"]["marker"]["symbol"].endswith("-open")
    assert marks["numpy_lstsq"]["marker"]["symbol"].endswith("-dot")
    assert "error_x" not in marks["numpy_lstsq"]
    assert "a single sample: no interval" in marks["numpy_lstsq"]["hovertext"][0]
    assert "error_x" in marks["scratch_ols"]
    lost = [marks[f"scratch_sgd[seed={i}]"]["text"][0].partition(",")[0] for i in range(len(ANSWERLESS))]
    assert lost == list(ANSWERLESS)


@pytest.mark.parametrize("status", ANSWERLESS)
def test_without_any_answer_it_says_why(tmp_path: Path, status: str) -> None:
    run = run_of(tmp_path, [failed("linear/a/cpu/float64", status)])
    for plot in section(sections(run), "speed").plots:
        assert plot.why_empty
        assert plot.spec == {}
        assert f"a: {status} (it was not to be)" in plot.notes[0]
