"""Performance profiles by hand."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.reports.plots import sections
from harness.reports.plots.profiles import profile, share_with_digits
from tests.reports.views import answered, every_end, failed, run_of, section

LAWS = settings(derandomize=True, deadline=None, max_examples=100)
TIMES = st.dictionaries(
    st.sampled_from("abc"), st.dictionaries(st.sampled_from("123456"), st.floats(1e-6, 1e3)), min_size=1
)


def test_a_profile_by_hand() -> None:
    times = {"fast": {"1": 1.0, "2": 4.0}, "sure": {"1": 2.0, "2": 2.0, "3": 5.0}, "never": {}}
    assert profile(times, 4) == {
        "fast": [(1.0, 0.25), (2.0, 0.5)],
        "sure": [(1.0, 0.25), (1.0, 0.5), (2.0, 0.75)],
        "never": [],
    }


@LAWS
@given(TIMES, st.floats(1e-3, 1e3))
def test_a_profile_rises_from_one_and_knows_no_unit(times: dict[str, dict[str, float]], unit: float) -> None:
    found = profile(times, 6)
    for name, steps in found.items():
        assert [share for _, share in steps] == [i / 6 for i in range(1, len(times[name]) + 1)]
        assert steps == sorted(steps)
        assert all(ratio >= 1 for ratio, _ in steps)
    solved = {problem for own in times.values() for problem in own}
    firsts = sum(1 for steps in found.values() for ratio, _ in steps if ratio == 1)
    assert firsts >= len(solved), "every problem that is solved at all is solved fastest by someone"
    scaled = profile({name: {p: t * unit for p, t in own.items()} for name, own in times.items()}, 6)
    for name, steps in scaled.items():
        assert all(abs(a - b) <= 1e-12 * b for (a, _), (b, _) in zip(steps, found[name], strict=True))


def test_the_share_with_digits() -> None:
    assert share_with_digits([15.0, 3.0, 9.0], 4) == [(3.0, 0.75), (9.0, 0.5), (15.0, 0.25)]
    assert share_with_digits([], 4) == []


def test_a_run_of_two_datasets(tmp_path: Path) -> None:
    def few(digits: float) -> dict[str, float]:
        return {"digits": digits, "excess_loss": 1e-9}

    run = run_of(
        tmp_path,
        [
            answered("linear/a/cpu/float64", seconds=1e-3, noise=0.0),
            answered("linear/b/cpu/float64", seconds=2e-3, scores=few(3.0), samples=1),
            failed("linear/c/cpu/float64", "crashed"),
            answered("pi_line/a/cpu/float64", status="not_converged"),
            answered("pi_line/b/cpu/float64", seconds=5e-3),
        ],
    )
    times, digits = section(sections(run), "profiles").plots
    drawn = {trace["name"]: trace for trace in times.spec["data"]}
    assert set(drawn) == {"a", "b"}, "c answered nothing"
    assert drawn["a"]["x"][0] == drawn["b"]["x"][0] == 1.0
    assert drawn["a"]["y"] == drawn["b"]["y"] == [0.5, 0.5]
    assert times.notes[0] == (
        "Of 2 datasets, unanswered: a (1 not_converged); b (1 under 4 digits); c (1 crashed, 1 not in this run)."
    )
    assert times.notes[1] == "With a single sample on some dataset, so without an interval: b."
    assert digits.notes == ("Of 2 datasets, without digits: c (1 crashed, 1 not in this run).",)
    assert {trace["name"]: trace["y"][-1] for trace in digits.spec["data"]} == {"a": 0.5, "b": 0.5}


def test_one_dataset_is_not_enough_and_it_says_so(tmp_path: Path) -> None:
    run = run_of(tmp_path, [answered("linear/a/cpu/float64")])
    (plot,) = section(sections(run), "profiles").plots
    assert plot.why_empty == "A profile needs two datasets or more; this run has one."


def test_nothing_solved_says_so(tmp_path: Path) -> None:
    run = run_of(tmp_path, [failed("linear/a/cpu/float64", "error"), failed("pi_line/a/cpu/float64", "timeout")])
    times, digits = section(sections(run), "profiles").plots
    assert times.why_empty == "No backend answered a dataset to 4 digits."
    assert times.notes == ("Of 2 datasets, unanswered: a (1 error, 1 timeout).",)
    assert digits.why_empty == "No row has digits."


def test_every_end_is_counted(tmp_path: Path) -> None:
    times, _ = section(sections(every_end(tmp_path)), "profiles").plots
    assert "scratch_gd[epochs=9] (2 not_converged)" in times.notes[0]
    assert "scratch_sgd[seed=0] (2 diverged)" in times.notes[0]
