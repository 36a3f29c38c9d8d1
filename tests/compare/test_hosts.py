"""Runs of several machines: like is compared with like, and what is not through the control."""

from dataclasses import replace

from harness.machine import Host, Machine
from harness.results import Measurement
from tests.support.comparisons import CASE, OTHER, QUIET, both, slowed, timed

FAST, SLOW = (Host(machine=Machine(id=each * 12, cpu=f"processor {each}"), node=each) for each in "ab")
MANY = [f"linear[seed={i}]/scratch_ols/cpu/float64" for i in range(4)]


def on(host: Host, measured: list[Measurement]) -> list[Measurement]:
    return [replace(each, host=host) for each in measured]


def test_cases_on_the_machine_that_they_were_on_are_judged_as_within_one_machine() -> None:
    old = [*on(FAST, timed(CASE)), *on(SLOW, timed(OTHER))]
    new = [*on(FAST, timed(CASE, slowed(1.2))), *on(SLOW, timed(OTHER))]
    found = both(old, new)
    assert [each.case for each in found.failing] == [CASE]
    assert [note[:29] for note in found.notes] == ["1 case: the same machine, ano"] * 2


def test_a_case_that_changed_its_machine_is_compared_through_the_control_and_it_is_said() -> None:
    old = [*on(FAST, timed(CASE)), *on(SLOW, timed(OTHER))]
    new = [*on(FAST, timed(CASE)), *on(FAST, timed(OTHER, slowed(1.2)))]
    found = both(old, new)
    assert found.failing == (), "a fifth is not beyond what may lie between two machines"
    assert any(
        note.startswith("1 case: measured on processor b, now on processor a: times are compared through the control")
        for note in found.notes
    )


def test_rounds_on_unlike_machines_are_not_one_machines() -> None:
    rounds = timed(CASE)
    mixed = [*on(FAST, rounds[:6]), *on(SLOW, rounds[6:])]
    found = both(mixed, on(FAST, timed(CASE, slowed(1.2))))
    assert found.cases[0].verdict == "undecided"
    assert "processor a and processor b, now on processor a" in found.notes[0]


def test_one_machine_has_the_whole_level_and_several_share_it() -> None:
    times = slowed(1.03, QUIET)
    alone = both(on(FAST, timed(CASE)), on(FAST, timed(CASE, times))).cases[0].judgement("seconds")
    others = [each for case in MANY for each in on(SLOW, timed(case))]
    shared = both([*on(FAST, timed(CASE)), *others], [*on(FAST, timed(CASE, times)), *others])
    among = next(each for each in shared.cases if each.case == CASE).judgement("seconds")
    assert alone is not None
    assert among is not None
    assert among.low is not None
    assert alone.low is not None
    assert among.low < alone.low, "its interval is wider, for its share of the level is a fifth"
