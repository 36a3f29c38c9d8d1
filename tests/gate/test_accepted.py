"""Changes that were expected: told with their reason, and failing nothing."""

from pathlib import Path

import pytest

from harness.errors import StoreError
from harness.gate.accepted import Acceptance, beside_baseline, forget, in_messages, put_beside_baseline, with_accepted
from harness.results import Store
from tests.support.comparisons import both, slowed, timed
from tests.support.libraries import Library


def test_an_accepted_case_is_still_worse_and_fails_nothing() -> None:
    found = both(timed(), timed(times=slowed(1.2)), side_by_side=True)
    assert len(found.failing) == 1
    (case,) = with_accepted(found, [Acceptance("scratch_*", "exact sums cost time", "abc1234")]).cases
    assert (case.verdict, case.accepted) == ("worse", "exact sums cost time (abc1234)")
    assert not with_accepted(found, [Acceptance("linear/scratch_ols", "x", "y")]).failing
    assert with_accepted(found, [Acceptance("numpy", "x", "y")]).failing


def test_trailers_between_the_two_commits_count_and_no_others(tmp_path: Path) -> None:
    library = Library(tmp_path / "lib")
    library.commit("before\n\nLinbench-Accept: early: not this one")
    old = library.commit("old")
    library.commit("slower\n\nWhy.\n\nLinbench-Accept: sklearn_ols: exact sums\nLinbench-Accept: linear: more: rows")
    library.commit("no reason\n\nLinbench-Accept: everything\nLinbench-Accept: *: all of it")
    found = {(each.pattern, each.reason) for each in in_messages(library.path, old, "HEAD")}
    assert found == {("sklearn_ols", "exact sums"), ("linear", "more: rows")}
    assert in_messages(library.path, "nowhere", "HEAD") == []


def test_what_stands_beside_a_baseline_is_kept_until_it_is_replaced(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for name in ("one", "two"):
        path = put_beside_baseline(store, "mine", Acceptance(name, "because", "run"))
    assert [each.pattern for each in beside_baseline(store, "mine")] == ["one", "two"]
    forget(store, "mine")
    assert beside_baseline(store, "mine") == []
    path.write_text("{")
    with pytest.raises(StoreError, match="mend it, or remove it"):
        beside_baseline(store, "mine")
