"""`BackendRegressor`: scikit-learn's own checks for every CPU backend, and what the estimator adds to them."""

import doctest
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import harness
from backends.base import Backend, Device, Fit, Missing, Problem, Unsupported
from harness.catalog import backend_class, backend_names

pytest.importorskip("sklearn", reason="BackendRegressor needs scikit-learn, an extra")

from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_checks

from harness import BackendRegressor
from harness import estimator as estimator_module
from tests.backends.test_contract import DECLINES, SLOW_TO_START
from tests.support.paths import ROOT

CONVERGENT: dict[str, dict[str, Any]] = {
    "scratch_gd": {"learning_rate": 4.5e-5, "epochs": 10_000},
    "scratch_sgd": {"learning_rate": 1e-5, "epochs": 1000},
    "sklearn_sgd": {"learning_rate": "constant", "eta0": 2e-5, "max_iter": 1000, "tol": "none"},
    "torch_linear": {"optimiser": "adam", "learning_rate": 0.1, "epochs": 100},
}
"""Options under which an iteration stays stable on all data of scikit-learn's checks and learns the scaled ones.

One of those data sets has two columns around 100, unscaled: no step above 5e-5 is stable there.
"""

REFUSES_DEPENDENT_COLUMNS = {
    "polars_ols": "polars-ds declines a singular design, which this check's data are",
    "scratch_sketch": "a sketch of such a design has no triangular factor to solve with",
}
"""The one check that cannot apply, `check_array_api_input`: for whom, and why."""

NOT_OVERWRITTEN, AS_REPEATED = "check_sample_weights_not_overwritten", "check_sample_weight_equivalence_on_dense_data"
"""The checks of weights that differ from row to row, which a backend without weights refuses."""

NOT_AS_REPEATED = {
    "scratch_sgd": "a row that is repeated has several turns among the others",
    "sklearn_sgd": "a row that is repeated has several turns among the others",
    "sklearnex_ols": "of fewer rows than columns, as here, oneDAL gives another solution than the least",
}
"""For whom, and why, weights are not what repeated rows are in scikit-learn's check."""

SLOW = {"jax_lstsq", "scratch_gd", "torch_linear"}


def cpu_backends() -> list[str]:
    """Those of Python that answer every plain problem, and at once: a program would be started hundreds of times.

    The contract's tests ask the others the same.
    """
    kinds = {name: backend_class(name) for name in backend_names() if name not in {**DECLINES, **SLOW_TO_START}}
    return [name for name, kind in kinds.items() if "cpu" in kind.devices and not kind.library.program]


def installed(name: str) -> bool:
    return find_spec(backend_class(name).library.module.partition(".")[0]) is not None


def convergent(name: str) -> BackendRegressor:
    return BackendRegressor(name, **CONVERGENT.get(name, {}))


def line(n: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Three features in eighths; coefficients 1, -2, 0.5 and intercept 0.75, and a little noise."""
    rng = np.random.default_rng(3)
    X = rng.integers(-8, 13, (n, 3)) / 8
    return X, X @ [1.0, -2.0, 0.5] + 0.75 + 0.01 * rng.standard_normal(n)


# scikit-learn's own checks


@pytest.mark.filterwarnings("ignore:.*SCIPY_ARRAY_API is not set:sklearn.exceptions.SkipTestWarning")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in cpu_backends()]
)
def test_passes_check_estimator_whole(name: str) -> None:
    """Any other check that scikit-learn skips warns, which is an error here; the one let pass is the next test."""
    if not installed(name):
        pytest.skip(f"{name}: its library is not installed")
    expected = {AS_REPEATED: NOT_AS_REPEATED[name]} if name in NOT_AS_REPEATED else {}
    if not backend_class(name).takes_weights:
        expected = dict.fromkeys((NOT_OVERWRITTEN, AS_REPEATED), "it takes no weights of rows")
    told = estimator_checks.check_estimator(convergent(name), expected_failed_checks=expected)
    assert {each["check_name"] for each in told if each["status"] == "xfail"} == expected.keys()


ARRAY_API_CHECKS = """
import json
from sklearn.utils.estimator_checks import estimator_checks_generator
from tests.test_estimator import convergent, cpu_backends, installed

said = {}
for name in filter(installed, cpu_backends()):
    for estimator, check in estimator_checks_generator(convergent(name)):
        if "array_api" in check.func.__name__:
            try:
                check(estimator)
                said[name] = "passed"
            except Exception as error:
                said[name] = f"{type(error).__name__}: {error}"
print(json.dumps(said))
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(estimator_checks, "estimator_checks_generator"), reason="scikit-learn before 1.6")
def test_passes_the_checks_that_need_array_api_dispatch() -> None:
    """SciPy looks at SCIPY_ARRAY_API when it is first imported: hence the other process."""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", ARRAY_API_CHECKS],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    said: dict[str, str] = json.loads(run.stdout)
    failed = {name: word for name, word in said.items() if word != "passed"}
    if not said:
        pytest.skip("this scikit-learn applies them to estimators with array API support alone")
    assert failed.keys() == REFUSES_DEPENDENT_COLUMNS.keys() & said.keys(), failed
    assert all("singular" in word or "dependent" in word for word in failed.values())


# parameters


def test_a_grid_sees_every_option_and_a_clone_only_those_given() -> None:
    estimator = BackendRegressor("scratch_gd", learning_rate=0.25)
    own = {"backend": "scratch_gd", "intercept": True, "l2": 0.0, "device": "cpu", "learning_rate": 0.25}
    assert estimator.get_params(deep=False) == own
    assert estimator.get_params() == backend_class("scratch_gd").defaults() | own
    assert clone(estimator).get_params(deep=False) == own
    assert repr(estimator) == "BackendRegressor(backend='scratch_gd', learning_rate=0.25)"


def test_a_clone_can_change_its_backend_and_give_the_new_ones_options() -> None:
    estimator = clone(BackendRegressor("scratch_gd")).set_params(backend="scratch_ols", method="qr", l2=0.5)
    given = {"backend": "scratch_ols", "intercept": True, "l2": 0.5, "device": "cpu", "method": "qr"}
    assert estimator.get_params(deep=False) == given
    assert estimator.fit(*line()).rank_ == 4


def test_an_option_given_earlier_is_not_dropped_in_silence_with_its_backend() -> None:
    estimator = BackendRegressor("scratch_gd", epochs=5).set_params(backend="scratch_ols")
    with pytest.raises(ValueError, match=r"^scratch_ols has no option 'epochs'"):
        estimator.fit(*line())


def test_clones_do_not_share_their_options() -> None:
    estimator = BackendRegressor("scratch_gd", epochs=5)
    clone(estimator).set_params(epochs=6)
    assert estimator.get_params()["epochs"] == 5


def test_a_refused_set_params_changes_nothing() -> None:
    estimator = BackendRegressor("scratch_gd", epochs=5)
    with pytest.raises(ValueError, match=r"^scratch_gd has no option 'learnin_rate'; did you mean 'learning_rate'\?$"):
        estimator.set_params(l2=1.0, epochs=6, learnin_rate=0.5)
    assert estimator.get_params(deep=False)["epochs"] == 5
    assert estimator.l2 == 0.0


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"backend": "scratch_old"}, "backend: unknown backend 'scratch_old'; did you mean 'scratch_ols'?"),
    ({"backend": 3}, "backend: got 3, wanted"),
    ({"methd": "qr"}, "scratch_ols has no option 'methd'; did you mean 'method'?"),
    ({"fit_intercept": False}, "scratch_ols has no option 'fit_intercept'; did you mean 'intercept'?"),
    ({"method": "q"}, "method: got 'q', wanted 'auto', 'exact', 'qr', 'normal' or 'loops'"),
    ({"backend": "scratch_gd", "epochs": 0}, "epochs: got 0, wanted a number at least 1"),
    ({"backend": "scratch_gd", "epochs": 2.5}, "epochs: got 2.5, wanted a valid integer"),
    ({"backend": "sklearn_ols", "tol": "x"}, "tol: got 'x', wanted a valid number or 'library'"),
    ({"l2": -1.0}, "l2: got -1.0, wanted a finite number at least 0"),
    ({"l2": float("nan")}, "l2: got nan, wanted"),
    ({"l2": "1"}, "l2: got '1', wanted"),
    ({"intercept": "no"}, "intercept: got 'no', wanted"),
    ({"device": "cuda"}, "device: got 'cuda', wanted cpu for scratch_ols"),
    ({"backend": "numpy_lstsq", "l2": 1.0}, "numpy_lstsq, n_samples=24, n_features=3: numpy_lstsq has no l2 penalty"),
    ({"method": "loops"}, "scratch_ols, n_samples=24, n_features=3: method 'loops' is the closed form for one feature"),
    ({"backend": "scratch_gd", "learning_rate": 1e3}, "scratch_gd: not all coefficients are finite after 3 epochs"),
]


@pytest.mark.parametrize(("params", "message"), WRONG, ids=lambda each: each if isinstance(each, str) else "")
def test_what_is_wrong_is_said_at_fit(params: dict[str, Any], message: str) -> None:
    estimator = BackendRegressor(**params)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared whole below
        estimator.fit(*line())
    assert str(caught.value).startswith(message)
    assert not hasattr(estimator, "coef_")


def test_numpy_scalars_are_options_as_good_as_pythons() -> None:
    X, y = line()
    plain = BackendRegressor("scratch_gd", epochs=7, learning_rate=0.25).fit(X, y)
    numpy = BackendRegressor("scratch_gd", epochs=np.int64(7), learning_rate=np.float32(0.25)).fit(X, y)
    assert numpy.n_iter_ == 7
    np.testing.assert_array_equal(numpy.coef_, plain.coef_)


# the problem that a backend is given, and what becomes of its answer


@dataclass(frozen=True, kw_only=True)
class Spy(Backend[Problem]):
    """Keeps the problem; answers as it is told."""

    takes_l2 = True
    seen = staticmethod(list[Problem]().append)
    answer = staticmethod(lambda problem: Fit(np.ones(problem.X.shape[1]), 2.0, True, None, 3))

    def prepare(self, problem: Problem, device: Device) -> Problem:
        self.seen(problem)
        return problem

    def solve(self, state: Problem) -> Fit:
        return self.answer(state)


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Problem]]:
    """Stand in for every backend, answering by the function given."""

    def install(answer: Callable[[Problem], Fit] = Spy.answer) -> list[Problem]:
        problems: list[Problem] = []
        monkeypatch.setattr(Spy, "seen", staticmethod(problems.append))
        monkeypatch.setattr(Spy, "answer", staticmethod(answer))
        monkeypatch.setattr(estimator_module, "backend_class", lambda name: Spy)
        return problems

    return install


@pytest.mark.parametrize(
    ("given", "solved"),
    [("float64", "float64"), ("float32", "float32"), ("int16", "float64"), ("float16", "float64"), (">f8", "float64")],
)
def test_a_problem_keeps_float32_and_is_read_only_in_c_order(spy: Any, given: str, solved: str) -> None:
    problems = spy()
    X = np.asfortranarray(line()[0].astype(given))
    BackendRegressor("spy", intercept=False, l2=0.25).fit(X, line()[1])
    (problem,) = problems
    assert problem.X.dtype == problem.y.dtype == np.dtype(solved)
    assert problem.X.flags.c_contiguous
    assert not problem.X.flags.writeable
    assert not problem.y.flags.writeable
    assert (problem.intercept, problem.l2) == (False, 0.25)
    np.testing.assert_array_equal(problem.X, X)


def test_arrays_that_are_right_already_are_not_copied_and_stay_writable(spy: Any) -> None:
    problems = spy()
    X, y = line()
    BackendRegressor("spy").fit(X, y)
    assert np.shares_memory(problems[0].X, X)
    assert np.shares_memory(problems[0].y, y)
    assert X.flags.writeable
    assert y.flags.writeable


@pytest.mark.parametrize("text", ["2023_09", "\uff11\uff12", "0x10", "nan", "inf", "1,5", ""])
@pytest.mark.parametrize("kind", [object, str])
def test_a_text_that_is_no_decimal_is_refused(text: str, kind: type) -> None:
    with pytest.raises(ValueError, match=r"^X: got .*, wanted numbers; a text must be a decimal$"):
        BackendRegressor().fit(np.array([[text], ["2"], ["3"]], dtype=kind), [1.0, 2.0, 4.0])
    with pytest.raises(ValueError, match=r"^y: got .*, wanted numbers"):
        BackendRegressor().fit([[1.0], [2.0], [4.0]], np.array([text, "2", "3"], dtype=kind))
    fitted = BackendRegressor().fit(np.array([["1.5"], [" -2e0 "], ["3"]], dtype=kind), [1.0, 2.0, 4.0])
    with pytest.raises(ValueError, match=r"^X: got .*, wanted numbers"):
        fitted.predict([[text]])


def test_a_target_that_does_not_fit_float32_is_refused() -> None:
    X, y = line()
    with pytest.raises(ValueError, match=r"^y: got a value up to .*e\+200, too large for X's float32$"):
        BackendRegressor().fit(X.astype(np.float32), 1e200 * y)


def test_the_fit_becomes_attributes(spy: Any) -> None:
    spy()
    fitted = BackendRegressor("spy").fit(*line())
    assert (fitted.intercept_, fitted.converged_, fitted.n_iter_, fitted.rank_) == (2.0, True, None, 3)
    assert fitted.n_features_in_ == 3
    np.testing.assert_array_equal(fitted.predict([[1.0, 2.0, 3.0]]), [8.0])


def test_a_float32_fit_keeps_the_digits_that_the_backend_found() -> None:
    X = np.array([[0.0], [1.0], [2.0]], dtype=np.float32)
    fitted = BackendRegressor().fit(X, [0.0, 0.0, 1.0])
    assert fitted.coef_.dtype == fitted.predict(X).dtype == np.float64
    assert fitted.intercept_ == pytest.approx(-1 / 6, rel=1e-15)


def raising(error: Exception) -> Callable[[Problem], Fit]:
    def answer(problem: Problem) -> Fit:
        raise error

    return answer


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (Unsupported("wants more rows"), ValueError, "spy, n_samples=24, n_features=3: wants more rows"),
        (Missing("no engine; install it"), ImportError, "spy: no engine; install it"),
        (ImportError("No module named 'x'"), ImportError, "spy needs numpy (No module named 'x'); install it"),
        (ZeroDivisionError("its own"), ZeroDivisionError, "its own"),
    ],
    ids=["unsupported", "missing", "import", "any other"],
)
def test_a_backends_refusal_names_it_and_the_problem(
    spy: Any, error: Exception, kind: type[Exception], message: str
) -> None:
    spy(raising(error))
    with pytest.raises(kind) as caught:
        BackendRegressor("spy").fit(*line())
    assert str(caught.value) == message


@pytest.mark.parametrize("broken", [Fit(np.array([1, np.nan]), 0.0, True, 9), Fit(np.ones(2), np.inf, True, 9)])
def test_a_fit_that_is_not_finite_is_refused(spy: Any, broken: Fit) -> None:
    spy(lambda problem: broken)
    with pytest.raises(ValueError, match=r"^spy: not all coefficients are finite after 9 epochs"):
        BackendRegressor("spy").fit(*line())


def test_a_stopping_rule_that_was_asked_for_and_not_met_warns_at_the_line_that_fits() -> None:
    estimator = BackendRegressor("scratch_gd", epochs=3, tolerance=1e-12)
    with pytest.warns(ConvergenceWarning, match=r"^scratch_gd: the stopping rule was not met in 3 epochs") as caught:
        estimator.fit(*line())
    assert caught[0].filename == __file__
    assert not estimator.converged_


def test_a_fixed_number_of_epochs_does_not_warn_and_a_rule_that_was_met_neither() -> None:
    X, y = line()
    assert not BackendRegressor("scratch_gd", epochs=3).fit(X, y).converged_
    assert BackendRegressor("scratch_gd", epochs=5000, tolerance=1e-6).fit(X, y).converged_


# weights of rows


@pytest.mark.parametrize("name", [each for each in cpu_backends() if backend_class(each).takes_weights])
def test_weights_are_those_of_the_problem(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problems: list[Problem] = []

    def solve(_: BackendRegressor, chosen: Backend[Any], problem: Problem) -> Fit:
        problems.append(problem)
        return Fit(np.ones(3), 2.0, True, None)

    monkeypatch.setattr(BackendRegressor, "_solve", solve)
    weights = np.arange(24) % 3
    BackendRegressor(name).fit(*line(), sample_weight=[*map(str, weights)])
    (problem,) = problems
    assert problem.weights is not None
    assert problem.weights.dtype == np.float64
    assert not problem.weights.flags.writeable
    np.testing.assert_array_equal(problem.weights, weights)


@pytest.mark.parametrize("l2", [0.0, 0.25])
def test_weights_mean_what_repeated_rows_mean(l2: float) -> None:
    X, y = line()
    weights = np.arange(24) % 4
    weighted = BackendRegressor(l2=l2).fit(X, y, sample_weight=weights)
    repeated = BackendRegressor(l2=l2).fit(X.repeat(weights, axis=0), y.repeat(weights))
    np.testing.assert_allclose([*weighted.coef_, weighted.intercept_], [*repeated.coef_, repeated.intercept_], 1e-14)


def test_equal_weights_are_none_and_any_backend_takes_them(spy: Any) -> None:
    problems = spy()
    BackendRegressor("spy").fit(*line(), sample_weight=[3] * 24)
    assert problems[0].weights is None


WRONG_WEIGHTS: list[tuple[Any, str]] = [
    ([1.0] * 23, "sample_weight: got the shape (23,), wanted (24,), one for each row"),
    (np.ones((24, 2)), "sample_weight: got the shape (24, 2), wanted (24,), one for each row"),
    ([1.0] * 22 + [-2.0, 1.0], "sample_weight: got -2 in row 22, wanted numbers at least 0"),
    (np.zeros(24), "sample_weight: got zero for every row, wanted a number above it in one"),
    (["1_0"] * 24, "sample_weight: got '1_0', wanted numbers; a text must be a decimal"),
]


@pytest.mark.parametrize(("weights", "message"), WRONG_WEIGHTS)
def test_weights_that_are_none_are_refused(weights: Any, message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - compared whole below
        BackendRegressor().fit(*line(), sample_weight=weights)
    assert str(caught.value) == message


def test_a_backend_without_weights_says_so_and_which_has_them() -> None:
    said = r"^numpy_lstsq, .*: numpy_lstsq takes no weights of rows; use scratch_ols, statsmodels_ols or sklearn_ols$"
    with pytest.raises(ValueError, match=said):
        BackendRegressor("numpy_lstsq").fit(*line(), sample_weight=np.arange(24))


# where estimators are used


def test_a_grid_search_hands_weights_on() -> None:
    weights = np.arange(24) % 4 + 1
    search = GridSearchCV(BackendRegressor(), {"l2": [0.0, 0.1]}, cv=3).fit(*line(), sample_weight=weights)
    whole = BackendRegressor().fit(*line(), sample_weight=weights)
    np.testing.assert_array_equal(search.best_estimator_.coef_, whole.coef_)


def test_scores_of_cross_validation_are_linear_regressions() -> None:
    X, y = line()
    scores = cross_val_score(BackendRegressor(), X, y, cv=4)
    np.testing.assert_allclose(scores, cross_val_score(LinearRegression(), X, y, cv=4), rtol=1e-12)


def test_l2_is_ridges_alpha_over_the_number_of_rows() -> None:
    X, y = line()
    ours, theirs = BackendRegressor(l2=0.5).fit(X, y), Ridge(alpha=0.5 * len(y)).fit(X, y)
    np.testing.assert_allclose([*ours.coef_, ours.intercept_], [*theirs.coef_, theirs.intercept_], rtol=1e-12)


def test_a_grid_searches_an_option_inside_a_pipeline() -> None:
    X, y = line()
    pipeline = make_pipeline(StandardScaler(), BackendRegressor("scratch_gd", epochs=50))
    search = GridSearchCV(pipeline, {"backendregressor__learning_rate": np.array([1e-5, 1e-3, 0.2])}, cv=3)
    best = search.fit(X * [1.0, 100.0, 1e4] + 1e3, y).best_estimator_
    assert search.best_params_ == {"backendregressor__learning_rate": 0.2}
    assert best[-1].n_iter_ == 50
    assert search.best_score_ > 0.99


def test_a_grid_searches_backends_each_with_options_of_its_own() -> None:
    grid = [
        {"backend": ["scratch_gd"], "epochs": [1, 2]},
        {"backend": ["scratch_ols"], "method": ["qr", "normal"]},
    ]
    search = GridSearchCV(BackendRegressor(), grid, cv=3, error_score="raise").fit(*line())
    assert len(search.cv_results_["params"]) == 4
    assert search.best_params_["backend"] == "scratch_ols"


def test_names_of_columns_are_kept_and_held_to() -> None:
    pandas = pytest.importorskip("pandas")
    X, y = line()
    frame = pandas.DataFrame(X, columns=["a", "b", "c"])
    fitted = BackendRegressor().fit(frame, y)
    assert list(fitted.feature_names_in_) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(frame[["c", "b", "a"]])


def test_the_examples_in_the_docstring_are_right() -> None:
    found = doctest.testmod(estimator_module)
    assert (found.failed, found.attempted) == (0, 6)


def test_every_parameter_stands_in_the_signature_under_its_own_default() -> None:
    parameters = inspect.signature(BackendRegressor).parameters
    assert [*parameters][:-1] == [*estimator_module.OWN]
    assert parameters["options"].kind is inspect.Parameter.VAR_KEYWORD


# the package


def python(code: str) -> str:
    run = partial(subprocess.run, capture_output=True, text=True, check=True, timeout=60, cwd=ROOT)
    return run([sys.executable, "-c", code]).stdout.strip()


def test_importing_the_package_imports_no_scikit_learn_and_nothing_heavy() -> None:
    loaded = python("import sys, harness; harness.__version__; print(*sys.modules)").split()
    assert "harness" in loaded
    assert not {"sklearn", "numpy", "pydantic", "harness.estimator"} & set(loaded)


def test_without_scikit_learn_the_error_says_what_to_install() -> None:
    said = python(
        "import sys; sys.modules['sklearn'] = None\n"
        "try:\n    from harness import BackendRegressor\n"
        "except ImportError as error:\n    print(error)"
    )
    assert said.startswith("BackendRegressor needs scikit-learn (")
    assert said.endswith("pip install 'linbench[sklearn]'")


def test_the_packages_public_names() -> None:
    assert set(harness.__all__) <= set(dir(harness))
    assert harness.BackendRegressor is estimator_module.BackendRegressor
    with pytest.raises(AttributeError, match=r"^module 'harness' has no attribute 'Backend'$"):
        _ = harness.Backend
