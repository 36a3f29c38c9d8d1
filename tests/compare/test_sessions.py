"""What stands between two sessions and two machines."""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from harness.compare import Comparison, compare
from harness.compare.sessions import MACHINES, SESSIONS
from harness.machine import Commit, Machine
from harness.results import Measurement, Run
from tests.support.comparisons import both, run_of, slowed, timed


def sessions(deviation: float, runs: int, cases: int = 8, machine: str = "one", step: float = 0.0) -> list[Run]:
    rng = np.random.default_rng(7)
    found = []
    for hour in range(runs):
        measurements = [
            each
            for i in range(cases)
            for each in timed(
                f"linear/b{i}/cpu/float64",
                slowed(math.exp(deviation * rng.standard_normal() + step * (hour >= runs // 2))),
            )
        ]
        found.append(
            run_of(measurements, 2 + hour + (100 if machine == "two" else 0), machine=Machine(id=machine, cpu=machine))
        )
    return found


def width(comparison: Comparison) -> float:
    time = comparison.cases[0].judgement("seconds")
    assert time is not None
    assert time.high is not None
    return math.log1p(time.high) - math.log1p(time.effect or 0.0)


def test_the_interval_is_as_wide_as_sessions_differ() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2)[1]
    beside = width(compare(old, new, side_by_side=True))
    assumed = width(compare(old, new))
    assert beside < assumed < beside + 2.6 * math.sqrt(2) * SESSIONS
    quiet = compare(old, new, history=sessions(0.0, 12))
    rough = compare(old, new, history=sessions(0.03, 12))
    assert width(quiet) == pytest.approx(beside, rel=0.05)
    assert 2 * assumed < width(rough) < 0.25
    assert "over 11 stored runs" in rough.notes[0]


def test_a_step_in_the_history_is_not_taken_for_noise() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2)[1]
    assert width(compare(old, new, history=sessions(0.0, 20, step=0.2))) < 0.02


def test_a_short_history_or_one_of_another_experiment_is_left_out() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2)[1]
    plain = compare(old, new).record()
    assert compare(old, new, history=sessions(0.1, 3)).record() == plain
    other = [replace(run, header=replace(run.header, control="other")) for run in sessions(0.1, 12)]
    assert compare(old, new, history=other).record() == plain
    assert compare(old, new, history=sessions(0.1, 12, cases=1)).record() == plain


def test_machines_that_are_known_to_differ_less_are_trusted_more() -> None:
    old, new = sessions(0.0, 1)[0], sessions(0.0, 2, machine="two")[1]
    assumed, known = (
        compare(old, new),
        compare(old, new, history=[*sessions(0.02, 4), *sessions(0.02, 4, machine="two")]),
    )
    assert width(known) < width(assumed) / 2
    assert width(assumed) > 2 * MACHINES
    assert "measured on both" in known.notes[0]


def moved(factors: Sequence[float]) -> Comparison:
    old = [each for i in range(len(factors)) for each in timed(f"linear/b{i}/cpu/float64")]
    new = [each for i, factor in enumerate(factors) for each in timed(f"linear/b{i}/cpu/float64", slowed(factor))]
    return both(old, new)


def test_what_most_cases_have_in_common_is_held_for_the_session_and_said() -> None:
    comparison = moved([1.03, 1.05, 1.04, 1.07, 1.035, 1.045, 1.02, 1.06])
    assert not comparison.failing
    assert any("most times moved, by +4.2% in the median" in note for note in comparison.notes)


def test_one_slow_case_among_quiet_ones_is_no_session() -> None:
    comparison = moved([1.0, 1.001, 0.999, 1.0, 1.1, 1.002, 0.998, 1.0])
    assert [case.case for case in comparison.failing] == ["linear/b4/cpu/float64"]
    assert len(comparison.notes) == 1


def test_nothing_that_all_cases_lost_by_half_is_held_for_the_session() -> None:
    assert len(moved([1.5] * 20).failing) == 20


def test_in_one_session_what_all_cases_lost_is_lost() -> None:
    names = [f"linear/b{i}/cpu/float64" for i in range(8)]
    old = [each for name in names for each in timed(name)]
    new = [each for name in names for each in timed(name, slowed(1.05))]
    assert len(both(old, new, side_by_side=True).failing) == 8


def moved_with_peers(factors: Sequence[float], peers: Sequence[float]) -> Comparison:
    """Cases of a library whose version changed, beside peers whose version did not."""

    def side(number: int) -> list[Measurement]:
        cases = [(f"b{i}", factor, {"mylib": f"1.{number}"}) for i, factor in enumerate(factors)]
        cases += [(f"peer{i}", factor, {"numpy": "2"}) for i, factor in enumerate(peers)]
        return [
            each
            for name, factor, versions in cases
            for each in timed(f"linear/{name}/cpu/float64", slowed(factor if number else 1.0), versions=versions)
        ]

    return both(side(0), side(1))


def test_a_slowdown_of_most_cases_that_nothing_tells_from_the_session_is_never_silent() -> None:
    comparison = moved([1.1, 1.09, 1.1, 1.105, 1.095, 1.1, 1.09, 1.1])
    assert not comparison.failing
    assert comparison.unsettled.startswith("most times are slower, by +10.0% in the median, ")
    assert comparison.unsettled.endswith("linbench compare --rev 000000000000 --rev 000000010000 speed")
    assert len(comparison.doubtful) == 8, "all are worth measuring again beside the old side"
    assert comparison.record()["unsettled"] == comparison.unsettled


def test_a_speedup_of_most_cases_is_held_for_the_session_and_fails_nothing() -> None:
    assert not moved([1 / 1.1] * 8).unsettled


def test_commits_that_are_known_are_named_in_the_command() -> None:
    names = [f"linear/b{i}/cpu/float64" for i in range(8)]
    old, new = (
        run_of([each for name in names for each in timed(name, slowed(factor))], hour, commit=Commit(id=f"{hour}" * 40))
        for hour, factor in enumerate((1.0, 1.1), start=1)
    )
    assert f"compare --rev {'1' * 12} --rev {'2' * 12} " in compare(old, new).unsettled
    outside = replace(new, header=replace(new.header, commit=None))
    assert compare(old, outside).unsettled.endswith("linbench compare --library PATH --rev OLD --rev NEW speed")


def test_unchanged_peers_tell_a_libraries_slowdown_from_the_sessions() -> None:
    slower = moved_with_peers([1.1] * 8, [1.0, 1.001, 0.999])
    assert len(slower.failing) == 8
    assert not slower.unsettled
    session = moved_with_peers([1.1] * 8, [1.1, 1.09, 1.11])
    assert not session.failing
    assert not session.unsettled
    assert any(re.search(r"effect of the session is [0-9.]+%, by 3 cases whose", note) for note in session.notes)


def test_two_peers_are_too_few_to_tell() -> None:
    assert moved_with_peers([1.1] * 8, [1.0, 1.0]).unsettled
