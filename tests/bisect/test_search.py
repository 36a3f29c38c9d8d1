"""The bisection alone: for any pattern of good, bad and unknown ones the exact answer or the smallest honest range."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bisect.search import Found, Word, search

patterns = st.integers(1, 60).flatmap(
    lambda n: st.tuples(st.just(n), st.integers(0, n), st.frozensets(st.integers(0, n - 1), max_size=n))
)


class History:
    """Releases of which some do not run; counts who is asked."""

    def __init__(self, words: list[Word]) -> None:
        self.words = words
        self.asked: list[int] = []

    def begin(self, i: int) -> bool:
        self.asked.append(i)
        return self.words[i] != "skipped"

    def judge(self, i: int) -> Word:
        self.asked.append(i)
        return self.words[i]

    def search(self) -> Found:
        return search(len(self.words), self.begin, self.judge)


def monotone(n: int, first_bad: int, skipped: frozenset[int]) -> History:
    """Good, then bad from a place on, as held against the first that runs."""
    good_end = next((i for i in range(n) if i not in skipped), n)
    bad = first_bad if first_bad > good_end else n
    return History(["skipped" if i in skipped else "bad" if i >= bad else "good" for i in range(n)])


@settings(derandomize=True, deadline=None, max_examples=300)
@given(patterns)
def test_the_first_bad_one_exactly_or_the_smallest_honest_range(pattern: tuple[int, int, frozenset[int]]) -> None:
    history = monotone(*pattern)
    found = history.search()
    runs = [i for i, word in enumerate(history.words) if word != "skipped"]
    bad = [i for i in runs if history.words[i] == "bad"]
    if not runs:
        assert found == Found()
    elif len(runs) == 1:
        assert found == Found(good=runs[0])
    elif not bad:
        assert found == Found(good=runs[-1], end=runs[-1])
    else:
        last_good = max(i for i in runs if i < bad[0])
        assert found == Found(good=last_good, bad=bad[0], end=runs[-1])
        assert all(history.words[i] == "skipped" for i in found.between)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(patterns)
def test_no_more_is_measured_than_must_be(pattern: tuple[int, int, frozenset[int]]) -> None:
    history = monotone(*pattern)
    history.search()
    skipped = sum(1 for i in history.asked if history.words[i] == "skipped")
    assert len(history.asked) == len(set(history.asked))
    assert len(history.asked) <= math.ceil(math.log2(pattern[0])) + 2 + skipped


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(["good", "bad", "skipped", "undecided"]), min_size=1, max_size=40))
def test_whatever_the_history_the_answer_was_seen(words: list[Word]) -> None:
    """Also where bad ones were mended and broken again: both sides were judged, and all that lies between them."""
    history = History(words)
    found = history.search()
    if found.bad is None:
        return
    assert found.good is not None
    begun = next(i for i, word in enumerate(words) if word != "skipped")
    assert words[found.bad] == "bad"
    assert found.good == begun or words[found.good] == "good"
    assert {found.good, found.bad, *found.between} <= set(history.asked)
    assert not {words[i] for i in found.between} & {"good", "bad"}


def test_a_bad_one_that_was_mended_is_found_along_the_way() -> None:
    """Of two losses, with a repair between them, the one that the middle of the range lies in."""
    history = History(["good", "good", "good", "bad", "bad", "good", "good", "bad", "bad"])
    assert history.search() == Found(good=2, bad=3, end=8)
    assert history.asked == [0, 8, 4, 2, 3]


@pytest.mark.parametrize(
    ("words", "wanted", "asked"),
    [
        (["good", "undecided"], Found(good=0, end=1, undecided=True), [0, 1]),
        (["good", "good", "undecided", "skipped"], Found(good=0, end=2, undecided=True), [0, 3, 2]),
        (["good", "undecided", "bad"], Found(good=0, bad=2, end=2), [0, 2, 1]),
        (["skipped", "good", "skipped", "bad", "skipped"], Found(good=1, bad=3, end=3), [0, 1, 4, 3, 2]),
        (["good", "skipped", "skipped"], Found(good=0), [0, 2, 1]),
        (["skipped", "skipped"], Found(), [0, 1]),
    ],
)
def test_what_cannot_be_told(words: list[Word], wanted: Found, asked: list[int]) -> None:
    history = History(words)
    assert history.search() == wanted
    assert history.asked == asked


def test_between_are_only_those_in_the_middle() -> None:
    history = History(["good", "good", "good", "skipped", "skipped", "undecided", "bad", "bad", "bad", "bad"])
    assert history.search() == Found(good=2, bad=6, end=9)
    assert history.search().between == (3, 4, 5)
    assert list(Found(good=2, end=9).between) == []
