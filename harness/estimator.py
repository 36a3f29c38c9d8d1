"""Any backend as a scikit-learn estimator, for a Pipeline, GridSearchCV or cross_val_score.

scikit-learn is an extra: import `BackendRegressor` from ``harness``, which imports this module only on first use.
"""

import warnings
from dataclasses import fields
from functools import cache
from typing import Any, Self, get_type_hints

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import TypeAdapter, ValidationError

from backends.base import Array, Backend, Device, Fit, Missing, Problem, Unsupported
from harness.catalog import backend_class
from harness.datasets.base import is_decimal
from harness.errors import LinbenchError, nearest
from harness.messages import in_words
from harness.units import count_text

try:
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils.validation import check_array, check_is_fitted
except ImportError as lack:
    raise ImportError(f"BackendRegressor needs scikit-learn ({lack}); pip install 'linbench[sklearn]'") from lack
try:
    from sklearn.utils.validation import validate_data
except ImportError:  # scikit-learn 1.5 has it as a method

    def validate_data(estimator: Any, *data: Any, **how: Any) -> Any:
        """What scikit-learn 1.6 made public."""
        return estimator._validate_data(*data, **how)  # noqa: SLF001 - where 1.5 keeps it


OWN = {"backend": str, "intercept": bool, "l2": float, "device": str}
"""The parameters that are not the backend's options, and their types."""


class BackendRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Linear least squares by any backend, as a scikit-learn regressor.

    Minimises ``mean((X @ coef_ + intercept_ - y)**2) + l2 * |coef_|**2``, where ``sample_weight`` makes the mean a
    weighted one. Float32 data are solved as float32, all others as float64; coefficients and predictions are always
    float64, as a backend may find more digits than a float32 holds. Dense X and one target only.

    As scikit-learn requires, nothing is checked before `fit`. A parameter grid may name any option of the backend,
    whether given here or not, and may vary ``backend`` itself.

    Parameters
    ----------
    backend : str
        A name of `linbench list`: a built-in one, or one of another package.
    intercept : bool
        Whether the model has an intercept, which is never penalised.
    l2 : float
        The weight of ``|coef_|**2`` relative to the mean squared error, at least 0: the ``alpha`` of scikit-learn's
        ``Ridge`` divided by the number of rows.
    device : {"cpu", "cuda"}
        Where to solve.
    **options
        The backend's own, as in a suite's table; those not given keep its defaults.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Float64.
    intercept_ : float
        0.0 without an intercept.
    converged_ : bool
        Whether the method's own stopping rule was met. A method without one, or with a tolerance of 0, runs for its
        number of epochs and reports False.
    n_iter_ : int or None
        Passes over the data; None for a direct method.
    rank_ : int or None
        The rank found by the method, if it finds one: of ``[X 1]`` with an intercept.
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features,)
        Where X has column names that are all strings.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV
    >>> from harness import BackendRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [4.0]], [1.0, 3.0, 5.0, 9.0]
    >>> BackendRegressor(backend="scratch_ols", method="qr").fit(X, y).coef_.round(12)
    array([2.])
    >>> search = GridSearchCV(BackendRegressor("scratch_gd"), {"learning_rate": [1e-6, 0.05]}, cv=2).fit(X, y)
    >>> search.best_params_
    {'learning_rate': 0.05}
    """

    def __init__(
        self,
        backend: str = "scratch_ols",
        *,
        intercept: bool = True,
        l2: float = 0.0,
        device: Device = "cpu",
        **options: Any,
    ) -> None:
        self.backend = backend
        self.intercept = intercept
        self.l2 = l2
        self.device = device
        self._options = options

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; with ``deep``, also the backend's options that were not given, at their defaults.

        Clones do not get those, so that they can change their backend.
        """
        given = {name: getattr(self, name) for name in OWN} | self._options
        cls = _class_or_none(self.backend)
        return cls.defaults() | given if deep and cls else given

    def set_params(self, **params: Any) -> Self:
        """Set parameters and options by name.

        Raises
        ------
        ValueError
            When the resulting backend has no option of a name.
        """
        cls = _class_or_none(params.get("backend", self.backend))
        options = {name: value for name, value in params.items() if name not in OWN}
        if cls:
            _refuse_unknown(cls, str(params.get("backend", self.backend)), options)
        for name in params.keys() - options:
            setattr(self, name, params[name])
        self._options = self._options | options
        return self

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Solve the least-squares problem.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows, at least 0. Integers are equivalent to repeated rows; equal weights, to none.

        Raises
        ------
        ValueError
            For invalid parameters, options or data, for a problem that the backend cannot solve (such as weights, where
            it takes none), and when it diverges.
        ImportError
            When the backend's library, or something else it needs, is missing.

        Warns
        -----
        ConvergenceWarning
            When a requested stopping rule was not met.
        """
        chosen = self._chosen()
        fit = self._solve(chosen, self._problem(X, y, sample_weight))
        self._refuse_divergence(fit)
        self._warn_of_no_convergence(chosen, fit)
        self.coef_ = fit.coef
        self.intercept_ = fit.intercept
        self.converged_ = fit.converged
        self.n_iter_ = fit.iterations
        self.rank_ = fit.rank
        return self

    def predict(self, X: ArrayLike) -> NDArray[np.float64]:
        """The fitted values ``X @ coef_ + intercept_``.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
            Float64.
        """
        check_is_fitted(self)
        _refuse_other_text("X", X)
        rows: Array = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        predicted: NDArray[np.float64] = rows @ self.coef_ + self.intercept_
        return predicted

    def _chosen(self) -> Backend[Any]:
        """The backend with its options, all checked."""
        for name, kind in OWN.items():
            _check(name, getattr(self, name), kind)
        if not 0 <= self.l2 < np.inf:
            raise ValueError(f"l2: got {self.l2}, wanted a finite number at least 0")
        try:
            cls = backend_class(self.backend)
        except LinbenchError as error:
            raise ValueError(f"backend: {error}") from error
        if self.device not in cls.devices:
            raise ValueError(
                f"device: got {self.device!r}, wanted {' or '.join(sorted(cls.devices))} for {self.backend}"
            )
        _refuse_unknown(cls, self.backend, self._options)
        hints = get_type_hints(cls)
        return cls(**{name: _check(name, value, hints[name]) for name, value in self._options.items()})

    def _problem(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Problem:
        """The problem, with its data checked, and copied only where needed."""
        _refuse_other_text("X", X)
        _refuse_other_text("y", y)
        design, target = validate_data(self, X, y, dtype=[np.float64, np.float32], order="C", y_numeric=True)
        with np.errstate(over="ignore"):
            cast = np.ascontiguousarray(target, dtype=design.dtype)
        if not np.isfinite(cast).all():
            raise ValueError(f"y: got a value up to {np.abs(target).max():g}, too large for X's {design.dtype}")
        weights = None if sample_weight is None else _weights(sample_weight, len(cast))
        return Problem(_read_only(design), _read_only(cast), bool(self.intercept), float(self.l2), weights)

    def _solve(self, chosen: Backend[Any], problem: Problem) -> Fit:
        n, d = problem.X.shape
        try:
            chosen.check(problem)
            return chosen.solve(chosen.prepare(problem, self.device))
        except Unsupported as refusal:
            raise ValueError(f"{self.backend}, n_samples={n}, n_features={d}: {refusal}") from refusal
        except Missing as lack:
            raise ImportError(f"{self.backend}: {lack}") from lack
        except ImportError as lack:
            raise ImportError(f"{self.backend} needs {chosen.library.distribution} ({lack}); install it") from lack

    def _refuse_divergence(self, fit: Fit) -> None:
        if not np.isfinite([*fit.coef, fit.intercept]).all():
            when = "" if fit.iterations is None else f" after {count_text(fit.iterations, 'epoch')}"
            raise ValueError(
                f"{self.backend}: not all coefficients are finite{when}; scale the data or take smaller steps"
            )

    def _warn_of_no_convergence(self, chosen: Backend[Any], fit: Fit) -> None:
        # A backend without a rule never converges, so warning at every fit would be useless.
        rule = getattr(chosen, chosen.stopping_option) if chosen.stopping_option else None
        if isinstance(rule, float | int) and rule > 0 and not fit.converged:
            message = f"{self.backend}: the stopping rule was not met in {fit.iterations} epochs; allow more of them"
            warnings.warn(message, ConvergenceWarning, stacklevel=3)


def _refuse_other_text(name: str, values: ArrayLike) -> None:
    """Refuse texts that `float` accepts but that are not plain decimals: ``2023_09``, digits of other scripts."""
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths: scikit-learn has a better message
        return
    if array.dtype.kind not in "USO":
        return
    for each in array.ravel().tolist():
        text = each.decode("ascii", "replace") if isinstance(each, bytes) else each
        if isinstance(text, str) and not is_decimal(text.strip()):
            raise ValueError(f"{name}: got {each!r}, wanted numbers; a text must be a decimal")


def _weights(given: ArrayLike, rows: int) -> NDArray[np.float64] | None:
    """The weights of so many rows; None where all are equal, which is the problem without weights."""
    _refuse_other_text("sample_weight", given)
    weights: NDArray[np.float64] = check_array(given, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weights.shape != (rows,):
        raise ValueError(f"sample_weight: got the shape {weights.shape}, wanted {(rows,)}, one for each row")
    if (weights < 0).any():
        raise ValueError(f"sample_weight: got {weights.min():g} in row {weights.argmin()}, wanted numbers at least 0")
    if not weights.any():
        raise ValueError("sample_weight: got zero for every row, wanted a number above it in one")
    return None if (weights == weights[0]).all() else np.asarray(_read_only(weights), dtype=np.float64)


def _read_only(values: Array) -> Array:
    view = np.ascontiguousarray(values).view()  # a memmap becomes a plain array over the same memory
    view.flags.writeable = False
    return view


def _class_or_none(backend: Any) -> type[Backend[Any]] | None:
    """The backend's class; None where its name, not yet checked, does not exist."""
    try:
        return backend_class(backend) if isinstance(backend, str) else None
    except LinbenchError:
        return None


def _refuse_unknown(cls: type[Backend[Any]], backend: str, options: dict[str, Any]) -> None:
    known = [each.name for each in fields(cls)]
    for name in options:
        if name not in known:
            raise ValueError(f"{backend} has no option {name!r}{nearest(name, [*known, *OWN])}")


def _check(name: str, value: Any, hint: Any) -> Any:
    """The value, strictly of the type; a NumPy scalar, as in parameter grids, is converted to Python's type."""
    value = value.item() if isinstance(value, np.generic) else value
    try:
        return _adapter(hint).validate_python(value, strict=True)
    except ValidationError as error:
        wanted = dict.fromkeys(in_words(each, []).partition(", wanted ")[2] for each in error.errors())
        raise ValueError(f"{name}: got {value!r}, wanted {' or '.join(wanted)}") from error


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    return TypeAdapter(hint)
