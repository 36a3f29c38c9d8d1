"""What each cause says, beyond that it is found: the number it found, and what to do."""

import numpy as np
import pytest

from harness.explain import Question, given, identify
from harness.explain.candidate import Match
from tests.benchmarks.explain_bench import Answer, Float64, _descent, _ridge, data, ols, plain


def told(question: Question, answer: Answer, digits: int = 10) -> Match:
    coef = ", ".join(f"{b:.{digits}g}" for b in answer[0])
    level = f"{answer[1]:.{digits}g}" if question.intercept else ""
    found = identify(question, given(coef, question.features, level))
    assert found.best is not None
    assert found.best is not found.right
    return found.best


@pytest.fixture
def made() -> tuple[Float64, Float64]:
    return data(80, 3, np.random.default_rng(11))


def test_a_penalty_is_told_in_every_convention(made: tuple[Float64, Float64]) -> None:
    X, y = made
    best = told(plain(X, y), _ridge(X, y, 40.0))
    assert "of 40 on the sum of squares, which is 0.5 on their mean and 1 on half of it" in best.candidate.what
    assert best.candidate.free == 0
    assert "to 0" in best.candidate.remedy


def test_a_penalty_of_no_neat_weight_is_found_too(made: tuple[Float64, Float64]) -> None:
    X, y = made
    best = told(plain(X, y), _ridge(X, y, 41.2345))
    assert "of 41.2345 on the sum" in best.candidate.what
    assert best.candidate.free == 1


def test_a_question_with_a_penalty_was_answered_without(made: tuple[Float64, Float64]) -> None:
    X, y = made
    best = told(plain(X, y, l2=0.5), ols(X, y))
    assert best.candidate.what == "there is no penalty"
    assert "0.5 on the mean of squares, 40 on the sum" in best.candidate.remedy


def test_a_descent_is_told_with_rate_and_epochs(made: tuple[Float64, Float64]) -> None:
    X, y = made
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    best = told(plain(X, y), _descent(Z, y, 0.05, 37))
    assert best.cause == "unfinished"
    assert "on standardised features was stopped after 37 epochs at a learning rate of 0.05" in best.candidate.what


def test_a_cut_is_told_between_two_singular_values(made: tuple[Float64, Float64]) -> None:
    X, y = made
    A, b = X - X.mean(axis=0), y - y.mean()
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    coef = Vt[:1].T @ ((U.T @ b)[:1] / s[:1])
    best = told(plain(X, y), (coef, float(y.mean() - X.mean(axis=0) @ coef)))
    assert f"between {s[1] / s[0]:.1e} and {1:.1e}" in best.candidate.what
    assert "rank 1 of 3" in best.candidate.what


def test_the_mistyped_row_is_told_by_its_number(made: tuple[Float64, Float64]) -> None:
    X, y = made
    typed = y.copy()
    typed[16] += 50 * y.std()
    kept = np.arange(len(y)) != 16
    assert "row 17 of the data" in told(plain(X, typed), ols(X[kept], y[kept])).candidate.what


def test_a_mistyped_target_is_told_with_both_values(made: tuple[Float64, Float64]) -> None:
    X, y = made
    typed = y.copy()
    typed[4] = 1234.0
    what = told(plain(X, typed), ols(X, y)).candidate.what
    assert what == f"y in row 5 is 1234 here and was about {y[4]:.6g} there"


def test_the_rows_that_were_used_are_counted(made: tuple[Float64, Float64]) -> None:
    X, y = made
    assert told(plain(X, y), ols(X[:50], y[:50])).candidate.what == "only the first 50 of 80 rows were used"
    assert told(plain(X, y), ols(X[9:], y[9:])).candidate.what == "the first 9 of 80 rows were left out"


def test_the_split_is_told_as_it_is_written(made: tuple[Float64, Float64]) -> None:
    from sklearn.model_selection import train_test_split

    X, y = made
    A, _, b, _ = train_test_split(X, y, test_size=0.25, random_state=7)
    what = told(plain(X, y), ols(A, b)).candidate.what
    assert "60 training rows of train_test_split(test_size=0.25, random_state=7)" in what
    what = told(plain(X, y), ols((A - A.mean(axis=0)) / A.std(axis=0), b)).candidate.what
    assert what.endswith("random_state=7) were used, their features standardised")


def test_weights_are_told_with_their_power(made: tuple[Float64, Float64]) -> None:
    X, y = made
    w = np.random.default_rng(3).uniform(1, 5, len(y))
    what = told(plain(X, y, others={"w": w}), ols(X, y, weights=1 / w**2)).candidate.what
    assert what == "rows were weighted by 1 / w²"


@pytest.mark.parametrize("places", [0, 1, 2])
def test_rounded_data_are_told_with_their_places(places: int) -> None:
    rng = np.random.default_rng(4)
    X = rng.uniform(0, 9, (60, 2))
    y = X @ [1.0, 2.0] + rng.standard_normal(60)
    what = told(plain(X, y), ols(X.round(places), y.round(places))).candidate.what
    assert what == f"the data were rounded to {places} decimals"


def test_numbers_of_single_precision_are_seen() -> None:
    X, y = data(60, 2, np.random.default_rng(9))
    question = plain(X, y)
    coef, level = ols(X, y * (1 + 1e-5))
    wrong = [float(np.float32(b)) for b in coef]
    found = identify(question, given(", ".join(map(repr, wrong)), question.features, repr(float(np.float32(level)))))
    assert found.best is not None
    assert "single precision" in {m.cause: m.candidate.what for m in found.matches}["single_precision"]


@pytest.mark.parametrize("kind", ["legendre", "chebyshev", "poly"])
def test_polynomials_in_another_basis_are_told_by_name(kind: str) -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(1, 6, 50)
    raw = np.column_stack([x, x**2, x**3])
    y = x**3 - 4 * x**2 + rng.standard_normal(50)
    t = 2 * (x - x.min()) / np.ptp(x) - 1
    if kind == "poly":
        Q, R = np.linalg.qr(np.vander(x, 4, increasing=True))
        A = (Q * np.sign(np.diag(R)))[:, 1:]
    else:
        A = getattr(np.polynomial, kind).__dict__[f"{kind[:3] if kind != 'chebyshev' else 'cheb'}vander"](t, 3)[:, 1:]
    what = told(plain(raw, y), ols(A, y), 8).candidate.what
    assert {"poly": "R's poly()"}.get(kind, kind.capitalize()) in what


def test_an_intercept_that_is_there_twice_has_half() -> None:
    X, y = data(60, 2, np.random.default_rng(6))
    coef, level = ols(X, y)
    assert "each with half of it" in told(plain(X, y), (coef, level / 2)).candidate.what


def test_other_units_are_told_with_their_factor() -> None:
    X, y = data(60, 2, np.random.default_rng(6))
    coef, level = ols(X * [2.54, 1], y)
    assert told(plain(X, y), (coef, level)).candidate.what == "x1 was taken with 2.54 times the values here"
    coef, level = ols(X, -y)
    assert told(plain(X, y), (coef, level)).candidate.what == "y was taken with its sign reversed"


def test_duplicate_rows_that_were_dropped_are_counted() -> None:
    X, y = data(60, 2, np.random.default_rng(6))
    rows = np.append(np.arange(60), [4, 9, 9])
    best = told(plain(X[rows], y[rows]), ols(X, y))
    assert best.candidate.what == "the 3 of 63 rows that are the same as an earlier one were dropped"


@pytest.mark.parametrize("all_columns", [False, True])
def test_products_of_centred_columns_are_told_by_name(all_columns: bool) -> None:
    rng = np.random.default_rng(8)
    u, v = 5 + rng.standard_normal((2, 60))
    y = 1 + u - v + 0.5 * u * v + rng.standard_normal(60)
    a, b = u - u.mean(), v - v.mean()
    answer = ols(np.column_stack([a, b, a * b] if all_columns else [u, v, a * b]), y)
    best = told(plain(np.column_stack([u, v, u * v]), y), answer)
    assert best.cause == "centred_products"
    assert best.candidate.what.startswith("x3 was made of columns less their means")
    assert ("stand for the columns themselves" in best.candidate.what) is all_columns


def test_one_features_logarithm_may_have_zeros() -> None:
    rng = np.random.default_rng(9)
    counts, b = rng.poisson(2.0, 60).astype(float), rng.standard_normal(60)
    y = 1 + 2 * np.log1p(counts) + b + 0.2 * rng.standard_normal(60)
    best = told(plain(np.column_stack([counts, b]), y), ols(np.column_stack([np.log1p(counts), b]), y))
    assert best.candidate.what == "x1 is its logarithm (log(1 + x))"


def test_ids_alone_in_single_precision() -> None:
    rng = np.random.default_rng(10)
    ids, a = 16777216 + 3.0 * np.arange(60), rng.standard_normal(60)
    y = 0.01 * (ids - 16777216) + a + rng.standard_normal(60)
    answer = ols(np.column_stack([ids.astype(np.float32).astype(float), a]), y)
    best = told(plain(np.column_stack([ids, a]), y), answer)
    assert best.candidate.what in ("the features were rounded to float32", "the data were rounded to float32")


def test_round_numbers_are_not_taken_for_single_precision(made: tuple[Float64, Float64]) -> None:
    question = plain(*made)
    numbers = given("1.000000000000, 0.500000000000, 1.000000000000", question.features, "2.000000000000")
    found = identify(question, numbers)
    assert not [each for each in found.matches if "computed in single precision" in each.candidate.what]
