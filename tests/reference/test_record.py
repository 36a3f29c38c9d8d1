"""References on disk: nothing is lost, and what is not one of the problem is absent."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.kept import save
from harness.reference import fingerprint, record, solve
from tests.support.exact_least_squares import problem

RNG = np.random.default_rng(23)
X, Y = RNG.standard_normal((9, 2)), RNG.standard_normal(9)
PROBLEMS = {
    "plain": problem(X, Y),
    "ridge": problem(X, Y, l2=0.5),
    "dependent": problem(np.column_stack([X, X[:, 0]]), Y),
    "float32, no intercept": problem(X, Y, intercept=False, dtype="float32"),
    "exact": problem([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0]),
    "the whole range": problem([[5e-324], [1e308], [-3.0], [0.0]], [1.0, 2.0, 3.0, 4.0]),
    "beyond the range": problem([[5e-324], [1e-323], [2e-323]], [1e300, 2e300, 1e300]),
    "no features": problem(np.zeros((3, 0)), [1.0, 2, 3]),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_nothing_is_lost(name: str) -> None:
    reference = solve(PROBLEMS[name])
    written = record.write(reference)
    again = record.read(json.loads(json.dumps(written)), PROBLEMS[name])
    assert again is not None
    assert record.write(again) == written
    assert again.exact == reference.exact or vars(again.exact) == vars(reference.exact)
    assert (again.inference, again.attainable) == (reference.inference, reference.attainable)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list):
        yield path
        for k, each in enumerate(value):
            yield from leaves(each, (*path, k))
    else:
        yield path


@pytest.mark.parametrize("bad", ["x", "nan", {}, [], 1.5, True, -7, "1/0"])
def test_a_value_of_another_kind_makes_it_absent(bad: Any) -> None:
    asked = PROBLEMS["plain"]
    whole = record.write(solve(asked))
    for path in leaves(whole):
        if bad == -7 and "exponents" in path:
            continue  # a power of two like any other
        damaged = copy.deepcopy(whole)
        place = damaged
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = bad
        assert record.read(damaged, asked) is None, path


def test_a_record_of_another_problem_is_absent() -> None:
    whole = record.write(solve(PROBLEMS["plain"]))
    for name, other in PROBLEMS.items():
        if name != "plain":
            assert record.read(whole, other) is None
    for key in whole:
        assert record.read({k: v for k, v in whole.items() if k != key}, PROBLEMS["plain"]) is None


def test_a_record_that_fits_but_is_not_the_answer_is_not_believed(tmp_path: Path) -> None:
    asked, other = problem(X, Y), problem(X, Y[::-1].copy())
    forged = record.write(solve(other))
    save(tmp_path, fingerprint(asked), forged)
    assert solve(asked, tmp_path).coef.tolist() == solve(asked).coef.tolist()
    moved = record.write(solve(asked))
    moved["coef"][0] = (float.fromhex(moved["coef"][0]) * (1 + 1e-9)).hex()
    save(tmp_path, fingerprint(asked), moved)
    assert solve(asked, tmp_path).coef.tolist() == solve(asked).coef.tolist()
