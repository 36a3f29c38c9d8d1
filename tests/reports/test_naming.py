"""How cases are named among others."""

from harness.reports.naming import differing, short_name
from tests.support.runs import key

ONE, SINGLE, OLD = key("d/a/cpu/float64"), key("d/a/cpu/float32"), key("d/b[x=1]/cuda/float64/old")


def test_only_what_differs_is_in_a_name() -> None:
    assert differing([]) == differing([ONE, ONE]) == ()
    assert differing([ONE, SINGLE]) == ("dtype",)
    assert differing([ONE, OLD]) == ("device", "environment")
    assert short_name(OLD, differing([ONE, SINGLE, OLD])) == "b[x=1] cuda float64 old"
    assert short_name(OLD, ("dtype",), "label") == "label float64"
