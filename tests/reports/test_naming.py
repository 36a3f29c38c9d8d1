"""How cases are named among others."""

from harness.reports.naming import differing, row_headings, row_names, shared, short_name, shorter
from tests.support.runs import key

ONE, SINGLE, OLD = key("d/a/cpu/float64"), key("d/a/cpu/float32"), key("d/b[x=1]/cuda/float64/old")


def test_only_what_differs_is_in_a_name() -> None:
    assert differing([]) == differing([ONE, ONE]) == ()
    assert differing([ONE, SINGLE]) == ("dtype",)
    assert differing([ONE, OLD]) == ("device", "environment")
    assert short_name(OLD, differing([ONE, SINGLE, OLD])) == "b[x=1] cuda float64 old"
    assert short_name(OLD, ("dtype",), "label") == "label float64"


def test_a_row_is_named_by_what_tells_it_from_the_others_and_the_rest_is_shared() -> None:
    other = key("e/a/cpu/float64")
    assert row_names([ONE, key("d/b/cpu/float64")]) == {ONE.id: "a", "d/b/cpu/float64": "b"}
    assert shared([ONE, key("d/b/cpu/float64")]) == ("d", "cpu", "float64")
    assert row_names([ONE, other, SINGLE]) == {ONE.id: "d/a float64", other.id: "e/a float64", SINGLE.id: "d/a float32"}
    assert shared([ONE, other, SINGLE]) == ("cpu",)
    assert row_names([ONE, key("d/b/cpu/float32")]) == {ONE.id: "a", "d/b/cpu/float32": "b"}
    assert shared([OLD]) == ("d", "cuda", "float64", "old")
    assert (row_names([]), shared([])) == ({}, ())


def test_two_cases_of_one_name_are_told_by_their_ids() -> None:
    first, second, third = (key(f"{name}/b/cpu/float64", dataset_label=label) for name, label in
                            {"a": "same", "c": "same", "d": "houses"}.items())  # fmt: skip
    assert row_names([first, second, third]) == {first.id: first.id, second.id: second.id, third.id: "houses/b"}


def test_a_label_keeps_the_options_that_tell_it_from_others() -> None:
    labels = ['a[x=1,n=5,t="u,v"]', 'a[x=2,n=5,t="u,v"]', "a[n=5]", "b[x=1]", "mine"]
    names = ["a", "a", "a", "b", "b"]
    short = ['a[x=1,t="u,v"]', 'a[x=2,t="u,v"]', "a", "b", "mine"]
    assert list(shorter(zip(labels, names, strict=True)).values()) == short
    assert list(shorter(zip(labels[:2], "aa", strict=True)).values()) == ["a[x=1]", "a[x=2]"]


def test_a_short_name_that_another_label_has_is_not_taken() -> None:
    assert shorter([("a[x=1]", "a"), ("a", "b")]) == {"a[x=1]": "a[x=1]", "a": "a"}


def test_several_datasets_stand_before_the_backend_and_can_stand_above_it() -> None:
    long, other = key("d[n=1,k=3]/a[x=1,y=2]/cpu/float64"), key("d[n=2,k=3]/a[x=1,y=2]/cpu/float64")
    assert row_names([long, other]) == {long.id: "d[n=1]/a", other.id: "d[n=2]/a"}
    assert row_headings([long, other]) == {long.id: "d[n=1]", other.id: "d[n=2]"}
    assert row_headings([long]) == {long.id: ""}
