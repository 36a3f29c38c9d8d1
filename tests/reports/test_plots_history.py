"""The history: levels, steps, breaks, and what is left out."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.config import CaseKey
from harness.reports.plots import sections
from harness.reports.plotting.plot import Plot
from harness.reports.plotting.style import looks
from harness.reports.plotting.trends import turns
from harness.results import load_run
from tests.reports.views import NASTY, answered, failed, over_time, run_of, section
from tests.support.runs import key, measured, write_run

CASE = "linear/scratch_ols/cpu/float64"


def history(paths: list[Path]) -> tuple[Plot, ...]:
    return section(sections(load_run(paths[-1]), paths), "history").plots


def traces(plot: Plot, name: str) -> list[dict[str, object]]:
    return [trace for trace in plot.spec["data"] if trace["name"] == name]


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(st.sampled_from([1.0, 2.0, 3.0]), max_size=30))
def test_turns_are_enough_to_draw_every_level(values: list[float]) -> None:
    kept = turns(values)
    assert kept == sorted(set(kept))
    drawn = {}
    for i, value in enumerate(values):
        before = max((j for j in kept if j <= i), default=None)
        assert before is not None
        drawn[i] = values[before]
        assert drawn[i] == value
    assert bool(kept) == bool(values)
    if values:
        assert kept[0] == 0
        assert kept[-1] == len(values) - 1


def test_a_step_is_drawn_between_its_levels(tmp_path: Path) -> None:
    time, _ = history(over_time(tmp_path, 20, slower_from=10))
    (step,) = traces(time, "step")
    assert step["x"] == ["2026-01-01T10:00:00"]
    assert step["marker"]["symbol"] == ["triangle-up"]  # type: ignore[index]
    assert "slower: +" in step["text"][0]  # type: ignore[index]
    (level,) = traces(time, "level")
    assert level["x"] == [
        "2026-01-01T00:00:00", "2026-01-01T09:00:00", None, "2026-01-01T10:00:00", "2026-01-01T19:00:00", None,
    ]  # fmt: skip
    low, high = level["y"][0], level["y"][3]  # type: ignore[index]
    assert high / low == pytest.approx(1.5, rel=0.03)
    assert step["y"] == [high]
    (runs,) = traces(time, "scratch_ols")
    assert len(runs["x"]) == 20  # type: ignore[arg-type]
    assert time.choices[0].label == "scratch_ols (1 step)"
    assert "slower: +" in time.summary


def test_another_machine_is_an_upright_with_both_names(tmp_path: Path) -> None:
    time, digits = history(over_time(tmp_path, 12, slower_from=99))
    for plot in (time, digits):
        (upright,) = traces(plot, "another machine or way of timing")
        assert upright["x"] == ["2026-01-01T10:00:00", "2026-01-01T10:00:00", None]
        assert upright["yaxis"] == "y2"
        assert "A processor → Another &lt;script&gt;" in upright["text"][0]  # type: ignore[index]
        assert 0 in plot.choices[0].traces, "whatever is chosen"
    assert "2 machines" in time.notes[0]


def test_runs_without_a_number_stand_below_with_their_status(tmp_path: Path) -> None:
    paths = over_time(tmp_path, 3, slower_from=99)
    paths.append(write_run(tmp_path, 5, [failed(CASE, "timeout")]))
    time, digits = history(paths)
    for plot in (time, digits):
        (lost,) = traces(plot, "no number")
        assert lost["x"] == ["2026-01-01T05:00:00"]
        assert lost["text"] == ["timeout"]
    known = traces(time, "scratch_ols")[0]["y"]
    assert traces(time, "no number")[0]["y"][0] < min(known)  # type: ignore[index, call-overload]
    assert traces(time, "step")[0]["x"] == ["2026-01-01T05:00:00"], "the change of status is a step too"


def test_digits_are_drawn_where_they_change(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    paths = [write_run(tmp_path, hour, [measured(rng, digits=15.0 if hour < 6 else 9.0)]) for hour in range(12)]
    _, digits = history(paths)
    (runs,) = traces(digits, "scratch_ols")
    assert runs["x"] == [f"2026-01-01T{hour:02}:00:00" for hour in (0, 5, 6, 11)]
    assert runs["y"] == [15.0, 15.0, 9.0, 9.0]
    (step,) = traces(digits, "step")
    assert step["marker"]["symbol"] == ["triangle-down"]  # type: ignore[index]
    assert digits.folded


def test_memory_is_drawn_of_the_cases_where_it_has_steps(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    other = "linear/numpy_lstsq/cpu/float64"
    paths = [
        write_run(
            tmp_path,
            hour,
            [
                measured(rng, peak_memory_bytes=(100_000_000 if hour < 8 else 150_000_000) + hour),
                measured(rng, other, peak_memory_bytes=100_000_000 + hour),
            ],
        )
        for hour in range(16)
    ]
    _, _, memory = history(paths)
    assert memory.title == "linear: peak memory"
    assert [choice.label for choice in memory.choices] == ["scratch_ols (1 step)"]


def test_what_changed_comes_first_among_the_choices(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    steady = "linear/a/cpu/float64"
    paths = [
        write_run(tmp_path, hour, [measured(rng, steady), measured(rng, CASE, seconds=1e-3 if hour < 8 else 2e-3)])
        for hour in range(16)
    ]
    time, *_ = history(paths)
    assert [choice.label for choice in time.choices] == ["scratch_ols (1 step)", "a"]


def test_the_run_shown_counts_whether_or_not_it_is_given_again(tmp_path: Path) -> None:
    paths = over_time(tmp_path, 3, slower_from=99)
    run = load_run(paths[-1])
    one, other = (section(sections(run, given), "history").plots for given in (paths, paths[:-1]))
    assert [each.spec for each in one] == [each.spec for each in other]
    assert section(sections(run, [load_run(path) for path in paths]), "history").plots[0].spec == one[0].spec


def test_a_run_alone_has_no_history_and_says_so(tmp_path: Path) -> None:
    run = run_of(tmp_path, [answered(CASE)])
    found = section(sections(run, [run]), "history")
    assert found.plots == ()
    assert found.why_empty == "Only one run was given: give several to see their history."


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    paths = over_time(tmp_path, 2, slower_from=99)
    other = tmp_path / "other.jsonl"
    other.write_text('{"no": "run"}\n')
    time, _ = history([other, *paths])
    assert any("other.jsonl: not a run of linbench" in note for note in time.notes)
    run = load_run(paths[0])
    (plot,) = section(sections(run, [other]), "history").plots
    assert plot.why_empty == "No history: 1 of the 2 runs given could be read."


def test_without_duckdb_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = over_time(tmp_path, 2, slower_from=99)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    (plot,) = history(paths)
    assert "linbench[history]" in plot.why_empty


def test_a_case_of_earlier_runs_has_its_place(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    gone = key("linear/scratch_ols[refine=true]/cpu/float32/old", dataset_label=NASTY)
    paths = [
        write_run(tmp_path, hour, [measured(rng, gone.id), measured(rng)], cases=[gone, key(CASE)]) for hour in range(2)
    ]
    paths.append(write_run(tmp_path, 3, [measured(rng)]))
    found = history(paths)
    assert [each.title for each in found] == [
        f"{NASTY}: time", f"{NASTY}: correct digits", "linear: time", "linear: correct digits",
    ]  # fmt: skip
    assert [choice.label for choice in found[0].choices] == ["scratch_ols[refine=true]"]


def test_a_case_is_what_the_run_says_and_its_id_is_never_parsed(tmp_path: Path) -> None:
    """The path holds ``/cpu/``: whoever splits the id finds a backend called ``me``."""
    data, name = "csv[path=/home/me/cpu/data.csv]", "/home/me/cpu/data.csv"
    case = CaseKey(
        id=f"{data}/scratch_ols/cpu/float64", dataset="csv", dataset_label=data, dataset_options={"path": name},
        backend="scratch_ols", backend_label="scratch_ols", options={}, device="cpu", dtype="float64",
    )  # fmt: skip
    rng = np.random.default_rng(0)
    paths = [write_run(tmp_path, hour, [measured(rng, case.id)], cases=[case]) for hour in range(2)]
    paths.append(write_run(tmp_path, 3, [measured(rng)]))
    time, *_ = history(paths)
    assert time.title == f"{data}: time"
    assert [choice.label for choice in time.choices] == ["scratch_ols"]
    assert time.spec["data"][0]["marker"]["color"] == looks([key(CASE)])[CASE].colour


def test_a_thousand_runs_of_sixty_cases_stay_small(tmp_path: Path) -> None:
    """The size by its rule: so many characters a run and case, from a tenth of each."""
    rng = np.random.default_rng(0)
    cases = [f"linear/scratch_ols[tag={i}]/cpu/float64" for i in range(6)]
    paths = [write_run(tmp_path, hour, [measured(rng, case, samples=4) for case in cases]) for hour in range(100)]
    size = sum(len(json.dumps(plot.spec)) for plot in history(paths))
    assert size / (len(cases) * len(paths)) < 50, "characters a run and case: 3 MB for 60,000"
