"""The contract, held against every backend there is, found as the program finds them.

A backend this file has never heard of is tested with its defaults. `LONG` only says how far to run those whose
defaults are made for other problems.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pytest

from backends.base import Array, Backend, Device, Fit, IterativeBackend, Missing, Problem, Unsupported
from harness.catalog import backend_class, backend_names

LONG: dict[str, dict[str, Any]] = {
    "scratch_gd": {"learning_rate": 0.2, "epochs": 500},
    "scratch_sgd": {"learning_rate": 0.05, "epochs": 300, "schedule": "invscaling", "power_t": 0.5},
    "sklearn_sgd": {"eta0": 0.05, "max_iter": 400, "tol": "none"},
    "torch_linear": {"learning_rate": 0.2, "epochs": 400},
    "weka_linear": {"ridge": 1e-30},
}
"""Options under which a backend comes near the answer of the small, well-scaled problems below."""

DECLINES = {
    "clickhouse_regr": "its aggregates fit one column and an intercept",
    "numpy_polyfit": "it fits polynomials with an intercept",
    "postgres_regr": "regr_slope fits one column and an intercept",
    "scipy_linregress": "it fits one column and an intercept",
    "weka_linear": "its model always has an intercept",
}
"""Backends that answer only some of the plainest problems; of the others they say so, which is tested too."""

SLOW_TO_START = {
    "gnumeric_linest": "Gnumeric is started for each fit",
    "gretl_ols": "gretl is started for each problem",
    "octave_ols": "Octave takes a third of a second to start, for each problem",
    "libreoffice_linest": "an office is started for each fit, which takes seconds",
    "postgres_regr": "a database is made for each problem, which takes a second",
    "pspp_regression": "PSPP is started for each fit",
    "r_armadillo": "R takes a third of a second to start, for each problem",
    "r_eigen": "R loads its package Matrix with it, which takes a second",
    "spark_linear": "Spark takes seconds for each fit",
    "weka_linear": "Java compiles the script at each start, which takes seconds",
}
"""Backends of which the two tests that say most are run."""

SAY_MOST = re.compile(
    r"test_recovers_exact_data\[.*-intercept-float64\]|"
    r"test_a_dependent_column_costs_no_fitted_value\[.*-duplicate-float64\]|"
    r"test_one_feature\[(?:postgres|clickhouse)_regr-.*-float64\]"
)
"""Each once, since each starts the program."""

FULL_RANK_ONLY = {
    ("glum_ols", "cpu"): "its normal equations take full rank for granted",
    ("dask_lstsq", "cpu"): "a triangular factor is solved as it is",
    ("torch_lstsq", "cuda"): "torch has plain QR alone on CUDA, which assumes full rank",
    ("duckdb_ols", "cpu"): "LU of the Gram matrix assumes full rank",
    ("polars_sums", "cpu"): "LU of the Gram matrix assumes full rank",
    ("sqlite_sums", "cpu"): "elimination without pivoting assumes full rank",
    ("sklearn_ridge", "cpu"): "Ridge without a penalty assumes full rank in its direct solvers",
}
"""Cells whose docstring says that what they answer for a rank-deficient problem means nothing."""

DTYPES = ("float64", "float32")
COEF = np.array([1.0, -2.0, 0.5])


class Cell(NamedTuple):
    """A backend on a device."""

    name: str
    cls: type[Backend[Any]]
    device: Device

    def backend(self) -> Backend[Any]:
        return self.cls(**LONG.get(self.name, {}))

    def prepare(self, backend: Backend[Any], problem: Problem) -> Any:
        try:
            return backend.prepare(problem, self.device)
        except Missing as lack:
            pytest.skip(str(lack))
        except Unsupported as refusal:
            if self.name in DECLINES:
                pytest.skip(str(refusal))
            raise

    def fit(self, problem: Problem) -> Fit:
        backend = self.backend()
        return backend.solve(self.prepare(backend, problem))


def _cells(wanted: Callable[[type[Backend[Any]]], bool] = lambda _: True) -> list[Any]:
    marks: dict[str, Any] = {"cuda": pytest.mark.cuda}
    return [
        pytest.param(Cell(name, cls, device), id=f"{name}-{device}", marks=marks.get(device, ()))
        for name in backend_names()
        for cls in [backend_class(name)]
        for device in sorted(cls.devices)
        if wanted(cls)
    ]


def _rates(cls: type[Backend[Any]]) -> set[str]:
    """The options that are a step's length."""
    return {"learning_rate", "eta0"} & {name for name, value in cls.defaults().items() if isinstance(value, float)}


def _limits(cls: type[Backend[Any]]) -> set[str]:
    """The options that say how many epochs at most."""
    return {"epochs", "max_iter"} & set(cls.defaults())


each_class = pytest.mark.parametrize("name", backend_names())
each_dtype = pytest.mark.parametrize("dtype", DTYPES)
with_and_without_intercept = pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "no_intercept"])


@pytest.fixture(params=_cells())
def cell(request: pytest.FixtureRequest) -> Cell:
    found: Cell = request.param
    lack = found.cls.lack()
    if lack is not None:
        pytest.skip(f"{found.name} is not here; {lack}")
    if found.name in SLOW_TO_START and not SAY_MOST.match(request.node.name):
        pytest.skip(SLOW_TO_START[found.name])
    return found


def problem(X: Array, y: Array, dtype: str = "float64", *, intercept: bool = True, l2: float = 0.0) -> Problem:
    X, y = np.array(X, dtype=dtype, order="C"), np.array(y, dtype=dtype)
    X.flags.writeable = y.flags.writeable = False
    return Problem(X, y, intercept, l2)


def exact(dtype: str = "float64", *, intercept: bool = True, p: int = 3, l2: float = 0.0) -> Problem:
    """64 rows of eighths: every number of the problem is exact in float32 too, and so is ``COEF`` as its answer."""
    X = np.random.default_rng(3).integers(-8, 13, (64, p)) / 8
    return problem(X, X @ COEF[:p] + 0.75 * intercept, dtype, intercept=intercept, l2=l2)


def tolerance(fit: Fit, dtype: str) -> float:
    """What a direct method owes, and what an iteration that ran long enough does."""
    if fit.iterations is not None:
        return 2e-2
    return 1e-9 if dtype == "float64" else 1e-4


def ridge(problem: Problem) -> tuple[Array, float]:
    """The closed form: ``(XᵀX + n l2 I) b = Xᵀy`` of the centred data, the intercept from the means."""
    X, y = problem.X.astype(np.float64), problem.y.astype(np.float64)
    mean_x, mean_y = (X.mean(axis=0), y.mean()) if problem.intercept else (np.zeros(X.shape[1]), 0.0)
    A = X - mean_x
    coef = np.linalg.solve(A.T @ A + len(y) * problem.l2 * np.eye(X.shape[1]), A.T @ (y - mean_y))
    return coef, float(mean_y - mean_x @ coef)


def assert_near(fit: Fit, coef: Array, intercept: float, dtype: str) -> None:
    np.testing.assert_allclose(fit.coef, coef, rtol=0, atol=tolerance(fit, dtype))
    assert fit.intercept == pytest.approx(intercept, rel=0, abs=tolerance(fit, dtype))


def assert_fits(fit: Fit, problem: Problem, dtype: str) -> None:
    """Right fitted values, which is all that a rank-deficient problem determines."""
    fitted = problem.X.astype(np.float64) @ fit.coef + fit.intercept
    np.testing.assert_allclose(fitted, problem.y, rtol=0, atol=5 * tolerance(fit, dtype))


# what a fit is


@each_dtype
@with_and_without_intercept
def test_recovers_exact_data(cell: Cell, dtype: str, intercept: bool) -> None:
    fit = cell.fit(exact(dtype, intercept=intercept))
    assert_near(fit, COEF, 0.75 * intercept, dtype)


@each_dtype
def test_one_feature(cell: Cell, dtype: str) -> None:
    assert_near(cell.fit(exact(dtype, p=1)), COEF[:1], 0.75, dtype)


@each_dtype
@with_and_without_intercept
def test_the_shape_of_an_answer(cell: Cell, dtype: str, intercept: bool) -> None:
    fit = cell.fit(exact(dtype, intercept=intercept))
    assert isinstance(fit, Fit)
    assert isinstance(fit.coef, np.ndarray)
    assert fit.coef.dtype == np.float64
    assert fit.coef.shape == (3,)
    assert type(fit.intercept) is float
    assert type(fit.converged) is bool
    assert fit.iterations is None or (type(fit.iterations) is int and fit.iterations >= 1)
    assert fit.rank is None or type(fit.rank) is int
    if not intercept:
        assert fit.intercept == 0.0


@each_dtype
def test_equal_twice_and_leaves_the_state_alone(cell: Cell, dtype: str) -> None:
    asked = exact(dtype)
    X, y = asked.X.copy(), asked.y.copy()
    backend = cell.backend()
    state = cell.prepare(backend, asked)
    first, *others = [backend.solve(state), backend.solve(state), backend.solve(cell.prepare(backend, asked))]
    for other in others:
        np.testing.assert_array_equal(other.coef, first.coef)
        assert _rest(other) == _rest(first)
    np.testing.assert_array_equal(asked.X, X)
    np.testing.assert_array_equal(asked.y, y)


def _rest(fit: Fit) -> tuple[object, ...]:
    return fit.intercept, fit.converged, fit.iterations, fit.rank


def test_a_refit_of_other_data_remembers_nothing(cell: Cell) -> None:
    backend = cell.backend()
    before = backend.solve(cell.prepare(backend, exact()))
    backend.solve(cell.prepare(backend, exact(p=1)))
    np.testing.assert_array_equal(backend.solve(cell.prepare(backend, exact())).coef, before.coef)


# problems that lack something


def answer(cell: Cell, asked: Problem) -> Fit | None:
    """The fit, or None for a refusal in words."""
    try:
        return cell.fit(asked)
    except Unsupported as refusal:
        if not str(refusal):
            pytest.fail("a refusal says why")
        return None


@each_dtype
@pytest.mark.parametrize("kind", ["constant", "zero", "duplicate"])
def test_a_dependent_column_costs_no_fitted_value(cell: Cell, dtype: str, kind: str) -> None:
    if (cell.name, cell.device) in FULL_RANK_ONLY:
        pytest.skip(FULL_RANK_ONLY[cell.name, cell.device])
    full = exact(dtype)
    extra = {"constant": np.ones(64), "zero": np.zeros(64), "duplicate": full.X[:, 0]}[kind]
    asked = problem(np.column_stack([full.X, extra]), full.y, dtype)
    fit = answer(cell, asked)
    if fit is not None:
        assert_fits(fit, asked, dtype)


@each_dtype
@with_and_without_intercept
def test_fewer_rows_than_features(cell: Cell, dtype: str, intercept: bool) -> None:
    full = exact(dtype, intercept=intercept)
    asked = problem(full.X[:2], full.y[:2], dtype, intercept=intercept)
    fit = answer(cell, asked)
    if fit is None:
        return
    assert np.isfinite([*fit.coef, fit.intercept]).all()
    if fit.iterations is None:
        assert_fits(fit, asked, dtype)


@each_dtype
@with_and_without_intercept
def test_l2_is_the_closed_form_or_unsupported(cell: Cell, dtype: str, intercept: bool) -> None:
    asked = exact(dtype, intercept=intercept, l2=0.125)
    if not cell.cls.takes_l2:
        with pytest.raises(Unsupported, match="no l2 penalty"):
            cell.backend().check(asked)
        return
    fit = answer(cell, asked)
    if fit is not None:
        assert_near(fit, *ridge(asked), dtype)


# weights


WEIGHTS = np.array([0.0, 1.0, 3.0, 2.0] * 16)


def weighted(asked: Problem, weights: Array) -> Problem:
    own = np.array(weights, dtype=np.float64)
    own.flags.writeable = False
    return replace(asked, weights=own)


def off_the_line(dtype: str = "float64", *, intercept: bool = True, l2: float = 0.0) -> Problem:
    """As `exact`, with residuals that weights decide about; its numbers are exact in float32 too."""
    asked = exact(dtype, intercept=intercept)
    off = np.random.default_rng(4).integers(-8, 9, 64) / 16
    return problem(asked.X, asked.y + off, dtype, intercept=intercept, l2=l2)


def repeated(asked: Problem, times: Array) -> Problem:
    rows = np.repeat(np.arange(64), times.astype(int))
    return problem(asked.X[rows], asked.y[rows], str(asked.X.dtype), intercept=asked.intercept, l2=asked.l2)


def each_weighs(cell: Cell, asked: Problem) -> bool:
    """Whether the backend declares weights; one that does not refuses them in words, and is never given any."""
    if cell.cls.takes_weights:
        return True
    with pytest.raises(Unsupported, match="takes no weights of rows; use scratch_ols"):
        cell.backend().check(weighted(replace(asked, l2=0.0), WEIGHTS))
    return False


@each_dtype
@with_and_without_intercept
@pytest.mark.parametrize("l2", [0.0, 0.125])
def test_weights_are_repetitions_of_rows_or_unsupported(cell: Cell, dtype: str, intercept: bool, l2: float) -> None:
    asked = off_the_line(dtype, intercept=intercept, l2=l2)
    if not each_weighs(cell, asked) or (l2 and not cell.cls.takes_l2):
        return
    fit, whole = answer(cell, weighted(asked, WEIGHTS)), ridge(repeated(asked, WEIGHTS))
    if fit is not None:
        assert np.abs(whole[0] - ridge(asked)[0]).max() > 0.04, "weights that change nothing test nothing"
        assert_near(fit, *whole, dtype)


def test_weights_of_1_are_as_good_as_none(cell: Cell) -> None:
    asked = off_the_line()
    if each_weighs(cell, asked):
        with_ones, without = cell.fit(weighted(asked, np.ones(64))), cell.fit(asked)
        np.testing.assert_allclose(with_ones.coef, without.coef, rtol=1e-12)
        assert with_ones.intercept == pytest.approx(without.intercept, rel=1e-12)


def test_what_is_common_to_all_weights_changes_nothing(cell: Cell) -> None:
    asked = off_the_line()
    if each_weighs(cell, asked):
        plain, times = cell.fit(weighted(asked, WEIGHTS)), cell.fit(weighted(asked, 1024 * WEIGHTS))
        np.testing.assert_allclose(times.coef, plain.coef, rtol=1e-12)
        assert times.intercept == pytest.approx(plain.intercept, rel=1e-12)


def test_a_row_of_weight_0_is_as_good_as_not_there(cell: Cell) -> None:
    asked = off_the_line()
    if not each_weighs(cell, asked):
        return
    wild = np.array(asked.y)
    wild[WEIGHTS == 0] = 1000.0
    kept = WEIGHTS > 0
    fit = cell.fit(weighted(problem(asked.X, wild), WEIGHTS))
    without = cell.fit(weighted(problem(asked.X[kept], asked.y[kept]), WEIGHTS[kept]))
    np.testing.assert_allclose(fit.coef, without.coef, rtol=1e-9)
    assert fit.intercept == pytest.approx(without.intercept, rel=1e-9)


# iterations


def test_one_epoch_is_not_convergence_and_a_direct_method_has_no_epochs(cell: Cell) -> None:
    limits = _limits(cell.cls)
    assert limits or not issubclass(cell.cls, IterativeBackend), "an iterative backend has an option epochs or max_iter"
    backend = cell.cls(**dict.fromkeys(limits, 1))
    fit = backend.solve(cell.prepare(backend, exact()))
    assert fit.iterations in {None, 1}
    assert fit.converged == (fit.iterations is None)


@pytest.mark.parametrize("cell", _cells(lambda cls: issubclass(cls, IterativeBackend)), indirect=True)
def test_solve_drains_path(cell: Cell) -> None:
    backend = cell.cls(**{**LONG.get(cell.name, {}), **dict.fromkeys(_limits(cell.cls), 7)})
    assert isinstance(backend, IterativeBackend)
    state = cell.prepare(backend, exact())
    fit = backend.solve(state)
    epochs, reads = zip(*((snapshot.epoch, snapshot.read()) for snapshot in backend.path(state)), strict=True)
    assert epochs == tuple(range(1, 8))
    np.testing.assert_array_equal(reads[-1][0], fit.coef)
    assert reads[-1][1] == fit.intercept
    assert len({coef.tobytes() for coef, _ in reads}) == 7, "what was read must not change with later epochs"


@pytest.mark.parametrize("cell", _cells(lambda cls: bool(_rates(cls))), indirect=True)
def test_divergence_is_given_up_early(cell: Cell) -> None:
    backend = cell.cls(**dict.fromkeys(_rates(cell.cls), 1e3), **dict.fromkeys(_limits(cell.cls), 100_000))
    fit = backend.solve(cell.prepare(backend, exact()))
    assert not np.isfinite(fit.coef).all()
    assert not fit.converged
    assert fit.iterations is not None
    assert fit.iterations <= 1000


# options


@each_class
def test_is_a_frozen_keyword_only_dataclass(name: str) -> None:
    cls = backend_class(name)
    assert is_dataclass(cls)
    assert all(each.kw_only for each in fields(cls))
    backend = cls()
    for each in fields(cls):
        with pytest.raises(FrozenInstanceError):
            setattr(backend, each.name, getattr(backend, each.name))


@each_class
def test_every_option_has_a_default_and_is_documented(name: str) -> None:
    cls = backend_class(name)
    names = {each.name for each in fields(cls)}
    assert set(cls.defaults()) == names
    words = "\n".join(each.__doc__ or "" for each in cls.__mro__ if issubclass(each, Backend))
    documented = set(re.findall(r"\w+", " ".join(re.findall(r"^    ([\w, ]+) : ", words, re.MULTILINE))))
    assert names <= documented


@each_class
def test_repr_is_the_whole_set_up(name: str) -> None:
    cls = backend_class(name)
    for backend in (cls(), cls(**LONG.get(name, {}))):
        assert eval(repr(backend), {cls.__name__: cls}) == backend


@each_class
def test_claims_devices_that_exist(name: str) -> None:
    assert backend_class(name).devices
    assert backend_class(name).devices <= {"cpu", "cuda"}


def test_listing_imports_no_library() -> None:
    libraries = [backend_class(name).library for name in backend_names()]
    wrapped = {each.module.partition(".")[0] for each in libraries if not each.program} - {"numpy"}
    code = (
        "import sys\n"
        "from harness.catalog import backend_class, backend_names\n"
        "for name in backend_names(): backend_class(name)().defaults()\n"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(run.stdout.split())
    assert "backends.base" in loaded
    assert not (wrapped | {"numba"}) & loaded
