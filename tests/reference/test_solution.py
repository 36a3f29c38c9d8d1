"""The exact answer: against certified values, against fractions, and by the laws of least squares."""

import csv
import json
import tracemalloc
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import flint
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import harness
from backends.base import Problem
from harness.catalog import dataset_class
from harness.datasets._certified import Certified
from harness.datasets._nist import NistDataset
from harness.datasets.synthetic import Synthetic
from harness.kept import load
from harness.reference import fingerprint, rounding, solve
from harness.reference.gram import BLOCK_ROWS, exact_gram
from harness.reference.rational import Moments, RationalFit, fit_moments
from harness.reference.solution import moments_of
from harness.reference.spread import spread
from tests.support import exact_least_squares
from tests.support.exact_least_squares import fit_rows, problem
from tests.support.nist import LINEAR

RNG = np.random.default_rng(7)


# ------------------------------------------------------------------------------------------------------------- NIST


def to_15_digits(value: Decimal) -> Decimal:
    with localcontext(prec=15):
        return +value


def decimal(value: Fraction | None) -> Decimal:
    assert value is not None
    with localcontext(prec=60):
        return Decimal(value.numerator) / Decimal(value.denominator)


def root(value: Fraction | None) -> Decimal:
    with localcontext(prec=60):
        return decimal(value).sqrt()


def moments(asked: Problem) -> Moments:
    return moments_of(exact_gram(asked.X, asked.y, asked.weights))


def decimal_fit(name: str) -> tuple[RationalFit, Certified]:
    dataset = dataset_class(name)()
    assert isinstance(dataset, NistDataset)
    table, certified = dataset.decimal_table(), dataset.certified()
    assert certified is not None
    return fit_rows(table.X, table.y, intercept=dataset.intercept), certified


@pytest.mark.parametrize("name", LINEAR)
def test_every_certified_value_to_all_its_15_digits(name: str) -> None:
    fit, certified = decimal_fit(name)
    estimates = [*([fit.intercept] if fit.has_intercept else []), *fit.coef]
    assert [to_15_digits(decimal(each)) for each in estimates] == [Decimal(each) for each in certified.estimates]
    assert to_15_digits(decimal(fit.residual)) == Decimal(certified.residual_sum_of_squares)
    assert to_15_digits(decimal(fit.r_squared)) == Decimal(certified.r_squared)
    variance = fit.residual_variance
    assert to_15_digits(root(variance)) == Decimal(certified.residual_standard_deviation)


@pytest.mark.parametrize("name", LINEAR)
def test_every_certified_standard_deviation_to_all_its_15_digits(name: str) -> None:
    fit, certified = decimal_fit(name)
    variances = spread(fit).variances
    assert variances is not None
    assert len(variances) == len(certified.standard_deviations) == fit.n_parameters
    for variance, text in zip(variances, certified.standard_deviations, strict=True):
        assert to_15_digits(root(variance)) == Decimal(text)


def test_filips_powers_are_what_costs_its_digits() -> None:
    dataset = dataset_class("nist_filip")()
    answer = solve(dataset.data().problem)
    certified = dataset.certified()
    assert certified is not None
    exact = certified.exact_estimates()
    worst = max(
        abs(Fraction(float(b)) - c) / abs(c) for b, c in zip([answer.intercept, *answer.coef], exact, strict=True)
    )
    assert 7.85 < -np.log10(float(worst)) < 7.95


# -------------------------------------------------------------------------------------------------- exact against exact


def same(asked: Problem) -> None:
    coef, intercept, rank = exact_least_squares.solve(asked)
    answer = solve(asked)
    assert answer.coef.tolist() == [nearest(each) for each in coef]
    assert answer.intercept == nearest(intercept)
    if asked.l2 == 0:
        assert answer.rank == rank
    for exact, near, low in zip(coef, answer.coef, answer.coef_low, strict=True):
        if 1e-280 < abs(exact) < 1e308:
            assert abs(exact - Fraction(float(near)) - Fraction(float(low))) <= abs(exact) * Fraction(1, 2**100)


def nearest(value: Fraction) -> float:
    """The float64 nearest to a fraction, infinite where that is beyond its range."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


ELEMENT = st.integers(-40, 40).map(float) | st.floats(-1e6, 1e6, width=32)


@settings(derandomize=True, deadline=None, max_examples=120)
@given(st.data(), st.integers(1, 7), st.integers(0, 4), st.booleans(), st.sampled_from([0.0, 0.0, 0.25, 1e-9]))
def test_against_fractions_whatever_the_rank(data: st.DataObject, n: int, p: int, intercept: bool, l2: float) -> None:
    X = data.draw(arrays(np.float64, (n, p), elements=ELEMENT))
    y = data.draw(arrays(np.float64, (n,), elements=ELEMENT))
    if p > 1 and data.draw(st.booleans()):
        X[:, -1] = 3 * X[:, 0]
    same(problem(X, y, intercept=intercept, l2=l2))


N = RNG.standard_normal
ADVERSARIAL = {
    "1e-8 beside 1e8": N((9, 2)) * [1e-8, 1e8],
    "a constant column": np.column_stack([N(9), np.full(9, 0.1)]),
    "subnormals": N((9, 2)) * [5e-320, 1.0],
    "huge offsets": 1e12 + N((9, 2)),
    "duplicate columns": np.repeat(N((9, 1)), 3, axis=1),
    "more columns than rows": N((4, 9)),
    "one row": N((1, 3)),
    "no features": np.zeros((9, 0)),
    "near overflow": N((9, 2)) * [1e300, 1e-300],
    "the whole range of float64 in one column": np.array([[5e-324], [1e308], [-3.0], [0.0]]),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial(name: str, intercept: bool, dtype: str) -> None:
    X = ADVERSARIAL[name]
    with np.errstate(over="ignore"):
        if not np.isfinite(X.astype(dtype)).all():
            X = np.clip(X, -3e38, 3e38)
    same(problem(X, N(len(X)), intercept=intercept, dtype=dtype))


def advertising_decimals(*features: str) -> RationalFit:
    with (Path(harness.__file__).parent / "datasets/data/advertising.csv").open() as file:
        rows = list(csv.DictReader(file))
    X = [[Fraction(row[name]) for name in features] for row in rows]
    return fit_rows(X, [Fraction(row["Sales"]) for row in rows], intercept=True)


def test_advertising_by_its_decimals_and_by_its_float64s() -> None:
    """Reading decimals as float64, and scaling them there, each moves the answer by a bit or two, no more."""
    one, three = advertising_decimals("TV"), advertising_decimals("TV", "Radio", "Newspaper")
    assert (float(one.intercept), float(one.coef[0])) == (7.0325935491276943, 0.047536640433019744)
    exact = [2.9388893694594148, 0.045764645455397580, 0.18853001691820439, -0.0010374930424762888]
    assert [float(each) for each in (three.intercept, *three.coef)] == exact
    answer = solve(dataset_class("advertising")().data().problem)
    assert [answer.intercept, *answer.coef] == pytest.approx([7.0325935491276943, 0.047536640433019744], rel=4e-16)
    scaled = solve(dataset_class("advertising")(scale="minmax").data().problem)
    assert [scaled.intercept, *scaled.coef] == pytest.approx([0.21519170068625232, 0.55340884157653293], rel=4e-16)


# --------------------------------------------------------------------------------------------------------------- laws


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(2, 30), st.integers(1, 4), st.booleans(), st.integers(0, 2**32 - 1))
def test_laws(n: int, p: int, intercept: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((n, p)), rng.standard_normal(n)
    assume(n > p + 1)
    answer = solve(problem(X, y, intercept=intercept))
    again = solve(problem(X, 4 * y, intercept=intercept))
    assert again.coef.tolist() == (4 * answer.coef).tolist(), "scaling y by a power of two scales the coefficients"
    order = rng.permutation(n)
    assert solve(problem(X[order], y[order], intercept=intercept)).coef.tolist() == answer.coef.tolist()
    twice = solve(problem(np.vstack([X, X]), np.concatenate([y, y]), intercept=intercept))
    assert twice.coef.tolist() == answer.coef.tolist(), "every row twice changes nothing"
    assert twice.loss == answer.loss


def test_residuals_are_exactly_orthogonal_to_the_columns() -> None:
    asked = problem(N((12, 3)), N(12))
    rows = [[Fraction(float(v)) for v in row] for row in asked.X]
    y = [Fraction(float(v)) for v in asked.y]
    fit = fit_rows(rows, y, intercept=True)
    residual = [
        t - fit.intercept - sum(b * v for b, v in zip(fit.coef, row, strict=True))
        for row, t in zip(rows, y, strict=True)
    ]
    assert sum(residual) == 0
    assert all(sum(r * row[j] for r, row in zip(residual, rows, strict=True)) == 0 for j in range(3))
    assert fit.residual == sum(r * r for r in residual)


def test_memory_beside_the_data_is_a_few_blocks() -> None:
    asked = problem(N((400_000, 4)), N(400_000))
    tracemalloc.start()
    try:
        solve(asked)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < asked.X.nbytes


# --------------------------------------------------------------------------------------------- Gram, condition, balls


@pytest.mark.parametrize("n", [1, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 3 * BLOCK_ROWS + 5])
def test_gram_is_exact_across_blocks(n: int) -> None:
    X, y = N((n, 2)) * [1e-3, 1e9], N(n)
    found = exact_gram(X, y)
    columns = [*([Fraction(float(v)) for v in column] for column in X.T), [Fraction(float(v)) for v in y]]
    for j, a in enumerate(columns):
        assert found.value(j, 3) == sum(a)
        for k, b in enumerate(columns):
            assert found.value(j, k) == sum(s * t for s, t in zip(a, b, strict=True))


@pytest.mark.parametrize("condition", [1.0, 1e3, 1e8, 1e12])
def test_condition_of_a_design_that_was_made_to_have_it(condition: float) -> None:
    asked = Synthetic(n_samples=400, n_features=5, condition=condition).data().problem
    centred = asked.X - asked.X.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=0)
    assert solve(asked).condition == pytest.approx(np.linalg.cond(unit), rel=1e-3)


def test_condition_is_told_far_beyond_what_float64_can() -> None:
    X = N((50, 2))
    X[:, 1] = X[:, 0] * (1 + 2**-50 * np.sign(X[:, 1]))
    answer = solve(problem(X, N(50)))
    assert 1e14 < answer.condition < 1e17
    assert answer.rank == 3


def test_balls_round_as_rationals_do(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = dataset_class("nist_longley")().data().problem
    exact = solve(asked)
    monkeypatch.setattr("harness.reference.rational.MOST_FEATURES", 0)
    in_balls = solve(asked)
    assert in_balls.coef.tolist() == exact.coef.tolist()
    assert in_balls.standard_errors == exact.standard_errors
    dependent = problem(np.repeat(N((9, 1)), 2, axis=1), N(9))
    same(dependent)


def test_more_features_than_rationals_are_taken_for(monkeypatch: pytest.MonkeyPatch) -> None:
    p = 60
    monkeypatch.setattr("harness.reference.rational.MOST_FEATURES", p - 1)
    X = np.vstack([np.eye(p), np.ones(p)])
    y = np.arange(p + 1.0)
    # (I + 11ᵀ) b = y + s 1 has the solution b = y + (s - sum(y + s 1)/(p + 1)) 1 = y + (s - (sum y + p s)/(p + 1))
    s = float(p)
    exact = [Fraction(i) + Fraction(s) - Fraction(p * (p - 1) // 2 + p * p, p + 1) for i in range(p)]
    assert solve(problem(X, y, intercept=False)).coef.tolist() == [float(each) for each in exact]


def columns_that_differ_by(step: float) -> Problem:
    X = np.array([[1.0, 1.0, 7.0], [2, 2, -1], [3, 3, 4], [0, step, 2], [5, 5, 1], [7, 7, -3]])
    return problem(X, [1.0, 0.0, 2.0, 7.0, 3.0, -4.0])


@pytest.mark.parametrize("step", [1.0, 1e-20, 1e-100, 1e-300])
def test_condition_and_variances_of_columns_however_close(step: float) -> None:
    """The Gram matrix's inverse has entries of 1e600 here; the intercept's variance is what cancelling leaves."""
    asked = columns_that_differ_by(step)
    answer = solve(asked)
    assert 0.1 < answer.condition * min(1.0, step) < 100
    fit = fit_moments(moments(asked), intercept=True)
    rows = [[Fraction(1), *(Fraction(float(v)) for v in row)] for row in asked.X]
    A = flint.fmpq_mat([[flint.fmpq(v.numerator, v.denominator) for v in row] for row in rows])
    inverse = (A.transpose() * A).inv()
    variances, residual_variance = spread(fit).variances, fit.residual_variance
    assert variances is not None
    assert residual_variance is not None
    for j, variance in enumerate(variances):
        exact = residual_variance * Fraction(int(inverse[j, j].p), int(inverse[j, j].q))
        assert abs(variance - exact) <= exact / 2**100


@settings(derandomize=True, deadline=None, max_examples=50)
@given(st.floats(1e-150, 1e150), st.integers(-1, 1))
def test_a_root_beside_the_middle_of_two_floats_goes_to_the_nearer(near: float, side: int) -> None:
    middle = (Fraction(near) + Fraction(float(np.nextafter(near, np.inf)))) / 2
    root = rounding.root(middle**2 * (1 + side * Fraction(1, 2**200)))
    even = rounding.nearest(middle)
    assert root == (even if side == 0 else near if side < 0 else np.nextafter(near, np.inf))


@pytest.mark.parametrize("intercept", [True, False])
def test_minimum_norm_with_many_more_columns_than_rows(intercept: bool) -> None:
    """Held against its definition: it solves the normal equations and lies in the span of the rows."""
    asked = problem(RNG.integers(-9, 10, (12, 40)), RNG.integers(-9, 10, 12), intercept=intercept)
    fit = fit_moments(moments(asked), intercept=intercept)
    rows = [[Fraction(float(v)) for v in row] for row in asked.X]
    mean = [sum(column) / 12 * intercept for column in zip(*rows, strict=True)]
    centred = [[v - m for v, m in zip(row, mean, strict=True)] for row in rows]
    for row, target in zip(rows, asked.y, strict=True):
        fitted = fit.intercept + sum(v * b for v, b in zip(row, fit.coef, strict=True))
        assert fitted == Fraction(float(target)), "twelve rows can be met exactly"
    assert fit.rank == 12
    spanned = flint.fmpq_mat([[flint.fmpq(v.numerator, v.denominator) for v in row] for row in [*centred, fit.coef]])
    assert spanned.rank() == 12 - intercept


def test_a_prime_that_divides_a_minor_costs_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.reference.rational.PRIMES", (3, (1 << 61) - 1))
    same(problem([[3.0, 0.0, 3.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]], [1.0, 2, 3, 4], intercept=False))


def test_an_exact_fit_in_balls_has_no_negative_residual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.reference.rational.MOST_FEATURES", 0)
    for _ in range(10):
        X = RNG.integers(-9, 10, (30, 5)).astype(float)
        answer = solve(problem(X, X.sum(axis=1) + 2))
        assert answer.coef.tolist() == [1.0] * 5
        assert answer.r_squared == 1.0
        assert 0 <= answer.loss < 1e-100


# -------------------------------------------------------------------------------------------------------------- cache


def test_an_answer_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = problem(N((9, 2)), N(9))
    first = solve(asked, tmp_path)
    monkeypatch.setattr("harness.reference.solution.fit_moments", lambda *_, **__: pytest.fail("solved again"))
    again = solve(asked, tmp_path)
    assert again.coef.tolist() == first.coef.tolist()
    assert (again.intercept, again.condition, again.standard_errors, again.loss) == (
        first.intercept,
        first.condition,
        first.standard_errors,
        first.loss,
    )


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", "null", '{"format": 1}', "other version", "a digit changed", "other key"]
)
def test_a_damaged_answer_is_noticed_and_made_again(tmp_path: Path, damage: str) -> None:
    asked = problem(N((9, 2)), N(9))
    first = solve(asked, tmp_path)
    (file,) = tmp_path.glob("*.json")
    whole = json.loads(file.read_text())
    match damage:
        case "other version":
            whole["format"] += 1
            file.write_text(json.dumps(whole))
        case "a digit changed":
            whole["answer"]["intercept"] = (first.intercept + 1).hex()
            file.write_text(json.dumps(whole))
        case "other key":
            whole["key"] = "0" * 64
            file.write_text(json.dumps(whole))
        case text:
            file.write_text(text)
    assert solve(asked, tmp_path).intercept == first.intercept
    assert load(tmp_path, fingerprint(asked)) is not None, "it was kept again"
    assert [each.name for each in tmp_path.iterdir()] == [file.name], "nothing is left beside it"


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    asked = problem(N((9, 2)), N(9))
    assert solve(asked, tmp_path / "file").intercept == solve(asked).intercept


def test_the_fingerprint_tells_everything_apart_that_an_answer_depends_on() -> None:
    X, y = N((9, 2)), N(9)
    changed = X.copy()
    changed[8, 1] = np.nextafter(changed[8, 1], 9)
    asked = [
        problem(X, y),
        problem(X, y, intercept=False),
        problem(X, y, l2=0.5),
        problem(X, y, dtype="float32"),
        problem(changed, y),
        problem(X, -y),
        problem(X.reshape(18, 1)[:9], y),
    ]
    assert len({fingerprint(each) for each in asked}) == len(asked)
    assert fingerprint(problem(X.copy(), y.copy())) == fingerprint(asked[0])


def test_moments_of_float32_are_those_of_its_own_values() -> None:
    asked = problem(N((5, 1)), N(5), dtype="float32")
    assert moments(asked).x == [sum(Fraction(float(v)) for v in asked.X[:, 0])]
