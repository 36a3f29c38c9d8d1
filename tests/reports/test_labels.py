"""Names beside marks."""

from hypothesis import given
from hypothesis import strategies as st

from harness.reports.plotting.labels import Mark, positions, shares

SHARE = st.floats(0, 1)


def test_a_mark_alone_is_named_and_a_crowd_is_not() -> None:
    assert positions([Mark(0.5, 0.5, "alone")]) == ["top center"]
    crowd = positions([Mark(0.5, 0.5, "a rather long name")] * 12)
    assert crowd[0]
    assert "" in crowd


def test_two_that_are_near_stand_on_different_sides() -> None:
    assert positions([Mark(0.5, 0.5, "one"), Mark(0.52, 0.5, "other")]) == ["top center", "bottom center"]


@given(st.lists(st.builds(Mark, SHARE, SHARE, st.text(max_size=20)), max_size=12))
def test_every_mark_gets_an_answer(marks: list[Mark]) -> None:
    assert len(positions(marks)) == len(marks)


def test_shares_of_an_axis() -> None:
    assert shares([0, 5, 10], 0, 10) == [0, 0.5, 1]
    assert shares([3], 3, 3) == [0.5]
