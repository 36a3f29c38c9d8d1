"""Convergence and fit: what the run recorded is drawn, and what it did not record is named."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.reports.plots import sections
from harness.reports.plotting.descents import drawn_descents, sweeps
from harness.reports.plotting.plot import Plot, Section
from harness.results import Descent, Measurement, Row, Run
from tests.reports.views import MANY, ONE, SWEPT, answered, failed, run_of, section
from tests.support.runs import key

LONGEST = f"scratch_gd[epochs={SWEPT[-1]}]"


@pytest.fixture(scope="module")
def drawn(descents: Run) -> tuple[Section, ...]:
    return sections(descents)


def rows(run: Run, part: str, title: str = ONE) -> list[Row]:
    return [row for row in run.rows if part in row.case.backend_label and row.case.dataset_label == title]


def plot(found: Section, words: str) -> Plot:
    return next(each for each in found.plots if words in each.title)


def trace(found: Plot, name: str, mode: str) -> dict[str, object]:
    return next(each for each in found.spec["data"] if each["name"].startswith(name) and each["mode"] == mode)


def iterated(options: dict[str, object], iterations: int | None) -> Row:
    name = ",".join(f"{name}={value}" for name, value in options.items())
    case = f"linear/scratch_gd[{name}]/cpu/float64"
    return Row(key(case, options=options), (answered(case, iterations=iterations),))


@pytest.mark.parametrize(
    ("option", "allowed", "went", "swept"),
    [
        ("epochs", (5, 50, 500), (5, 50, 500), True),
        ("max_iter", (5, 50, 500), (5, 50, 120), True),  # came to rest
        ("epochs", (50, 500), (20, 20), False),  # both came to rest before
        ("batch_size", (5, 50), (5, 5), False),
        ("batch_size", (5, 50), (7, 9), False),
        ("batch_size", (50, 500), (9, 9), False),
        ("epochs", (5,), (5,), False),
    ],
)
def test_rows_that_differ_in_their_number_of_epochs_are_a_sweep(
    option: str, allowed: tuple[int, ...], went: tuple[int, ...], swept: bool
) -> None:
    found = [iterated({option: n, "seed": 0}, epochs) for n, epochs in zip(allowed, went, strict=True)]
    assert sweeps(found[::-1]) == ([tuple(found)] if swept else [])


def test_rows_unlike_in_something_else_are_no_sweep() -> None:
    assert sweeps([iterated({"epochs": 5, "rate": 0.1}, 5), iterated({"epochs": 50, "rate": 0.2}, 50)]) == []
    assert sweeps([iterated({"epochs": 5}, None), iterated({"epochs": 50}, None)]) == []


def test_of_a_sweep_only_the_longest_descent_is_drawn(descents: Run) -> None:
    found = drawn_descents(rows(descents, ""))
    assert [row.case.backend_label for row, _ in found] == [LONGEST, "scratch_gd[learning_rate=1000]"]


def test_convergence_has_lines_marks_and_the_one_that_diverged(drawn: tuple[Section, ...]) -> None:
    found = section(drawn, "convergence")
    assert len(found.plots) == 8, "two datasets, two losses, over epochs and seconds"
    epochs = found.plots[0]
    assert epochs.title == f"{ONE}: excess loss over epochs"
    line = trace(epochs, LONGEST, "lines")
    assert line["x"][-1] == 2000  # type: ignore[index]
    assert line["y"] == sorted(line["y"], reverse=True), "a descent descends"  # type: ignore[call-overload]
    direct = trace(epochs, "scratch_ols", "markers")
    assert direct["x"] == [0.6]
    assert "direct: no epochs" in direct["text"][0]  # type: ignore[index]
    marks = [each for each in epochs.spec["data"] if each["mode"] == "markers"]
    assert {each["x"][0] for each in marks} == {0.6, 5, *SWEPT}
    lost = next(each for each in epochs.spec["data"] if each["mode"] == "markers+text")
    assert lost["text"] == ["diverged"]
    assert (lost["x"], lost["y"]) == ([2], [1e9]), "where it was last finite"
    joined = next(each for each in epochs.spec["data"] if each["name"].endswith("and more epochs"))
    assert joined["x"] == list(SWEPT)
    assert joined["line"]["dash"] == "dot"
    assert any("Thin dotted lines join" in note for note in epochs.notes)
    assert any("left of the first" in note for note in epochs.notes)
    assert "No whole curve of sklearn_sgd[max_iter=5]: the run did not record its descent." in epochs.notes
    assert f"{LONGEST} " in epochs.summary


def test_a_curve_ends_where_its_mark_is(drawn: tuple[Section, ...]) -> None:
    for each in section(drawn, "convergence").plots:
        line, mark = trace(each, LONGEST, "lines"), trace(each, LONGEST, "markers")
        assert (line["x"][-1], line["y"][-1]) == pytest.approx((mark["x"][0], mark["y"][0]), rel=1e-3)  # type: ignore[index]


def test_over_seconds_a_descent_takes_its_measured_time(drawn: tuple[Section, ...], descents: Run) -> None:
    seconds = plot(section(drawn, "convergence"), "excess loss over seconds")
    line = trace(seconds, LONGEST, "lines")
    (row,) = rows(descents, LONGEST)
    assert row.timing is not None
    assert line["x"][-1] == pytest.approx(row.timing.median, rel=1e-4)  # type: ignore[index]
    assert any("divided evenly over the epochs" in note for note in seconds.notes)


def test_a_descent_that_stops_early_says_why(tmp_path: Path) -> None:
    descent = Descent(epochs=(1, 2), loss=(4.0, 2.0), excess_loss=(3.0, None), stopped="its time was used up")
    run = run_of(tmp_path, [answered("linear/scratch_gd/cpu/float64", iterations=9, descent=descent)])
    excess, *_ = section(sections(run), "convergence").plots
    assert "No whole curve of scratch_gd: its time was used up." in excess.notes
    assert trace(excess, "scratch_gd", "lines")["x"] == [1]


def test_a_descent_that_diverged_at_once_says_so(tmp_path: Path) -> None:
    descent = Descent(stopped="it diverged in its first epoch")
    run = run_of(tmp_path, [failed("linear/scratch_gd/cpu/float64", "diverged", iterations=1, descent=descent)])
    excess, *_ = section(sections(run), "convergence").plots
    assert excess.why_empty
    assert excess.notes[0] == "No whole curve of scratch_gd: it diverged in its first epoch."


def test_one_feature_has_lines_epochs_and_an_animation(drawn: tuple[Section, ...], descents: Run) -> None:
    found = section(drawn, "fit")
    lines = found.plots[0]
    assert lines.spec["layout"]["xaxis"]["title"]["text"] == "TV"
    assert lines.spec["layout"]["yaxis"]["title"]["text"] == "Sales"
    (row,) = rows(descents, "scratch_ols")
    line = trace(lines, "scratch_ols", "lines")
    assert line["x"] == [0, 300]
    slope = (line["y"][1] - line["y"][0]) / 300  # type: ignore[index]
    assert slope == pytest.approx((row.worst.coef_original or (0,))[0], rel=1e-9)
    assert len(lines.spec["data"][0]["x"]) == 200
    assert "diverged" in lines.notes[-1]
    way = plot(found, f"{LONGEST}, the line on its way")
    names = [each["name"] for each in way.spec["data"][1:]]
    assert names == ["after 1 epoch", "after 500 epochs", "after 2,000 epochs"]
    assert way.spec["data"][-1]["line"]["dash"] == "solid"
    animated = plot(found, f"{LONGEST}, the path of its parameters")
    frames = animated.spec["frames"]
    assert [frames[0]["name"], frames[-1]["name"]] == ["1", "2000"]
    (swept,) = rows(descents, LONGEST)
    assert frames[-1]["data"][0]["x"] == pytest.approx(swept.worst.coef_original)
    assert frames[-1]["data"][0]["y"] == pytest.approx([swept.worst.intercept_original])
    assert {each["traces"][0] for each in frames} == {1}
    assert animated.spec["data"][frames[0]["traces"][1]]["name"] == "line now"


def test_many_features_have_predictions_and_residuals(drawn: tuple[Section, ...], descents: Run) -> None:
    predicted, residuals = section(drawn, "fit").plots[-2:]
    assert predicted.title == f"{MANY}: predicted over actual"
    assert residuals.title == f"{MANY}: residuals over predicted"
    names = [choice.label for choice in predicted.choices]
    assert "scratch_ols" in names
    assert not any("learning_rate=1000" in name for name in names)
    assert any("diverged" in note for note in predicted.notes)
    dots = trace(residuals, "scratch_ols", "markers")
    assert np.mean(dots["y"]) == pytest.approx(0, abs=1e-3), "residuals of least squares with an intercept"  # type: ignore[call-overload]
    (row,) = rows(descents, "scratch_ols", MANY)
    assert np.mean(np.square(dots["y"])) == pytest.approx(25**2 * row.scores["loss_train"], rel=1e-3)  # type: ignore[call-overload]
    assert predicted.choices[0].traces == (0, len(names))


def test_a_thinned_sample_says_so(tmp_path: Path, descents: Run) -> None:
    problem = replace(descents.problems[0], n_samples=100_000)
    kept = [each for each in descents.measurements if each.case.startswith(f"{ONE}/")]
    found = section(sections(Run(descents.path, descents.header, tuple(kept), None, (problem,))), "fit").plots[0]
    assert "200 of 100,000 rows are drawn; the fits use all rows." in found.notes


def bare(measurements: tuple[Measurement, ...]) -> tuple[Measurement, ...]:
    return tuple(replace(each, descent=None) for each in measurements)


@pytest.mark.parametrize("version", [1, 2])
def test_a_run_without_descents_and_data_says_so(descents: Run, version: int) -> None:
    old = Run(descents.path, replace(descents.header, linbench=version), bare(descents.measurements), None)
    found = sections(old)
    tail = ": an older linbench made it" if version == 1 else ""
    for each in section(found, "fit").plots:
        assert each.why_empty == f"The data are not in this run{tail}."
    for each in section(found, "convergence").plots:
        assert any("the run did not record its descent" in note for note in each.notes)
        assert {trace["mode"] for trace in each.spec["data"]} == {"markers", "lines"}, "marks and sweeps need none"
        assert all(trace["line"]["dash"] == "dot" for trace in each.spec["data"] if trace["mode"] == "lines")


def test_direct_solvers_alone_do_not_converge_and_it_says_so(tmp_path: Path) -> None:
    found = section(sections(run_of(tmp_path, [answered("linear/scratch_ols/cpu/float64")])), "convergence")
    assert found.plots == ()
    assert found.why_empty == "No row of this run iterates: every backend solves directly."
