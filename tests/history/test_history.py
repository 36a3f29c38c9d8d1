"""Trends and steps over run files: what changed is found, what did not is not, and what is damaged is named."""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.config import Plan
from harness.errors import LinbenchError, NothingToShow
from harness.history import History, Series, Step, history
from harness.history.steps import candidates, jumps, shifts
from harness.machine import Machine
from harness.records import json_text, values_of
from harness.reports.layout.base import Screen
from harness.reports.layout.text import text
from harness.reports.sheets.history import history as history_sheet
from harness.reports.sheets.history import sparkline, step_text
from harness.results import load_run
from harness.results.lines import line_of
from harness.stats import round_of
from tests.support.runs import VERSIONS, header, measured, rewrite_first_line, write_run

MARGIN = math.log(1.02)


def store(
    folder: Path, runs: int, what: Callable[[int], dict[str, Any]], rounds: int = 2, **noise: float
) -> list[Path]:
    """Hourly runs of one case. `what` gives the changes of each run: to its measurements, or ``first_line``."""
    rng = np.random.default_rng(0)
    paths = []
    for i in range(runs):
        changes = {**noise, **what(i)}
        first_line = changes.pop("first_line", {})
        done = [measured(rng, round_=k, **changes) for k in range(rounds)]
        paths.append(write_run(folder, i, done, **first_line))
    return paths


def only(found: History) -> Series:
    (series,) = found.series
    return series


def the_step(found: History) -> Step:
    (step,) = only(found).steps
    return step


def interval_of(step: Step) -> tuple[float, float]:
    assert step.low is not None
    assert step.high is not None
    return step.low, step.high


def effect_of(step: Step) -> float:
    assert step.effect is not None
    return step.effect


def machine(name: str) -> dict[str, Any]:
    return {"machine": Machine(id=name, cpu=f"processor {name}")}


def text_of(found: History, width: int = 250) -> str:
    return text(history_sheet(found), Screen(width))


def test_a_point_is_the_geometric_mean_over_rounds_of_the_lower_quartile_over_the_controls(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rounds = [measured(rng, round_=k, seconds=10.0 ** -(k + 1), digits=15.0 - k, peak_memory_bytes=k) for k in range(3)]
    (point,) = only(history([write_run(tmp_path, 0, rounds)])).points
    kept = [found for each in rounds if (found := round_of(each.seconds, each.control, 1))]
    assert point.ratio == pytest.approx(math.exp(sum(each.log_ratio or math.nan for each in kept) / 3), rel=1e-12)
    assert point.seconds == pytest.approx(math.exp(sum(math.log(each.low) for each in kept) / 3), rel=1e-12)
    assert (point.rounds, point.digits, point.memory_bytes, point.versions) == (3, 13.0, 2, VERSIONS)


def test_a_case_without_samples_or_control_is_a_point_without_a_ratio(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lost = write_run(tmp_path, 0, [measured(rng, status="crashed", reason="gone", control=1.0, samples=0)])
    zero = write_run(tmp_path, 1, [measured(rng, seconds=0.0)])
    alone = write_run(tmp_path, 2, [measured(rng), measured(rng, round_=1, samples=0)])
    points = only(history([lost, zero, alone])).points
    assert [point.ratio is None for point in points] == [True, True, False]
    assert [point.status for point in points] == ["crashed", "ok", "ok"]
    assert [point.seconds is None for point in points] == [True, True, False]


def test_a_step_is_found_where_it_is_with_its_effect_and_what_changed(tmp_path: Path) -> None:
    new = {**VERSIONS, "numpy": "2.5.0", "scipy": "1.17"}
    found = history(store(tmp_path, 30, lambda i: {} if i < 18 else {"seconds": 1.1e-3, "versions": new}, noise=0.01))
    step = the_step(found)
    assert (step.quantity, step.worse, step.runs_before, step.runs_after) == ("time", True, 18, 12)
    low, high = interval_of(step)
    assert low < 0.1 < high
    assert high - low < 0.04
    assert (step.before.run.started, step.after.run.started) == (
        "2026-01-01T17:00:00.000Z",
        "2026-01-01T18:00:00.000Z",
    )
    assert step.versions_changed() == {"numpy": ("2.4.6", "2.5.0"), "scipy": (None, "1.17")}
    assert (step.new_machine, step.own) == (False, True)
    assert step.p is not None
    assert step.p < 1e-6
    told = step_text(step)
    assert told.startswith("slower: +")
    assert "commit 00000011 → 00000012; numpy 2.4.6 → 2.5.0; scipy – → 1.17" in told


def test_faster_is_better_and_two_steps_are_two(tmp_path: Path) -> None:
    found = history(store(tmp_path, 36, lambda i: {"seconds": (1e-3, 0.8e-3, 1.2e-3)[i // 12]}))
    steps = only(found).steps
    assert [step.worse for step in steps] == [False, True]
    assert [round(effect_of(step), 1) for step in steps] == [-0.2, 0.5]
    assert "+20" in text_of(found), "since the first: 0.8 × 1.5 = 1.2"


def test_what_slows_the_whole_machine_is_no_step(tmp_path: Path) -> None:
    def slowed(i: int) -> dict[str, Any]:
        load = 1.0 if i < 15 else 1.5
        return {"seconds": 1e-3 * load, "control": 8e-4 * load}

    assert only(history(store(tmp_path, 30, slowed))).steps == ()


def test_a_change_of_machine_is_survived_and_told(tmp_path: Path) -> None:
    def moved(i: int) -> dict[str, Any]:
        speed = 1.0 if i < 15 else 2.5
        return {"seconds": 1e-3 * speed, "control": 8e-4 * speed, "first_line": machine("a" if i < 15 else "b")}

    found = history(store(tmp_path, 30, moved))
    series = only(found)
    assert series.steps == ()
    assert [point.run.machine.id for point in series.moves()] == ["b"]
    assert series.record()["machine_changes"] == [series.points[15].run.run]
    assert "processor a → processor b" in text_of(found)


def test_a_step_that_comes_with_another_machine_says_so(tmp_path: Path) -> None:
    def moved(i: int) -> dict[str, Any]:
        return {"seconds": 1e-3 if i < 15 else 1.3e-3, "first_line": machine("a" if i < 15 else "b")}

    step = the_step(history(store(tmp_path, 30, moved)))
    assert (step.new_machine, step.own) == (True, None)
    assert "the machine changed too" in step_text(step)


def test_a_step_seen_by_two_machines_in_turn_is_not_the_machines(tmp_path: Path) -> None:
    def turned(i: int) -> dict[str, Any]:
        speed = 1 + i % 2
        step = 1.0 if i < 20 else 1.3
        return {"seconds": 1e-3 * speed * step, "control": 8e-4 * speed, "first_line": machine("ab"[i % 2])}

    found = history(store(tmp_path, 40, turned))
    assert (the_step(found).new_machine, the_step(found).own) == (False, True)
    assert "2 machines, changed 39 times" in text_of(found)


def test_a_control_kernel_that_moved_is_told_from_a_case_that_did(tmp_path: Path) -> None:
    step = the_step(history(store(tmp_path, 30, lambda i: {"control": 8e-4 if i < 15 else 5e-4})))
    assert step.own is False
    assert "the control kernel's time changed" in step_text(step)


def test_digits_and_statuses_change_by_equality_and_memory_by_a_margin(tmp_path: Path) -> None:
    def changed(i: int) -> dict[str, Any]:
        return {
            "digits": 14.0 + 0.1 * (i % 3) if i < 12 else 9.0,
            "peak_memory_bytes": int(9e7 * (1 + 0.01 * (i % 4)) * (1.3 if i >= 12 else 1)),
            "status": "not_converged" if i == 20 else "ok",
        }

    found = history(store(tmp_path, 24, changed))
    told = [(step.quantity, step.worse, step.before.run.started[11:13]) for step in only(found).steps]
    assert sorted(told) == [
        ("digits", True, "11"),
        ("memory", True, "11"),
        ("status", False, "20"),
        ("status", True, "19"),
    ]
    text = text_of(found)
    assert "digits 14.2 → 9.0" in text
    assert "more memory: +30" in text
    assert "ok → not_converged" in text


def test_times_taken_in_another_way_are_no_step_and_digits_go_on(tmp_path: Path) -> None:
    def changed(i: int) -> dict[str, Any]:
        return {"seconds": 1e-3 if i < 12 else 5e-4, "digits": 14.0 if i < 12 else 9.0,
                "first_line": {"protocol": 1 if i < 12 else 2}}  # fmt: skip

    found = only(history(store(tmp_path, 24, changed)))
    assert [step.quantity for step in found.steps] == ["digits"]
    assert {point.run.protocol for point in found.points} == {1, 2}


def test_iterations_that_changed_are_told_beside_the_time_that_did(tmp_path: Path) -> None:
    found = history(
        store(
            tmp_path,
            20,
            lambda i: {"seconds": 1e-3, "iterations": 1000} if i < 10 else {"seconds": 5e-4, "iterations": 500},
        )
    )
    assert "epochs 1000 → 500" in step_text(the_step(found))


def test_other_data_or_threads_make_a_series_of_their_own(tmp_path: Path) -> None:
    def changed(i: int) -> dict[str, Any]:
        plan = {"plan": Plan(threads=1 + i % 2)}
        return {"seconds": 1e-3 * (1 + i % 2), "data": "one" if i < 12 else "two", "first_line": plan}

    found = history(store(tmp_path, 24, changed))
    assert [(series.data, series.threads, len(series.points)) for series in found.series] == [
        ("one", 1, 6), ("one", 2, 6), ("two", 1, 6), ("two", 2, 6),
    ]  # fmt: skip
    assert not any(series.steps for series in found.series)
    assert "  scratch_ols, data two, 2 threads " in text_of(found)


def test_a_case_that_failed_before_its_data_were_known_stays_in_its_series(tmp_path: Path) -> None:
    found = history(store(tmp_path, 6, lambda i: {"status": "error", "data": "", "samples": 0} if i in (0, 3) else {}))
    assert [point.status for point in only(found).points] == ["error", "ok", "ok", "error", "ok", "ok"]


@pytest.mark.parametrize(("pattern", "cases"), [("", 3), ("n=3]", 1), ("/b/", 1), ("[n=*]/a", 2), ("n=?", 2)])
def test_cases_are_chosen_as_by_only(tmp_path: Path, pattern: str, cases: int) -> None:
    rng = np.random.default_rng(0)
    names = ("d[n=3]/a/cpu/float64", "d[n=5]/a/cpu/float64", "d/b/cpu/float64")
    path = write_run(tmp_path, 0, [measured(rng, name) for name in names])
    assert len(history([path], pattern).series) == cases


def damaged(tmp_path: Path) -> dict[str, Path]:
    """A good file and its damaged sisters, each of them begun an hour later."""
    rng = np.random.default_rng(0)
    done = [measured(rng, round_=k) for k in range(2)]
    names = ("good", "middle", "half", "flipped", "list", "empty", "binary", "newer", "headless", "status")
    paths = {name: write_run(tmp_path, hours, done) for hours, name in enumerate(names)}
    lines = {name: path.read_bytes().splitlines(keepends=True) for name, path in paths.items()}
    _, one, two, last = lines["good"]
    paths["middle"].write_bytes(b"".join([lines["middle"][0], b'{"case": "x", nonsense\n', two, last]))
    paths["half"].write_bytes(lines["half"][0] + one + two[:500])
    paths["flipped"].write_bytes(b"".join(lines["flipped"]).replace(b'"digits": 14.0', b'"digits": 15.0', 1))
    paths["list"].write_bytes(lines["list"][0] + b"[1, 2]\n5\n" + one)
    paths["empty"].write_bytes(b"")
    paths["binary"].write_bytes(bytes(range(256)) * 9)
    rewrite_first_line(paths["newer"], linbench=99)
    paths["headless"].write_bytes(one + two)
    paths["status"].write_bytes(lines["status"][0] + line_of({**values_of(done[0]), "status": "melted"}) + two)
    return paths


def test_damaged_files_cost_their_damaged_lines_alone_and_are_named(tmp_path: Path) -> None:
    paths = damaged(tmp_path)
    found = history([*paths.values(), tmp_path / "missing.jsonl", tmp_path])
    reasons = {each.path: each.reason for each in found.skipped}
    named = {name: reasons[path] for name, path in paths.items() if path in reasons}
    assert set(named) == {"middle", "flipped", "list", "empty", "binary", "newer", "headless", "status"}
    assert named["newer"] == "format 99, this linbench reads up to 2"
    assert named["list"] == "2 damaged line(s) left out"
    assert named["status"] == "1 damaged line(s) left out"
    assert named["flipped"].startswith("line 2 is damaged: its checksum does not match")
    assert reasons[tmp_path / "missing.jsonl"] == reasons[tmp_path] == "cannot be read"
    rounds = [(point.run.started[11:13], point.rounds) for point in only(found).points]
    assert rounds == [("00", 2), ("01", 1), ("02", 1), ("04", 1), ("09", 1)]
    assert all(each.reason in text_of(found) for each in found.skipped)


def test_a_file_is_read_as_the_run_itself_is(tmp_path: Path) -> None:
    path = damaged(tmp_path)["half"]
    (row,) = load_run(path).rows
    (point,) = only(history([path])).points
    assert (point.rounds, point.digits) == (len(row.measurements), row.worst.scores["digits"])


def test_nothing_to_show_says_why(tmp_path: Path) -> None:
    path = write_run(tmp_path, 0, [measured(np.random.default_rng(0))])
    empty = write_run(tmp_path, 1, [])
    with pytest.raises(NothingToShow, match="none of 1 runs has a case 'zzz'"):
        history([path], "zzz")
    with pytest.raises(NothingToShow, match="no run has measured anything"):
        history([empty])
    with pytest.raises(NothingToShow, match="make one with"):
        history([])
    with pytest.raises(NothingToShow, match=r"x\.jsonl: cannot be read"):
        history([tmp_path / "x.jsonl"])


@pytest.mark.parametrize("library", ["duckdb", "ruptures"])
def test_a_missing_library_says_what_to_install(tmp_path: Path, monkeypatch: Any, library: str) -> None:
    path = write_run(tmp_path, 0, [measured(np.random.default_rng(0))])
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(LinbenchError, match=rf"needs {library}.*linbench\[history\]"):
        history([path])


def test_names_are_data_and_never_words_of_the_query(tmp_path: Path) -> None:
    nasty = 'd\'); DROP TABLE line; --/"b"<script>/cpu/float64'
    folder = tmp_path / "run's [1] *?"
    path = write_run(folder, 0, [measured(np.random.default_rng(0), nasty)])
    write_run(folder, 1, [measured(np.random.default_rng(0), nasty)])
    found = history([path], "'); DROP")
    assert (only(found).case, len(only(found).points)) == (nasty, 1)


def test_nothing_is_written(tmp_path: Path, monkeypatch: Any) -> None:
    path = write_run(tmp_path / "runs", 0, [measured(np.random.default_rng(0))])
    before = path.read_bytes()
    monkeypatch.chdir(tmp_path)
    history([path])
    assert [each.name for each in tmp_path.rglob("*")] == ["runs", path.name]
    assert path.read_bytes() == before


def test_the_record_is_json_and_points_to_its_runs(tmp_path: Path) -> None:
    found = history(store(tmp_path, 20, lambda i: {"seconds": 1e-3 if i < 10 else 2e-3}))
    told = json.loads(json_text(found.record()))
    runs = {run["run"]: run for run in told["runs"]}
    (series,) = told["series"]
    assert [point["run"] for point in series["points"]] == list(runs)
    (step,) = series["steps"]
    assert step["before"] == runs[series["points"][9]["run"]]
    assert step["after"]["commit"]["id"] == "0000000a" * 5
    assert (step["figure"], step["worse"], step["own"]) == ("time", True, True)
    assert step["effect"] == pytest.approx(1.0, rel=0.03)


def test_runs_are_ordered_by_when_they_began_whatever_their_files_order(tmp_path: Path) -> None:
    paths = store(tmp_path, 5, lambda i: {})
    assert history(paths[::-1]).record() == history(paths).record()


def least_squares(x: np.ndarray, cuts: list[int]) -> float:
    parts = np.split(x, cuts)
    return sum(float(np.sum((part - part.mean()) ** 2)) for part in parts)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(10, 60), st.integers(0, 2**32 - 1), st.floats(0.0, 0.3))
def test_candidates_are_the_optimal_partition(n: int, seed: int, height: float) -> None:
    """Held against dynamic programming over all partitions, written down as it is defined."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.02, n) + height * (np.arange(n) >= n // 2)
    noise = np.median(np.abs(np.diff(x))) * 1.4826 / math.sqrt(2)
    penalty = 3 * max(noise, 1e-3) ** 2 * math.log(n)
    best = [-penalty] + [math.inf] * n
    for stop in range(1, n + 1):
        for start in range(max(0, stop - 4)):
            best[stop] = min(best[stop], best[start] + least_squares(x[start:stop], []) + penalty)
    cuts = candidates(x)
    assert least_squares(x, cuts) + penalty * len(cuts) == pytest.approx(best[n], rel=1e-6)


@settings(derandomize=True, deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(-10, 10))
def test_steps_do_not_depend_on_the_unit(seed: int, offset: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 0.02, 40) + 0.1 * (np.arange(40) >= 25)
    (plain,), (moved,) = shifts([x], MARGIN), shifts([x + offset], MARGIN)
    assert [step.index for step in plain] == [step.index for step in moved]
    assert [step.effect for step in plain] == pytest.approx([step.effect for step in moved], abs=1e-9)


@pytest.mark.parametrize("n", [0, 1, 2, 9, 10, 40])
def test_rows_in_which_nothing_happens_have_no_step(n: int) -> None:
    assert shifts([np.zeros(n), np.full(n, 3.0)], MARGIN) == [[], []]


def test_equal_figures_are_no_certainty_but_a_clear_step_is_one() -> None:
    ((step,),) = shifts([np.repeat([0.0, 0.1], 8)], MARGIN)
    assert step.index == 8
    assert step.effect == pytest.approx(0.1)
    assert 0 < step.p < 1e-6
    assert step.low < 0.1 < step.high


def test_a_step_within_the_margin_is_not_told_however_certain() -> None:
    assert shifts([np.repeat([0.0, 0.9 * MARGIN], 50)], MARGIN) == [[]]


def test_a_lone_outlier_is_no_step() -> None:
    x = np.random.default_rng(0).normal(0, 0.01, 40)
    x[20] += 1.0
    assert shifts([x], MARGIN) == [[]]


def test_more_series_looked_at_ask_for_more_evidence() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(0, 0.02, 30) + 0.1 * (np.arange(30) >= 20)
    ((alone,),) = shifts([x], MARGIN)
    ((among,), *others) = shifts([x, *rng.normal(0, 0.02, (59, 30))], MARGIN)
    assert among.p == pytest.approx(60 * alone.p)
    assert others == [[]] * 59


def false_alarms(histories: int, rows: Callable[[np.random.Generator], np.ndarray]) -> int:
    rng = np.random.default_rng(7)
    return sum(any(shifts(list(rows(rng)), MARGIN)) for _ in range(histories))


def test_histories_in_which_nothing_changed_stay_silent() -> None:
    """60 series of 50 runs at 2 % noise, of two kinds, 50 times each; the level is one in a hundred."""
    assert false_alarms(50, lambda rng: 0.02 * rng.standard_normal((60, 50))) <= 2
    assert false_alarms(50, lambda rng: 0.012 * rng.standard_t(3, (60, 50))) <= 2


def test_a_tenth_is_found_ten_runs_after_among_sixty_series() -> None:
    rng = np.random.default_rng(7)
    found = 0
    for _ in range(20):
        rows = 0.02 * rng.standard_normal((60, 50))
        rows[0, 40:] += math.log(1.1)
        found += [step.index for step in shifts(list(rows), MARGIN)[0]] in ([39], [40], [41])
    assert found >= 19


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        ([None, None], []),
        ([14.0, None, 9.0], [(0, 2)]),
        ([14.0, 14.3, 13.8, 14.4], []),
        ([14.0, 13.6, 13.2, 12.8], [(1, 2)]),
        ([1.0, 2.0, 1.0], [(0, 1), (1, 2)]),
    ],
)
def test_jumps_are_measured_from_the_level_and_not_from_the_neighbour(values: list[Any], found: list[Any]) -> None:
    assert jumps(values, 0.5) == found


def test_sparklines() -> None:
    assert sparkline([]) == sparkline([None, None]) == "–"
    assert sparkline([1.0, None, 2.0]) == "▁ █"
    assert len(sparkline([1.0] * 1000)) == 24
    assert len(set(sparkline([1.0, 1.001, 0.999] * 100))) == 1, "a thousandth is no trend"


def test_the_whole_of_a_narrow_terminal(tmp_path: Path) -> None:
    found = history(store(tmp_path, 12, lambda i: {"seconds": 1e-3 if i < 6 else 2e-3}))
    assert "slower: +" in text_of(found, width=60)


def test_a_header_with_the_wrong_types_still_has_its_points(tmp_path: Path) -> None:
    done = [measured(np.random.default_rng(0))]
    path = write_run(tmp_path, 0, done)
    rewrite_first_line(path, machine="a name", commit=None, plan=[])
    run = only(history([path])).points[0].run
    assert (run.machine.id, run.commit, run.threads) == ("", None, None)
    assert header(0, []).started == run.started
