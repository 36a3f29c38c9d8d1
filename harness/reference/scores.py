"""Exact scores of any answer: a `Judge` is made once per problem and used for each answer.

Sums over the rows come from the exact Gram matrix (`harness.reference.forms`) and are rounded once. An answer costs
O(n_features²) operations on integers, and one pass over the rows in float64 for the largest change of a fitted value.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import flint
import numpy as np
from numpy.typing import NDArray

from backends.base import Problem
from harness.reference.answer import Reference
from harness.reference.attainable import Attainable
from harness.reference.backward import Backward
from harness.reference.forms import Forms, Residuals
from harness.reference.gram import ExactGram, exact_gram
from harness.reference.prediction import largest_change
from harness.reference.rationals import of_float, of_fraction
from harness.reference.rounding import nearest, quotient, root, scaled_nearest
from harness.reference.solution import attainable_with
from harness.reference.verdict import Verdict, verdict
from harness.units import LEAST_ERROR, MOST_DIGITS, correct_digits

Float64 = NDArray[np.float64]

VANISHED = 4.0
"""Residuals up to this many times the data's rounding count as 0: they are no scale for errors."""

SMALL = 1e-290
"""Above it, quotients in float64 keep all their digits."""

ZERO, ONE = flint.fmpq(0), flint.fmpq(1)
BEYOND = flint.fmpq(2) ** 4096
"""Stands for infinity: far beyond float64's range."""

Basis = Literal["coefficients", "fitted values"]
Measure = Literal["standard errors", "residual deviations", "target deviations"]


@dataclass(frozen=True)
class ExactScores:
    """Scores of one answer; each number is exact and rounded once, or has an error far below the digits shown."""

    loss: float
    """Mean squared error over the rows of the problem; weighted, ``sum(w r²) / sum(w)``, where they have weights."""
    objective: float
    """The loss plus the penalty, if any."""
    excess: float
    """``objective`` minus its least value: ``objective = minimum + excess`` and ``0 <= excess``."""
    gradient_norm: float
    """Euclidean norm of the objective's gradient, intercept included."""
    fitted_distance: float
    """``|X (b - b*)| / |X b*|``, intercepts included; over ``sqrt(n_samples)`` where the exact fitted values are 0."""
    max_difference: float
    """Largest absolute difference of a coefficient or the intercept from the exact one."""
    digits: float
    """Correct significant digits, from 0 to 17, of the quantity that ``judged_by`` names."""
    coefficient_digits: float
    """Digits of the worst coefficient, the intercept included; 17 when each is correctly rounded."""
    fitted_digits: float
    """Digits of the fitted values: ``-log10(fitted_distance)``. Equal fitted values have equal digits."""
    judged_by: Basis
    """Fitted values where the data determine no digit of some coefficient, else coefficients."""
    attainable: float
    """Digits that the data determine, of the same quantity as ``digits``."""
    backward_error: float
    """How far the data would have to move for this answer to be exact, in units of roundoff per column."""
    error_in_se: float | None
    """The largest error of a coefficient over its exact standard error; None where there are no standard errors, or the
    residuals are no larger than the data's rounding makes them."""
    prediction_error: float
    """The largest change of a fitted value over the residual standard deviation, or over the target's where the
    residuals vanish or leave no degree of freedom."""
    measured_in: Measure
    """The unit of the verdict's error."""
    verdict: Verdict


class Judge:
    """Scores of answers to one problem.

    Parameters
    ----------
    reference : Reference
        The exact answer to it.
    data_digits : int, optional
        Significant decimal digits that the data carry; without it, each value is correct to half a unit in its last
        place.

    Attributes
    ----------
    minimum : float
        The least value of the objective.
    attainable : Attainable
    undetermined : bool
        Whether the data determine no digit of some coefficient, so that answers are judged by fitted values. So it is
        without a penalty where columns are dependent, where the condition number times the dtype's epsilon reaches 1,
        or where a combination of columns is no longer than the data's rounding.
    residuals_vanish : bool
        Whether the exact residuals are no larger than the data's rounding makes them.
    """

    def __init__(self, problem: Problem, reference: Reference, data_digits: int | None = None) -> None:
        self.problem, self.reference = problem, reference
        self._exact, self._l2 = reference.exact, of_float(float(problem.l2))
        self._n = len(problem.y) if problem.weights is None else int(np.count_nonzero(problem.weights))
        self._epsilon = float(np.finfo(problem.X.dtype).eps)
        self.attainable: Attainable = (
            reference.attainable if data_digits is None else attainable_with(problem, reference, data_digits)
        )
        self.minimum = nearest(self._minimum / self._weight)

    @cached_property
    def undetermined(self) -> bool:
        """See the class."""
        if self._l2 > 0:
            return False
        reference = self.reference
        return not reference.full_rank or reference.condition * self._epsilon >= 1 or self.attainable.lost > 0

    @cached_property
    def residuals_vanish(self) -> bool:
        """See the class."""
        noise = self.attainable.noise
        if not math.isfinite(noise) or self.undetermined:
            noise = self._epsilon  # with huge coefficients, the data's rounding says nothing about the residuals
        return bool(self._residual <= of_float(VANISHED * noise) ** 2 * self._target_squares)

    def score(self, coef: Float64, intercept: float) -> ExactScores:
        """Score an answer.

        Parameters
        ----------
        coef : ndarray of shape (n_features,)
            Float64, in the problem's units.
        intercept : float
            0 in a problem without an intercept.
        """
        coef = np.asarray(coef, dtype=np.float64)
        if not (np.isfinite(coef).all() and math.isfinite(intercept)):
            return self._not_finite()
        residuals = self._forms.residuals(coef.tolist(), intercept)
        penalty = self._penalty(coef)
        errors = self._errors(coef, intercept)
        near = np.array([nearest(each) for each in errors], dtype=np.float64)
        gradient = self._gradient(coef, residuals)
        excess = residuals.squares + penalty - self._minimum if any(gradient) else ZERO
        distance = self._distance(excess, errors)
        by_coefficients, by_fitted = self._coefficient_digits(coef, intercept, errors, near), correct_digits(distance)
        digits = by_fitted if self.undetermined else by_coefficients
        attainable = self.attainable.fitted if self.undetermined else self.attainable.worst
        backward = self._backward.error(coef, intercept, residuals, penalty) / (self._epsilon / 2)
        in_se = self._in_standard_errors(errors, near)
        prediction = self._prediction_error(errors, near)
        return ExactScores(
            loss=nearest(residuals.squares / self._weight),
            objective=nearest((residuals.squares + penalty) / self._weight),
            excess=nearest(max(excess, ZERO) / self._weight),
            gradient_norm=root(sum((g * g for g in gradient), ZERO) * 4 / self._weight**2),
            fitted_distance=distance,
            max_difference=float(np.max(np.abs(near), initial=0.0)),
            digits=digits,
            coefficient_digits=by_coefficients,
            fitted_digits=by_fitted,
            judged_by="fitted values" if self.undetermined else "coefficients",
            attainable=attainable,
            backward_error=backward,
            error_in_se=in_se,
            prediction_error=prediction,
            measured_in=self._measure,
            verdict=verdict(digits, attainable, backward, prediction if self._by_prediction else in_se or 0.0),
        )

    def losses(self, coef: Float64, intercept: float) -> tuple[float, float]:
        """The mean squared error and the excess of an answer alone; infinite where it is not finite."""
        if not (np.isfinite(coef).all() and math.isfinite(intercept)):
            return math.inf, math.inf
        squares = self._forms.residuals(coef.tolist(), intercept).squares
        excess = squares + self._penalty(coef) - self._minimum
        return nearest(squares / self._weight), nearest(max(excess, ZERO) / self._weight)

    def _not_finite(self) -> ExactScores:
        return ExactScores(
            *(math.inf,) * 6, 0.0, 0.0, 0.0,
            judged_by="fitted values" if self.undetermined else "coefficients",
            attainable=self.attainable.fitted if self.undetermined else self.attainable.worst,
            backward_error=math.inf,
            error_in_se=None if self._standard_errors is None else math.inf,
            prediction_error=math.inf,
            measured_in=self._measure,
            verdict="wrong",
        )  # fmt: skip

    # ----------------------------------------------------------------------------------------- made once per problem

    @cached_property
    def _answer(self) -> list[flint.fmpq]:
        """The exact coefficients, then the intercept."""
        return [of_fraction(each) for each in (*self._exact.coef, self._exact.intercept)]

    @cached_property
    def _minimum(self) -> flint.fmpq:
        same = self._exact.minimum == self._exact.residual
        return self._residual if same else of_fraction(self._exact.minimum)

    @cached_property
    def _residual(self) -> flint.fmpq:
        return of_fraction(self._exact.residual)

    @cached_property
    def _fitted(self) -> flint.fmpq:
        return of_fraction(self._exact.fitted)

    @cached_property
    def _gram(self) -> ExactGram:
        return self._exact.gram or exact_gram(self.problem.X, self.problem.y, self.problem.weights)

    @cached_property
    def _weight(self) -> flint.fmpq:
        """The sum of the rows' weights."""
        return flint.fmpq(self._n) if self.problem.weights is None else of_fraction(self._gram.weight)

    @cached_property
    def _forms(self) -> Forms:
        return Forms(self._gram)

    @cached_property
    def _backward(self) -> Backward:
        return Backward(self._gram, intercept=self.problem.intercept, l2=self._l2, rank=self.reference.rank)

    @cached_property
    def _target_squares(self) -> flint.fmpq:
        target = self.problem.X.shape[1]
        return self._gram.rational(target, target)

    @cached_property
    def _rounded(self) -> Float64:
        """The exact answer as float64, the intercept last where there is one."""
        return np.append(self.reference.coef, self.reference.intercept)[: self.reference.n_parameters]

    @cached_property
    def _standard_errors(self) -> tuple[float, ...] | None:
        """The standard errors, the intercept's last where there is one."""
        errors = self.reference.standard_errors
        if errors is None or self.residuals_vanish or not all(errors):
            return None
        return (*errors[1:], errors[0]) if self.problem.intercept else errors

    @cached_property
    def _reach(self) -> list[float]:
        """For each column, a power of two that bounds its values."""
        gram = self._gram
        bits = [gram.products[j][j].bit_length() + 2 * gram.exponents[j] for j in range(self.problem.X.shape[1])]
        return [scaled_nearest(1, (each + 1) // 2) for each in bits]

    @cached_property
    def _scale(self) -> tuple[float, Measure]:
        """The scale of changes of fitted values, and its name."""
        freedom = self._n - self.reference.rank if self._l2 == 0 else self._n
        if freedom > 0 and not self.residuals_vanish:
            return self.reference.residual_deviation or root(self._residual / freedom), "residual deviations"
        return root((of_fraction(self._exact.total) or self._target_squares) / self._n) or 1.0, "target deviations"

    @cached_property
    def _by_prediction(self) -> bool:
        return self.undetermined or self._standard_errors is None

    @cached_property
    def _measure(self) -> Measure:
        return self._scale[1] if self._by_prediction else "standard errors"

    # ------------------------------------------------------------------------------------------ computed per answer

    def _penalty(self, coef: Float64) -> flint.fmpq:
        """``n l2 |coef|²``, where n is the sum of the weights."""
        return self._weight * self._l2 * sum((of_float(b) ** 2 for b in coef.tolist()), ZERO) if self._l2 else ZERO

    def _errors(self, coef: Float64, intercept: float) -> list[flint.fmpq]:
        """Answer minus exact answer, the intercept's last where there is one."""
        answer = coef.tolist() + ([intercept] if self.problem.intercept else [])
        return [of_float(b) - c for b, c in zip(answer, self._answer, strict=False)]

    def _gradient(self, coef: Float64, residuals: Residuals) -> list[flint.fmpq]:
        """Half the sum of the weights times the objective's gradient."""
        gradient = list(residuals.products)
        if self._l2:
            weight = self._weight * self._l2
            gradient = [g + weight * of_float(b) for g, b in zip(gradient, coef.tolist(), strict=True)]
        return [*gradient, residuals.total] if self.problem.intercept else gradient

    def _distance(self, excess: flint.fmpq, errors: list[flint.fmpq]) -> float:
        """``fitted_distance``: by Pythagoras without a penalty, else from the changes of fitted values themselves."""
        if self._l2 and excess:
            p = self.problem.X.shape[1]
            moved = self._forms.differences(errors[:p], errors[p] if self.problem.intercept else ZERO)
            excess = min(excess, moved.squares)
        return root(max(excess, ZERO) / (self._fitted or self._weight))

    def _coefficient_digits(self, coef: Float64, intercept: float, errors: list[flint.fmpq], near: Float64) -> float:
        answer, rounded = np.append(coef, intercept)[: len(near)], self._rounded
        differs = answer != rounded
        if not differs.any():
            return MOST_DIGITS
        units = np.where(rounded == 0, 1.0, rounded)
        exactly = (each or ONE for each in self._answer)
        return correct_digits(max(LEAST_ERROR, float(_ratios(errors, near, exactly, units)[differs].max())))

    def _in_standard_errors(self, errors: list[flint.fmpq], near: Float64) -> float | None:
        deviations = self._standard_errors
        if deviations is None:
            return None
        exactly = (of_float(each) if math.isfinite(each) else BEYOND for each in deviations)
        ratios = _ratios(errors, near, exactly, np.array(deviations))
        return float(ratios.max(initial=0.0))

    def _prediction_error(self, errors: list[flint.fmpq], near: Float64) -> float:
        scale, _ = self._scale
        change = largest_change(self.problem.X, errors, near, self._reach, self.problem.weights)
        return change / scale if scale else math.inf


@np.errstate(all="ignore")
def _ratios(errors: list[flint.fmpq], near: Float64, exactly: Iterable[flint.fmpq], units: Float64) -> Float64:
    """Errors over their units: in float64, or exactly where float64 overflows or has few digits left."""
    sizes = np.abs(np.concatenate([near, units]))
    if sizes.min(where=sizes > 0, initial=math.inf) > SMALL and sizes.max(initial=0.0) < math.inf:
        return np.asarray(np.abs(near / units), dtype=np.float64)
    return np.array([abs(quotient(e, u)) for e, u in zip(errors, exactly, strict=False)], dtype=np.float64)
