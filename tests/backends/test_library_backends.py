"""What is particular to each backend that wraps a library; what they share is in test_backends.py."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.base import Array, Backend, Fit, Missing, Problem, Unsupported
from harness.catalog import backend_class, dataset_class
from harness.reference import solve
from tests.backends.test_contract import COEF, exact, problem, ridge

LSTSQ = [
    ("numpy_lstsq", {}),
    ("scipy_lstsq", {"driver": "gelsd", "cond": 1e-13}),
    ("scipy_lstsq", {"driver": "gelsy", "cond": 1e-13}),
    ("scipy_lstsq", {"driver": "gelss", "cond": 1e-13}),
    ("torch_lstsq", {"driver": "gelsd"}),
    ("torch_lstsq", {"driver": "gelss"}),
    ("jax_lstsq", {}),
    ("statsmodels_ols", {}),
]
NO_PENALTY = ["numpy_lstsq", "scipy_lstsq", "torch_lstsq", "jax_lstsq", "sklearn_ols", "sklearnex_ols"]
FLOAT32_KEPT = [
    "numpy_lstsq",
    "scipy_lstsq",
    "torch_lstsq",
    "jax_lstsq",
    "sklearn_ols",
    "sklearnex_ols",
    "sklearn_ridge",
]


def make(name: str, **options: Any) -> Backend[Any]:
    cls = backend_class(name)
    pytest.importorskip(cls.library.module)
    return cls(**options)


def fit(backend: Backend[Any], asked: Problem) -> Fit:
    return backend.solve(backend.prepare(asked, "cpu"))


def noisy(n: int, p: int, seed: int = 0, **kwargs: Any) -> Problem:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + 0.5
    return problem(X, X @ np.arange(1.0, p + 1) + 2 + rng.normal(size=n), **kwargs)


def wampler1() -> Problem:
    x = np.arange(21.0)
    X = np.stack([x**k for k in range(1, 6)], axis=1)
    return problem(X, X.sum(axis=1) + 1)


def digits(got: Fit, coef: Array) -> float:
    return float(-np.log10(np.max(np.abs(got.coef - coef) / np.abs(coef))))


# rank


@pytest.mark.parametrize(("name", "options"), LSTSQ)
def test_lstsq_gives_the_minimum_norm_solution_and_counts_the_ones_in_the_rank(
    name: str, options: dict[str, Any]
) -> None:
    full = exact()
    X = np.column_stack([full.X, full.X[:, 0] - full.X[:, 2]])
    got = fit(make(name, **options), problem(X, full.y))
    params = np.linalg.pinv(np.column_stack([X, np.ones(64)])) @ full.y
    np.testing.assert_allclose([*got.coef, got.intercept], params, rtol=0, atol=1e-12)
    assert got.rank == 4


@pytest.mark.parametrize("name", ["sklearn_ols", *(name for name, _ in LSTSQ)])
def test_the_rank_is_that_of_the_design_with_its_ones(name: str) -> None:
    backend = make(name)
    assert fit(backend, exact()).rank == 4
    assert fit(backend, exact(intercept=False)).rank == 3


@pytest.mark.parametrize(
    ("name", "option"),
    [("numpy_lstsq", "rcond"), ("scipy_lstsq", "cond"), ("torch_lstsq", "rcond"), ("jax_lstsq", "rcond")],
)
def test_a_cutoff_lowers_the_rank(name: str, option: str) -> None:
    X = np.diag([1.0, 1e-3])
    asked = problem(X, np.ones(2), intercept=False)
    assert fit(make(name), asked).rank == 2
    cut = fit(make(name, **{option: 1e-2}), asked)
    assert cut.rank == 1
    np.testing.assert_allclose(cut.coef, [1, 0], atol=1e-12)


def test_gels_decides_on_no_rank() -> None:
    got = fit(make("torch_lstsq", driver="gels"), exact())
    assert got.rank is None
    np.testing.assert_allclose(got.coef, COEF, rtol=0, atol=1e-12)


def test_torch_on_cuda_has_gels_alone() -> None:
    with pytest.raises(Unsupported, match="only the driver gels, got gelsd"):
        make("torch_lstsq", driver="gelsd").prepare(exact(), "cuda")


@pytest.mark.parametrize("name", ["torch_lstsq", "torch_linear"])
def test_no_gpu_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Missing, match="finds no CUDA device; run with --device cpu"):
        make(name).prepare(exact(), "cuda")


# precision


@pytest.mark.parametrize("name", FLOAT32_KEPT)
def test_float32_stays_float32(name: str) -> None:
    got = fit(make(name), noisy(50, 3, dtype="float32"))
    np.testing.assert_array_equal(got.coef, got.coef.astype(np.float32))


@pytest.mark.parametrize("name", [*FLOAT32_KEPT, "statsmodels_ols", "polars_ols"])
def test_float64_is_not_rounded_to_float32(name: str) -> None:
    asked = noisy(50, 3)
    got = fit(make(name), asked)
    coef, intercept = ridge(asked)
    np.testing.assert_allclose([*got.coef, got.intercept], [*coef, intercept], rtol=1e-12)


def test_jax_is_left_in_the_precision_it_had() -> None:
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    fit(make("jax_lstsq"), noisy(20, 2))
    assert jax.config.jax_enable_x64 == before


# l2


@pytest.mark.parametrize("name", NO_PENALTY)
def test_no_penalty_is_said_with_where_to_go(name: str) -> None:
    with pytest.raises(Unsupported, match=rf"{name} has no l2 penalty, got l2=0.1; use sklearn_ridge"):
        make(name).prepare(exact(l2=0.1), "cpu")


@pytest.mark.parametrize("name", ["numpy_lstsq", "scipy_lstsq", "torch_lstsq", "jax_lstsq"])
def test_weights_are_refused_by_what_takes_none(name: str) -> None:
    asked = exact()
    with pytest.raises(Unsupported, match=f"{name} takes no weights of rows; use scratch_ols"):
        make(name).prepare(replace(asked, weights=np.ones(len(asked.y))), "cpu")


@settings(deadline=None, max_examples=25, derandomize=True)
@given(
    n=st.integers(6, 40),
    p=st.integers(1, 4),
    l2=st.floats(1e-3, 1e3),
    intercept=st.booleans(),
    seed=st.integers(0, 9),
)
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("sklearn_ridge", {"solver": "svd"}),
        ("sklearn_ridge", {"solver": "cholesky"}),
        ("statsmodels_ols", {}),
        ("polars_ols", {}),
        ("polars_ols", {"solver": "svd"}),
    ],
)
def test_l2_is_the_closed_form(
    name: str, options: dict[str, Any], n: int, p: int, l2: float, intercept: bool, seed: int
) -> None:
    asked = noisy(n, p, seed, intercept=intercept, l2=l2)
    got = fit(make(name, **options), asked)
    coef, constant = ridge(asked)
    np.testing.assert_allclose([*got.coef, got.intercept], [*coef, constant], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("l2", [0.05, 0.3])
@pytest.mark.parametrize("optimiser", ["sgd", "adam", "rmsprop"])
def test_torch_penalises_the_weight_alone_under_each_optimiser(optimiser: str, l2: float) -> None:
    asked = noisy(40, 2, l2=l2)
    coef, intercept = ridge(asked)
    rate = {"sgd": 0.2, "adam": 0.05, "rmsprop": 0.005}[optimiser]
    epochs = {"sgd": 150, "adam": 400, "rmsprop": 1000}[optimiser]
    got = fit(make("torch_linear", optimiser=optimiser, learning_rate=rate, epochs=epochs), asked)
    np.testing.assert_allclose([*got.coef, got.intercept], [*coef, intercept], rtol=0, atol=1e-2)


@pytest.mark.parametrize("l2", [0.01, 0.3])
def test_sgd_penalty(l2: float) -> None:
    asked = noisy(400, 2, l2=l2)
    coef, intercept = ridge(asked)
    backend = make("sklearn_sgd", average=True, eta0=0.02, max_iter=300, tol="none")
    got = fit(backend, asked)
    np.testing.assert_allclose([*got.coef, got.intercept], [*coef, intercept], rtol=0, atol=2e-2)


# statsmodels


def test_statsmodels_qr_agrees_with_pinv() -> None:
    asked = noisy(30, 3)
    by_qr, by_pinv = (fit(make("statsmodels_ols", method=method), asked) for method in ("qr", "pinv"))
    np.testing.assert_allclose(by_qr.coef, by_pinv.coef, rtol=1e-12)
    assert by_qr.rank == by_pinv.rank == 4


def test_statsmodels_qr_refuses_what_it_cannot_solve() -> None:
    backend = make("statsmodels_ols", method="qr")
    with pytest.raises(Unsupported, match="a row for each parameter, got 3 for 4; use pinv"):
        backend.prepare(noisy(3, 3), "cpu")
    singular = problem(np.column_stack([np.arange(5.0), np.zeros(5)]), np.arange(5.0))
    with pytest.raises(Unsupported, match=r"method qr: .*use pinv"):
        fit(backend, singular)


def test_statsmodels_ridge_with_fewer_rows_than_parameters() -> None:
    with pytest.raises(Unsupported, match="got 2 for 4; use sklearn_ridge"):
        make("statsmodels_ols").prepare(noisy(2, 3, l2=0.1), "cpu")
    asked = noisy(2, 3, l2=0.1, intercept=False)
    np.testing.assert_allclose(fit(make("statsmodels_ols"), asked).coef, ridge(asked)[0], rtol=1e-12)


def test_statsmodels_says_its_standard_errors_and_r_squared_after_the_clock() -> None:
    dataset = dataset_class("nist_longley")()
    answer = fit(make("statsmodels_ols"), dataset.data().problem)
    certified = dataset.certified()
    assert answer.inference is not None
    assert certified is not None
    said = answer.inference()
    np.testing.assert_allclose(said.standard_errors, [float(each) for each in certified.standard_deviations], rtol=1e-8)
    assert said.r_squared == pytest.approx(float(certified.r_squared), rel=1e-12)
    assert said.residual_deviation == pytest.approx(float(certified.residual_standard_deviation), rel=1e-8)
    assert said.f_value == pytest.approx(330.285339234588, rel=1e-8)
    assert all(each is not None for each in said)
    assert fit(make("statsmodels_ols"), replace(dataset.data().problem, l2=0.1)).inference is None


# scikit-learn


def test_sklearn_cuts_wampler1_unless_tol_is_0() -> None:
    sklearn = pytest.importorskip("sklearn")
    if tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 9):
        pytest.skip("scikit-learn cuts dense data at tol from 1.9 on")
    ones = np.ones(5)
    library, exact_rank = fit(make("sklearn_ols"), wampler1()), fit(make("sklearn_ols", tol=0), wampler1())
    assert digits(library, ones) < 1
    assert library.rank == 5
    assert digits(exact_rank, ones) > 7
    assert exact_rank.rank == 6


def test_sklearn_without_tol_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")

    class Old:
        def __init__(self, *, fit_intercept: bool = True) -> None: ...

    monkeypatch.setattr(linear_model, "LinearRegression", Old)
    with pytest.raises(Unsupported, match=r"has no LinearRegression\(tol=…\), got tol=1e-09; use tol=\"library\""):
        make("sklearn_ols", tol=1e-9).prepare(exact(), "cpu")
    make("sklearn_ols").prepare(exact(), "cpu")


@pytest.mark.parametrize("solver", ["svd", "cholesky", "lsqr", "sag", "saga"])
def test_ridge_solvers(solver: str) -> None:
    asked = noisy(200, 3, l2=0.05)
    got = fit(make("sklearn_ridge", solver=solver, tol=1e-10, max_iter=5000), asked)
    coef, intercept = ridge(asked)
    np.testing.assert_allclose([*got.coef, got.intercept], [*coef, intercept], rtol=1e-6)
    assert got.converged
    assert (got.iterations is None) == (solver in {"svd", "cholesky"})


@pytest.mark.parametrize("solver", ["lsqr", "sag", "saga"])
def test_ridge_out_of_passes_has_not_converged(solver: str) -> None:
    got = fit(make("sklearn_ridge", solver=solver, max_iter=1), noisy(50, 3))
    assert (got.converged, got.iterations) == (False, 1)


def test_ridge_by_lsqr_without_penalty_goes_to_the_minimum_norm_solution() -> None:
    full = exact()
    asked = problem(np.column_stack([full.X, full.X[:, 0]]), full.y)
    got = fit(make("sklearn_ridge", solver="lsqr", tol=1e-12), asked)
    np.testing.assert_allclose(got.coef, [0.5, -2, 0.5, 0.5], rtol=0, atol=1e-9)


def test_sgd_stops_early_and_calls_that_converged_unless_tol_is_none() -> None:
    early = fit(make("sklearn_sgd"), exact())
    assert early.converged
    assert early.iterations is not None
    assert early.iterations < 200
    assert np.max(np.abs(early.coef - COEF)) > 0.05
    late = fit(make("sklearn_sgd", tol="none"), exact())
    assert (late.converged, late.iterations) == (False, 1000)
    assert np.max(np.abs(late.coef - COEF)) < 0.01


def test_sgd_overflow_is_a_divergence() -> None:
    got = fit(make("sklearn_sgd"), problem(np.array([[1e300], [1e299]]), np.array([1.0, 2.0])))
    assert np.isnan(got.coef).all()
    assert np.isnan(got.intercept)
    assert (got.converged, got.iterations) == (False, 1)


def test_sgd_other_errors_go_on_their_way() -> None:
    with pytest.raises(ValueError, match="train set will be empty"):
        fit(make("sklearn_sgd", early_stopping=True), problem(np.array([[1.0]]), np.array([1.0])))


def test_sgd_seed_and_shuffle() -> None:
    asked = noisy(50, 2)
    one, other = (fit(make("sklearn_sgd", seed=seed), asked).coef for seed in (0, 1))
    in_order, again = (fit(make("sklearn_sgd", seed=seed, shuffle=False), asked).coef for seed in (0, 1))
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(in_order, again)


def test_sgd_by_blocks_is_partial_fit_after_partial_fit() -> None:
    from sklearn.linear_model import SGDRegressor

    asked = noisy(50, 2)
    got = fit(make("sklearn_sgd", block_rows=20, max_iter=3), asked)
    model = SGDRegressor(penalty=None, random_state=0)
    for _ in range(3):
        for rows in (slice(20), slice(20, 40), slice(40, 60)):
            model.partial_fit(asked.X[rows], asked.y[rows])
    np.testing.assert_array_equal(got.coef, model.coef_)
    assert (got.iterations, got.converged) == (3, False)


def test_sgd_by_blocks_that_overflows_is_a_divergence() -> None:
    got = fit(make("sklearn_sgd", block_rows=1), problem(np.array([[1e300], [1e299]]), np.array([1.0, 2.0])))
    assert np.isnan(got.coef).all()


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("options", [{}, {"method": "tsqr"}], ids=str)
@pytest.mark.parametrize("block_rows", [1, 17, 1000])
def test_dask_answers_the_same_whatever_the_blocks(options: dict[str, Any], block_rows: int, intercept: bool) -> None:
    asked = noisy(100, 3, intercept=intercept)
    got = fit(make("dask_lstsq", block_rows=block_rows, **options), asked)
    exact_coef, constant = ridge(asked)
    np.testing.assert_allclose([*got.coef, got.intercept], [*exact_coef, constant], rtol=1e-12)


@pytest.mark.parametrize("method", ["lstsq", "tsqr"])
def test_dask_declines_what_it_has_no_answer_for(method: str) -> None:
    backend = make("dask_lstsq", method=method)
    with pytest.raises(Unsupported, match="a row for each parameter, got 2 for 3"):
        backend.prepare(noisy(2, 2), "cpu")
    with pytest.raises(Unsupported, match="assumes full rank"):
        fit(backend, problem(np.zeros((8, 2)), np.ones(8)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"block_rows": 5, "early_stopping": True}, "block_rows: got 5 with early_stopping"),
        ({"block_rows": 0}, "block_rows: got 0, wanted a number at least 1"),
        ({"eta0": 0.0}, "eta0: got 0.0, wanted a number above 0"),
        ({"max_iter": 0}, "max_iter: got 0, wanted a number at least 1"),
        ({"tol": -1.0}, "tol: got -1.0, wanted"),
        ({"validation_fraction": 1.0}, "validation_fraction: got 1.0, wanted a share of the rows below 1"),
    ],
)
def test_sgd_options_out_of_bounds(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        backend_class("sklearn_sgd")(**options)


def test_sklearnex_runs_onedal_and_patches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    backend = make("sklearnex_ols")
    from sklearn.linear_model import LinearRegression as Stock
    from sklearnex.linear_model import LinearRegression

    calls = []
    real = LinearRegression._onedal_fit

    def counted(self: object, *values: object, **named: object) -> None:
        calls.append(1)
        real(self, *values, **named)

    monkeypatch.setattr(LinearRegression, "_onedal_fit", counted)
    fit(backend, exact())
    fit(backend, problem(exact().X[:2], exact().y[:2]))
    assert len(calls) == 2
    assert Stock.__module__.startswith("sklearn.")


# polars


def test_polars_declines_a_singular_design_unless_told_not_to() -> None:
    full = exact()
    asked = problem(np.column_stack([full.X, full.X[:, 0]]), full.y)
    with pytest.raises(Unsupported, match="singular at singular_x_tol=library; lower that"):
        fit(make("polars_ols"), asked)
    got = fit(make("polars_ols", singular_x_tol=0, solver="svd"), asked)
    np.testing.assert_allclose(asked.X @ got.coef + got.intercept, full.y, atol=1e-9)


def test_polars_needs_a_row_for_each_parameter() -> None:
    with pytest.raises(Unsupported, match="a row for each parameter, got 3 for 4"):
        make("polars_ols").prepare(noisy(3, 3), "cpu")


def test_polyfit_is_a_polynomial_in_its_first_column() -> None:
    x = np.linspace(0.5, 2, 40)
    asked = problem(np.stack([x, x * x, x * x * x], axis=1), np.exp(x))
    found, exactly = fit(make("numpy_polyfit"), asked), solve(asked)
    np.testing.assert_allclose([found.intercept, *found.coef], [exactly.intercept, *exactly.coef], rtol=1e-9)
    assert found.rank == 4
    with pytest.raises(Unsupported, match="the columns are not powers; use numpy_lstsq"):
        fit(make("numpy_polyfit"), noisy(20, 2))


def test_linregress_is_the_line_with_its_standard_errors() -> None:
    asked = noisy(30, 1)
    found, exactly = fit(make("scipy_linregress"), asked), solve(asked)
    np.testing.assert_allclose([found.intercept, *found.coef], [exactly.intercept, *exactly.coef], rtol=1e-12)
    assert found.inference is not None
    np.testing.assert_allclose(found.inference().standard_errors, exactly.standard_errors or (), rtol=1e-12)
    with pytest.raises(Unsupported, match=r"x values are identical.*use scipy_lstsq"):
        fit(make("scipy_linregress"), problem(np.ones((5, 1)), np.arange(5.0)))


@pytest.mark.parametrize("name", ["glum_ols", "pyfixest_ols"])
@pytest.mark.parametrize("intercept", [True, False])
def test_glum_and_pyfixest_have_the_digits_and_standard_errors_of_ordinary_least_squares(
    name: str, intercept: bool
) -> None:
    asked = noisy(200, 3, intercept=intercept)
    found, exact = fit(make(name), asked), solve(asked)
    np.testing.assert_allclose(found.coef, np.array(exact.coef, dtype=np.float64), rtol=1e-11)
    assert found.inference is not None
    said = found.inference()
    assert exact.standard_errors is not None
    twice = np.sqrt(200 / (197 - intercept)) if name == "glum_ols" else 1.0  # glum corrects for the parameters twice
    errors = twice * np.array(exact.standard_errors, dtype=np.float64)
    np.testing.assert_allclose(said.standard_errors, errors, rtol=1e-9)
    assert (said.r_squared is not None) == (intercept and name == "pyfixest_ols")
    if said.r_squared is not None:
        other = fit(make("statsmodels_ols"), asked)
        assert other.inference is not None
        theirs = other.inference()
        for word in ("r_squared", "adjusted_r_squared", "t_values", "p_values", "confidence_low", "confidence_high"):
            np.testing.assert_allclose(getattr(said, word), getattr(theirs, word), rtol=1e-8, atol=1e-15, err_msg=word)


def test_pyfixest_drops_a_dependent_column_and_says_its_rank() -> None:
    full = noisy(50, 2)
    asked = problem(np.column_stack([full.X, full.X[:, 0]]), full.y)
    got = fit(make("pyfixest_ols"), asked)
    assert got.rank == 3
    assert got.coef[2] == 0
    assert got.inference is None


def test_glum_refuses_a_singular_matrix() -> None:
    full = noisy(50, 2)
    with pytest.raises(Unsupported, match="glum"):
        fit(make("glum_ols"), problem(np.column_stack([full.X, full.X[:, 0]]), full.y))
