"""The test set, for the loss of answers on rows that were not fitted."""

import numpy as np
from numpy.typing import NDArray

from backends.base import Array
from harness.reference.forms import Forms
from harness.reference.gram import exact_gram
from harness.reference.rationals import of_fraction
from harness.reference.rounding import nearest


class HeldOut:
    """The test loss of any answer, from the exact Gram matrix of the rows.

    Parameters
    ----------
    X : ndarray of shape (n_test, n_features)
    y : ndarray of shape (n_test,)
    weights : ndarray of shape (n_test,), optional
    """

    def __init__(self, X: Array, y: Array, weights: NDArray[np.float64] | None = None) -> None:
        gram = exact_gram(X, y, weights)
        self._forms, self._weight = Forms(gram), of_fraction(gram.weight)

    def loss(self, coef: NDArray[np.float64], intercept: float) -> float:
        """The mean squared error of a finite answer, weighted where the rows are, correctly rounded."""
        return nearest(self._forms.residuals(coef.tolist(), intercept).squares / self._weight)
