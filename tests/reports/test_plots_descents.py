"""Convergence and fit on a real run: descents replayed end where the measured ones did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.reports.plots import sections
from harness.reports.plotting.plot import Plot, Section
from harness.reports.plots.fit import thinned
from harness.reports.plots.replay import SHOWN_EPOCHS, Replays, Trajectory, family, longest
from harness.results import Row, Run
from tests.reports.views import answered, failed, run_of, section

ONE, MANY = "advertising[scale=minmax]", "advertising[scale=minmax,features=TV+Radio+Newspaper]"
SPREAD = 27.0 - 1.6
"""Of the sales, by which both suites scale."""
LONGEST = "scratch_gd[epochs=2000]"


@pytest.fixture(scope="module")
def drawn(real_run: Run) -> tuple[Section, ...]:
    return sections(real_run)


def rows(run: Run, part: str, *, one_feature: bool = True) -> list[Row]:
    return [
        row
        for row in run.rows
        if part in row.plan["backend_label"] and (len(row.plan["dataset_options"]["features"]) == 1) == one_feature
    ]


def plot(found: Section, words: str) -> Plot:
    return next(each for each in found.plots if words in each.title)


def trace(found: Plot, name: str, mode: str) -> dict[str, object]:
    return next(each for each in found.spec["data"] if each["name"].startswith(name) and each["mode"] == mode)


def test_only_the_longest_of_a_sweep_is_gone_again(real_run: Run) -> None:
    swept = rows(real_run, "scratch_gd[epochs=")
    assert [row.worst.iterations for row in swept] == [60, 600, 2000]
    assert len({family(row) for row in swept}) == 1
    assert [row.worst.iterations for row in longest(swept)] == [2000]
    assert len({family(row) for row in rows(real_run, "")}) == 4


def test_a_descent_gone_again_ends_at_the_measured_coefficients(real_run: Run) -> None:
    replays = Replays(real_run, 60)
    (row,) = longest(rows(real_run, "scratch_gd[epochs="))
    replays.go([row])
    found = replays.trajectory(row)
    assert isinstance(found, Trajectory)
    assert found.stopped == ""
    assert set(SHOWN_EPOCHS[:1]) <= set(found.epochs.tolist())
    assert found.epochs[-1] == 2000
    assert found.coef[-1].tolist() == list(row.worst.coef or ())
    assert found.intercept[-1] == row.worst.intercept
    data = replays.data(row)
    assert not isinstance(data, str)
    assert found.losses(data)[-1] == pytest.approx(row.worst.scores["loss_train"], rel=1e-12)
    (best,) = rows(real_run, "scratch_ols")
    excess = found.excess(data, [float(each or 0) for each in best.worst.coef or ()], best.worst.intercept or 0.0)
    assert excess[-1] == pytest.approx(row.worst.scores["excess_loss"], rel=1e-6)
    assert (np.diff(excess) < 0).all(), "a descent descends"


def test_convergence_has_lines_marks_and_the_one_that_diverged(drawn: tuple[Section, ...], real_run: Run) -> None:
    found = section(drawn, "convergence")
    assert len(found.plots) == 8, "two datasets, two losses, over epochs and seconds"
    epochs = found.plots[0]
    assert epochs.title == f"{ONE}: excess loss over epochs"
    line = trace(epochs, LONGEST, "lines")
    assert line["x"][-1] == 2000  # type: ignore[index]
    direct = trace(epochs, "scratch_ols", "markers")
    assert direct["x"] == [0.6]
    assert "direct: no epochs" in direct["text"][0]  # type: ignore[index]
    marks = [each for each in epochs.spec["data"] if each["mode"] == "markers"]
    assert {each["x"][0] for each in marks} == {0.6, 5, 60, 600, 2000}
    lost = next(each for each in epochs.spec["data"] if each["mode"] == "markers+text")
    assert lost["text"] == ["diverged"]
    joined = next(each for each in epochs.spec["data"] if each["name"].endswith("and on"))
    assert joined["x"] == [60, 600, 2000]
    assert any("Thin dotted lines join" in note for note in epochs.notes)
    assert any("left of the first" in note for note in epochs.notes)
    assert f"{LONGEST} " in epochs.summary


def test_over_seconds_a_descent_takes_its_measured_time(drawn: tuple[Section, ...], real_run: Run) -> None:
    seconds = plot(section(drawn, "convergence"), "excess loss over seconds")
    line = trace(seconds, LONGEST, "lines")
    (row,) = longest(rows(real_run, "scratch_gd[epochs="))
    timed = row.seconds()
    assert timed is not None
    assert line["x"][-1] == pytest.approx(timed["median"], rel=1e-4)  # type: ignore[index]
    assert any("divided evenly over its epochs" in note for note in seconds.notes)


def test_a_curve_is_not_drawn_nearer_to_the_best_row_than_that_row_is_to_the_truth(real_run: Run) -> None:
    """Without the direct solver the best answer is the descent's own end, and nothing may fall towards that."""
    kept = [each for each in real_run.measurements if "scratch_gd[epochs=" in each.case]
    alone = Run(real_run.path, real_run.header, tuple(kept), None)
    found = section(sections(alone), "convergence").plots[0]
    line = next(each for each in found.spec["data"] if each["mode"] == "lines" and "and on" not in each["name"])
    ends = [row.worst.scores["excess_loss"] for row in alone.rows if len(row.plan["dataset_options"]["features"]) == 1]
    assert min(line["y"]) >= 100 * min(ends) * 0.999


def test_one_feature_has_lines_epochs_and_an_animation(drawn: tuple[Section, ...], real_run: Run) -> None:
    found = section(drawn, "fit")
    lines = found.plots[0]
    assert lines.spec["layout"]["xaxis"]["title"]["text"] == "TV"
    assert lines.spec["layout"]["yaxis"]["title"]["text"] == "Sales"
    (row,) = rows(real_run, "scratch_ols")
    line = trace(lines, "scratch_ols", "lines")
    slope = (line["y"][1] - line["y"][0]) / (line["x"][1] - line["x"][0])  # type: ignore[index]
    assert slope == pytest.approx((row.worst.coef_original or (0,))[0], rel=1e-9)
    assert len(lines.spec["data"][0]["x"]) == 200
    assert "diverged" in lines.notes[-1]
    way = plot(found, f"{LONGEST}, the line on its way")
    names = [each["name"] for each in way.spec["data"][1:]]
    assert names == ["after 1 epoch", "after 500 epochs", "after 2,000 epochs"]
    assert way.spec["data"][-1]["line"]["dash"] == "solid"
    animated = plot(found, f"{LONGEST}, the parameters' way")
    frames = animated.spec["frames"]
    assert [frames[0]["name"], frames[-1]["name"]] == ["1", "2000"]
    (swept,) = longest(rows(real_run, "scratch_gd[epochs="))
    assert frames[-1]["data"][0]["x"] == pytest.approx(swept.worst.coef_original)
    assert {each["traces"][0] for each in frames} == {1}
    assert animated.spec["data"][frames[0]["traces"][1]]["name"] == "line now"


def test_many_features_have_predictions_and_residuals(drawn: tuple[Section, ...], real_run: Run) -> None:
    predicted, residuals = section(drawn, "fit").plots[-2:]
    assert predicted.title == f"{MANY}: predicted over actual"
    assert residuals.title == f"{MANY}: residuals over predicted"
    names = [choice.label for choice in predicted.choices]
    assert names[0] == "scratch_ols"
    assert not any("learning_rate=1000" in name for name in names)
    assert any("diverged" in note for note in predicted.notes)
    dots = residuals.spec["data"][0]
    assert np.mean(dots["y"]) == pytest.approx(0, abs=1e-3), "residuals of least squares with an intercept"
    (row,) = rows(real_run, "scratch_ols", one_feature=False)
    assert np.mean(np.square(dots["y"])) == pytest.approx(SPREAD**2 * row.worst.scores["loss_train"], rel=1e-3)
    assert predicted.choices[0].traces == (0, len(names))


def test_without_time_everything_says_so(real_run: Run) -> None:
    found = sections(real_run)
    why = "the 0 s that this report had for loading and replaying were used up"
    for each in section(found, "fit").plots:
        assert each.why_empty == f"Nothing to draw: {why}."
    for each in section(found, "convergence").plots:
        assert any(why in note for note in each.notes)
        assert {trace["mode"] for trace in each.spec["data"]} <= {"markers", "lines"}, "marks need no replay"


def test_a_replay_that_runs_out_of_time_says_how_far_it_came(real_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = longest(rows(real_run, "scratch_gd[epochs="))
    replays = Replays(real_run, 60)
    replays.data(row)
    ticks = iter(range(10_000))
    monkeypatch.setattr("harness.reports.plots.replay.time.process_time", lambda: replays._began + next(ticks))
    replays.go([row])
    found = replays.trajectory(row)
    assert isinstance(found, Trajectory)
    assert "for lack of time after" in found.stopped
    assert found.epochs[-1] < 100


def test_data_that_changed_since_are_not_drawn(tmp_path: Path) -> None:
    run = run_of(tmp_path, [answered("linear/scratch_gd/cpu/float64", iterations=7)])
    found = sections(run)
    assert section(found, "fit").plots[0].why_empty == "Nothing to draw: the data have changed since the run."
    assert any("the data have changed since the run" in note for note in section(found, "convergence").plots[0].notes)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        ({"dataset": "nowhere"}, "the data cannot be loaded again: unknown dataset 'nowhere'"),
        ({"dataset_options": {"n_samples": 10**9}}, "the data are too large to be made again for a plot"),
        ({"dataset_options": {"no_such": 1}}, "no longer takes these options"),
    ],
)
def test_data_that_cannot_be_made_again_say_why(tmp_path: Path, plan: dict[str, object], why: str) -> None:
    case = "linear/scratch_ols/cpu/float64"
    run = run_of(tmp_path, [answered(case)], plans={case: plan})
    (found,) = section(sections(run), "fit").plots
    assert why in found.why_empty


@pytest.mark.parametrize(
    ("backend", "changes", "why"),
    [
        ("sklearn_sgd", {}, "only a swept list of epochs does"),
        ("scratch_gd", {"device": "cuda"}, "on the processor only"),
        ("torch_linear", {}, "give it more time"),
        ("nowhere", {}, "unknown backend 'nowhere'"),
    ],
)
def test_descents_that_are_not_gone_again_say_why(
    tmp_path: Path, backend: str, changes: dict[str, object], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(__import__("sys").modules, "torch", raising=False)
    case = f"linear/{backend}/cpu/float64"
    run = run_of(tmp_path, [answered(case, iterations=7)], plans={case: changes})
    found = section(sections(run, seconds=1), "convergence").plots
    assert all(any(why in note for note in each.notes) for each in found)


def test_direct_solvers_alone_do_not_converge_and_it_says_so(tmp_path: Path) -> None:
    found = section(sections(run_of(tmp_path, [answered("linear/scratch_ols/cpu/float64")])), "convergence")
    assert found.plots == ()
    assert found.why_empty == "No row of this run iterates: every backend solves directly."


def test_points_are_thinned_at_random_but_always_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert thinned(300).tolist() == list(range(300))
    kept = thinned(100_000)
    assert len(kept) == len(set(kept.tolist())) == 300
    assert kept.tolist() == sorted(kept.tolist()) == thinned(100_000).tolist()
    assert 0.4 < kept.mean() / 100_000 < 0.6
    monkeypatch.setattr(fit, "MOST_POINTS", 10)
    assert len(thinned(11)) == 10


def test_an_error_of_a_backend_costs_its_own_curve_alone(real_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from backends.scratch_sgd import ScratchSGD

    def broken(*_: object) -> None:
        raise RuntimeError("no more")

    monkeypatch.setattr(ScratchSGD, "path", broken)
    found = section(sections(real_run), "convergence").plots[0]
    assert any("its replay failed: RuntimeError('no more')" in note for note in found.notes)
    assert trace(found, LONGEST, "lines")


def test_failed_first_row_does_not_let_changed_data_pass(tmp_path: Path) -> None:
    run = run_of(tmp_path, [failed("linear/a/cpu/float64", "crashed"), answered("linear/scratch_ols/cpu/float64")])
    (found,) = section(sections(run), "fit").plots
    assert "changed since the run" in found.why_empty
