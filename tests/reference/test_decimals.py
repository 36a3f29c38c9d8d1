"""The exact answer to the decimals of a file: against Python's fractions, against NIST, and what reading cost."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.catalog import dataset_class
from harness.datasets.base import Data, Dataset
from harness.datasets.file import File
from harness.datasets.synthetic import Synthetic
from harness.reference import solve
from harness.reference.decimals import CertifiedEstimates, certify, reading_digits
from tests.support.exact_least_squares import fit_rows
from tests.support.nist import LINEAR


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, **options: Any) -> tuple[Dataset, Data]:
    Path("d.csv").write_text(text)
    dataset = File(**{"path": "d.csv", "target": "y", **options})
    return dataset, dataset.data()


def certified(text: str, **options: Any) -> CertifiedEstimates:
    return certify(*read(text, **options))


@pytest.mark.parametrize("name", LINEAR)
def test_the_decimals_of_nists_sets_give_what_nist_certifies(name: str) -> None:
    dataset = dataset_class(name)(intercept=not name.startswith("nist_noint"))
    data = dataset.data()
    published = certify(dataset, data)
    assert published.source == "authority"
    assert published.estimates is not None
    solved = certify(Nobody(), data)
    assert (solved.source, solved.rank) == ("decimals", len(published.estimates))
    assert solved.estimates is not None
    for own, theirs in zip(solved.estimates, published.estimates, strict=True):
        assert abs(Fraction(own) - Fraction(theirs)) <= abs(Fraction(theirs)) * Fraction(1, 10**13)


class Nobody(Synthetic):
    """A dataset of which no authority certifies anything."""


def test_integers_above_2_to_the_53_are_solved_as_they_are_written() -> None:
    text = "id,y\n9007199254740993,1\n9007199254740992,2\n9007199254740995,3\n9007199254740994,5\n"
    dataset, data = read(text)
    found = certify(dataset, data)
    assert found.estimates == ("-6305039478318692.7", "0.7")
    exact = solve(data.problem)
    assert exact.coef[0] == 0.5
    digits = reading_digits(exact, intercept=True, certified=found)
    assert digits is not None
    assert 0.1 < digits < 1
    assert data.said == ("column 'id': 2 integers above 2**53 are rounded to the nearest float64",)


def test_decimals_that_are_exactly_dependent_determine_nothing() -> None:
    found = certified("inch,cm,y\n1.1,2.794,3\n2.3,5.842,4\n3.7,9.398,4.5\n4.9,12.446,7\n")
    assert (found.estimates, found.rank) == (None, 2)
    assert found.why_not == "the columns are linearly dependent in the decimals: rank 2 of 3"


def test_with_a_penalty_dependent_decimals_have_an_answer() -> None:
    found = certified("a,b,y\n1,2,3\n2,4,5\n4,8,6\n", l2=0.5)
    assert found.estimates is not None
    assert len(found.estimates) == 3


def test_a_split_is_solved_over_the_rows_that_the_problem_has() -> None:
    text = "x,y\n" + "".join(f"{i}.1,{i * i}.3\n" for i in range(20))
    dataset, data = read(text, test_size=0.3, seed=4)
    rows = [(Fraction(f"{i}.1"), Fraction(f"{i * i}.3")) for i in range(20)]
    assert data.train is not None
    kept = [rows[i] for i in data.train]
    exact = fit_rows([[x] for x, _ in kept], [y for _, y in kept], intercept=True)
    found = certify(dataset, data).estimates
    assert found is not None
    assert abs(Fraction(found[1]) - exact.coef[0]) < Fraction(1, 10**23)


WHY_NOT = {
    "scaled": ("a,y\n1,2\n3,4\n4,4\n", {"scale": "standard"}, "the data are scaled"),
    "a mean": ("a,y\n1,2\n,4\n4,4\n", {"missing": "mean"}, "gaps are filled by means"),
    "a computed column": ("a,y\n1,2\n3,4\n4,4\n", {"formula": "y ~ np.log(a)", "target": ""}, "np.log(a) is computed"),
    "powers of ten": ("a,y\n1e300,2\n3e-300,4\n4e-300,4\n", {}, None),
    "powers beyond all bounds": ("a,y\n1e300,2\n3e-999999,4\n4,4\n", {}, "a decimal is too long"),
    "a long decimal": (f"a,y\n0.{'1' * 2000},2\n3,4\n4,4\n", {}, "a decimal is too long"),
}


@pytest.mark.parametrize("name", WHY_NOT)
def test_why_decimals_are_not_solved_is_said(name: str) -> None:
    text, options, words = WHY_NOT[name]
    found = certified(text, **options)
    if words is None:
        assert found.source == "decimals"
    else:
        assert found.estimates is None
        assert words in found.why_not


def test_a_source_that_is_no_file_has_no_decimals() -> None:
    dataset = Synthetic(n_samples=10, n_features=2)
    assert certify(dataset, dataset.data()).why_not == "the source is no file of decimals"


decimals = st.decimals(-1000, 1000, places=3).map(str)


@settings(deadline=None, max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(decimals, decimals, decimals), min_size=4, max_size=12))
def test_any_decimals_are_solved_as_python_fractions_solve_them(rows: list[tuple[str, str, str]]) -> None:
    found = certified("a,b,y\n" + "".join(f"{a},{b},{y}\n" for a, b, y in rows), features=("a", "b"))
    exact = fit_rows([[Fraction(a), Fraction(b)] for a, b, _ in rows], [Fraction(y) for *_, y in rows], intercept=True)
    assert found.rank == exact.rank
    if exact.rank < 3:
        assert found.estimates is None
        return
    assert found.estimates is not None
    for text, value in zip(found.estimates, [exact.intercept, *exact.coef], strict=True):
        assert abs(Fraction(Decimal(text)) - value) <= abs(value) * Fraction(1, 10**24)


def test_reading_digits_are_17_where_float64_holds_the_decimals() -> None:
    dataset, data = read("a,y\n1,2.5\n2,3\n4,7\n")
    digits = reading_digits(solve(data.problem), intercept=True, certified=certify(dataset, data))
    assert digits is not None
    assert digits == pytest.approx(17)
    assert np.array_equal(data.problem.y, [2.5, 3, 7])
